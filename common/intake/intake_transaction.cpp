#include "common/intake/intake_transaction.h"

#include "common/core/crash_point.h"
#include "common/intake/event_job_store.h"
#include "common/intake/event_sources.h"
#include "common/intake/intake_work.h"
#include "common/messaging/dead_letter_replays.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"
#include "common/postgres/columns.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace calfleet::intake {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// At least one row: the clock that decides about the events' times is the database's. Behind the
// companies stand the pairs of company and source that are forbidden, by their number.
constexpr Statement kFindCompanies{"intake.find_companies", R"sql(
    select now(), company.id, company.is_active, null::bigint
    from (select 1) as always left join platform.companies company on company.id = any($1::bigint[])
    union all
    select now(), null, null, forbidden from calfleet.foreign_sources($2::bigint[], $3::text[]) as forbidden
)sql"};

constexpr std::array kCatalogue{kFindCompanies};

/// Ends the transaction without an error of the database: the range must be looked at again.
class Stop : public std::exception {
public:
    explicit Stop(RangeEnd end)
        : end_(end) {}
    RangeEnd end() const { return end_; }

private:
    RangeEnd end_;
};

std::vector<CompanyId> companies_of(const IntakeBatch& batch, const BatchRange& range) {
    std::set<CompanyId> ids;
    for (const std::uint32_t index : range.entries)
        if (const CompanyId company = batch.entries()[index].identity.company) ids.insert(company);
    return {ids.begin(), ids.end()};
}

job::Reason unknown_company(CompanyId company) {
    return {
        "unknown_company",
        "ce_companyid: " + std::to_string(company.value) +
            " is no company of this platform; add it (calfleet company add) and replay, or "
            "discard"};
}

job::Reason inactive_company(CompanyId company) {
    return {
        "inactive_company",
        "ce_companyid: company " + std::to_string(company.value) +
            " is switched off; switch it on and replay, or discard"};
}

job::Reason not_storable(const RecordView& record, const Error& why) {
    return {
        "not_storable",
        "the database refused to keep the record (" + why.message + "); read it in the topic, " +
            "partition " + std::to_string(record.partition) + " offset " +
            std::to_string(record.offset)};
}

} // namespace

postgres::Catalogue intake_catalogue() {
    return kCatalogue;
}

namespace {

std::optional<job::Reason> time_out_of_range(Instant time, Instant now) {
    const Date day = std::chrono::floor<std::chrono::days>(time);
    const Date today = std::chrono::floor<std::chrono::days>(now);
    if (day >= today - messaging::kInboxDaysKept && day <= today + messaging::kInboxFuture)
        return std::nullopt;
    return job::Reason{
        "time_out_of_range",
        "ce_time: " + format_instant(time) + " is outside " +
            format_date(today - messaging::kInboxDaysKept) + ".." +
            format_date(today + messaging::kInboxFuture) +
            ", the days in which a repetition can be recognised; publish the event with the time "
            "it happened"};
}

std::vector<messaging::EventKey> event_keys(const IntakeBatch& batch, const BatchRange& range) {
    std::vector<messaging::EventKey> keys;
    for (const std::uint32_t index : range.entries) {
        const Entry& entry = batch.entries()[index];
        if (entry.bucket && entry.kind != Entry::Kind::Duplicate) keys.push_back(entry.key);
    }
    return keys;
}

struct Companies {
    std::unordered_map<CompanyId, bool> active; ///< each known one, and whether it is switched on
    std::set<SourceOfCompany> foreign;          ///< sources that may not speak for their company
    Instant now;
};

/// The sources of events that may be applied, and for whom they speak.
std::vector<SourceOfCompany> sources_of(const IntakeBatch& batch, const BatchRange& range) {
    std::set<SourceOfCompany> pairs;
    for (const std::uint32_t index : range.entries) {
        const Entry& entry = batch.entries()[index];
        if (entry.kind == Entry::Kind::Fresh)
            pairs.insert({entry.identity.company, entry.identity.source});
    }
    return {pairs.begin(), pairs.end()};
}

Companies find_companies(
    postgres::Transaction& transaction, const IntakeBatch& batch, const BatchRange& range
) {
    const Array ids = postgres::array_of(companies_of(batch, range));
    Array speakers, sources;
    const std::vector<SourceOfCompany> pairs = sources_of(batch, range);
    for (const auto& [company, source] : pairs) {
        speakers.add(company.value);
        sources.add(source);
    }
    Companies found;
    for (const postgres::Row row :
         transaction.exec(kFindCompanies, params(ids, speakers, sources))) {
        found.now = row.instant(0);
        if (!row.is_null(1)) found.active.emplace(CompanyId{row.int64(1)}, row.boolean(2));
        if (!row.is_null(3)) found.foreign.insert(pairs[postgres::ordinal(row, 3)]);
    }
    return found;
}

/// Per position of the range: the letter that the record is a replay of, if that is true.
std::vector<std::optional<DeadLetterId>> find_replays(
    postgres::Transaction& transaction,
    std::string_view worker,
    const IntakeBatch& batch,
    const BatchRange& range
) {
    std::vector<std::optional<DeadLetterId>> replays(range.entries.size());
    std::vector<std::size_t> positions;
    std::vector<messaging::ReplayClaim> claims;
    for (std::size_t i = 0; i < range.entries.size(); ++i) {
        const Entry& entry = batch.entries()[range.entries[i]];
        if (!entry.replay_of) continue;
        positions.push_back(i);
        claims.push_back({*entry.replay_of, entry.identity, entry.record});
    }
    const std::vector<bool> verified = messaging::verify_replays(transaction, worker, claims);
    for (std::size_t i = 0; i < claims.size(); ++i)
        if (verified[i]) replays[positions[i]] = claims[i].letter;
    return replays;
}

} // namespace

// Settles what needs no handler; returns the rest.
std::vector<IntakeTransaction::Candidate>
IntakeTransaction::sort_out(postgres::Transaction& transaction, Work& work) {
    const auto seen = messaging::find_seen(transaction, event_keys(work.batch, work.range));
    const Companies companies = find_companies(transaction, work.batch, work.range);
    const auto replays = find_replays(transaction, work.worker, work.batch, work.range);
    work.now = companies.now;
    std::unordered_set<messaging::EventKey> taken; // by an earlier copy in this range
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < work.range.entries.size(); ++i) {
        const Entry& entry = work.entry(i);
        Passage passage{.remembered = entry.bucket.has_value(), .letter = replays[i]};
        if (work.aside != nullptr && work.aside->bare) {
            work.bury_apart(i, not_storable(entry.record, work.aside->why), true);
            continue;
        }
        if (entry.kind == Entry::Kind::Duplicate) {
            work.skip(i, std::nullopt, std::nullopt);
            continue;
        }
        if (entry.bucket) {
            const auto before = seen.find(entry.key);
            const bool known = before != seen.end();
            // A verified replay may pass once more, if the event ended as a dead letter.
            passage.again =
                known && passage.letter && before->second == messaging::InboxOutcome::DeadLetter;
            if (known && !passage.again) {
                work.skip(i, before->second, passage.letter);
                continue;
            }
            if (auto reason = time_out_of_range(entry.time, work.now)) {
                passage.remembered = passage.again;
                work.bury(i, std::move(*reason), 0, passage);
                continue;
            }
            if (!taken.insert(entry.key).second) {
                work.skip(i, std::nullopt, std::nullopt);
                continue;
            }
        }
        const auto company = companies.active.find(entry.identity.company);
        if (entry.kind == Entry::Kind::Dead)
            work.bury(i, entry.reason, 0, passage);
        else if (company == companies.active.end())
            work.bury(i, unknown_company(entry.identity.company), 0, passage);
        else if (!company->second)
            work.bury(i, inactive_company(entry.identity.company), 0, passage);
        else if (companies.foreign.contains({entry.identity.company, entry.identity.source}))
            work.bury(
                i, foreign_source({entry.identity.company, entry.identity.source}), 0, passage
            );
        else if (work.aside != nullptr)
            work.put_aside(i, passage);
        else
            candidates.push_back({i, passage.again, passage.letter});
    }
    return candidates;
}

IntakeTransaction::Passage IntakeTransaction::passage_of(const Candidate& candidate) {
    return {.again = candidate.again, .letter = candidate.letter};
}

// Events of an entity that has an open job queue behind it: order per entity holds across retries.
void IntakeTransaction::apply(
    postgres::Transaction& transaction, Work& work, const std::vector<Candidate>& candidates
) const {
    if (candidates.empty()) return;
    std::vector<EntityKey> entities;
    for (const Candidate& candidate : candidates) {
        const Entry& entry = work.entry(candidate.position);
        entities.push_back({entry.identity.company, entry.entity});
    }
    const std::vector<bool> behind_job = have_open_jobs(transaction, worker_, entities);
    std::vector<Candidate> chosen;
    std::vector<std::uint32_t> numbers;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (behind_job[i]) {
            work.queue(candidates[i].position, std::nullopt, passage_of(candidates[i]));
        } else {
            chosen.push_back(candidates[i]);
            numbers.push_back(work.entry(candidates[i].position).number);
        }
    }
    std::vector<Verdict> verdicts(chosen.size());
    if (!chosen.empty()) work.batch.handler().apply(transaction, numbers, verdicts, work.now);
    for (std::size_t i = 0; i < chosen.size(); ++i)
        work.finish(chosen[i].position, verdicts[i], passage_of(chosen[i]));
}

void IntakeTransaction::write(postgres::Transaction& transaction, Work& work) const {
    work.receipt.fates.assign(work.range.entries.size(), Fate::Duplicate);
    work.receipt.reasons.assign(work.range.entries.size(), {});
    apply(transaction, work, sort_out(transaction, work));
    if (!messaging::insert_seen(transaction, work.seen_first) ||
        !messaging::change_seen(
            transaction, work.seen_after_replay, messaging::InboxOutcome::DeadLetter
        ))
        throw Stop(RangeEnd::Raced);
    crash_point("K2");
    if (!work.letters.empty())
        messaging::record_dead_letters(transaction, worker_, work.letters, work.now);
    if (!work.jobs.empty()) enqueue_event_jobs(transaction, worker_, work.jobs, work.started);
    if (!work.replays.empty()) messaging::settle_replays(transaction, worker_, work.replays);
    crash_point("K3");
    // Last, so that the row is locked for as short as possible.
    if (!advance_positions(transaction, worker_, work.range.advances)) throw Stop(RangeEnd::Moved);
    crash_point("K4");
}

RangeResult
IntakeTransaction::transact(IntakeBatch& batch, const BatchRange& range, const Aside* aside) {
    RangeResult result;
    std::optional<RangeEnd> stopped;
    std::optional<Monotonic> begun;
    Result<> committed = session_.transact(
        postgres::Access::companies(companies_of(batch, range)),
        [&](postgres::Transaction& transaction) {
            stopped.reset();
            begun = clock_.monotonic();
            Work work{
                .worker = worker_,
                .batch = batch,
                .range = range,
                .aside = aside,
                .started = clock_.now()};
            try {
                write(transaction, work);
            } catch (const Stop& stop) {
                stopped = stop.end();
                throw postgres::Abort(Error{
                    ErrorKind::Conflict, "the batch must be looked at again"});
            }
            result.receipt = std::move(work.receipt);
        }
    );
    if (begun) result.open = clock_.monotonic() - *begun;
    if (committed)
        result.end = RangeEnd::Done;
    else if (stopped)
        result.end = *stopped;
    else
        result.error = committed.error();
    return result;
}

RangeResult IntakeTransaction::run(IntakeBatch& batch, const BatchRange& range) {
    return transact(batch, range, nullptr);
}

RangeResult
IntakeTransaction::put_aside(IntakeBatch& batch, const BatchRange& range, const Aside& aside) {
    return transact(batch, range, &aside);
}

} // namespace calfleet::intake
