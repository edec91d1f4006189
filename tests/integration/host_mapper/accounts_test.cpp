// What is known of a host's account at Cal.com beside its names: whose it is, which event types it
// hosts, and what it is called after a person has decided.

#include "workers/host-mapper/rematch_job.h"

#include "common/job/kinds.h"

#include "tests/integration/host_mapper/mapper_test.h"

namespace calfleet::host_mapper {
namespace {

using events::BookingEvent;

class HostAccounts : public MapperTest {
protected:
    /// Event type 7001 of company 1 is hosted by these users: "55 bo, 101 anna".
    void hosted_by(const std::string& hosts) const {
        run("insert into platform.calcom_teams (company_id, calcom_team_id, name) values (1, 1, "
            "'Team') "
            "on conflict do nothing; "
            "insert into platform.team_event_type_mappings (company_id, calcom_team_id, "
            "calcom_event_type_id, title, slug, hosts) select 1, 1, 7001, 'Cut', 'cut', "
            "coalesce(jsonb_agg(jsonb_build_object('user_id', split_part(h, ' ', 1)::bigint, "
            "'username', "
            "split_part(h, ' ', 2))) filter (where h <> ''), '[]') from unnest(string_to_array('" +
            hosts +
            "', ', ')) h on conflict (company_id, calcom_event_type_id) do update set hosts = "
            "excluded.hosts");
    }
    static BookingEvent of_type(std::string uid, int as_of, std::int64_t event_type = 7001) {
        BookingEvent event = booking(std::move(uid), as_of);
        event.event_type_id = event_type;
        return event;
    }
    std::string mapping() const {
        return ask("select coalesce(string_agg(concat_ws(' ', calcom_host_id, state, source, "
                   "staff_id), ', ' order by id), '') from platform.calcom_host_mappings where "
                   "company_id = 1");
    }
    std::string assigned(const std::string& uid) const {
        return ask(
            "select concat_ws(' ', assignment, staff_id) from platform.appointments "
            "where company_id = 1 and calcom_booking_uid = '" +
            uid + "'"
        );
    }
    std::string codes() const {
        return ask(
            "select coalesce(string_agg(r->>'code', ' '), '') from "
            "platform.calcom_host_mapping_audits, jsonb_array_elements(reasons) r where r->>'code' "
            "in ('event_type.not_a_host', 'mapping.account_changed')"
        );
    }
};

TEST_F(HostAccounts, ThatAnEventTypeDoesNotNameWaitForAPerson) {
    Lane lane(database());
    hosted_by("55 bo, 56 cleo");
    EXPECT_EQ(lane.apply(1, {of_type("a", 1)}), "A");
    EXPECT_EQ(mapping(), "101 review email 11");
    EXPECT_EQ(assigned("a"), "review");
    EXPECT_EQ(codes(), "event_type.not_a_host");
}

TEST_F(HostAccounts, ThatAnEventTypeNamesOrThatNamesNobodyAreLinked) {
    Lane lane(database());
    hosted_by("55 bo, 101 anna");
    EXPECT_EQ(lane.apply(1, {of_type("a", 1)}), "A");
    EXPECT_EQ(mapping(), "101 active email 11");
    hosted_by("");
    BookingEvent other = of_type("b", 1);
    other.host = story_host(102);
    EXPECT_EQ(lane.apply(1, {other}), "A");
    EXPECT_EQ(assigned("b"), "email 12");
    BookingEvent deleted = of_type("c", 1);
    hosted_by("55 bo");
    run("update platform.team_event_type_mappings set state = 'deleted'; "
        "delete from platform.appointments; delete from platform.calcom_host_mapping_audits; "
        "delete from platform.calcom_host_mappings");
    EXPECT_EQ(lane.apply(1, {deleted}), "A");
    EXPECT_EQ(assigned("c"), "email 11") << "an event type that is gone says nothing";
}

TEST_F(HostAccounts, OfAMembersCopyAreItsOwnersWhateverTheParentSays) {
    Lane lane(database());
    hosted_by("55 bo");
    run("insert into platform.calcom_event_map (company_id, parent_event_type_id, calcom_user_id, "
        "username, child_event_type_id) values (1, 7001, 101, 'anna', 7101), (1, 7001, 55, 'bo', "
        "7102)");
    EXPECT_EQ(lane.apply(1, {of_type("a", 1, 7101)}), "A");
    EXPECT_EQ(assigned("a"), "email 11") << "the parent's hosts mean nothing for a copy";
    BookingEvent other = of_type("b", 1, 7102);
    other.host = story_host(102);
    EXPECT_EQ(lane.apply(1, {other}), "A");
    EXPECT_EQ(assigned("b"), "review") << "the copy is somebody else's";
}

TEST_F(HostAccounts, ThatWaitBecauseOfAnEventTypeAreNotLinkedByAnotherLook) {
    Lane lane(database());
    hosted_by("55 bo");
    ASSERT_EQ(lane.apply(1, {of_type("a", 1)}), "A");
    run("update platform.staff set name = name || ' '"); // the staff has changed
    Metrics metrics;
    RematchJobs jobs(metrics, system_clock());
    job::Job job;
    job.kind = job::kRematchHost.name;
    job.company = CompanyId{1};
    job.entity = "host:101";
    const auto rematch = [&] {
        (void)lane.session().transact(
            postgres::Access::company(job.company),
            [&](postgres::Transaction& transaction) { return jobs.run(transaction, job, {}); }
        );
    };
    rematch();
    EXPECT_EQ(mapping(), "101 review email 11") << "its booking that waits still says so";
    EXPECT_EQ(lane.apply(1, {of_type("b", 2, 7009)}), "A");
    EXPECT_EQ(mapping(), "101 review email 11") << "also beside a booking of another event type";
    hosted_by("55 bo, 101 anna");
    run("update platform.staff set name = trim(name)");
    rematch();
    EXPECT_EQ(mapping(), "101 active email 11");
    EXPECT_EQ(assigned("a"), "email 11");
}

TEST_F(HostAccounts, ThatAPersonOrAnAccountHasDecidedAreNotDoubted) {
    Lane lane(database());
    hosted_by("55 bo");
    run("update platform.staff set calcom_user_id = 101 where id = 11; "
        "insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, staff_id, "
        "source, staff_version, decided_by, decided_at) values (1, '102', 'active', 12, 'manual', "
        "1, "
        "'petra', now())");
    BookingEvent other = of_type("b", 1);
    other.host = story_host(102);
    EXPECT_EQ(lane.apply(1, {of_type("a", 1), other}), "AA");
    EXPECT_EQ(assigned("a"), "mapping 11");
    EXPECT_EQ(assigned("b"), "mapping 12");
}

TEST_F(HostAccounts, AreWhoseTheyAreAlsoWhereMatchingHadLinkedAnother) {
    Lane lane(database());
    ASSERT_EQ(lane.apply(1, {booking("a", 1)}), "A");
    ASSERT_EQ(mapping(), "101 active email 11");
    run("update platform.staff set calcom_user_id = 101 where id = 12");
    EXPECT_EQ(lane.apply(1, {booking("b", 2)}), "A");
    EXPECT_EQ(mapping(), "101 active account 12");
    EXPECT_EQ(assigned("b"), "mapping 12");
    EXPECT_EQ(lane.apply(1, {booking("c", 3)}), "A");
    EXPECT_EQ(
        ask("select count(*) from platform.calcom_host_mapping_audits where calcom_host_id = '101'"
        ),
        "2"
    ) << "once";
    // Nobody's any more: what was known stays until something speaks against it.
    run("update platform.staff set calcom_user_id = null");
    EXPECT_EQ(lane.apply(1, {booking("d", 4)}), "A");
    EXPECT_EQ(mapping(), "101 active account 12");
}

TEST_F(HostAccounts, ThatChangeTheirNameKeepWhatAPersonDecidedAndSaySo) {
    Lane lane(database());
    ASSERT_EQ(lane.apply(1, {booking("a", 1)}), "A");
    run("update platform.calcom_host_mappings set source = 'manual', decided_by = 'petra'");
    const auto shown = [&] {
        return ask("select concat_ws('|', host_name, host_email, account_name, account_email, "
                   "account_changed_at is not null) from platform.calcom_host_mappings where "
                   "calcom_host_id = '101'");
    };
    BookingEvent other = booking("b", 2);
    other.host = {"101", "Zoe Quell", "zoe@example.com", "zoe"};
    EXPECT_EQ(lane.apply(1, {other}), "A");
    EXPECT_EQ(assigned("b"), "mapping 11") << "a person's mapping stays";
    EXPECT_EQ(shown(), "Anna Albrecht|anna@example.com|Zoe Quell|zoe@example.com|t");
    other.uid = kept("c");
    other.as_of = at_minute(3);
    EXPECT_EQ(lane.apply(1, {other}), "A");
    EXPECT_EQ(codes(), "mapping.account_changed") << "told once";
    EXPECT_EQ(
        ask("select concat_ws(' ', actor, source, before->>'account_name' is null, "
            "after->>'account_name', event_id) "
            "from platform.calcom_host_mapping_audits where action = 'account_changed'"),
        "host-mapper none t Zoe Quell event"
    );
    EXPECT_EQ(lane.apply(1, {booking("d", 4)}), "A");
    EXPECT_EQ(shown(), "Anna Albrecht|anna@example.com|t") << "called as then once more";
}

TEST_F(HostAccounts, ThatAPersonLinkedUnseenGetTheirNamesFromTheFirstBooking) {
    Lane lane(database());
    run("insert into platform.calcom_host_mappings (company_id, calcom_host_id, state, staff_id, "
        "source, staff_version, decided_by, decided_at) values (1, '101', 'active', 12, 'manual', "
        "1, "
        "'petra', now())");
    EXPECT_EQ(lane.apply(1, {booking("a", 1)}), "A");
    EXPECT_EQ(
        ask("select concat_ws('|', host_name, host_email, account_name, account_changed_at) from "
            "platform.calcom_host_mappings"),
        "Anna Albrecht|anna@example.com"
    );
    EXPECT_EQ(codes(), "");
}

} // namespace
} // namespace calfleet::host_mapper
