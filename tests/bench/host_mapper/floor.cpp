#include "tests/bench/host_mapper/floor.h"

#include "workers/host-mapper/handler.h"

#include "common/core/clock.h"
#include "common/intake/intake_batch.h"
#include "common/intake/intake_transaction.h"
#include "common/intake/position_store.h"
#include "common/messaging/inbox_store.h"
#include "common/metrics/registry.h"

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <thread>

namespace calfleet::bench {
namespace {

constexpr const char* kWorker = "floor";

// A sequence that hands out blocks (see the yardstick) gives a session its block now.
constexpr std::string_view kTakeNumbers =
    "select nextval(format('%I.%I', schemaname, sequencename)::regclass)"
    " from pg_sequences where schemaname in ('calfleet', 'platform')"
    " and has_sequence_privilege(format('%I.%I', schemaname, sequencename), 'usage')";

/// One session that commits the batches of its records.
class Lane {
public:
    Lane(const postgres::Settings& database, intake::BatchFactory& batches, int number)
        : session_(database)
        , transaction_(kWorker, session_, system_clock())
        , batch_(kWorker, batches.make_batch())
        , partition_{"floor", number} {}

    void open() {
        const auto fenced = session_.transact(
            postgres::Access::companies({}),
            [&](postgres::Transaction& transaction) {
                transaction.exec_text(kTakeNumbers);
                return intake::fence_positions(
                    transaction, kWorker, "bench", std::span(&partition_, 1)
                );
            }
        );
        if (!fenced) throw std::runtime_error(fenced.error().message);
        ticket_ = book_.open(fenced->front());
        epoch_ = fenced->front().epoch;
    }

    void run(std::span<const kafka::OutgoingRecord> records, std::size_t batch) {
        for (std::size_t from = 0; from < records.size(); from += batch)
            commit(records.subspan(from, std::min(batch, records.size() - from)));
    }

private:
    void commit(std::span<const kafka::OutgoingRecord> records) {
        std::vector<std::vector<HeaderView>> headers(records.size());
        for (std::size_t i = 0; i < records.size(); ++i) {
            for (const kafka::Header& header : records[i].headers)
                headers[i].push_back({header.name, *header.value});
            RecordView view;
            view.topic = records[i].topic; // an event stands in the topic of its type
            view.partition = partition_.partition;
            view.offset = next_ + static_cast<std::int64_t>(i);
            view.key = *records[i].key;
            view.value = *records[i].value;
            view.headers = headers[i];
            batch_.add(view, ticket_);
        }
        intake::BatchRange range;
        for (std::uint32_t i = 0; i < records.size(); ++i)
            range.entries.push_back(i);
        const std::int64_t end = next_ + static_cast<std::int64_t>(records.size());
        range.advances.push_back({partition_, epoch_, next_, end, ticket_});
        intake::RangeResult result = transaction_.run(batch_, range);
        while (result.end == intake::RangeEnd::Raced)
            result = transaction_.run(batch_, range);
        if (result.end != intake::RangeEnd::Done)
            throw std::runtime_error("floor: " + result.error.message);
        next_ = end;
        batch_.clear();
    }

    postgres::Session session_;
    intake::IntakeTransaction transaction_;
    intake::IntakeBatch batch_;
    kafka::TopicPartition partition_;
    intake::PartitionBook book_;
    intake::Ticket ticket_;
    std::int64_t epoch_{0};
    std::int64_t next_{0};
};

} // namespace

std::vector<LaneRecords> split_by_company(std::vector<kafka::OutgoingRecord> records, int lanes) {
    const auto company_of = [](const kafka::OutgoingRecord& record) {
        return record.key->substr(0, record.key->find(':'));
    };
    std::map<std::string, std::size_t> counts;
    for (const kafka::OutgoingRecord& record : records)
        ++counts[company_of(record)];
    std::vector<std::pair<std::size_t, std::string>> by_size;
    for (const auto& [company, count] : counts)
        by_size.emplace_back(count, company);
    std::sort(by_size.rbegin(), by_size.rend());
    std::vector<std::size_t> load(static_cast<std::size_t>(lanes));
    std::map<std::string, std::size_t> lane_of;
    for (const auto& [count, company] : by_size) {
        const auto lightest = std::min_element(load.begin(), load.end());
        *lightest += count;
        lane_of[company] = static_cast<std::size_t>(lightest - load.begin());
    }
    std::vector<LaneRecords> shares(static_cast<std::size_t>(lanes));
    for (kafka::OutgoingRecord& record : records)
        shares[lane_of[company_of(record)]].push_back(std::move(record));
    return shares;
}

double measure_floor(
    const postgres::Settings& database, const std::vector<LaneRecords>& lanes, int batch
) {
    metrics::Registry registry("floor");
    const host_mapper::Metrics metrics{registry};
    host_mapper::BookingBatches batches{metrics, system_clock()};
    std::vector<std::unique_ptr<Lane>> sessions;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        sessions.push_back(std::make_unique<Lane>(database, batches, static_cast<int>(i)));
        sessions.back()->open();
    }
    std::vector<std::thread> threads;
    std::vector<std::exception_ptr> failures(lanes.size());
    const auto begun = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < lanes.size(); ++i)
        threads.emplace_back([&, i] {
            try {
                sessions[i]->run(lanes[i], static_cast<std::size_t>(batch));
            } catch (...) {
                failures[i] = std::current_exception();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    for (const std::exception_ptr& failure : failures)
        if (failure) std::rethrow_exception(failure);
    std::size_t records = 0;
    for (const LaneRecords& share : lanes)
        records += share.size();
    return static_cast<double>(records) / took.count();
}

} // namespace calfleet::bench
