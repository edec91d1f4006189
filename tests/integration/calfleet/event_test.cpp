#include "common/core/uuid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class EventShow : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        run("select * from calfleet.maintain_inbox(current_date, 1, 1)");
    }
    static std::string key(const std::string& worker, const std::string& id) {
        return to_string(name_uuid({worker, "/shop", id}));
    }
    void see(const std::string& worker, const std::string& id, int company, int outcome) const {
        run("insert into calfleet.inbox values (" + std::to_string(company) + ", '" +
            key(worker, id) + "', current_date, " + std::to_string(outcome) + ")");
    }
    std::string shown(const std::string& id, int code = 0) const {
        return output_of({"event", "show", "--source", "/shop", "--id", id, "--json"}, code);
    }
};

TEST_F(EventShow, TellsTheOutcomeOfEveryWorkerAndCompany) {
    see("host-mapper", "e1", 1, 1);
    see("event-type-importer", "e1", 2, 2);
    EXPECT_THAT(
        shown("e1"),
        AllOf(
            HasSubstr(R"({"worker":"host-mapper","company":1,"outcome":"applied","day":")"),
            HasSubstr(R"({"worker":"event-type-importer","company":2,"outcome":"superseded")"),
            HasSubstr("host-mapper of company 1: the event had its effect.")
        )
    );
    const std::string of_two =
        output_of({"event", "show", "--source", "/shop", "--id", "e1", "--company", "2", "--json"});
    EXPECT_THAT(of_two, AllOf(HasSubstr("importer"), Not(HasSubstr("\"worker\":\"host-mapper\""))));
}

TEST_F(EventShow, KnowsWorkersThatThisReleaseDoesNot) {
    run("insert into calfleet.consumer_positions (worker, topic, partition) values "
        "('somebody-new', 't', 0)");
    see("somebody-new", "e1", 1, 3);
    EXPECT_THAT(
        shown("e1"), HasSubstr(R"("worker":"somebody-new","company":1,"outcome":"discarded")")
    );
}

TEST_F(EventShow, TellsWhichJobItBecameAndWhatThatWaitsFor) {
    see("host-mapper", "e2", 1, 5);
    run("insert into calfleet.jobs (worker, kind, company_id, entity, state, attempts, run_at, "
        "deadline_at, last_class, last_reason, event_key, event_id) values "
        "('host-mapper', 'apply-event', 1, 'uid-1', 'parked', 2, now() + interval '1 hour', now() "
        "+ "
        "interval '1 day', 'no_api_key', 'the company has no key', null, 'before'), "
        "('host-mapper', 'apply-event', 1, 'uid-1', 'waiting', 0, now(), now() + interval '1 day', "
        "null, null, '" +
        key("host-mapper", "e2") + "', 'e2')");
    EXPECT_THAT(
        shown("e2"),
        AllOf(
            HasSubstr(
                R"("id":2,"worker":"host-mapper","company":1,"kind":"apply-event","entity":"uid-1","state":"waiting")"
            ),
            HasSubstr(R"("behind_job":1)"),
            HasSubstr("became a job"),
            HasSubstr("Job 2 of host-mapper of company 1 waits behind job 1"),
            HasSubstr(R"("bookings":"uid-1")")
        )
    );
    EXPECT_THAT(
        output_of({"event", "show", "--booking", "uid-1"}),
        AllOf(
            HasSubstr(
                "Job 1 of host-mapper of company 1 is put aside until its reason ends (no_api_key)."
            ),
            HasSubstr("the company has no key")
        )
    );
}

TEST_F(EventShow, TellsTheLetterWithItsReasonAndWhoDecided) {
    see("host-mapper", "e3", 1, 4);
    run("insert into calfleet.dead_letters (letter_key, worker, company_id, state, reason_class, "
        "reason, first_failed_at, last_failed_at, event_source, event_id, entity, record_topic, "
        "record_partition, record_offset, record_key, record_headers, decided_by, decided_reason, "
        "decided_at) values ('" +
        key("host-mapper", "e3") +
        "', 'host-mapper', 1, 'discarded', "
        "'schema', 'data.booking.uid: missing', now(), now(), '/shop', 'e3', 'uid-3', "
        "'booking-created', 2, 77, '1:uid-3', '[]', 'petra', 'test data', now())");
    const auto letter = AllOf(
        HasSubstr(R"("state":"discarded","class":"schema","reason":"data.booking.uid: missing")"),
        HasSubstr(R"("decided_by":"petra","decided_login":"postgres","decided_reason":"test data")"
        ),
        HasSubstr("Letter 1 of host-mapper was closed: discarded by petra.")
    );
    EXPECT_THAT(shown("e3"), letter);
    EXPECT_THAT(output_of({"event", "show", "--booking", "uid-3", "--json"}), letter);
    const std::string by_place = output_of(
        {"event",
         "show",
         "--topic",
         "booking-created",
         "--partition",
         "2",
         "--offset",
         "77",
         "--json"}
    );
    EXPECT_THAT(by_place, letter);
    EXPECT_THAT(by_place, HasSubstr("The record was not read: set CALFLEET_KAFKA_BROKERS"));
    EXPECT_EQ(
        calfleet(
            {"event", "show", "--topic", "booking-created", "--partition", "2", "--offset", "78"}
        )
            .exit.code,
        3
    );
}

TEST_F(EventShow, TellsTheAppointmentAndHowItsHostWasDecided) {
    run("insert into platform.appointments (company_id, calcom_booking_uid, calcom_host_id, "
        "status, "
        "staff_id, assignment, starts_at, source_updated_at) values "
        "(1, 'uid-4', '101', 'accepted', 11, 'name', '2027-01-05T10:00:00Z', "
        "'2026-11-01T00:00:00Z'),"
        "(2, 'uid-4', '900', 'cancelled', null, 'none', null, '2026-11-01T00:00:00Z');"
        "insert into platform.calcom_host_mappings (id, company_id, calcom_host_id, state, "
        "staff_id, "
        "source, staff_version, decided_by, decided_at) overriding system value values (5, 1, "
        "'101', 'active', 11, 'name', "
        "1, "
        "'host-mapper', now());"
        "insert into platform.calcom_host_mapping_audits (company_id, mapping_id, calcom_host_id, "
        "action, source, score, reasons, actor, event_id, at) values (1, 5, '101', 'linked', "
        "'name', "
        "90, '[\"same name\"]', 'host-mapper', 'e4', now())");
    EXPECT_THAT(
        output_of({"event", "show", "--booking", "uid-4", "--company", "1", "--json"}),
        AllOf(
            HasSubstr(
                R"("booking":"uid-4","status":"accepted","starts_at":"2027-01-05T10:00:00.000000Z","host":"101","staff":11)"
            ),
            HasSubstr(R"("host":"101","action":"linked","actor":"host-mapper","login":"postgres")"),
            Not(HasSubstr("cancelled"))
        )
    );
    EXPECT_THAT(
        output_of({"event", "show", "--booking", "uid-4"}),
        AllOf(HasSubstr("accepted"), HasSubstr("cancelled"))
    );
}

TEST_F(EventShow, TellsWhatTheOutboxHasNotPublishedYet) {
    run(R"sql(insert into calfleet.outbox (shard, company_id, topic, record_key, record_headers) values
        (0, 1, 'service-changed', '1:17', '[{"name":"ce_id","text":"e5"},{"name":"ce_source","text":"/shop"}]'),
        (0, 1, 'service-changed', '1:17', '[{"name":"ce_id","text":"e5"},{"name":"ce_source","text":"/other"}]'))sql"
    );
    EXPECT_THAT(
        shown("e5"),
        AllOf(
            HasSubstr("Row 1 of the outbox waits for outbox-relay to publish it to service-changed"
            ),
            Not(HasSubstr("Row 2 of"))
        )
    );
}

TEST_F(EventShow, SaysWhatItCanMeanThatNothingIsKnown) {
    const auto nothing =
        calfleet({"event", "show", "--source", "/shop", "--id", "nobody", "--company", "1"});
    EXPECT_EQ(nothing.exit.code, 3);
    EXPECT_THAT(
        nothing.out,
        AllOf(
            HasSubstr("Nothing is known of it. That can mean:"),
            HasSubstr("it was not consumed yet"),
            HasSubstr("more than 35 days ago"),
            HasSubstr("another company's: only company 1 was looked at"),
            HasSubstr("not published yet")
        )
    );
    run("insert into calfleet.consumer_positions (worker, topic, partition, next_offset) values "
        "('host-mapper', 'booking-created', 0, 100)");
    const auto at = [&](const std::string& offset) {
        return calfleet({"event",
                         "show",
                         "--topic",
                         "booking-created",
                         "--partition",
                         "0",
                         "--offset",
                         offset})
            .out;
    };
    EXPECT_THAT(
        at("100"),
        HasSubstr("has come to 100 of booking-created/0: the record at 100 is not consumed yet.")
    );
    EXPECT_THAT(
        at("99"),
        AllOf(
            HasSubstr("the record at 99 lies behind it"),
            Not(HasSubstr("- it was not consumed yet"))
        )
    );
}

TEST_F(EventShow, WantsToKnowWhich) {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {},
             {"--source", "s"},
             {"--id", "i"},
             {"--topic", "t"},
             {"--company", "1"},
             {"--topic", "t", "--partition", "0"},
             {"--topic", "t", "--partition", "-1", "--offset", "0"},
             {"--topic", "t", "--partition", "0", "--offset", "-1"}}) {
        std::vector<std::string> all{"event", "show"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        EXPECT_EQ(calfleet(all).exit.code, 2);
    }
}

TEST_F(EventShow, ComparesWhatIsTypedLetterByLetter) {
    see("host-mapper", "e'; drop table x; --", 1, 1);
    EXPECT_THAT(shown("e'; drop table x; --"), HasSubstr("applied"));
    EXPECT_EQ(
        calfleet({"event", "show", "--source", "/shop", "--id", "E'; drop table x; --"}).exit.code,
        3
    );
    EXPECT_NE(calfleet({"event", "show", "--source", "/shop", "--id", "\xff"}).exit.code, 0);
}

} // namespace
} // namespace calfleet::cli
