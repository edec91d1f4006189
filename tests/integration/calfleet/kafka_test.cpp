// The commands that talk to Kafka, against the small broker and kcat.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
class ReplayFromTopic : public WithKafka {};
class Positions : public WithKafka {};

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

TEST_F(ReplayFromTopic, SendsTheOriginalRecordsBack) {
    const auto bury = [&](const std::string& id, const std::string& reason_class) {
        const auto done = test_support::run(
            {.argv =
                 {"sh",
                  "-c",
                  "printf 'bytes of " + id + "' | kcat -P -b " + brokers +
                      " -t host-mapper.dlq -p 0 -k 1:" + id + " -H ce_id=" + id +
                      " -H ce_companyid=1 -H calfleet_dlq_worker=host-mapper -H "
                      "calfleet_dlq_class=" +
                      reason_class + " -H calfleet_dlq_topic=booking-created" +
                      " -H calfleet_dlq_last_failed_at=2026-11-20T08:00:00Z"}},
            seconds{30}
        );
        ASSERT_EQ(done.exit, test_support::Exit{}) << done.err;
    };
    bury("one", "schema");
    bury("two", "unknown_company");
    EXPECT_THAT(
        output_of({"dlq", "replay", "--from-topic", "host-mapper.dlq", "--dry-run", "--json"}),
        AllOf(
            HasSubstr(R"({"class":"schema","would_replay":1})"),
            HasSubstr(R"({"class":"unknown_company","would_replay":1})")
        )
    );
    EXPECT_EQ(records("booking-created"), "");
    EXPECT_EQ(
        output_of(
            {"dlq",
             "replay",
             "--from-topic",
             "host-mapper.dlq",
             "--class",
             "unknown_company",
             "--json"}
        ),
        "[{\"class\":\"unknown_company\",\"replayed\":1}]\n"
    );
    EXPECT_EQ(
        records("booking-created"),
        "1:two|ce_id=two,ce_companyid=1,calfleet_replay=topic|bytes of two\n"
    );
}

TEST_F(Positions, AreListedWithHowFarBehindTheyAreAndMovedOnlyWithinTheLog) {
    run("insert into calfleet.consumer_positions (worker, topic, partition, next_offset, epoch, "
        "owner, updated_at) "
        "values ('host-mapper', 'booking-created', 0, 1, 4, 'pod-1', '2026-11-20T08:00:00Z')");
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
    EXPECT_EQ(reset("latest", true).exit.code, 0);
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
