// Whoever changes a service, by whatever client: its event is in the outbox, once, in order, and
// the fleet's own writes leave none.

#include "common/events/service_changed.h"
#include "common/events/team_sync_requested.h"
#include "common/messaging/outbox_writer.h"
#include "common/messaging/record_json.h"
#include "common/service_fields/fields.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <span>

#include "tests/integration/postgres/database.h"

namespace calfleet::calcom {
namespace {

using postgres::Access;
using postgres::Row;
using postgres::Session;
using postgres::Transaction;

constexpr postgres::Statement kOutbox{
    "test.outbox",
    "select shard, company_id, topic, record_key, record_headers, record_value from "
    "calfleet.outbox order by id"};

class ServiceChanges : public postgres::PostgresTest {
protected:
    void prepare() override {
        database().migrate();
        database().run(
            "insert into platform.companies (id, name) values (1, 'c'), (2, 'd'); "
            "insert into platform.services (id, company_id, name, duration_minutes) "
            "values (11, 1, 'Massage', 30), (12, 1, 'Peeling', 60), (21, 2, 'Schnitt', 45)"
        );
        EXPECT_EQ(events(), ""); // nothing is linked: nothing to tell
    }

    void run(const std::string& sql) const { database().run(sql); }
    std::string ask(const std::string& sql) const { return database().ask(sql); }

    // "service-changed 1:11 v2, ..." of everything in the outbox, which is emptied.
    std::string events() const {
        Session admin({.dsn = database().dsn()});
        const auto told = admin.transact(Access::login(), [&](Transaction& t) {
            std::string list;
            for (const Row row : t.exec(kOutbox))
                list += (list.empty() ? "" : ", ") + told_by(row);
            t.exec_text("delete from calfleet.outbox");
            return list;
        });
        return told ? *told : told.error().message;
    }

    // Read as a consumer would: headers, envelope, data.
    static std::string told_by(const Row& row) {
        const std::string topic(row.text(2));
        const std::string key = row.bytes(3);
        EXPECT_EQ(row.int64(0), messaging::outbox_shard(topic, key));
        const auto headers = messaging::headers_from_json(row.text(4));
        if (!headers) return headers.error().message;
        std::vector<HeaderView> views;
        for (const auto& header : *headers)
            views.push_back({header.name, *header.value});
        const std::string value = row.bytes(5);
        RecordView record;
        record.topic = topic;
        record.key = key;
        record.value = value;
        record.headers = views;
        TextArena arena;
        const auto envelope = events::decode_envelope(record, arena);
        if (!envelope) return envelope.error().message;
        EXPECT_EQ(envelope->type, topic);
        EXPECT_EQ(envelope->company.value, row.int64(1));
        if (topic == events::kServiceChanged) {
            const auto event = events::ServiceChangedDecoder().decode(*envelope);
            if (!event) return event.error().message;
            EXPECT_EQ(
                key, std::to_string(row.int64(1)) + ":" + std::to_string(event->service.value)
            );
            return "service-changed " + key + " v" + std::to_string(event->version);
        }
        const auto event = events::TeamSyncRequestedDecoder().decode(*envelope, arena);
        if (!event) return event.error().message;
        EXPECT_EQ(event->mode, events::SyncMode::Sync);
        return topic + " " + key + " " + std::string(event->reason);
    }

    std::string service(int id) const {
        return ask(
            "select version || ' ' || sync_status || ' ' || written_by from platform.services "
            "where id = " +
            std::to_string(id)
        );
    }

    // As a program of the fleet writes what it knows from Cal.com.
    void as_worker(const std::string& mark, const std::string& sql) const {
        Session worker({.dsn = database().dsn("calfleet_worker")});
        const auto done = worker.transact(Access::company(CompanyId{1}), [&](Transaction& t) {
            if (!mark.empty())
                t.exec_text("select set_config('app.calcom_writer', '" + mark + "', true)");
            t.exec_text(sql);
        });
        EXPECT_TRUE(done) << done.error().message;
    }
};

TEST_F(ServiceChanges, MakeTheRowPendingUnderAHigherVersionAndQueueTheEvent) {
    run("update platform.services set sync_error = 'old', sync_status = 'error' where id = 11");
    EXPECT_EQ(events(), "");
    run("update platform.services set name = 'Massage lang' where id = 11");
    EXPECT_EQ(service(11), "2 pending postgres");
    EXPECT_EQ(ask("select sync_error is null from platform.services where id = 11"), "t");
    EXPECT_EQ(events(), "service-changed 1:11 v2");
    EXPECT_EQ(service(12), "1 never postgres");
}

TEST_F(ServiceChanges, OfEverySyncedColumnCount) {
    int version = 1;
    for (const char* change :
         {"name = 'x'",
          "slug = 'x'",
          "description = 'x'",
          "duration_minutes = 31",
          "is_active = false",
          "minimum_booking_notice_minutes = 5",
          "buffer_before_minutes = 5",
          "buffer_after_minutes = 5",
          "requires_confirmation = true",
          "disable_guests = true",
          "calcom_schedule_id = 5",
          "locations = '[]'",
          "booking_fields = '[]'",
          "metadata = '{}'",
          "price_cents = 5",
          "currency = 'EUR'",
          "calcom_team_id = 5"}) {
        run(std::string("update platform.services set ") + change + " where id = 11");
        EXPECT_EQ(events(), "service-changed 1:11 v" + std::to_string(++version)) << change;
    }
}

TEST_F(ServiceChanges, OfWhatIsNotSyncedAndOfNothingAtAllLeaveTheRowAlone) {
    run("update platform.services set booking_url = 'https://x', calcom_price_cents = 5, "
        "assignment_settings = '{}', "
        "composite_settings = '{}', sync_status = 'synced', last_calcom_sync = now(), pushed = '{}'"
    );
    run("update platform.services set name = name, duration_minutes = duration_minutes");
    EXPECT_EQ(events(), "");
    EXPECT_EQ(service(11), "1 synced postgres");
}

TEST_F(ServiceChanges, OfManyRowsInOneStatementAreOneEventEachInTheOrderOfTheirNumbers) {
    run("update platform.services set duration_minutes = duration_minutes + 5");
    EXPECT_EQ(
        events(), "service-changed 1:11 v2, service-changed 1:12 v2, service-changed 2:21 v2"
    );
}

TEST_F(ServiceChanges, AreGoneWithTheirTransaction) {
    Session admin({.dsn = database().dsn()});
    (void)admin.transact(Access::login(), [](Transaction& t) {
        t.exec_text("update platform.services set name = 'x'");
        throw postgres::Abort({ErrorKind::Conflict, "rolled back on purpose"});
    });
    EXPECT_EQ(events(), "");
    EXPECT_EQ(service(11), "1 never postgres");
}

TEST_F(ServiceChanges, ByAClientWithoutAnyRightOnTheFleetsSchemaReachTheOutboxToo) {
    const std::string shop = "shop_" + database().name();
    run("create role " + shop + "; grant usage on schema platform to " + shop +
        "; grant select, update on platform.services to " + shop +
        "; create policy shop on platform.services to " + shop + " using (true)");
    run("set local role " + shop + "; update platform.services set name = 'Fußpflege' where id = 11"
    );
    EXPECT_EQ(events(), "service-changed 1:11 v2");
    // A mark that anybody could set is no mark.
    run("set local role " + shop +
        "; set local app.calcom_writer = 'importer'; "
        "update platform.services set name = 'Handpflege' where id = 11");
    EXPECT_EQ(events(), "service-changed 1:11 v3");
    run("drop owned by " + shop + "; drop role " + shop);
}

TEST_F(ServiceChanges, ByTheFleetItselfDoNotEcho) {
    as_worker(
        "importer",
        "update platform.services set name = 'from there', sync_status = 'synced' where id = 11"
    );
    EXPECT_EQ(events(), "");
    EXPECT_EQ(service(11), "1 synced calfleet:importer");
    as_worker(
        "importer",
        "insert into platform.services (company_id, name, calcom_event_type_id) values (1, 'new', "
        "700)"
    );
    EXPECT_EQ(events(), "");
    EXPECT_EQ(
        ask("select sync_status from platform.services where calcom_event_type_id = 700"), "never"
    );
    // Without the mark a worker is a client like any other.
    as_worker("", "update platform.services set name = 'by hand' where id = 11");
    EXPECT_EQ(events(), "service-changed 1:11 v2");
}

TEST_F(ServiceChanges, ByTheFleetNeverTakeAVersionBack) {
    run("update platform.services set name = 'x' where id = 11");
    as_worker(
        "pusher", "update platform.services set version = 1, sync_status = 'synced' where id = 11"
    );
    EXPECT_EQ(service(11), "2 synced calfleet:pusher");
}

TEST_F(ServiceChanges, ThatRaiseTheVersionByHandAskForAPush) {
    run("update platform.services set version = version + 1 where id = 11");
    EXPECT_EQ(events(), "service-changed 1:11 v2");
    EXPECT_EQ(service(11), "2 pending postgres");
}

TEST_F(ServiceChanges, OfTheEventTypeForgetWhatWasPushedAndRequestASync) {
    run("update platform.services set pushed = '{}', pushed_version = 1, sync_status = 'synced' "
        "where id = 11");
    run("update platform.services set calcom_event_type_id = 500 + id where company_id = 1");
    EXPECT_EQ(
        events(),
        "service-changed 1:11 v2, service-changed 1:12 v2, team-sync-requested 1:teams "
        "event-type-changed"
    );
    EXPECT_EQ(
        ask("select pushed is null and pushed_version is null from platform.services where id = 11"
        ),
        "t"
    );
    run("update platform.services set calcom_event_type_id = null where id = 11");
    EXPECT_EQ(events(), "service-changed 1:11 v3"); // there is nothing to read any more
    EXPECT_EQ(service(11), "3 never postgres");
}

// The trigger's own list: every column that both sides know, and what the service is linked to.
TEST_F(ServiceChanges, AreThoseOfTheColumnsInTheTableOfFields) {
    std::set<std::string, std::less<>> compared{"calcom_event_type_id", "calcom_team_id"};
    for (const auto& rule :
         std::span(service_fields::kFields).first(service_fields::kComparedFields))
        compared.emplace(rule.column);
    const std::string body =
        ask("select prosrc from pg_proc where proname = 'mark_service_change'");
    const auto begin = body.find("(new.name");
    ASSERT_NE(begin, std::string::npos);
    const std::string list = body.substr(begin, body.find(')', begin) - begin);
    static const std::regex kColumn("new\\.([a-z_]+)");
    std::set<std::string, std::less<>> watched;
    for (auto at = std::sregex_iterator(list.begin(), list.end(), kColumn);
         at != std::sregex_iterator();
         ++at)
        watched.insert((*at)[1]);
    EXPECT_EQ(watched, compared);
}

TEST_F(ServiceChanges, ThatCreateALinkedServiceQueueItsFirstPush) {
    run("insert into platform.services (id, company_id, name, calcom_event_type_id) values (13, 1, "
        "'n', 77), (14, 1, 'm', null)");
    EXPECT_EQ(events(), "service-changed 1:13 v1, team-sync-requested 1:teams event-type-changed");
    EXPECT_EQ(service(13), "1 pending postgres");
}

TEST_F(ServiceChanges, AreNotNeededForACompanysTeamToBeSynced) {
    run("update platform.companies set calcom_team_id = 800 + id");
    EXPECT_EQ(
        events(),
        "team-sync-requested 1:teams team-changed, team-sync-requested 2:teams team-changed"
    );
    run("update platform.companies set name = 'x', calcom_team_id = calcom_team_id");
    EXPECT_EQ(events(), "");
    run("update platform.companies set calcom_team_id = null");
    EXPECT_EQ(events(), "");
    run("insert into platform.companies (id, name, calcom_team_id) values (3, 'e', 900)");
    EXPECT_EQ(events(), "team-sync-requested 3:teams team-changed");
}

TEST_F(ServiceChanges, HaveRowsThatTheSchemaRefusesToHoldWrong) {
    const auto refused = [&](const std::string& change) {
        Session admin({.dsn = database().dsn()});
        const auto done = admin.transact(Access::login(), [&](Transaction& t) {
            t.exec_text("update platform.services set " + change + " where id = 11");
        });
        static const std::regex kName("services_[a-z_]+");
        std::smatch found;
        const std::string text = done ? "accepted" : done.error().message;
        return std::regex_search(text, found, kName) ? found[0].str() : text;
    };
    EXPECT_EQ(refused("buffer_before_minutes = -1"), "services_minutes_are_not_negative");
    EXPECT_EQ(refused("price_cents = -1"), "services_prices_are_not_negative");
    EXPECT_EQ(refused("currency = 'eur'"), "services_currencies_are_codes");
    EXPECT_EQ(refused("locations = '{}'"), "services_locations_are_a_list");
    EXPECT_EQ(refused("sync_status = 'done'"), "services_sync_status_is_known");
    EXPECT_EQ(refused("sync_status = 'error'"), "services_error_says_why");
    EXPECT_EQ(refused("branch_id = 5"), "services_branch_is_of_company");
}

} // namespace
} // namespace calfleet::calcom
