#include "workers/calfleet/event_store.h"

#include "workers/calfleet/fleet_topics.h"

#include "common/postgres/columns.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kWorkers{"calfleet.workers_with_positions", R"sql(
    select distinct worker from consumer_positions
)sql"};

// Keys begin with the company: a company that is not named is found by asking for each.
constexpr Statement kSeen{"calfleet.seen_of_event", R"sql(
    select event_key, company_id, outcome, bucket::text
    from inbox where event_key = any($2::uuid[]) and ($1::bigint is null or company_id = $1)
    order by company_id limit 100
)sql"};

// $1 company, $2 keys, $3 event id, $4 topic, $5 partition, $6 offset, $7 booking
constexpr Statement kJobs{"calfleet.jobs_of_event", R"sql(
    select j.id, j.company_id, j.worker, j.kind, j.entity, j.state, j.attempts, j.crashes, j.run_at, j.deadline_at,
           j.last_class, j.last_reason,
           case when j.state = 'waiting' then
               (select f.id from jobs f where f.worker = j.worker and f.company_id = j.company_id
                                          and f.entity = j.entity and f.id < j.id order by f.id desc limit 1) end as behind
    from jobs j
    where ($1::bigint is null or j.company_id = $1)
      and (j.event_key = any($2::uuid[])
           or (j.event_key is null and j.event_id = $3)
           or (j.record_topic = $4 and j.record_partition = $5::int and j.record_offset = $6::bigint)
           or j.entity = $7 or j.record_key = convert_to(j.company_id || ':' || $7, 'UTF8'))
    order by j.id limit 100
)sql"};

// $1 company, $2 source, $3 event id, $4 topic, $5 partition, $6 offset, $7 booking
constexpr Statement kLetters{"calfleet.letters_of_event", R"sql(
    select id, company_id, worker, state, reason_class, reason, failures, last_failed_at, entity, record_topic,
           record_partition, record_offset, decided_at, decided_by, decided_login, decided_reason, replay_run::text as replay_run,
           payload_emptied_at
    from dead_letters
    where ($1::bigint is null or company_id = $1 or company_id is null)
      and ((event_id = $3 and ($2::text is null or event_source = $2 or event_source is null))
           or (record_topic = $4 and record_partition = $5::int and record_offset = $6::bigint)
           or entity = $7 or record_key = convert_to(company_id || ':' || $7, 'UTF8'))
    order by id desc limit 100
)sql"};

constexpr Statement kAppointments{"calfleet.appointments_of_event", R"sql(
    select a.id, a.company_id, a.calcom_booking_uid, a.status, a.assignment, a.staff_id, a.customer_id, a.calcom_host_id,
           a.rescheduled_to_uid, a.starts_at, a.source_updated_at, a.updated_at
    from platform.companies c
    cross join lateral (select * from platform.appointments a
                        where a.company_id = c.id and a.calcom_booking_uid = any($2::text[])) a
    where $1::bigint is null or c.id = $1
    order by a.company_id, a.id limit 100
)sql"};

// $1 company, $2 event id, $3 and $4 companies and hosts of the appointments
constexpr Statement kAudits{"calfleet.audits_of_event", R"sql(
    select at, company_id, calcom_host_id, action, actor, login, reasons::text, event_id
    from platform.calcom_host_mapping_audits
    where (event_id = $2 and ($1::bigint is null or company_id = $1))
       or (company_id, calcom_host_id) in (select * from unnest($3::bigint[], $4::text[]))
    order by id desc limit 100
)sql"};

// $1 company, $2 source, $3 event id, $4 booking
constexpr Statement kWaiting{"calfleet.outbox_of_event", R"sql(
    select id, company_id, topic, created_at
    from outbox
    where ($1::bigint is null or company_id = $1 or company_id is null)
      and ((record_headers @> jsonb_build_array(jsonb_build_object('name', 'ce_id', 'text', $3::text))
            and ($2::text is null
                 or record_headers @> jsonb_build_array(jsonb_build_object('name', 'ce_source', 'text', $2::text))))
           or record_key = convert_to(company_id || ':' || $4, 'UTF8'))
    order by id limit 100
)sql"};

constexpr Statement kPositions{"calfleet.positions_of_event", R"sql(
    select worker, next_offset, updated_at from consumer_positions where topic = $1 and partition = $2::int order by worker
)sql"};

constexpr Statement kNow{"calfleet.now", "select now()"};

constexpr std::array kCatalogue{
    kWorkers, kSeen, kJobs, kLetters, kAppointments, kAudits, kWaiting, kPositions, kNow};

std::string outcome_text(std::int64_t outcome) {
    switch (outcome) {
    case 1:
        return "applied";
    case 2:
        return "superseded";
    case 3:
        return "discarded";
    case 4:
        return "dead letter";
    case 5:
        return "handed to a job";
    default:
        return "outcome " + std::to_string(outcome);
    }
}

/// An event has one key per worker that may have met it.
std::map<Uuid, std::string>
keys_of(postgres::Transaction& transaction, const EventQuestion& question) {
    std::map<Uuid, std::string> keys;
    if (!question.source || !question.id) return keys;
    std::set<std::string> workers;
    for (const std::string_view worker : known_workers())
        workers.emplace(worker);
    for (const Row row : transaction.exec(kWorkers))
        workers.emplace(row.text(0));
    for (const std::string& worker : workers)
        keys.emplace(name_uuid({worker, *question.source, *question.id}), worker);
    return keys;
}

Array array_of(const std::map<Uuid, std::string>& keys) {
    Array array;
    for (const auto& [key, worker] : keys)
        array.add(key);
    return array;
}

std::vector<SeenEvent> find_seen(
    postgres::Transaction& transaction,
    const EventQuestion& question,
    const std::map<Uuid, std::string>& keys
) {
    std::vector<SeenEvent> seen;
    if (keys.empty()) return seen;
    for (const Row row : transaction.exec(kSeen, params(question.company, array_of(keys))))
        seen.push_back(
            {keys.at(row.uuid(0)),
             row.int64(1),
             outcome_text(row.int64(2)),
             std::string(row.text(3))}
        );
    return seen;
}

std::vector<JobOfEvent> find_jobs(
    postgres::Transaction& transaction,
    const EventQuestion& question,
    const std::map<Uuid, std::string>& keys
) {
    std::vector<JobOfEvent> jobs;
    const auto rows = transaction.exec(
        kJobs,
        params(
            question.company,
            array_of(keys),
            question.id,
            question.topic,
            question.partition,
            question.offset,
            question.booking
        )
    );
    for (const Row row : rows) {
        JobOfEvent& job = jobs.emplace_back();
        job.id = row.int64("id");
        job.company = row.int64("company_id");
        job.worker = row.text("worker");
        job.kind = row.text("kind");
        job.entity = row.text("entity");
        job.state = row.text("state");
        job.attempts = row.int64("attempts");
        job.crashes = row.int64("crashes");
        job.due = row.instant("run_at");
        job.deadline = row.instant("deadline_at");
        job.why_class = row.optional_text("last_class");
        job.why = row.optional_text("last_reason");
        job.behind = row.optional_int64("behind");
    }
    return jobs;
}

std::vector<LetterOfEvent>
find_letters(postgres::Transaction& transaction, const EventQuestion& question) {
    std::vector<LetterOfEvent> letters;
    const auto rows = transaction.exec(
        kLetters,
        params(
            question.company,
            question.source,
            question.id,
            question.topic,
            question.partition,
            question.offset,
            question.booking
        )
    );
    for (const Row row : rows) {
        LetterOfEvent& letter = letters.emplace_back();
        letter.id = row.int64("id");
        letter.company = row.optional_int64("company_id");
        letter.worker = row.text("worker");
        letter.state = row.text("state");
        letter.reason_class = row.text("reason_class");
        letter.reason = row.text("reason");
        letter.failures = row.int64("failures");
        letter.last_failed_at = row.instant("last_failed_at");
        letter.entity = row.optional_text("entity");
        letter.topic = row.optional_text("record_topic");
        letter.partition = row.optional_int64("record_partition");
        letter.offset = row.optional_int64("record_offset");
        letter.decided_at = row.optional_instant("decided_at");
        letter.decided_by = row.optional_text("decided_by");
        letter.decided_login = row.optional_text("decided_login");
        letter.decided_reason = row.optional_text("decided_reason");
        letter.replay_run = row.optional_text("replay_run");
        letter.emptied_at = row.optional_instant("payload_emptied_at");
    }
    return letters;
}

std::vector<AppointmentOfEvent> find_appointments(
    postgres::Transaction& transaction,
    const EventQuestion& question,
    const std::vector<std::string>& uids
) {
    std::vector<AppointmentOfEvent> appointments;
    if (uids.empty()) return appointments;
    const Array wanted = postgres::array_of(uids);
    for (const Row row : transaction.exec(kAppointments, params(question.company, wanted))) {
        AppointmentOfEvent& appointment = appointments.emplace_back();
        appointment.id = row.int64("id");
        appointment.company = row.int64("company_id");
        appointment.uid = row.text("calcom_booking_uid");
        appointment.status = row.text("status");
        appointment.assignment = row.text("assignment");
        appointment.staff = row.optional_int64("staff_id");
        appointment.customer = row.optional_int64("customer_id");
        appointment.host = row.optional_text("calcom_host_id");
        appointment.replaced_by = row.optional_text("rescheduled_to_uid");
        appointment.starts_at = row.optional_instant("starts_at");
        appointment.true_at = row.instant("source_updated_at");
        appointment.written_at = row.instant("updated_at");
    }
    return appointments;
}

std::vector<AuditOfEvent> find_audits(
    postgres::Transaction& transaction,
    const EventQuestion& question,
    const std::vector<AppointmentOfEvent>& appointments
) {
    Array companies, hosts;
    for (const AppointmentOfEvent& appointment : appointments) {
        if (!appointment.host) continue;
        companies.add(appointment.company);
        hosts.add(*appointment.host);
    }
    std::vector<AuditOfEvent> audits;
    if (!question.id && hosts.size() == 0) return audits;
    const auto rows =
        transaction.exec(kAudits, params(question.company, question.id, companies, hosts));
    for (const Row row : rows)
        audits.push_back(
            {.at = row.instant(0),
             .company = row.int64(1),
             .host = std::string(row.text(2)),
             .action = std::string(row.text(3)),
             .actor = std::string(row.text(4)),
             .reasons = std::string(row.text(6)),
             .login = row.optional_text(5),
             .event_id = row.optional_text(7)}
        );
    return audits;
}

std::vector<WaitingEvent>
find_waiting(postgres::Transaction& transaction, const EventQuestion& question) {
    std::vector<WaitingEvent> waiting;
    if (!question.id && !question.booking) return waiting;
    const auto rows = transaction.exec(
        kWaiting, params(question.company, question.source, question.id, question.booking)
    );
    for (const Row row : rows)
        waiting.push_back(
            {row.int64(0), row.optional_int64(1), std::string(row.text(2)), row.instant(3)}
        );
    return waiting;
}

/// A job or letter of host-mapper stands for a booking by its entity.
std::vector<std::string> uids_of(const EventQuestion& question, const EventAnswer& answer) {
    std::set<std::string> uids;
    if (question.booking) uids.insert(*question.booking);
    for (const JobOfEvent& job : answer.jobs)
        if (job.worker == "host-mapper") uids.insert(job.entity);
    for (const LetterOfEvent& letter : answer.letters)
        if (letter.worker == "host-mapper" && letter.entity) uids.insert(*letter.entity);
    return {uids.begin(), uids.end()};
}

} // namespace

postgres::Catalogue event_catalogue() {
    return kCatalogue;
}

EventAnswer find_event(postgres::Transaction& transaction, const EventQuestion& question) {
    EventAnswer answer;
    answer.now = transaction.exec(kNow)[0].instant(0);
    const auto keys = keys_of(transaction, question);
    answer.seen = find_seen(transaction, question, keys);
    answer.jobs = find_jobs(transaction, question, keys);
    answer.letters = find_letters(transaction, question);
    answer.uids = uids_of(question, answer);
    answer.appointments = find_appointments(transaction, question, answer.uids);
    answer.audits = find_audits(transaction, question, answer.appointments);
    answer.waiting = find_waiting(transaction, question);
    if (question.topic && question.partition)
        for (const Row row :
             transaction.exec(kPositions, params(*question.topic, *question.partition)))
            answer.positions.push_back({std::string(row.text(0)), row.int64(1), row.instant(2)});
    return answer;
}

} // namespace calfleet::cli
