// The commands that talk to Kafka, against the small broker and kcat.
#include "common/core/uuid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/integration/calfleet/answering.h"
#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class WithKafka : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        broker_.emplace(test_support::ProcessOptions{
            .argv =
                {std::string(CALFLEET_BIN_DIR) + "/calfleet-mock-broker",
                 "--topics",
                 "booking-created:2,host-mapper.dlq:1"},
            .directory = directory_.path()});
        const auto address = broker_->wait_for_line(":", seconds{20});
        ASSERT_TRUE(address);
        brokers = *address;
    }

    /// "key|headers|value" lines of all records.
    std::string records(const std::string& topic) const {
        return test_support::run(
                   {.argv =
                        {"kcat",
                         "-C",
                         "-q",
                         "-b",
                         brokers,
                         "-t",
                         topic,
                         "-o",
                         "beginning",
                         "-e",
                         "-f",
                         "%k|%h|%s\n"},
                    .directory = directory_.path()},
                   seconds{30}
        )
            .out;
    }

private:
    test_support::TemporaryDirectory directory_{"calfleet-kafka"};
    std::optional<test_support::Process> broker_;
};

class Publish : public WithKafka {};
class ReplayFromTopic : public WithKafka {
protected:
    struct Origin {
        std::string topic{"booking-created"}, worker{"host-mapper"}, offset{"7"};
    };
    void bury(const std::string& id, const std::string& reason_class) const {
        bury(id, reason_class, Origin());
    }
    void bury(const std::string& id, const std::string& reason_class, const Origin& origin) const {
        std::string command = "printf 'bytes of " + id + "' | kcat -P -b " + brokers +
                              " -t host-mapper.dlq -p 0 -k 1:" + id + " -H ce_id=" + id +
                              " -H ce_source=s -H ce_companyid=1";
        for (const auto& [name, value] : std::map<std::string, std::string>{
                 {"worker", origin.worker},
                 {"class", reason_class},
                 {"topic", origin.topic},
                 {"partition", "1"},
                 {"offset", origin.offset},
                 {"attempts", "3"},
                 {"last_failed_at", "2026-11-20T08:00:00Z"}})
            if (!value.empty()) command += " -H calfleet_dlq_" + name + "=" + value;
        const auto done = test_support::run({.argv = {"sh", "-c", command}}, seconds{30});
        ASSERT_EQ(done.exit, test_support::Exit{}) << done.err;
    }
};
class Positions : public WithKafka {};
class EventInATopic : public WithKafka {};

TEST_F(Publish, SendsAnEventAsAnUpstreamServiceWould) {
    const std::string path = file("event.json", R"({"booking":{"uid":"k3J9"}})");
    EXPECT_EQ(
        output_of(
            {"publish",
             "--topic",
             "booking-created",
             "--company",
             "1",
             "--key",
             "k3J9",
             "--file",
             path,
             "--id",
             "e-1",
             "--time",
             "2026-11-20T08:00:00Z",
             "--json"}
        ),
        "{\"published\":1}\n"
    );
    EXPECT_EQ(
        records("booking-created"),
        "1:k3J9|ce_specversion=1.0,ce_id=e-1,ce_source=/calfleet/publish,ce_type=booking-created,"
        "ce_time=2026-11-20T08:00:00Z,ce_companyid=1,content-type=application/json"
        "|{\"booking\":{\"uid\":\"k3J9\"}}\n"
    );
}

TEST_F(Publish, SendsAFileOfEventsAndNamesTheLineThatIsWrong) {
    const std::string good =
        R"({"topic":"booking-created","company":2,"key":"a","id":"e-2","data":{"x":1}})";
    EXPECT_EQ(
        output_of({"publish", "--jsonl", file("two.jsonl", good + "\n\n" + good + "\n")}),
        "published  2\n"
    );
    EXPECT_THAT(records("booking-created"), HasSubstr("2:a|"));
    const std::string path = file("bad.jsonl", good + "\n{\"topic\":\"booking-created\"}\n");
    const auto bad = calfleet({"publish", "--jsonl", path});
    EXPECT_EQ(bad.exit.code, 2);
    EXPECT_THAT(bad.err, HasSubstr(path + " line 2: member 'key' must be text"));
}

TEST_F(Publish, WantsToKnowWhat) {
    EXPECT_EQ(calfleet({"publish"}).exit.code, 2);
    EXPECT_EQ(calfleet({"publish", "--file", file("x.json", "{}")}).exit.code, 2);
    const auto broken = calfleet(
        {"publish",
         "--topic",
         "booking-created",
         "--company",
         "1",
         "--key",
         "k",
         "--file",
         file("y.json", "{")}
    );
    EXPECT_EQ(broken.exit.code, 2);
    EXPECT_EQ(records("booking-created"), "");
}

TEST_F(ReplayFromTopic, MakesRowsAgainAndReplaysThemAsFromTheDatabase) {
    bury("one", "schema");
    bury("two", "unknown_company");
    EXPECT_THAT(
        output_of({"dlq", "replay", "--from-topic", "host-mapper.dlq", "--dry-run", "--json"}),
        AllOf(
            HasSubstr(R"({"worker":"host-mapper","class":"schema","would_replay":1,)"),
            HasSubstr(R"({"worker":"host-mapper","class":"unknown_company","would_replay":1,)"),
            HasSubstr(R"("refused":[])")
        )
    );
    EXPECT_EQ(ask("select count(*) from calfleet.dead_letters"), "0") << "only a plan";
    const Answering worker(database(), 1000);
    const auto replay_two = [&] {
        return output_of(
            {"dlq",
             "replay",
             "--from-topic",
             "host-mapper.dlq",
             "--class",
             "unknown_company",
             "--json"}
        );
    };
    EXPECT_THAT(replay_two(), AllOf(HasSubstr(R"("sent":1,"replayed":1)"), HasSubstr("\"done\"")));
    const auto sent = [&] {
        return ask("select string_agg(topic || '|' || convert_from(record_key, 'UTF8') || '|' || "
                   "convert_from(record_value, 'UTF8') || '|' || record_headers::text, '') "
                   "from calfleet.outbox");
    };
    EXPECT_EQ(
        sent(),
        R"(booking-created|1:two|bytes of two|[{"name": "ce_id", "text": "two"}, )"
        R"({"name": "ce_source", "text": "s"}, {"name": "ce_companyid", "text": "1"}, )"
        R"({"name": "calfleet_replay", "text": ")" +
            ask("select id from calfleet.dead_letters") + "\"}]"
    );
    EXPECT_EQ(
        ask("select state || ' ' || company_id || ' ' || event_id || ' ' || record_partition || "
            "'@' || record_offset || ' ' || attempts || ' ' || decided_by from "
            "calfleet.dead_letters"),
        "replayed 1 two 1@7 3 anna"
    );
    EXPECT_THAT(replay_two(), AllOf(HasSubstr("\"closed_before\":1"), HasSubstr("\"sent\":0")));
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "1") << "sent once";
    EXPECT_EQ(records("booking-created"), "") << "only the relay writes to topics";
}

TEST_F(ReplayFromTopic, StopsWhenTheCanaryFailsAgain) {
    for (int i = 0; i < 15; ++i)
        bury("e" + std::to_string(i), "schema");
    const Answering worker(database(), 5);
    const auto done =
        calfleet({"dlq", "replay", "--from-topic", "host-mapper.dlq", "--rate", "1000"});
    EXPECT_EQ(done.exit.code, 4) << done.out << done.err;
    EXPECT_THAT(
        done.out, AllOf(HasSubstr("stopped: 2 of 10 failed again"), HasSubstr("5 were not sent"))
    );
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "10");
}

TEST_F(ReplayFromTopic, RefusesWhatNoWorkerWroteAndListsIt) {
    bury("elsewhere", "schema", {.topic = "payments"});
    bury("around", "schema", {.topic = "host-mapper.dlq"});
    bury("others", "schema", {.topic = "service-changed"});
    bury("foreign", "schema", {.worker = "team-syncer"});
    bury("nobody", "schema", {.worker = ""});
    bury("job", "crash_loop", {.topic = ""});
    bury("nowhere", "schema", {.offset = "x"});
    bury("negative", "schema", {.offset = "-7"});
    bury("classless", "");
    bury("good", "schema");
    const Answering worker(database(), 1000);
    const auto done = calfleet({"dlq", "replay", "--from-topic", "host-mapper.dlq", "--json"});
    EXPECT_EQ(done.exit.code, 4) << done.out << done.err;
    EXPECT_EQ(
        ask("select string_agg(topic || ' ' || convert_from(record_value, 'UTF8'), ',') from "
            "calfleet.outbox"),
        "booking-created bytes of good"
    );
    for (const std::string expected :
         {R"("event_id":"elsewhere","refused_because":"its topic 'payments' is not one that host-mapper consumes)",
          R"("event_id":"around","refused_because":"its topic 'host-mapper.dlq' is not)",
          R"("event_id":"others","refused_because":"its topic 'service-changed' is not)",
          R"("event_id":"foreign","refused_because":"it is a letter of 'team-syncer')",
          R"("event_id":"nobody","refused_because":"it does not say whose letter it is)",
          R"("event_id":"job","refused_because":"a job died here, not a record)",
          R"("event_id":"nowhere","refused_because":"its partition and offset are no numbers)",
          R"("event_id":"negative","refused_because":"its partition and offset are no numbers)",
          R"("event_id":"classless","refused_because":"it has no class)",
          R"("refused":9})"})
        EXPECT_THAT(done.out, HasSubstr(expected));
}

TEST_F(ReplayFromTopic, WantsATopicOfLettersOfAWorkerThatItKnows) {
    for (const std::string topic : {"booking-created", "somebody.dlq", ".dlq", "dlq", ""})
        EXPECT_EQ(calfleet({"dlq", "replay", "--from-topic=" + topic}).exit.code, 2) << topic;
}

TEST_F(ReplayFromTopic, LeavesAloneWhatAPersonClosedAndWhatWasErased) {
    bury("closed", "schema");
    bury("erased", "schema");
    output_of({"dlq", "replay", "--from-topic", "host-mapper.dlq", "--dry-run"});
    {
        const Answering worker(database(), 1000);
        output_of({"dlq", "replay", "--from-topic", "host-mapper.dlq"});
    }
    run("delete from calfleet.outbox;"
        "update calfleet.dead_letters set state = 'discarded' where event_id = 'closed';"
        "update calfleet.dead_letters set state = 'discarded', payload_emptied_at = now() "
        "where event_id = 'erased'");
    const auto done = calfleet({"dlq", "replay", "--from-topic", "host-mapper.dlq"});
    EXPECT_EQ(done.exit.code, 4);
    EXPECT_THAT(done.out, HasSubstr("its record was taken away"));
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "0");
}

TEST_F(EventInATopic, IsReadFromItsPlaceAndFoundByItsIdentity) {
    test_support::run(
        {.argv =
             {"sh",
              "-c",
              "echo '{}' | kcat -P -b " + brokers +
                  " -t booking-created -p 1 -k 1:uid-9 -H ce_id=e9 -H ce_source=/shop -H "
                  "ce_companyid=1; "
                  "printf 'no event' | kcat -P -b " +
                  brokers + " -t booking-created -p 1"}},
        seconds{30}
    );
    run("select * from calfleet.maintain_inbox(current_date, 1, 1);"
        "insert into calfleet.consumer_positions (worker, topic, partition, next_offset) values "
        "('host-mapper', 'booking-created', 1, 1);"
        "insert into calfleet.inbox (company_id, event_key, bucket, outcome) values (1, '" +
        to_string(name_uuid({"host-mapper", "/shop", "e9"})) + "', current_date, 1)");
    const auto at = [&](const std::string& partition, const std::string& offset) {
        return calfleet(
            {"event",
             "show",
             "--topic",
             "booking-created",
             "--partition",
             partition,
             "--offset",
             offset,
             "--json"}
        );
    };
    EXPECT_THAT(
        at("1", "0").out,
        AllOf(
            HasSubstr(R"("source":"/shop","id":"e9","company":1,"topic":"booking-created")"),
            HasSubstr(R"("bookings":"uid-9")"),
            HasSubstr(R"("worker":"host-mapper","company":1,"outcome":"applied")"),
            HasSubstr("has come to 1 of booking-created/1: the record at 0 lies behind it.")
        )
    );
    const auto strange = at("1", "1");
    EXPECT_EQ(strange.exit.code, 3);
    EXPECT_THAT(strange.out, HasSubstr("the record at 1 is not consumed yet"));
    const auto beyond = at("1", "2");
    EXPECT_EQ(beyond.exit.code, 3);
    EXPECT_THAT(beyond.out, HasSubstr("The topic has no record at that offset"));
    const auto nowhere = at("7", "0");
    EXPECT_EQ(nowhere.exit.code, 3);
    EXPECT_THAT(nowhere.err, HasSubstr("there is no such partition"));
}

TEST_F(Positions, AreListedWithHowFarBehindTheyAreAndMovedOnlyWithinTheLog) {
    run("insert into calfleet.consumer_positions (worker, topic, partition, next_offset, epoch, "
        "owner, updated_at, mark_offset, mark_digest, mark_position) "
        "values ('host-mapper', 'booking-created', 0, 1, 4, 'pod-1', '2026-11-20T08:00:00Z', 0, "
        "'x', 1)");
    for (int i = 0; i < 3; ++i)
        test_support::run(
            {.argv = {"sh", "-c", "echo x | kcat -P -b " + brokers + " -t booking-created -p 0"}},
            seconds{30}
        );
    EXPECT_THAT(
        output_of({"positions", "list", "--json"}),
        HasSubstr(R"("next_offset":1,"log_end":3,"behind":2,"epoch":4,"owner":"pod-1")")
    );
    const auto reset = [&](const std::string& to, bool yes) {
        return yes ? calfleet(
                         {"positions",
                          "reset",
                          "--worker",
                          "host-mapper",
                          "--topic",
                          "booking-created",
                          "--to",
                          to,
                          "--yes"}
                     )
                   : calfleet(
                         {"positions",
                          "reset",
                          "--worker",
                          "host-mapper",
                          "--topic",
                          "booking-created",
                          "--to",
                          to}
                     );
    };
    const auto next = [&] { return ask("select next_offset from calfleet.consumer_positions"); };
    EXPECT_THAT(reset("latest", false).out, HasSubstr("nothing was changed; add --yes"));
    EXPECT_EQ(next(), "1");
    const auto marks = [&] {
        return ask("select count(*) from calfleet.consumer_positions where num_nonnulls("
                   "mark_offset, mark_timestamp, mark_digest, mark_position) > 0");
    };
    EXPECT_EQ(marks(), "1");
    EXPECT_EQ(reset("latest", true).exit.code, 0);
    EXPECT_EQ(marks(), "0") << "whatever log it is now, the operator chose it";
    EXPECT_EQ(next(), "3");
    EXPECT_EQ(reset("earliest", true).exit.code, 0);
    EXPECT_EQ(next(), "0");
    EXPECT_EQ(reset("2", true).exit.code, 0);
    EXPECT_EQ(next(), "2");
    const auto outside = reset("4", true);
    EXPECT_EQ(outside.exit.code, 2);
    EXPECT_THAT(outside.err, HasSubstr("4 is outside the log of booking-created/0"));
    EXPECT_EQ(reset("-1", true).exit.code, 2);
    EXPECT_EQ(reset("soon", true).exit.code, 2);
    EXPECT_EQ(next(), "2");
    EXPECT_EQ(
        calfleet({"positions", "reset", "--worker", "nobody", "--topic", "x", "--to", "latest"})
            .exit.code,
        3
    );
}

} // namespace
} // namespace calfleet::cli
