#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto kBooking =
    R"({"booking":{"uid":"u1","status":"accepted","startTime":"2027-02-03T09:00:00Z",)"
    R"("endTime":"2027-02-03T09:30:00Z","title":"Anna B","organizer":{"id":5,"email":"staff@x.de"},)"
    R"("attendees":[{"name":"Anna B","email":"Anna@x.de"}]}})";
constexpr auto kFacts =
    R"({"booking":{"uid":"u1","status":"accepted","startTime":"2027-02-03T09:00:00Z",)"
    R"("endTime":"2027-02-03T09:30:00Z","organizer":{"id":5,"email":"staff@x.de"}}})";

/// Anna is a customer of companies 1 and 2, with an appointment, letters, a job and outbox rows in
/// 1; Joanna, whose address contains hers, is one of company 1.
class Privacy : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        run(R"sql(
            insert into platform.customers (id, company_id, customer_key, name, email, phone, seen_at) overriding system value values
                (1, 1, 'anna@x.de', 'Anna B', 'Anna@x.de', '+49 170', now()),
                (2, 2, 'anna@x.de', 'Anna B', 'anna@x.de', null, now()),
                (3, 1, 'joanna@x.de', 'Joanna', 'joanna@x.de', null, now());
            select setval(pg_get_serial_sequence('platform.customers', 'id'), 100);
            insert into platform.appointments (id, company_id, calcom_booking_uid, status, staff_id, assignment,
                                               customer_id, starts_at, ends_at, source_updated_at) overriding system value values
                (1, 1, 'u1', 'accepted', 11, 'name', 1, now() - interval '1 day', now() - interval '1 day', now()),
                (2, 2, 'u1', 'accepted', 21, 'name', 2, now(), now(), now()),
                (3, 1, 'u3', 'accepted', 11, 'name', 3, now(), now(), now()))sql");
        letter(1, "open", kBooking);
        letter(1, "discarded", kBooking);
        letter(1, "replaying", kBooking);
        letter(1, "open", R"(broken: {"email":"\u0061nna@x.de")");
        letter(1, "open", R"({"booking":{"uid":"u3","attendees":[{"email":"joanna@x.de"}]}})");
        letter(2, "open", kBooking);
        run(std::string(R"sql(
            insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at, event_id, last_reason, record_topic,
                                       record_partition, record_offset, record_key, record_headers, record_value) values
                ('host-mapper', 'apply-event', 1, 'u1', now(), 'e', 'asked by anna@x.de', 'booking-created', 0, 1, '1:u1',
                 '[]', convert_to($$)sql") +
            kBooking + R"sql($$, 'UTF8'));
            insert into calfleet.outbox (shard, company_id, topic, record_key, record_headers, record_value) values
                (0, 1, 'host-mapper.dlq', '1:u1', '[]', convert_to($$)sql" +
            kBooking + R"sql($$, 'UTF8')),
                (0, 1, 'booking-created', '1:u1', '[]', convert_to($$)sql" +
            kBooking + R"sql($$, 'UTF8')),
                (0, 2, 'booking-created', '2:u1', '[]', convert_to($$)sql" +
            kBooking + R"sql($$, 'UTF8')))sql");
    }
    void letter(
        int company,
        const std::string& state,
        const std::string& value,
        const std::string& topic = "booking-created"
    ) const {
        run("insert into calfleet.dead_letters (letter_key, worker, company_id, state, "
            "reason_class, reason, "
            "first_failed_at, last_failed_at, event_source, event_id, record_topic, "
            "record_partition, record_offset, "
            "record_key, record_headers, record_value) values (gen_random_uuid(), 'host-mapper', " +
            std::to_string(company) + ", '" + state +
            "', 'schema', 'x', now(), now(), 's', 'e', '" + topic + "', 0, 1, '" +
            std::to_string(company) +
            ":k', '[{\"name\":\"ce_id\",\"text\":\"e\"}]', convert_to($$" + value + "$$, 'UTF8'))");
    }
    std::string letters() const {
        return ask("select string_agg(id || ':' || state || ':' || case when record_value is null "
                   "then 'emptied' when "
                   "position('nna@x.de' in lower(encode(record_value, 'escape'))) > 0 then 'whole' "
                   "else 'reduced' end, "
                   "' ' order by id) from calfleet.dead_letters");
    }
    test_support::Finished
    erase(const std::string& option, const std::string& email = "ANNA@x.de") const {
        return calfleet({"privacy", "erase", "--company", "1", "--email", email, option, "--json"});
    }
};

TEST_F(Privacy, ErasesAPersonFromEveryTableOfOneCompanyAndNobodyElse) {
    const auto plan = erase("--dry-run");
    EXPECT_EQ(plan.exit.code, 0) << plan.err;
    EXPECT_EQ(
        plan.out,
        R"([{"what":"appointments","rows":1},{"what":"customers","rows":1},{"what":"jobs_reduced","rows":1},)"
        R"({"what":"letters_emptied","rows":2},{"what":"letters_reduced","rows":2},)"
        R"({"what":"outbox_deleted","rows":1},{"what":"outbox_reduced","rows":1}])"
        "\n"
    );
    EXPECT_EQ(ask("select count(*) from platform.customers"), "3") << "only a plan";
    const auto unsure = calfleet({"privacy", "erase", "--company", "1", "--email", "anna@x.de"});
    EXPECT_EQ(unsure.exit.code, 4);
    EXPECT_THAT(unsure.err, HasSubstr("add --yes"));
    EXPECT_EQ(ask("select count(*) from platform.customers"), "3");

    const auto done = erase("--yes");
    EXPECT_EQ(done.exit.code, 0) << done.out << done.err;
    EXPECT_EQ(done.out, plan.out) << "what was planned";
    EXPECT_EQ(
        ask("select string_agg(id || ':' || company_id, ' ' order by id) from platform.customers"),
        "2:2 3:1"
    );
    EXPECT_EQ(
        ask("select string_agg(id || ':' || status || ':' || staff_id || ':' || "
            "coalesce(customer_id, 0), ' ' order by "
            "id) from platform.appointments"),
        "1:accepted:11:0 2:accepted:21:2 3:accepted:11:3"
    );
    EXPECT_EQ(
        letters(),
        "1:open:reduced 2:discarded:emptied 3:open:reduced 4:discarded:emptied 5:open:whole "
        "6:open:whole"
    );
    EXPECT_EQ(
        ask("select convert_from(record_value, 'UTF8') from calfleet.dead_letters where id = 1"),
        kFacts
    );
    EXPECT_EQ(
        ask("select convert_from(record_value, 'UTF8') || last_reason from calfleet.jobs"),
        std::string(kFacts) + "(erased)"
    );
    EXPECT_EQ(
        ask("select string_agg(id || ':' || company_id, ' ' order by id) from calfleet.outbox"),
        "2:1 3:2"
    );
    EXPECT_EQ(erase("--dry-run").out, "[]\n");
}

TEST_F(Privacy, LeavesNoByteOfTheAddressInTheCompanysTables) {
    ASSERT_EQ(erase("--yes").exit.code, 0);
    run("delete from calfleet.dead_letters where company_id = 2 or id = 5;"
        "delete from calfleet.outbox where company_id = 2; delete from platform.customers where id "
        "in (2, 3)");
    for (const std::string table :
         {"platform.customers",
          "platform.appointments",
          "platform.calcom_host_mapping_audits",
          "platform.service_sync_history",
          "calfleet.jobs",
          "calfleet.outbox",
          "calfleet.dead_letters",
          "calfleet.erasures"})
        EXPECT_EQ(
            ask("select count(*) from " + table +
                " t where lower(to_jsonb(t)::text) like any (array['%anna@%', '%anna b%', '%+49 "
                "170%']) or "
                "position(encode('nna@x.de', 'hex') in to_jsonb(t)::text) > 0"),
            "0"
        ) << table;
}

TEST_F(Privacy, RecordsWhoErasedAndWhatWithoutTheAddress) {
    ASSERT_EQ(
        calfleet({"privacy",
                  "erase",
                  "--company",
                  "1",
                  "--email",
                  "anna@x.de",
                  "--yes",
                  "--why",
                  "her wish",
                  "--actor",
                  "chief"})
            .exit.code,
        0
    );
    EXPECT_EQ(
        ask("select company_id || ' ' || actor || ' ' || login || ' ' || why || ' ' || (counts ->> "
            "'customers') || ' ' "
            "|| (digest = sha256('1:anna@x.de')) || ' ' || (digest = calfleet.erasure_digest(1, "
            "'anna@x.de')) "
            "from calfleet.erasures"),
        "1 chief calfleet_operator her wish 1 true true"
    );
    const auto told = calfleet(
        {"privacy",
         "erase",
         "--company",
         "1",
         "--email",
         "anna@x.de",
         "--yes",
         "--why",
         "anna@X.de asked"}
    );
    EXPECT_EQ(told.exit.code, 2) << "the reason is kept";
}

TEST_F(Privacy, KeepsOutWhomAnEventFromBeforeTellsOfAndLetsInWhoComesAgain) {
    ASSERT_EQ(erase("--yes").exit.code, 0);
    const auto tell = [&](const std::string& seen_at) {
        run("insert into platform.customers as held (company_id, customer_key, name, email, "
            "seen_at) values "
            "(1, 'anna@x.de', 'Anna B', 'anna@x.de', " +
            seen_at +
            ") on conflict (company_id, customer_key) do update "
            "set name = excluded.name, seen_at = greatest(held.seen_at, excluded.seen_at)");
        return ask("select count(*) from platform.customers where company_id = 1 and customer_key "
                   "= 'anna@x.de'");
    };
    EXPECT_EQ(tell("now() - interval '34 days'"), "0");
    EXPECT_EQ(tell("(select erased_at from calfleet.erasures)"), "0");
    EXPECT_EQ(tell("now()"), "1") << "a new booking";
    run("insert into platform.customers (company_id, customer_key, name, seen_at) values "
        "(2, 'ben@x.de', 'B', '1970-01-01'), (1, 'joan@x.de', 'J', '1970-01-01')");
    EXPECT_EQ(
        ask("select count(*) from platform.customers where customer_key in ('ben@x.de', "
            "'joan@x.de')"),
        "2"
    );
}

TEST_F(Privacy, LeavesTheAddressesOfHostsToWhoNeedsThem) {
    letter(
        1,
        "open",
        R"({"change":"updated","event_type":{"hosts":[{"email":"anna@x.de"}]}})",
        "event-type-updated"
    );
    letter(1, "open", R"({"booking":{"uid":"u7","organizer":{"id":5,"email":"anna@x.de"}}})");
    const auto done = erase("--yes");
    EXPECT_EQ(done.exit.code, 0) << done.err;
    EXPECT_THAT(letters(), HasSubstr("7:open:whole 8:open:whole"));
    EXPECT_EQ(ask("select count(*) from platform.staff where email = 'anna@example.com'"), "1");
}

TEST_F(Privacy, TakesRecordsOfNoCompanyUnlessTheyNameAnother) {
    run("update calfleet.dead_letters set company_id = null where id in (1, 2);"
        "update calfleet.dead_letters set record_headers = "
        "'[{\"name\":\"ce_companyid\",\"text\":\"2\"}]' where id = 2;"
        "update calfleet.dead_letters set record_headers = "
        "'[{\"name\":\"ce_companyid\",\"text\":\"x\"}]' where id = 1");
    ASSERT_EQ(erase("--yes").exit.code, 0);
    EXPECT_THAT(letters(), AllOf(HasSubstr("1:open:reduced"), HasSubstr("2:discarded:whole")));
}

TEST_F(Privacy, WarnsOfAppointmentsToCome) {
    run("update platform.appointments set starts_at = now() + interval '3 days', ends_at = now() + "
        "interval '4 days' "
        "where id = 1");
    EXPECT_THAT(erase("--dry-run").err, HasSubstr("1 of the appointments are still to come"));
}

TEST_F(Privacy, FindsAllAmongManyLetters) {
    run("insert into calfleet.dead_letters (letter_key, worker, company_id, state, reason_class, "
        "reason, first_failed_at, "
        "last_failed_at, record_topic, record_partition, record_offset, record_headers, "
        "record_value) "
        "select gen_random_uuid(), 'host-mapper', 1 + (g % 3 = 0)::int, 'replayed', 'schema', 'x', "
        "now(), now(), "
        "'booking-created', 0, g, '[]', case when g % 500 = 1 then 'to anna@x.de'::bytea else 'to "
        "nobody'::bytea end "
        "from generate_series(1, 5000) g");
    ASSERT_EQ(erase("--yes").exit.code, 0);
    EXPECT_EQ(
        ask("select count(*) from calfleet.dead_letters where company_id = 1 and record_value = "
            "'to anna@x.de'"),
        "0"
    );
    EXPECT_EQ(
        ask("select count(*) from calfleet.dead_letters where record_value = 'to nobody'"), "4990"
    );
}

TEST_F(Privacy, ExportsAllThatIsKept) {
    const std::string all =
        output_of({"privacy", "export", "--company", "1", "--email", "anna@x.de"});
    json::Parser parser;
    const auto document = parser.parse(all);
    ASSERT_TRUE(document) << all;
    EXPECT_THAT(
        all,
        AllOf(
            HasSubstr(R"("company":1,"email":"anna@x.de")"),
            HasSubstr(R"("phone": "+49 170")"),
            HasSubstr(R"("calcom_booking_uid": "u1")"),
            HasSubstr(R"("staff": "Anna Albrecht")"),
            HasSubstr(R"("table":"dead_letters")"),
            HasSubstr(R"("table":"jobs")"),
            HasSubstr(R"("table":"outbox")"),
            Not(HasSubstr("joanna")),
            Not(HasSubstr(R"("company_id": 2)"))
        )
    );
    const std::string path = file("anna.json", "open to all");
    ::chmod(path.c_str(), 0644);
    output_of({"privacy", "export", "--company", "1", "--email", "anna@x.de", "--file", path});
    std::ifstream written(path);
    std::ostringstream text;
    text << written.rdbuf();
    EXPECT_EQ(text.str(), all);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Privacy, KnowsASeatInAnAppointmentOfOthers) {
    run(R"sql(
        insert into platform.appointments (id, company_id, calcom_booking_uid, status, assignment, customer_id, starts_at,
                                           ends_at, source_updated_at) overriding system value values
            (50, 1, 'shared', 'accepted', 'none', 3, now() + interval '1 day', now() + interval '1 day', now());
        insert into platform.appointment_attendees (company_id, calcom_booking_uid, person, customer_id, seat_uid, state,
                                                    seated_at, as_of) values
            (1, 'shared', 'customer:1', 1, 's1', 'booked', now(), now()),
            (1, 'shared', 'customer:3', 3, 's3', 'booked', now(), now()))sql");
    const auto told = calfleet({"privacy", "export", "--company", "1", "--email", "anna@x.de"});
    EXPECT_EQ(told.exit.code, 0) << told.err;
    EXPECT_THAT(told.out, AllOf(HasSubstr("\"seat_uid\""), HasSubstr("s1"), Not(HasSubstr("s3"))));
    EXPECT_EQ(erase("--yes").exit.code, 0);
    EXPECT_EQ(
        ask("select string_agg(split_part(person, ':', 1) || ' ' || coalesce(seat_uid, '-') || ' ' "
            "|| state, ', ' "
            "order by id) from platform.appointment_attendees"),
        "forgotten - booked, customer s3 booked"
    );
    // An event about a seat without its person would be one about the booking of all.
    letter(
        1,
        "open",
        R"({"booking":{"uid":"u9","seatsPerTimeSlot":5,"attendees":[{"email":"anna@x.de"}]}})"
    );
    EXPECT_EQ(erase("--yes").exit.code, 0);
    EXPECT_EQ(
        ask("select state || ':' || (record_value is null) from calfleet.dead_letters order by id "
            "desc limit 1"),
        "discarded:true"
    );
}

TEST_F(Privacy, WantsACompanyAndAnAddress) {
    EXPECT_EQ(calfleet({"privacy", "erase", "--email", "a@b.c", "--yes"}).exit.code, 2);
    EXPECT_EQ(calfleet({"privacy", "erase", "--company", "1", "--yes"}).exit.code, 2);
    EXPECT_EQ(erase("--yes", "%").exit.code, 2);
    EXPECT_EQ(erase("--yes", "").exit.code, 2);
    EXPECT_EQ(calfleet({"privacy", "export", "--company", "99", "--email", "a@b.c"}).exit.code, 3);
    EXPECT_EQ(ask("select count(*) from calfleet.erasures"), "0");
}

} // namespace
} // namespace calfleet::cli
