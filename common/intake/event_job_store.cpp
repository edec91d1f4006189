#include "common/intake/event_job_store.h"

#include "common/job/retry_policy.h"
#include "common/jobs/job_store.h"
#include "common/messaging/record_json.h"
#include "common/messaging/storable.h"

#include <algorithm>
#include <array>
#include <set>

namespace calfleet::intake {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// Lane 2 for replays: yesterday's trouble does not delay today's bookings.
constexpr Statement kEnqueue{"event_jobs.enqueue", R"sql(
    insert into jobs (worker, kind, company_id, entity, state, lane, run_at, deadline_at, attempts, last_class, last_reason,
                      first_failed_at, last_failed_at, dead_letter_id, event_key, event_id, record_topic, record_partition,
                      record_offset, record_timestamp, record_key, record_headers, record_value)
    select $1, $2, company_id, entity, state, case when dead_letter_id is null then 1 else 2 end,
           now() + delay_us * interval '1 microsecond', now() + $3 * interval '1 microsecond', attempts, last_class,
           last_reason, case when attempts > 0 then now() end, case when attempts > 0 then now() end, dead_letter_id,
           event_key, event_id, topic, partition, offset_, timestamp_, key, headers, value
    from unnest($4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::int[], $9::text[], $10::text[], $11::bigint[],
                $12::uuid[], $13::text[], $14::text[], $15::int[], $16::bigint[], $17::timestamptz[], $18::bytea[],
                $19::jsonb[], $20::bytea[])
         with ordinality as new (company_id, entity, state, delay_us, attempts, last_class, last_reason, dead_letter_id,
                                 event_key, event_id, topic, partition, offset_, timestamp_, key, headers, value, ord)
    order by ord
)sql"};

constexpr std::array kCatalogue{kEnqueue};

void add_bytes(Array& column, const std::optional<std::string_view>& bytes) {
    if (bytes)
        column.add_bytes(*bytes);
    else
        column.add_null();
}

struct RecordColumns {
    Array topics, partitions, offsets, timestamps, keys, headers, values;

    void add(const RecordView& whole) {
        const messaging::Storable kept = messaging::storable(whole, whole.headers);
        const RecordView& record = kept.record;
        topics.add(record.topic);
        partitions.add(std::int64_t{record.partition});
        offsets.add(record.offset);
        timestamps.add(record.timestamp);
        add_bytes(keys, record.key);
        headers.add(messaging::headers_to_json(record.headers));
        add_bytes(values, record.value);
    }
};

struct JobColumns {
    Array companies, entities, states, delays, attempts, classes, reasons, letters, event_keys,
        event_ids;

    void add(const EventJob& job, std::string_view state, Microseconds delay) {
        companies.add(job.company.value);
        entities.add(job.entity);
        states.add(state);
        delays.add(std::int64_t{delay.count()});
        attempts.add(std::int64_t{job.failure ? 1 : 0});
        const auto reason = job.failure ? std::optional(job::bounded(*job.failure)) : std::nullopt;
        messaging::add_storable_text(
            classes, reason ? std::string_view(reason->code) : std::string_view()
        );
        messaging::add_storable_text(
            reasons, reason ? std::string_view(reason->text) : std::string_view()
        );
        letters.add(job.replay_of ? std::optional(job.replay_of->value) : std::nullopt);
        event_keys.add(job.event_key);
        messaging::add_storable_text(event_ids, job.event_id);
    }
};

std::vector<jobs::EntityName> names_of(std::span<const EntityKey> keys) {
    std::vector<jobs::EntityName> names;
    names.reserve(keys.size());
    for (const EntityKey& key : keys)
        names.push_back({key.company, std::string(key.entity)});
    return names;
}

} // namespace

postgres::Catalogue event_job_catalogue() {
    return kCatalogue;
}

std::vector<bool> have_open_jobs(
    postgres::Transaction& transaction, std::string_view worker, std::span<const EntityKey> keys
) {
    return jobs::lock_open_jobs(transaction, worker, names_of(keys));
}

void enqueue_event_jobs(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::span<const EventJob> jobs,
    Instant now
) {
    if (jobs.empty()) return;
    std::vector<EntityKey> keys;
    for (const EventJob& job : jobs)
        keys.push_back({job.company, job.entity});
    const std::vector<bool> occupied = have_open_jobs(transaction, worker, keys);

    JobColumns columns;
    RecordColumns records;
    std::set<std::pair<CompanyId, std::string_view>> taken;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const bool first = taken.emplace(jobs[i].company, jobs[i].entity).second;
        // The host's clock made both instants; only their distance means something to the
        // database's clock.
        const Microseconds delay = std::max(jobs[i].run_at - now, Microseconds{0});
        columns.add(jobs[i], first && !occupied[i] ? "ready" : "waiting", delay);
        records.add(jobs[i].record);
    }
    const Microseconds deadline = job::RetryPolicy{}.deadline;
    transaction.exec(
        kEnqueue,
        params(
            worker,
            kEventJobKind,
            std::int64_t{deadline.count()},
            columns.companies,
            columns.entities,
            columns.states,
            columns.delays,
            columns.attempts,
            columns.classes,
            columns.reasons,
            columns.letters,
            columns.event_keys,
            columns.event_ids,
            records.topics,
            records.partitions,
            records.offsets,
            records.timestamps,
            records.keys,
            records.headers,
            records.values
        )
    );
}

} // namespace calfleet::intake
