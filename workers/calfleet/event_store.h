#pragma once
// What the database knows of one event: everything that any worker wrote about it.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/core/uuid.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue event_catalogue();

/// What is known of the event before the database is asked. At least one of source and id,
/// position, booking.
struct EventQuestion {
    std::optional<std::int64_t> company;
    std::optional<std::string> source, id;
    std::optional<std::string> topic;
    std::optional<std::int64_t> partition, offset;
    std::optional<std::string> booking;
};

struct SeenEvent {
    std::string worker;
    std::int64_t company{0};
    std::string outcome; ///< applied, superseded, discarded, dead letter, handed to a job
    std::string day;
};

struct JobOfEvent {
    std::int64_t id{0}, company{0}, attempts{0}, crashes{0};
    std::string worker, kind, entity, state;
    Instant due, deadline;
    std::optional<std::string> why_class, why;
    std::optional<std::int64_t> behind; ///< the job of the same entity that goes first
};

struct LetterOfEvent {
    std::int64_t id{0}, failures{0};
    std::optional<std::int64_t> company, partition, offset;
    std::string worker, state, reason_class, reason;
    std::optional<std::string> entity, topic, decided_by, decided_login, decided_reason, replay_run;
    Instant last_failed_at;
    std::optional<Instant> decided_at, emptied_at;
};

struct AppointmentOfEvent {
    std::int64_t id{0}, company{0};
    std::string uid, status, assignment;
    std::optional<std::int64_t> staff, customer;
    std::optional<std::string> host, replaced_by;
    std::optional<Instant> starts_at;
    Instant true_at, written_at;
};

struct AuditOfEvent {
    Instant at;
    std::int64_t company{0};
    std::string host, action, actor, reasons;
    std::optional<std::string> login, event_id;
};

struct WaitingEvent {
    std::int64_t row{0};
    std::optional<std::int64_t> company;
    std::string topic;
    Instant written_at;
};

struct PositionOfEvent {
    std::string worker;
    std::int64_t next_offset{0};
    Instant moved_at;
};

struct EventAnswer {
    std::vector<SeenEvent> seen;
    std::vector<JobOfEvent> jobs;
    std::vector<LetterOfEvent> letters;
    std::vector<AppointmentOfEvent> appointments;
    std::vector<AuditOfEvent> audits;
    std::vector<WaitingEvent> waiting;      ///< in the outbox
    std::vector<PositionOfEvent> positions; ///< of the workers that read its partition
    std::vector<std::string> uids;          ///< bookings that it is about, as far as anything tells
    Instant now;                            ///< the database's

    bool knows_nothing() const {
        return seen.empty() && jobs.empty() && letters.empty() && appointments.empty() &&
               waiting.empty();
    }
};

/// At most 100 rows of each kind, newest first where there is an order.
EventAnswer find_event(postgres::Transaction& transaction, const EventQuestion& question);

} // namespace calfleet::cli
