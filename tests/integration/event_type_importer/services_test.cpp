// Snapshots of event types become services, or are compared with them.

#include <thread>

#include "tests/integration/event_type_importer/importer_test.h"

namespace calfleet::event_type_importer {
namespace {

class ImportedServices : public ImporterTest {};

const std::string kEverything =
    R"("ownerId":77,"title":"Cut & Care","slug":"cut-care","description":"Two lines.\nReally.",)"
    R"("lengthInMinutes":50,"hidden":true,"minimumBookingNotice":120,"beforeEventBuffer":5,)"
    R"("afterEventBuffer":10,"scheduleId":31,"confirmationPolicy":{"type":"always"},)"
    R"("disableGuests":true,"price":3900,"currency":"eur","bookingUrl":"https://cal.example/m/c",)"
    R"("locations":[{"type":"attendeePhone"}],"bookingFields":[{"type":"email","slug":"email"}],)"
    R"("metadata":{"salon":"mitte"})";

TEST_F(ImportedServices, OfUnknownEventTypesHaveEveryMappedField) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1, kEverything)}), "A");
    EXPECT_EQ(
        services("calcom_event_type_id, name, slug, description, duration_minutes, is_active, "
                 "minimum_booking_notice_minutes, buffer_before_minutes, buffer_after_minutes"),
        "5120|Cut & Care|cut-care|Two lines.\nReally.|50|f|120|5|10"
    );
    EXPECT_EQ(
        services("calcom_schedule_id, requires_confirmation, disable_guests, price_cents, "
                 "currency, booking_url, calcom_price_cents, calcom_currency, "
                 "calcom_owner_user_id"),
        "31|t|t|3900|EUR|https://cal.example/m/c|3900|EUR|77"
    );
    EXPECT_EQ(
        services("locations, booking_fields, metadata"),
        R"([{"type": "attendeePhone"}]|[{"slug": "email", "type": "email"}]|{"salon": "mitte"})"
    );
}

TEST_F(ImportedServices, AreBornInStepAndCauseNoEvent) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1, kEverything)}), "A");
    EXPECT_EQ(
        services("sync_status, version, pushed_version, last_sync_direction, written_by, "
                 "last_calcom_sync is not null, pushed->>'name', pushed->>'duration_minutes'"),
        "synced|1|1|import|calfleet:importer|t|Cut & Care|50"
    );
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "0");
    EXPECT_EQ(
        ask("select concat_ws(' ', actor, direction, version, outcome, event_id, before is null, "
            "after->>'name') from platform.service_sync_history"),
        "event-type-importer import 1 changed event t Cut & Care"
    );
}

TEST_F(ImportedServices, OfASparseShapeLeaveOpenWhatItDoesNotTell) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "A");
    EXPECT_EQ(
        services("name, duration_minutes, is_active, num_nonnulls(description, price_cents, "
                 "locations, metadata, booking_fields, disable_guests, buffer_before_minutes)"),
        "Haircut|45|t|0"
    );
}

TEST_F(ImportedServices, OnceKnownAreNeverOverwritten) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1, kEverything)}), "A");
    const std::string columns = "name, slug, description, duration_minutes, is_active, locations, "
                                "booking_fields, metadata, price_cents, currency, version";
    const std::string before = services(columns);
    EXPECT_EQ(
        lane.apply({updated(
            5120,
            2,
            R"("title":"Other","slug":"other","description":"","lengthInMinutes":10,)"
            R"("hidden":false,"locations":[],"bookingFields":[],"metadata":{},"price":1)"
        )}),
        "A"
    );
    EXPECT_EQ(services(columns), before);
    EXPECT_EQ(services("sync_status"), "synced");
}

TEST_F(ImportedServices, RecordADivergencePerFieldUntilBothAgree) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "A");
    EXPECT_EQ(lane.apply({updated(5120, 2, R"("title":"Foreign","lengthInMinutes":30)")}), "A");
    EXPECT_EQ(divergences(), "duration_minutes 45 30\nname \"Haircut\" \"Foreign\"");
    EXPECT_EQ(lane.apply({updated(5120, 3, R"("title":"Strange","lengthInMinutes":45)")}), "A");
    EXPECT_EQ(divergences(), "-agreed duration_minutes 45 30\nname \"Haircut\" \"Strange\"");
    EXPECT_EQ(
        ask("select string_agg(extract(epoch from last_seen_at - first_seen_at)::int::text, ' ' "
            "order by field) from platform.service_divergences"),
        "0 60"
    );
    EXPECT_EQ(lane.apply({updated(5120, 4, R"("title":"Foreign")")}), "A");
    EXPECT_EQ(lane.apply({updated(5120, 5)}), "A");
    EXPECT_EQ(lane.apply({updated(5120, 6, R"("title":"Foreign")")}), "A");
    EXPECT_EQ(
        divergences(),
        "-agreed duration_minutes 45 30\n-agreed name \"Haircut\" \"Foreign\"\n"
        "name \"Haircut\" \"Foreign\""
    ) << "a difference that comes back is a new one";
}

TEST_F(ImportedServices, DoNotDivergeInWhatThePlatformHasChangedAndNotYetPushed) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1, R"("price":3900,"currency":"eur")")}), "A");
    platform_changes(5120, "name = 'New name', price_cents = 4200");
    EXPECT_EQ(lane.apply({updated(5120, 2, R"("price":3900,"currency":"eur")")}), "A");
    EXPECT_EQ(divergences(), "price_cents 4200 3900") << "a price is on no way to Cal.com";
    EXPECT_EQ(services("sync_status, name"), "pending|New name") << "the push stays due";
}

TEST_F(ImportedServices, DoNotDivergeInWhatWasSentWithoutAnAnswer) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "A");
    platform_changes(
        5120, R"(name = 'Newest', pushed = pushed || '{"unconfirmed":[{"name":"Sent"}]}')"
    );
    EXPECT_EQ(lane.apply({updated(5120, 2, R"("title":"Sent")")}), "A");
    EXPECT_EQ(divergences(), "");
}

TEST_F(ImportedServices, SeeAKeptForeignEditAgainButDoNotReopenIt) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "A");
    EXPECT_EQ(lane.apply({updated(5120, 2, R"("title":"Foreign")")}), "A");
    run("update platform.service_divergences set resolved_at = now(), resolution = 'kept'");
    EXPECT_EQ(lane.apply({updated(5120, 5, R"("title":"Foreign")")}), "A");
    EXPECT_EQ(divergences(), "-kept name \"Haircut\" \"Foreign\"");
    EXPECT_EQ(
        ask("select last_seen_at - first_seen_at from platform.service_divergences"), "00:03:00"
    );
    EXPECT_EQ(lane.apply({updated(5120, 6, R"("title":"Another")")}), "A");
    EXPECT_EQ(divergences(), "-kept name \"Haircut\" \"Foreign\"\nname \"Haircut\" \"Another\"");
}

TEST_F(ImportedServices, WithoutAnOpinionAreNotCompared) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "A");
    EXPECT_EQ(lane.apply({updated(5120, 2, R"("description":"Now told","price":10)")}), "A");
    EXPECT_EQ(divergences(), "");
    EXPECT_EQ(services("description is null, price_cents is null, calcom_price_cents"), "t|t|10");
}

TEST_F(ImportedServices, HaveCalcomsOwnColumnsKeptUpToDate) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1, R"("price":3900,"currency":"eur")")}), "A");
    EXPECT_EQ(
        lane.apply({updated(
            5120,
            2,
            R"("price":4500,"currency":"chf","bookingUrl":"https://cal.example/n","ownerId":78)"
        )}),
        "A"
    );
    EXPECT_EQ(
        services("price_cents, currency, calcom_price_cents, calcom_currency, booking_url, "
                 "calcom_owner_user_id"),
        "3900|EUR|4500|CHF|https://cal.example/n|78"
    );
    EXPECT_EQ(
        ask("select concat_ws(' ', direction, before, after) from platform.service_sync_history "
            "order by id desc limit 1"),
        R"(import {"calcom_currency": "EUR", "calcom_price_cents": 3900} {"booking_url": )"
        R"("https://cal.example/n", "calcom_currency": "CHF", "calcom_price_cents": 4500, )"
        R"("calcom_owner_user_id": 78})"
    );
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "0");
}

TEST_F(ImportedServices, AreNotTouchedByWhatSaysNothingNew) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1, kEverything)}), "A");
    const std::string row = "xmin, ctid";
    const std::string before = services(row);
    EXPECT_EQ(lane.apply({updated(5120, 1, kEverything)}), "S") << "the same again";
    EXPECT_EQ(lane.apply({updated(5120, 2, kEverything)}), "A") << "newer, but the same";
    EXPECT_EQ(services(row), before);
    EXPECT_EQ(ask("select count(*) from platform.service_sync_history"), "1");
}

TEST_F(ImportedServices, AreNotChangedByAnOlderSnapshot) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 5, R"("price":5)")}), "A");
    EXPECT_EQ(lane.apply({updated(5120, 4, R"("price":4,"title":"Old")")}), "S");
    EXPECT_EQ(lane.apply({deleted(5120, 3)}), "S");
    EXPECT_EQ(services("name, calcom_price_cents, is_active"), "Haircut|5|t");
    EXPECT_EQ(divergences(), "");
}

TEST_F(ImportedServices, OfOneBatchComeFromTheNewestWhateverTheirOrder) {
    Lane lane(database());
    EXPECT_EQ(
        lane.apply(
            {updated(5120, 2, R"("title":"Second")"),
             updated(5121, 1),
             updated(5120, 3, R"("title":"Third")"),
             updated(5120, 1, R"("title":"First")")}
        ),
        "SAAS"
    );
    EXPECT_EQ(services("calcom_event_type_id, name"), "5120|Third\n5121|Haircut");
}

TEST_F(ImportedServices, MadeByThePlatformAreComparedFromTheirFirstSnapshotOn) {
    run("insert into platform.services (company_id, name, duration_minutes, calcom_event_type_id) "
        "values (1, 'Ours', 60, 5120)");
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "A");
    EXPECT_EQ(services("name, duration_minutes, sync_status"), "Ours|60|pending");
    EXPECT_EQ(divergences(), "duration_minutes 60 45\nname \"Ours\" \"Haircut\"");
}

TEST_F(ImportedServices, OfTwoCompaniesThatSeeTheSameEventTypeStayApart) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1), of_company(2, updated(5120, 1))}), "AA");
    const std::string row = "select xmin || ' ' || ctid || ' ' || to_jsonb(s)::text from "
                            "platform.services s where company_id = 2";
    const std::string theirs = ask(row);
    EXPECT_EQ(lane.apply({updated(5120, 2, R"("title":"X","price":9,"teamId":811)")}), "A");
    EXPECT_EQ(lane.apply({deleted(5120, 3)}), "A");
    EXPECT_EQ(ask(row), theirs);
    EXPECT_EQ(ask("select count(*) from platform.service_divergences where company_id <> 1"), "0");
    EXPECT_EQ(lane.apply({of_company(2, updated(5120, 2))}), "A")
        << "what one company knows makes nothing old for the other";
}

TEST_F(ImportedServices, OfTheSameEventTypeAreMadeOnceByLanesThatMeet) {
    constexpr int kEventTypes = 200;
    const auto work = [&](int shift, std::string& failure) {
        Lane lane(database());
        for (int round = 0; round < 4 && failure.empty(); ++round) {
            std::vector<Told> batch;
            for (int i = 0; i < kEventTypes; ++i) {
                const int number = (i + shift) % kEventTypes;
                batch.push_back(updated(
                    6000 + number,
                    2 * round + shift % 2,
                    R"("teamId":811,"schedulingType":"collective","price":)" + std::to_string(round)
                ));
            }
            if (const std::string verdicts = lane.apply(batch); verdicts[0] == '!')
                failure = verdicts;
        }
    };
    std::string first, second;
    std::thread other([&] { work(101, second); });
    work(0, first);
    other.join();
    EXPECT_EQ(first, "");
    EXPECT_EQ(second, "");
    EXPECT_EQ(
        ask("select concat_ws(' ', count(*), min(calcom_price_cents), max(calcom_price_cents)) "
            "from platform.services"),
        "200 3 3"
    );
    EXPECT_EQ(
        ask("select count(*) from platform.service_sync_history where before is null"), "200"
    );
}

TEST_F(ImportedServices, KeepHostileTextAsItIs) {
    Lane lane(database());
    EXPECT_EQ(
        lane.apply({updated(
            5120,
            1,
            R"("title":"{{7*7}} ${HOME} %s %n '); drop table services; --","slug":"../../etc",)"
            R"("description":"\u0000\\ \"x\" {a,NULL}\n<script>\ud83d\ude00","locations":["NULL","{}",null],)"
            R"("metadata":{"\"":"'","$1":"$2"})"
        )}),
        "A"
    );
    EXPECT_EQ(
        services("name, slug, description, locations, metadata, pushed->>'name'"),
        "{{7*7}} ${HOME} %s %n '); drop table services; --|../../etc|\\ \"x\" {a,NULL}\n<script>"
        "\xF0\x9F\x98\x80|[\"NULL\", \"{}\", null]|{\"\\\"\": \"'\", \"$1\": \"$2\"}|"
        "{{7*7}} ${HOME} %s %n '); drop table services; --"
    );
}

TEST_F(ImportedServices, AreNotMadeOfValuesThatNoRowHolds) {
    Lane lane(database());
    EXPECT_EQ(
        lane.apply({updated(5120, 1, R"("price":2147483648)")}),
        "!data.event_type.price: '2147483648' is more than 2147483647"
    );
    EXPECT_EQ(
        lane.apply({updated(
            5120, 1, R"("metadata":{"x":")" + std::string(kMostDocumentBytes, 'x') + "\"}"
        )}),
        "!data.event_type.metadata: 65544 bytes, at most 65536 are accepted"
    );
    EXPECT_EQ(
        lane.apply({updated(5120, 1, R"("price":2147483647,"lengthInMinutes":525600)")}), "A"
    );
}

TEST_F(ImportedServices, OfABatchCostAFixedNumberOfStatements) {
    const auto batch = [](int count, int minute, const std::string& members) {
        std::vector<Told> events;
        for (int i = 0; i < count; ++i)
            events.push_back(updated(7000 + i, minute, members));
        return events;
    };
    const std::string team = R"("teamId":811,"schedulingType":"collective")";
    const auto cost = [&](int count) {
        run("truncate platform.services, platform.calcom_event_types, platform.calcom_teams "
            "cascade");
        Lane lane(database());
        std::string numbers;
        for (const auto& [minute, members] :
             {std::pair(1, team), std::pair(2, team), std::pair(3, team + R"(,"title":"Other")")}) {
            const int before = lane.statements();
            EXPECT_EQ(lane.apply(batch(count, minute, members))[0], 'A');
            numbers += std::to_string(lane.statements() - before) + " ";
        }
        return numbers;
    };
    const std::string of_one = cost(1);
    EXPECT_EQ(cost(300), of_one);
}

} // namespace
} // namespace calfleet::event_type_importer
