#include "tests/bench/host_mapper/floor.h"

#include "workers/host-mapper/handler.h"

#include "common/core/clock.h"
#include "common/metrics/registry.h"
#include "common/runtime/inbox_store.h"
#include "common/runtime/intake_batch.h"
#include "common/runtime/intake_transaction.h"
#include "common/runtime/position_store.h"

#include <atomic>
#include <stdexcept>
#include <thread>

namespace calfleet::bench {
namespace {

constexpr const char* kWorker = "floor";

/// One session that commits every n-th batch.
class Lane {
public:
    Lane(const postgres::Settings& database, runtime::BatchFactory& batches, int number)
        : session_(database)
        , transaction_(kWorker, session_, system_clock())
        , batch_(kWorker, batches.make_batch())
        , partition_{"floor", number} {}

    void fence() {
        const auto fenced = session_.transact(
            postgres::Access::companies({}),
            [&](postgres::Transaction& transaction) {
                return runtime::fence_positions(
                    transaction, kWorker, "bench", std::span(&partition_, 1)
                );
            }
        );
        if (!fenced) throw std::runtime_error(fenced.error().message);
        ticket_ = book_.open(fenced->front());
        epoch_ = fenced->front().epoch;
    }

    void commit(std::span<const kafka::OutgoingRecord> records) {
        const Date today = std::chrono::floor<std::chrono::days>(system_clock().now());
        std::vector<std::vector<HeaderView>> headers(records.size());
        for (std::size_t i = 0; i < records.size(); ++i) {
            for (const kafka::Header& header : records[i].headers)
                headers[i].push_back({header.name, *header.value});
            RecordView view;
            view.topic = partition_.topic;
            view.partition = partition_.partition;
            view.offset = next_ + static_cast<std::int64_t>(i);
            view.key = *records[i].key;
            view.value = *records[i].value;
            view.headers = headers[i];
            batch_.add(view, ticket_, today);
        }
        runtime::BatchRange range;
        for (std::uint32_t i = 0; i < records.size(); ++i)
            range.entries.push_back(i);
        const std::int64_t end = next_ + static_cast<std::int64_t>(records.size());
        range.advances.push_back({partition_, epoch_, next_, end, ticket_});
        runtime::RangeResult result = transaction_.run(batch_, range);
        while (result.end == runtime::RangeEnd::Raced)
            result = transaction_.run(batch_, range);
        if (result.end != runtime::RangeEnd::Done)
            throw std::runtime_error("floor: " + result.error.message);
        next_ = end;
        batch_.clear();
    }

private:
    postgres::Session session_;
    runtime::IntakeTransaction transaction_;
    runtime::IntakeBatch batch_;
    kafka::TopicPartition partition_;
    runtime::PartitionBook book_;
    runtime::Ticket ticket_;
    std::int64_t epoch_{0};
    std::int64_t next_{0};
};

} // namespace

double measure_floor(
    const postgres::Settings& database,
    const std::vector<kafka::OutgoingRecord>& records,
    int lanes,
    int batch
) {
    metrics::Registry registry("floor");
    const host_mapper::Metrics metrics{registry};
    host_mapper::BookingBatches batches{metrics, system_clock()};
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    std::exception_ptr failure;
    const auto begun = std::chrono::steady_clock::now();
    for (int number = 0; number < lanes; ++number)
        threads.emplace_back([&, number] {
            try {
                Lane lane(database, batches, number);
                lane.fence();
                for (;;) {
                    const std::size_t from = next.fetch_add(static_cast<std::size_t>(batch));
                    if (from >= records.size()) break;
                    const std::size_t count = std::min<std::size_t>(
                        static_cast<std::size_t>(batch), records.size() - from
                    );
                    lane.commit(std::span(records).subspan(from, count));
                }
            } catch (...) {
                failure = std::current_exception();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    if (failure) std::rethrow_exception(failure);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    return static_cast<double>(records.size()) / took.count();
}

} // namespace calfleet::bench
