// What anybody in the cluster may read, and what a log keeps for months, names no booking and
// nobody.

#include "common/executor/executor_telemetry.h"
#include "common/intake/intake_telemetry.h"
#include "common/log/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calfleet::runtime {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;
using namespace calfleet::executor;
using namespace calfleet::intake;

constexpr const char* kUid = "bk_6Zt3vWqN8sLx";
const std::string kReason = std::string("payload.uid: '") + kUid + "' belongs to anna@example.com";

auto names_nobody() {
    return AllOf(Not(HasSubstr(kUid)), Not(HasSubstr("anna")), HasSubstr("payload.uid: #"));
}

job::Job job_of_a_booking() {
    job::Job job;
    job.id = JobId{7};
    job.kind = "booking";
    job.company = CompanyId{4711};
    job.entity = std::string("booking:") + kUid;
    job.event_id = "0190163d";
    return job;
}

TEST(ExecutorStatus, TellsNeitherWhoseAJobIsNorWhatItIsAbout) {
    ExecutorStatus status;
    status.jobs.push_back({.id = JobId{7}, .kind = "booking", .waits_for = "its handler"});
    EXPECT_EQ(
        executor_json(status).substr(0, executor_json(status).find("\"jobs\"")),
        R"({"in_flight":0,"draining":false,"not_ready":"",)"
    );
    for (const char* name : {"company", "entity", "event_id", "uid", "email"})
        EXPECT_THAT(executor_json(status), Not(HasSubstr("\"" + std::string(name) + "\""))) << name;
}

TEST(ExecutorTelemetry, WritesDigestsOfWhatAReasonQuotes) {
    const log::Capture capture;
    metrics::Registry registry("test");
    ExecutorTelemetry telemetry(registry, system_clock());
    telemetry.on_settled(
        job_of_a_booking(), {}, job::Bury{.reason = {"schema", kReason}}, std::chrono::seconds(1)
    );
    telemetry.on_fault(job_of_a_booking(), invalid(kReason));
    for (const char* event : {"job.dead_lettered", "job.fault"}) {
        const auto lines = capture.lines_of(event);
        ASSERT_EQ(lines.size(), 1U) << event;
        EXPECT_THAT(lines[0], names_nobody());
    }
}

class NoBatch final : public Batch {
public:
    void clear() override {}
    Result<std::string_view> add(const Event&) override { return std::string_view("entity"); }
    void apply(postgres::Transaction&, std::span<const std::uint32_t>, std::span<Verdict>, Instant)
        override {}
};

TEST(IntakeTelemetry, WritesDigestsOfWhatAReasonQuotes) {
    const log::Capture capture;
    metrics::Registry registry("test");
    IntakeTelemetry telemetry(registry, system_clock());
    IntakeBatch batch("host-mapper", std::make_unique<NoBatch>());
    RecordView record;
    record.topic = "booking-created";
    record.value = "{}";
    batch.add(record, {});
    const BatchRange range{.entries = {0}, .advances = {}};
    const BatchReceipt receipt{.fates = {Fate::DeadLetter}, .reasons = {{"schema", kReason}}};
    telemetry.on_committed(batch, range, receipt, 1ms);
    const auto lines = capture.lines_of("event.dead_lettered");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines[0], names_nobody());
}

} // namespace
} // namespace calfleet::runtime
