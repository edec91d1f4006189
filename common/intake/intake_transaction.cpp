#include "common/intake/intake_transaction.h"

#include "common/core/crash_point.h"
#include "common/intake/event_job_store.h"
#include "common/intake/event_sources.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

namespace calfleet::intake {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

constexpr Statement kFindCompanies{"intake.find_companies", R"sql(
    select id, is_active from platform.companies where id = any($1::bigint[])
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

job::Reason raced() {
    return {
        "raced",
        "each time somebody else was first with this event, and what they wrote cannot be seen: "
        "find out who writes events of another company under this identity, then replay"};
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

/// Everything of one try; built anew for each, so that a rolled-back try leaves nothing behind.
struct IntakeTransaction::Work {
    std::string_view worker;
    IntakeBatch& batch;
    const BatchRange& range;
    const Aside* aside; ///< put the only entry aside instead of applying it
    Instant now;
    BatchReceipt receipt{};

    std::vector<messaging::InboxRow> seen_first{};        ///< to insert
    std::vector<messaging::InboxRow> seen_after_replay{}; ///< to change from DeadLetter
    std::vector<messaging::DeadLetterRecord> letters{};
    std::vector<EventJob> jobs{};
    std::vector<messaging::ReplayEnd> replays{};

    const Entry& entry(std::size_t position) const {
        return batch.entries()[range.entries[position]];
    }

    void remember(const Entry& entry, messaging::InboxOutcome outcome, bool again) {
        if (!entry.bucket) return;
        (again ? seen_after_replay : seen_first)
            .push_back({{entry.key, *entry.bucket}, entry.identity.company, outcome});
    }

    void bury(std::size_t position, job::Reason reason, int attempts, bool again) {
        const Entry& dead = entry(position);
        const Instant failed_at = now;
        letters.push_back(
            {.letter_key = dead.key,
             .company = dead.identity.company,
             .reason = reason,
             .attempts = attempts,
             .first_failed_at = failed_at,
             .last_failed_at = failed_at,
             .event_source = dead.identity.source,
             .event_id = dead.identity.id,
             .event_type = dead.identity.type,
             .job_kind = {},
             .entity = dead.entity,
             .record = dead.record,
             .replay_of = dead.replay_of}
        );
        remember(dead, messaging::InboxOutcome::DeadLetter, again);
        receipt.fates[position] = Fate::DeadLetter;
        receipt.reasons[position] = std::move(reason);
    }

    /// A letter that no other letter and no inbox row can get into the way of.
    void bury_apart(std::size_t position, job::Reason reason, bool bare) {
        const Entry& dead = entry(position);
        RecordView record = dead.record;
        if (bare) {
            record = {};
            record.topic = dead.record.topic;
            record.partition = dead.record.partition;
            record.offset = dead.record.offset;
        }
        messaging::DeadLetterRecord& letter = letters.emplace_back();
        letter.letter_key = messaging::letter_key_of_record(worker, dead.record);
        letter.company = dead.identity.company;
        letter.reason = reason;
        letter.attempts = 1;
        letter.first_failed_at = letter.last_failed_at = now;
        if (!bare) {
            letter.event_source = dead.identity.source;
            letter.event_id = dead.identity.id;
            letter.event_type = dead.identity.type;
            letter.entity = dead.entity;
        }
        letter.record = record;
        receipt.fates[position] = Fate::DeadLetter;
        receipt.reasons[position] = std::move(reason);
    }

    void queue(std::size_t position, std::optional<job::Reason> failure, bool again) {
        const Entry& waiting = entry(position);
        jobs.push_back(
            {.company = waiting.identity.company,
             .entity = waiting.entity,
             .event_key = waiting.key,
             .event_id = waiting.identity.id,
             .record = waiting.record,
             .replay_of = waiting.replay_of,
             .failure = failure,
             .run_at = aside ? aside->run_at : Instant{}}
        );
        remember(waiting, messaging::InboxOutcome::Job, again);
        receipt.fates[position] = Fate::Queued;
        if (failure) receipt.reasons[position] = std::move(*failure);
    }

    void put_aside(std::size_t position, bool again) {
        const Error& why = aside->why;
        if (aside->raced)
            bury_apart(position, raced(), false);
        else if (why.kind == ErrorKind::Invalid)
            bury(position, {"database_refused", why.message}, 1, again);
        else
            queue(position, job::Reason{std::string(name(why.kind)), why.message}, again);
    }

    void skip(std::size_t position) {
        receipt.fates[position] = Fate::Duplicate;
        if (const auto letter = entry(position).replay_of)
            replays.push_back({.letter = *letter, .superseded = true});
    }

    void finish(std::size_t position, const Verdict& verdict, bool again) {
        const Entry& done = entry(position);
        const auto end_replay = [&](bool superseded) {
            if (done.replay_of) replays.push_back({*done.replay_of, superseded});
        };
        std::visit(
            job::Match{
                [&](const Applied&) {
                    receipt.fates[position] = Fate::Applied;
                    remember(done, messaging::InboxOutcome::Applied, again);
                    end_replay(false);
                },
                [&](const Superseded&) {
                    receipt.fates[position] = Fate::Superseded;
                    remember(done, messaging::InboxOutcome::Superseded, again);
                    end_replay(true);
                },
                [&](const job::Discard& discard) {
                    receipt.fates[position] = Fate::Discarded;
                    receipt.reasons[position] = discard.reason;
                    remember(done, messaging::InboxOutcome::Discarded, again);
                    end_replay(true);
                },
                [&](const job::DeadLetter& dead) { bury(position, dead.reason, 1, again); },
            },
            verdict
        );
    }
};

namespace {

std::vector<messaging::InboxKey> inbox_keys(const IntakeBatch& batch, const BatchRange& range) {
    std::vector<messaging::InboxKey> keys;
    for (const std::uint32_t index : range.entries) {
        const Entry& entry = batch.entries()[index];
        if (entry.bucket && entry.kind != Entry::Kind::Duplicate)
            keys.push_back({entry.key, *entry.bucket});
    }
    return keys;
}

/// Number of each known company, and whether it is switched on.
std::unordered_map<CompanyId, bool> find_companies(
    postgres::Transaction& transaction, const IntakeBatch& batch, const BatchRange& range
) {
    Array ids;
    for (const CompanyId id : companies_of(batch, range))
        ids.add(id.value);
    std::unordered_map<CompanyId, bool> active;
    for (const postgres::Row row : transaction.exec(kFindCompanies, params(ids)))
        active.emplace(CompanyId{row.int64(0)}, row.boolean(1));
    return active;
}

/// Of events that may be applied, the sources that may not speak for their company.
std::set<SourceOfCompany> find_foreign(
    postgres::Transaction& transaction, const IntakeBatch& batch, const BatchRange& range
) {
    std::set<SourceOfCompany> pairs;
    for (const std::uint32_t index : range.entries) {
        const Entry& entry = batch.entries()[index];
        if (entry.kind != Entry::Kind::Dead && entry.kind != Entry::Kind::Duplicate)
            pairs.insert({entry.identity.company, entry.identity.source});
    }
    return find_foreign_sources(transaction, pairs);
}

} // namespace

// Settles what needs no handler; returns the rest.
std::vector<IntakeTransaction::Candidate>
IntakeTransaction::sort_out(postgres::Transaction& transaction, Work& work) {
    const auto seen = messaging::find_seen(transaction, inbox_keys(work.batch, work.range));
    const auto active = find_companies(transaction, work.batch, work.range);
    const auto foreign = find_foreign(transaction, work.batch, work.range);
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < work.range.entries.size(); ++i) {
        const Entry& entry = work.entry(i);
        if (work.aside != nullptr && work.aside->bare) {
            work.bury_apart(i, not_storable(entry.record, work.aside->why), true);
            continue;
        }
        const auto before = seen.find(entry.key);
        const bool known = before != seen.end();
        // A replay may pass the inbox once more, if the event ended as a dead letter and nothing
        // else.
        const bool again =
            known && entry.replay && before->second == messaging::InboxOutcome::DeadLetter;
        const auto company = active.find(entry.identity.company);
        if (entry.kind == Entry::Kind::Duplicate || (known && !again))
            work.skip(i);
        else if (entry.kind == Entry::Kind::Dead)
            work.bury(i, entry.reason, 0, again);
        else if (company == active.end())
            work.bury(i, unknown_company(entry.identity.company), 0, again);
        else if (!company->second)
            work.bury(i, inactive_company(entry.identity.company), 0, again);
        else if (foreign.contains({entry.identity.company, entry.identity.source}))
            work.bury(i, foreign_source({entry.identity.company, entry.identity.source}), 0, again);
        else if (work.aside != nullptr)
            work.put_aside(i, again);
        else
            candidates.push_back({i, again});
    }
    return candidates;
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
            work.queue(candidates[i].position, std::nullopt, candidates[i].again);
        } else {
            chosen.push_back(candidates[i]);
            numbers.push_back(work.entry(candidates[i].position).number);
        }
    }
    std::vector<Verdict> verdicts(chosen.size());
    if (!chosen.empty()) work.batch.handler().apply(transaction, numbers, verdicts);
    for (std::size_t i = 0; i < chosen.size(); ++i)
        work.finish(chosen[i].position, verdicts[i], chosen[i].again);
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
    if (!work.jobs.empty()) enqueue_event_jobs(transaction, worker_, work.jobs, work.now);
    if (!work.replays.empty())
        messaging::settle_replays(transaction, worker_, work.replays, work.now);
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
                .now = clock_.now()};
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
