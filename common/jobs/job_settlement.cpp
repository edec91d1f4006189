#include "common/jobs/job_settlement.h"

#include "common/core/crash_point.h"
#include "common/core/text_arena.h"
#include "common/events/envelope.h"
#include "common/jobs/job_rows.h"
#include "common/messaging/dead_letter_replays.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

namespace calfleet::jobs {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

constexpr Statement kFinish{"jobs.finish", R"sql(
    delete from jobs
    using unnest($2::bigint[], $3::bigint[]) as held (id, epoch)
    where jobs.id = held.id and jobs.lease_epoch = held.epoch and jobs.lease_owner = $1 and jobs.state = 'running'
      and not jobs.dirty
    returning jobs.id
)sql"};

// After kFinish, with a fresh look: the mark may have been set while the deletion waited for its
// enqueuer.
constexpr Statement kRequeue{"jobs.requeue", R"sql(
    update jobs
    set state = 'ready', dirty = false, lease_owner = null, lease_until = null, run_at = now(), attempts = 0, crashes = 0,
        waits = false, last_class = null, last_reason = null, first_failed_at = null, last_failed_at = null
    from unnest($2::bigint[], $3::bigint[]) as held (id, epoch)
    where jobs.id = held.id and jobs.lease_epoch = held.epoch and jobs.lease_owner = $1 and jobs.state = 'running'
      and jobs.dirty
    returning jobs.id
)sql"};

// A failure that was overtaken by a new request is forgiven: the next run is about the newer state.
constexpr Statement kPostpone{"jobs.postpone", R"sql(
    update jobs
    set state = later.state, lease_owner = null, lease_until = null, dirty = false,
        run_at = case when jobs.dirty and later.failed then now()
                      else now() + later.delay_us * interval '1 microsecond' end,
        attempts = case when jobs.dirty and later.failed then 0 else jobs.attempts + later.failed::int end,
        crashes = 0, waits = not later.failed, last_class = later.code, last_reason = later.reason,
        first_failed_at = case when later.failed then coalesce(jobs.first_failed_at, now()) else jobs.first_failed_at end,
        last_failed_at = case when later.failed then now() else jobs.last_failed_at end
    from unnest($2::bigint[], $3::bigint[], $4::text[], $5::boolean[], $6::bigint[], $7::text[], $8::text[])
         as later (id, epoch, state, failed, delay_us, code, reason)
    where jobs.id = later.id and jobs.lease_epoch = later.epoch and jobs.lease_owner = $1 and jobs.state = 'running'
    returning jobs.id
)sql"};

constexpr Statement kTakeOut{"jobs.take_out", R"sql(
    delete from jobs
    where id = $1 and lease_epoch = $2 and state = 'running' and not dirty
      and (lease_owner = $3 or ($3 is null and lease_until < clock_timestamp()))
    returning coalesce(first_failed_at, now()), now()
)sql"};

// A crash loop that was asked for again: the row stays, for the request that came meanwhile.
constexpr Statement kRequeueLost{"jobs.requeue_lost", R"sql(
    with lost as materialized (
        select id, coalesce(first_failed_at, now()) as first_failed_at from jobs
        where id = $1 and lease_epoch = $2 and state = 'running' and dirty and lease_until < clock_timestamp()
        for no key update
    )
    update jobs
    set state = 'ready', dirty = false, lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1,
        run_at = now(), attempts = 0, crashes = 0, waits = false, last_class = null, last_reason = null,
        first_failed_at = null, last_failed_at = null, dead_letter_id = null
    from lost where jobs.id = lost.id
    returning lost.first_failed_at, now()
)sql"};

constexpr Statement kEndInInbox{"inbox.end_job", R"sql(
    update inbox set outcome = $3::smallint where event_key = $1 and company_id = $2 and outcome = $4::smallint
)sql"};

constexpr std::array kCatalogue{kFinish, kRequeue, kPostpone, kTakeOut, kRequeueLost, kEndInInbox};

struct LeaseColumns {
    Array ids, epochs;
    void add(const Lease& lease) {
        ids.add(lease.job.value);
        epochs.add(lease.epoch);
    }
};

/// The settlements in the order of their numbers, so that every batch locks in the same order.
class Batch {
public:
    Batch(std::span<const Settlement> settlements)
        : settlements_(settlements) {
        order_.resize(settlements.size());
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
            return settlements[a].lease.job < settlements[b].lease.job;
        });
        for (const std::size_t i : order_)
            place_.emplace(settlements[i].lease.job, i);
        written_.assign(settlements.size(), false);
    }

    const std::vector<std::size_t>& order() const { return order_; }
    const std::vector<bool>& written() const { return written_; }
    bool is_written(std::size_t i) const { return written_[i]; }

    /// Marks the rows' jobs as written and returns their places.
    std::vector<std::size_t> mark(const postgres::Rows& rows) {
        std::vector<std::size_t> places;
        for (const postgres::Row row : rows) {
            const std::size_t place = place_.at(JobId{row.int64(0)});
            written_[place] = true;
            places.push_back(place);
        }
        return places;
    }

private:
    std::span<const Settlement> settlements_;
    std::vector<std::size_t> order_;
    std::unordered_map<JobId, std::size_t> place_;
    std::vector<bool> written_;
};

std::vector<std::size_t> finish(
    postgres::Transaction& transaction,
    std::string_view owner,
    std::span<const Settlement> settlements,
    Batch& batch
) {
    LeaseColumns done;
    for (const std::size_t i : batch.order())
        if (std::holds_alternative<job::Finished>(settlements[i].decision))
            done.add(settlements[i].lease);
    if (done.ids.size() == 0) return {};
    const auto gone = batch.mark(transaction.exec(kFinish, params(owner, done.ids, done.epochs)));
    LeaseColumns left;
    for (const std::size_t i : batch.order())
        if (std::holds_alternative<job::Finished>(settlements[i].decision) && !batch.is_written(i))
            left.add(settlements[i].lease);
    if (left.ids.size() != 0)
        batch.mark(transaction.exec(kRequeue, params(owner, left.ids, left.epochs)));
    return gone;
}

void postpone(
    postgres::Transaction& transaction,
    std::string_view owner,
    std::span<const Settlement> settlements,
    Batch& batch
) {
    LeaseColumns leases;
    Array states, failed, delays, codes, reasons;
    const auto add = [&](const Lease& lease,
                         bool parked,
                         bool is_failure,
                         Microseconds delay,
                         const job::Reason& reason) {
        leases.add(lease);
        states.add(std::string_view(parked ? "parked" : "ready"));
        failed.add(is_failure);
        delays.add(std::int64_t{delay.count()});
        codes.add(reason.code);
        reasons.add(reason.text);
    };
    for (const std::size_t i : batch.order()) {
        const Settlement& one = settlements[i];
        if (const auto* again = std::get_if<job::TryAgain>(&one.decision))
            add(one.lease, false, true, again->delay, again->reason);
        else if (const auto* wait = std::get_if<job::Wait>(&one.decision))
            add(one.lease, wait->parked, false, wait->delay, wait->reason);
    }
    if (leases.ids.size() == 0) return;
    crash_point("J12");
    batch.mark(transaction.exec(
        kPostpone, params(owner, leases.ids, leases.epochs, states, failed, delays, codes, reasons)
    ));
}

messaging::DeadLetterRecord
letter_of(std::string_view worker, const job::Job& job, const job::Bury& bury) {
    messaging::DeadLetterRecord letter;
    if (job.event_key) {
        letter.keys = messaging::letter_keys_of(messaging::EventKey{job.company, *job.event_key});
        letter.event_key = job.event_key;
    } else {
        letter.keys.key = letter.keys.former =
            messaging::job_letter_key(worker, job.company, job.kind, job.id);
        letter.replay_of = job.dead_letter;
    }
    letter.company = job.company;
    letter.reason = bury.reason;
    letter.attempts = bury.attempts;
    if (job.event_id) letter.event_id = *job.event_id;
    letter.job_kind = job.kind;
    letter.entity = job.entity;
    return letter;
}

} // namespace

postgres::Catalogue job_settlement_catalogue() {
    return kCatalogue;
}

std::vector<bool> settle_jobs(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::string_view owner,
    std::span<const Settlement> settlements
) {
    Batch batch(settlements);
    const std::vector<std::size_t> gone = finish(transaction, owner, settlements, batch);
    postpone(transaction, owner, settlements, batch);
    std::vector<EntityName> freed;
    for (const std::size_t i : gone)
        freed.push_back({settlements[i].company, std::string(settlements[i].entity)});
    promote_next(transaction, worker, freed);
    std::vector<messaging::JobReplayEnd> replays;
    // Not those that were asked for again while they ran: the letter waits for the run that
    // answers.
    for (const std::size_t i : gone) {
        const Settlement& one = settlements[i];
        if (!one.dead_letter) continue;
        const bool superseded = std::get<job::Finished>(one.decision).discarded;
        replays.push_back({one.company, one.event_key, one.kind, one.entity, superseded});
    }
    messaging::settle_replays_of_jobs(transaction, worker, replays);
    return batch.written();
}

bool bury_job(
    postgres::Transaction& transaction,
    std::string_view worker,
    std::optional<std::string_view> owner,
    const job::Job& job,
    const job::Bury& bury
) {
    auto taken = transaction.exec(kTakeOut, params(job.id.value, job.lease_epoch, owner));
    if (taken.empty() && owner) {
        // Asked for again while it failed: the next run is about the newer state.
        LeaseColumns lease;
        lease.add({job.id, job.lease_epoch});
        return transaction.exec(kRequeue, params(*owner, lease.ids, lease.epochs)).affected() == 1;
    }
    // Whoever kills processes is for a person to look at, whoever asks again.
    if (taken.empty())
        taken = transaction.exec(kRequeueLost, params(job.id.value, job.lease_epoch));
    if (taken.empty()) return false;
    crash_point("J13");
    messaging::DeadLetterRecord letter = letter_of(worker, job, bury);
    letter.first_failed_at = taken[0].instant(0);
    letter.last_failed_at = taken[0].instant(1);
    TextArena arena;
    std::vector<HeaderView> headers;
    if (job.record) {
        headers = header_views(*job.record);
        letter.record = view_of(*job.record, headers);
        const events::PartialIdentity identity = events::partial_identity(*letter.record, arena);
        letter.event_source = identity.source;
        letter.event_type = identity.type;
    }
    messaging::record_dead_letters(
        transaction, worker, std::span(&letter, 1), letter.last_failed_at
    );
    if (job.event_key) {
        const auto end_in_inbox = [&] {
            return transaction
                .exec(
                    kEndInInbox,
                    params(
                        *job.event_key,
                        job.company.value,
                        static_cast<std::int64_t>(messaging::InboxOutcome::DeadLetter),
                        static_cast<std::int64_t>(messaging::InboxOutcome::Job)
                    )
                )
                .affected();
        };
        // None: its row may have moved out of a former partition while we waited for it.
        if (end_in_inbox() == 0) end_in_inbox();
    }
    const EntityName entity{job.company, job.entity};
    promote_next(transaction, worker, std::span(&entity, 1));
    return true;
}

} // namespace calfleet::jobs
