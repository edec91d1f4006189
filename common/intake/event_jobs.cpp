#include "common/intake/event_jobs.h"

#include "common/events/envelope.h"
#include "common/jobs/job_rows.h"
#include "common/messaging/dead_letter_replays.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"

#include <array>
#include <optional>
#include <utility>

namespace calfleet::intake {
namespace {

using postgres::params;

constexpr postgres::Statement kCompanyState{"event_jobs.company_state", R"sql(
    select now(), company.is_active
    from (select 1) as always left join platform.companies company on company.id = $1
)sql"};

constexpr std::array kCatalogue{kCompanyState};

/// Why nothing may be done for the company, and the transaction's time.
std::pair<std::optional<job::Reason>, Instant>
look_at_company(postgres::Transaction& transaction, CompanyId company) {
    const auto rows = transaction.exec(kCompanyState, params(company.value));
    const Instant now = rows[0].instant(0);
    const std::string number = std::to_string(company.value);
    if (rows[0].is_null(1))
        return {
            job::Reason{
                "unknown_company",
                "ce_companyid: " + number +
                    " is no company of this platform any more; add it and replay, or discard"},
            now};
    if (!rows[0].boolean(1))
        return {
            job::Reason{
                "inactive_company",
                "ce_companyid: company " + number +
                    " is switched off; switch it on and replay, or discard"},
            now};
    return {std::nullopt, now};
}

/// How the inbox knows the event: nothing when it has forgotten it. An open job that ended as a
/// dead letter before is open work like any other.
std::optional<messaging::InboxOutcome>
recall(postgres::Transaction& transaction, const messaging::EventKey& key) {
    const auto seen = messaging::find_seen(transaction, std::span(&key, 1));
    const auto found = seen.find(key);
    if (found == seen.end()) return std::nullopt;
    return found->second;
}

void remember(
    postgres::Transaction& transaction,
    const messaging::InboxRow& row,
    std::optional<messaging::InboxOutcome> before
) {
    const auto rows = std::span(&row, 1);
    const bool written = before ? messaging::change_seen(transaction, rows, *before)
                                : messaging::insert_seen(transaction, rows);
    // Somebody settled the event between our look and now: roll back and look again.
    if (!written)
        throw postgres::Abort(
            {ErrorKind::Unavailable, "the event's inbox row changed while it was applied"}
        );
}

} // namespace

postgres::Catalogue event_jobs_catalogue() {
    return kCatalogue;
}

EventJobs::EventJobs(std::string worker, BatchFactory& batches)
    : worker_(std::move(worker))
    , batch_(batches.make_batch()) {}

job::Outcome EventJobs::run(postgres::Transaction& transaction, const job::Job& job, Instant) {
    if (!job.record)
        return job::DeadLetter{{"no_record", "a job of kind event carries no record: discard it"}};
    arena_.clear();
    batch_->clear();
    const std::vector<HeaderView> headers = jobs::header_views(*job.record);
    const RecordView record = jobs::view_of(*job.record, headers);
    const Result<events::Envelope> envelope = events::decode_envelope(record, arena_);
    if (!envelope) return job::DeadLetter{{"envelope", envelope.error().message}};
    const Uuid event = messaging::event_uuid(worker_, envelope->source, envelope->id);
    auto [fault, now] = look_at_company(transaction, job.company);
    if (fault) return job::DeadLetter{std::move(*fault)};
    const Result<std::string_view> entity = batch_->add({*envelope, record, event});
    if (!entity) return job::DeadLetter{{"schema", entity.error().message}};

    messaging::InboxRow row{
        {job.company, event},
        std::chrono::floor<std::chrono::days>(envelope->time),
        messaging::InboxOutcome::Job};
    const std::optional<messaging::InboxOutcome> before = recall(transaction, row.key);
    if (before && messaging::is_done(*before))
        return job::Discard{{"dealt_with_before", "the inbox knows this event as dealt with"}};

    const std::uint32_t only = 0;
    Verdict verdict;
    batch_->apply(transaction, std::span(&only, 1), std::span(&verdict, 1), now);
    if (auto* dead = std::get_if<job::DeadLetter>(&verdict)) return std::move(*dead);

    job::Outcome outcome = job::Completed{};
    row.outcome = messaging::InboxOutcome::Applied;
    if (std::holds_alternative<Superseded>(verdict)) {
        row.outcome = messaging::InboxOutcome::Superseded;
        if (job.dead_letter) {
            const messaging::JobReplayEnd end{job.company, event, job.kind, job.entity, true};
            messaging::settle_replays_of_jobs(transaction, worker_, std::span(&end, 1));
        }
    } else if (auto* discard = std::get_if<job::Discard>(&verdict)) {
        row.outcome = messaging::InboxOutcome::Discarded;
        outcome = std::move(*discard);
    }
    remember(transaction, row, before);
    return outcome;
}

} // namespace calfleet::intake
