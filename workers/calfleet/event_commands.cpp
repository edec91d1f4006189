#include "workers/calfleet/environment.h"
#include "workers/calfleet/event_meaning.h"
#include "workers/calfleet/event_store.h"

#include "common/core/text.h"
#include "common/events/envelope.h"
#include "common/kafka/admin.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

constexpr std::chrono::seconds kWait{20};

template <class T>
Cell cell(const std::optional<T>& value) {
    return value ? Cell{*value} : Cell{};
}

Cell cell(const std::optional<Instant>& instant) {
    return instant ? Cell{format_instant(*instant)} : Cell{};
}

Listing listing_of(const std::vector<SeenEvent>& seen) {
    Listing listing{.columns = {"worker", "company", "outcome", "day"}, .rows = {}};
    for (const SeenEvent& event : seen)
        listing.add({event.worker, event.company, event.outcome, event.day});
    return listing;
}

Listing listing_of(const std::vector<JobOfEvent>& jobs) {
    Listing listing{
        .columns =
            {"id",
             "worker",
             "company",
             "kind",
             "entity",
             "state",
             "due",
             "deadline",
             "attempts",
             "crashes",
             "class",
             "reason",
             "behind_job"},
        .rows = {}};
    for (const JobOfEvent& job : jobs)
        listing.add(
            {job.id,
             job.worker,
             job.company,
             job.kind,
             job.entity,
             job.state,
             format_instant(job.due),
             format_instant(job.deadline),
             job.attempts,
             job.crashes,
             cell(job.why_class),
             cell(job.why),
             cell(job.behind)}
        );
    return listing;
}

Listing listing_of(const std::vector<LetterOfEvent>& letters) {
    Listing listing{
        .columns =
            {"id",
             "worker",
             "company",
             "state",
             "class",
             "reason",
             "failures",
             "last_failed_at",
             "topic",
             "partition",
             "offset",
             "decided_at",
             "decided_by",
             "decided_login",
             "decided_reason",
             "replay_run",
             "payload_emptied_at"},
        .rows = {}};
    for (const LetterOfEvent& letter : letters)
        listing.add(
            {letter.id,
             letter.worker,
             cell(letter.company),
             letter.state,
             letter.reason_class,
             letter.reason,
             letter.failures,
             format_instant(letter.last_failed_at),
             cell(letter.topic),
             cell(letter.partition),
             cell(letter.offset),
             cell(letter.decided_at),
             cell(letter.decided_by),
             cell(letter.decided_login),
             cell(letter.decided_reason),
             cell(letter.replay_run),
             cell(letter.emptied_at)}
        );
    return listing;
}

Listing listing_of(const std::vector<AppointmentOfEvent>& appointments) {
    Listing listing{
        .columns =
            {"id",
             "company",
             "booking",
             "status",
             "starts_at",
             "host",
             "staff",
             "assignment",
             "customer",
             "replaced_by",
             "true_at",
             "written_at"},
        .rows = {}};
    for (const AppointmentOfEvent& row : appointments)
        listing.add(
            {row.id,
             row.company,
             row.uid,
             row.status,
             cell(row.starts_at),
             cell(row.host),
             cell(row.staff),
             row.assignment,
             cell(row.customer),
             cell(row.replaced_by),
             format_instant(row.true_at),
             format_instant(row.written_at)}
        );
    return listing;
}

Listing listing_of(const std::vector<AuditOfEvent>& audits) {
    Listing listing{
        .columns = {"at", "company", "host", "action", "actor", "login", "reasons", "event_id"},
        .rows = {}};
    for (const AuditOfEvent& audit : audits)
        listing.add(
            {format_instant(audit.at),
             audit.company,
             audit.host,
             audit.action,
             audit.actor,
             cell(audit.login),
             audit.reasons,
             cell(audit.event_id)}
        );
    return listing;
}

Listing listing_of(const std::vector<WaitingEvent>& waiting) {
    Listing listing{.columns = {"row", "company", "topic", "written_at"}, .rows = {}};
    for (const WaitingEvent& event : waiting)
        listing.add({event.row, cell(event.company), event.topic, format_instant(event.written_at)}
        );
    return listing;
}

Listing listing_of(const std::vector<PositionOfEvent>& positions) {
    Listing listing{.columns = {"worker", "next_offset", "moved_at"}, .rows = {}};
    for (const PositionOfEvent& position : positions)
        listing.add({position.worker, position.next_offset, format_instant(position.moved_at)});
    return listing;
}

Listing listing_of(const EventQuestion& question, const std::vector<std::string>& uids) {
    std::string bookings;
    for (const std::string& uid : uids)
        bookings.append(bookings.empty() ? "" : ", ").append(uid);
    return {
        .columns = {"source", "id", "company", "topic", "partition", "offset", "bookings"},
        .rows =
            {{cell(question.source),
              cell(question.id),
              cell(question.company),
              cell(question.topic),
              cell(question.partition),
              cell(question.offset),
              bookings.empty() ? Cell{} : Cell{bookings}}},
        .single = true};
}

/// The record itself says which event it is: its identity is taken from there, unless the command
/// line names one.
Result<RecordLook> look_into_the_log(const Environment& environment, EventQuestion& question) {
    if (!question.offset) return RecordLook::NotAsked;
    if (environment.brokers.empty()) return RecordLook::NoBrokers;
    auto admin = environment.kafka_admin("calfleet-event-show");
    if (!admin) return admin.error();
    const auto found = (*admin)->read_one(
        {*question.topic, static_cast<std::int32_t>(*question.partition)},
        *question.offset,
        kWait,
        [&](const kafka::Message& message) {
            std::vector<HeaderView> headers;
            const RecordView record = message.view(headers);
            TextArena arena;
            const auto identity = events::partial_identity(record, arena);
            if (!question.id && !identity.id.empty() && !identity.source.empty()) {
                question.id = identity.id;
                question.source = identity.source;
            }
            if (!question.company && identity.company) question.company = identity.company.value;
            const std::string_view key = record.key.value_or("");
            const auto colon = key.find(':');
            if (!question.booking && record.topic.starts_with("booking-") && colon != key.npos &&
                is_valid_utf8(key) && key.find('\0') == key.npos)
                question.booking = key.substr(colon + 1);
        }
    );
    if (!found) return found.error();
    return *found ? RecordLook::Found : RecordLook::NotThere;
}

void print(
    const Environment& environment,
    const EventQuestion& question,
    const EventAnswer& answer,
    const std::vector<std::string>& meaning
) {
    Listing sentences{.columns = {"sentence"}, .rows = {}};
    for (const std::string& sentence : meaning)
        sentences.add({sentence});
    const std::vector<std::pair<std::string, Listing>> parts{
        {"event", listing_of(question, answer.uids)},
        {"inbox", listing_of(answer.seen)},
        {"jobs", listing_of(answer.jobs)},
        {"letters", listing_of(answer.letters)},
        {"appointments", listing_of(answer.appointments)},
        {"audits", listing_of(answer.audits)},
        {"outbox", listing_of(answer.waiting)},
        {"positions", listing_of(answer.positions)},
        {"meaning", sentences}};
    if (environment.json) return environment.print_parts(parts);
    for (const auto& [name, listing] : parts) {
        if (listing.rows.empty() || name == "meaning") continue;
        if (name != "event") environment.say("\n" + name);
        environment.print(listing);
    }
    environment.say("");
    for (const std::string& sentence : meaning)
        environment.say(sentence);
}

Result<Exit> show(const Environment& environment, EventQuestion question) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto look = look_into_the_log(environment, question);
    if (!look) return look.error();
    const auto answer =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return find_event(transaction, question);
        });
    if (!answer) return answer.error();
    print(environment, question, *answer, meaning_of(question, *answer, *look));
    return answer->knows_nothing() ? Exit::NotFound : Exit::Ok;
}

void check(const EventQuestion& question) {
    if (question.source.has_value() != question.id.has_value())
        throw CLI::ValidationError("event show", "--source and --id go together");
    const bool whole = question.topic && question.partition && question.offset;
    if (!whole && (question.topic || question.partition || question.offset))
        throw CLI::ValidationError("event show", "--topic, --partition and --offset go together");
    if (!question.id && !whole && !question.booking)
        throw CLI::ValidationError(
            "event show",
            "say which: --source and --id, or --topic, --partition and --offset, or --booking"
        );
}

} // namespace

void add_event_commands(CLI::App& app, Environment& environment) {
    auto* group = app.add_subcommand("event", "what became of an event");
    group->require_subcommand(1);
    const auto question = std::make_shared<EventQuestion>();
    auto* command = group->add_subcommand(
        "show", "everything the fleet knows of one event, and what that means"
    );
    command->footer(
        "Looks into the inbox (each worker's outcome, for 35 days), open jobs, dead letters, "
        "appointments, audits of host\nmappings, and the outbox. With a place in a topic the "
        "record is "
        "read from there when CALFLEET_KAFKA_BROKERS is set,\nand its identity is used. Nothing "
        "known "
        "is exit code 3, with what that can mean.\n"
        "Examples:\n"
        "  calfleet event show --source /my/service --id evt-1\n"
        "  calfleet event show --source /my/service --id evt-1 --company 17 --json\n"
        "  calfleet event show --topic booking-created --partition 3 --offset 12007\n"
        "  calfleet event show --booking bUid7webhook0000000001"
    );
    command->add_option("--source", question->source, "ce_source of the event");
    command->add_option("--id", question->id, "ce_id of the event");
    command->add_option("--company", question->company, "only of this company");
    command->add_option("--topic", question->topic, "topic of the record");
    command->add_option("--partition", question->partition, "partition of the record")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{INT32_MAX}));
    command->add_option("--offset", question->offset, "offset of the record")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--booking", question->booking, "uid of a Cal.com booking");
    command->callback([&environment, question] {
        check(*question);
        environment.action = [&environment, question] { return show(environment, *question); };
    });
}

} // namespace calfleet::cli
