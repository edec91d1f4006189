#include "common/intake/intake_lane.h"

#include "common/core/crash_point.h"
#include "common/job/retry_policy.h"

#include <algorithm>

namespace calfleet::intake {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{200};
constexpr milliseconds kFirstBackoff{100};
constexpr milliseconds kLongestBackoff{5000};

/// After timeouts, portions grow again when so many have succeeded: each that turns out too large
/// costs a whole timeout.
constexpr int kSuccessesToGrow = 8;

Error reason_of(const RangeResult& result) {
    if (result.end == RangeEnd::Raced)
        return {ErrorKind::Conflict, "another transaction is first with one of these events"};
    return result.error;
}

LaneTrouble trouble_of(const RangeResult& result, bool too_slow, const RangeTries& tries) {
    if (result.end == RangeEnd::Raced)
        return tries.races < kRacesOfRange ? LaneTrouble::None : LaneTrouble::Raced;
    return too_slow ? LaneTrouble::Slow : LaneTrouble::Database;
}

} // namespace

std::string_view text(LaneTrouble trouble) {
    switch (trouble) {
    case LaneTrouble::None:
        break;
    case LaneTrouble::Database:
        return "the database refuses or does not answer; records wait";
    case LaneTrouble::Slow:
        return "the database needs longer for a single record than its timeouts allow; records "
               "wait";
    case LaneTrouble::Raced:
        return "another transaction keeps being first with an event; records wait";
    }
    return {};
}

IntakeLane::IntakeLane(
    LaneSettings settings,
    PartitionBook& book,
    std::unique_ptr<Batch> handler,
    postgres::Settings database,
    postgres::StatementObserver* statements,
    IntakeObserver& observer,
    const Clock& clock,
    Random random
)
    : settings_(std::move(settings))
    , book_(book)
    , observer_(observer)
    , clock_(clock)
    , random_(random)
    , too_slow_(std::min(database.statement_timeout, database.idle_in_transaction_timeout))
    , session_(std::move(database), statements)
    , transaction_(settings_.worker, session_, clock)
    , batch_(settings_.worker, std::move(handler))
    , portion_(settings_.batch_records)
    , last_tick_(clock.monotonic()) {
    thread_ = std::thread([this] { loop(); });
}

IntakeLane::~IntakeLane() {
    stop();
}

bool IntakeLane::offer(Delivery& delivery, milliseconds wait) {
    if (delivery.bytes == 0) delivery.bytes = delivery.message.size_bytes();
    std::unique_lock lock(mutex_);
    const auto room = [this] {
        return queue_.size() < settings_.queue_records && queued_bytes_ < settings_.queue_bytes;
    };
    if (!changed_.wait_for(lock, wait, [&] { return room() || stop_.requested(); })) return false;
    queued_bytes_ += delivery.bytes;
    queue_.push_back(std::move(delivery));
    // The lane sleeps only on an empty queue or on one short of a batch.
    if (queue_.size() == 1 || queue_.size() == settings_.batch_records) changed_.notify_all();
    return true;
}

bool IntakeLane::has_room() const {
    std::lock_guard lock(mutex_);
    // Not "less than": a third of a short queue is nothing.
    return queue_.size() <= settings_.queue_records / 3 &&
           queued_bytes_ <= settings_.queue_bytes / 3;
}

bool IntakeLane::wait_quiescent(milliseconds wait) {
    std::unique_lock lock(mutex_);
    const std::uint64_t begun = batches_begun_;
    return changed_.wait_for(lock, wait, [&] { return batches_ended_ >= begun; });
}

void IntakeLane::stop() {
    stop_.request();
    {
        std::lock_guard lock(mutex_);
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

std::chrono::steady_clock::duration IntakeLane::since_tick() const {
    return clock_.monotonic() - last_tick_.load();
}

std::size_t IntakeLane::queued() const {
    std::lock_guard lock(mutex_);
    return queue_.size();
}

LaneProgress IntakeLane::progress() const {
    std::lock_guard lock(mutex_);
    return {!queue_.empty() || batches_begun_ != batches_ended_, commits_.load()};
}

void IntakeLane::tick() {
    last_tick_.store(clock_.monotonic());
}

void IntakeLane::loop() {
    std::vector<Delivery> deliveries;
    while (!stop_.requested()) {
        tick();
        if (!take_batch(deliveries)) continue;
        process(deliveries);
        deliveries.clear();
        std::lock_guard lock(mutex_);
        ++batches_ended_;
        changed_.notify_all();
    }
}

bool IntakeLane::take_batch(std::vector<Delivery>& deliveries) {
    std::unique_lock lock(mutex_);
    const auto stopping = [this] { return stop_.requested(); };
    if (!changed_.wait_for(lock, kTick, [&] { return !queue_.empty() || stopping(); }))
        return false;
    const auto full = [&] {
        return queue_.size() >= settings_.batch_records || queued_bytes_ >= settings_.batch_bytes;
    };
    changed_.wait_for(lock, settings_.linger, [&] { return full() || stopping(); });
    if (stopping()) return false;
    std::size_t bytes = 0;
    while (!queue_.empty() && deliveries.size() < settings_.batch_records &&
           bytes < settings_.batch_bytes) {
        bytes += queue_.front().bytes;
        deliveries.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    queued_bytes_ -= bytes;
    ++batches_begun_;
    changed_.notify_all();
    return true;
}

void IntakeLane::process(std::vector<Delivery>& deliveries) {
    crash_point("K1");
    if (headers_.size() < deliveries.size()) headers_.resize(deliveries.size());
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        if (!book_.holds(deliveries[i].ticket)) continue;
        batch_.add(deliveries[i].message.view(headers_[i]), deliveries[i].ticket);
    }
    const auto end = static_cast<std::uint32_t>(batch_.entries().size());
    for (std::uint32_t begin = 0; begin < end;) {
        const std::uint32_t next =
            begin + static_cast<std::uint32_t>(std::min<std::size_t>(portion_, end - begin));
        if (!settle(begin, next)) break;
        begin = next;
    }
    batch_.clear();
}

BatchRange IntakeLane::range_of(std::uint32_t begin, std::uint32_t end) const {
    struct Share {
        Ticket ticket;
        std::optional<FencedPosition> position;
        std::size_t advance;
        std::uint32_t last{0};
    };
    std::vector<Share> shares; // a batch holds few partitions: a linear search beats a map
    BatchRange range;
    for (std::uint32_t index = begin; index < end; ++index) {
        const Entry& entry = batch_.entries()[index];
        auto share = std::find_if(shares.begin(), shares.end(), [&](const Share& known) {
            return known.ticket.slot == entry.ticket.slot &&
                   known.ticket.generation == entry.ticket.generation;
        });
        if (share == shares.end()) {
            shares.push_back({entry.ticket, book_.position(entry.ticket), SIZE_MAX, 0});
            share = shares.end() - 1;
        }
        // Taken away, or committed before: nothing to do for this record.
        if (!share->position || entry.record.offset < share->position->next_offset) continue;
        if (share->advance == SIZE_MAX) {
            share->advance = range.advances.size();
            range.advances.push_back(
                {share->position->partition,
                 share->position->epoch,
                 entry.record.offset,
                 0,
                 entry.ticket,
                 {}}
            );
        }
        range.advances[share->advance].next_offset = entry.record.offset + 1;
        range.entries.push_back(index);
        share->last = index;
    }
    for (const Share& share : shares)
        if (share.advance != SIZE_MAX)
            range.advances[share.advance].mark = mark_of(batch_.entries()[share.last].record);
    return range;
}

RangeResult IntakeLane::try_range(const BatchRange& range, std::optional<Aside>& aside) {
    try {
        if (!aside) return transaction_.run(batch_, range);
        const Microseconds delay = job::retry_delay(1, random_).value_or(Microseconds{0});
        aside->run_at = clock_.now() + delay;
        return transaction_.put_aside(batch_, range, *aside);
    } catch (const std::exception& thrown) {
        RangeResult result;
        // Of a handler, caused by some record: found by splitting, like data that the database
        // refuses.
        result.error =
            Error{ErrorKind::Conflict, std::string("the handler threw: ") + thrown.what()};
        return result;
    }
}

bool IntakeLane::settle(std::uint32_t begin, std::uint32_t end) {
    std::optional<Aside> aside; // set when the range is one record to be put aside
    RangeTries tries;
    for (int round = 0;; ++round) {
        tick();
        const BatchRange range = range_of(begin, end);
        if (range.entries.empty()) return true;
        const Monotonic started = clock_.monotonic();
        const RangeResult result = try_range(range, aside);
        if (result.end == RangeEnd::Raced) ++tries.races;
        tries.records = range.entries.size();
        const bool too_slow =
            result.end == RangeEnd::Failed && was_too_slow(result.error, result.open, too_slow_);
        switch (next_step(result, too_slow, tries)) {
        case RangeStep::Finish:
            committed(range, result, started);
            return true;
        case RangeStep::LookAgain:
            sort_out_positions(range);
            break;
        case RangeStep::Wait:
            trouble_.store(trouble_of(result, too_slow, tries));
            if (!back_off(reason_of(result), round)) return false;
            break;
        case RangeStep::Halve:
            observer_.on_split(reason_of(result), range.entries.size());
            if (too_slow) shrink_portion(range.entries.size());
            return settle_halves(range, begin, end);
        case RangeStep::PutAside:
            aside = Aside{.why = reason_of(result), .raced = result.end == RangeEnd::Raced};
            tries.aside = true;
            break;
        case RangeStep::PutAsideBare:
            aside->why = result.error;
            aside->bare = tries.bare = true;
            break;
        }
    }
}

bool IntakeLane::settle_halves(const BatchRange& range, std::uint32_t begin, std::uint32_t end) {
    const std::uint32_t middle = range.entries[range.entries.size() / 2];
    return settle(begin, middle) && settle(middle, end);
}

void IntakeLane::committed(const BatchRange& range, const RangeResult& result, Monotonic started) {
    crash_point("K5");
    trouble_.store(LaneTrouble::None);
    commits_.fetch_add(1);
    for (const Advance& advance : range.advances)
        book_.advance(advance.ticket, advance.next_offset, advance.mark);
    grow_portion(range.entries.size());
    observer_.on_committed(batch_, range, result.receipt, clock_.monotonic() - started);
}

void IntakeLane::shrink_portion(std::size_t records) {
    portion_ = std::max<std::size_t>(1, records / 2);
    successes_ = 0;
}

void IntakeLane::grow_portion(std::size_t records) {
    if (portion_ >= settings_.batch_records || records < portion_) return;
    if (++successes_ < kSuccessesToGrow) return;
    portion_ = std::min(settings_.batch_records, portion_ * 2);
    successes_ = 0;
}

void IntakeLane::sort_out_positions(const BatchRange& range) {
    std::vector<kafka::TopicPartition> partitions;
    for (const Advance& advance : range.advances)
        partitions.push_back(advance.partition);
    const auto positions =
        session_.transact(postgres::Access::companies({}), [&](auto& transaction) {
            return read_positions(transaction, settings_.worker, partitions);
        });
    if (!positions) return; // settle() tries again and comes back here
    for (const Advance& advance : range.advances) {
        const auto found =
            std::find_if(positions->begin(), positions->end(), [&](const auto& position) {
                return position.partition == advance.partition;
            });
        if (found == positions->end() || found->epoch != advance.epoch) {
            book_.mark_fenced(advance.ticket);
            observer_.on_fenced(advance.partition);
        } else {
            // Ours, and committed before: the answer to that COMMIT was lost.
            book_.advance(advance.ticket, found->next_offset);
        }
    }
}

bool IntakeLane::back_off(const Error& error, int tries) {
    const milliseconds longest =
        std::min(kLongestBackoff, kFirstBackoff * (1 << std::min(tries, 6)));
    const auto delay = milliseconds{static_cast<std::int64_t>(
        static_cast<double>(longest.count()) * (0.5 + random_.unit() / 2)
    )};
    observer_.on_waiting(error, delay);
    tick();
    return !stop_.wait_for(delay);
}

} // namespace calfleet::intake
