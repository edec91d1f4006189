#include "common/intake/intake.h"

#include "common/core/crash_point.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace calfleet::intake {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kPollWait{100};
constexpr milliseconds kRoomWait{20};
/// A lane that stays full for so long is waiting for its database, not just busy: then partitions
/// are paused. Pausing throws prefetched records away, so a busy lane must not cause it.
constexpr seconds kFullBeforePause{2};
constexpr milliseconds kMemoryLook{5};
/// Beside what is counted: rows on their way to the database, answers that are being read.
constexpr std::size_t kUncountedBytes = 16 * 1024 * 1024;
/// Of so many records the average size of their headers is taken.
constexpr double kHeadersOf = 64;
/// Above this average, what librdkafka does not count is worth a look at the memory.
constexpr double kLargeHeaders = 2048;
constexpr seconds kHousekeeping{1};
/// A partition without traffic commits nothing and so would never learn that its position was
/// moved.
constexpr seconds kEpochCheck{10};

std::size_t prefetched_at_most(const IntakeSettings& settings) {
    return static_cast<std::size_t>(settings.kafka.queued_max_kbytes) * 1024;
}

/// Half of what intake is meant to hold at most: until a pause has its effect, as much again and
/// what is not counted comes on top, more of it the slower the machine is.
std::size_t memory_allowance(const IntakeSettings& settings) {
    const std::size_t lane = settings.lane.queue_bytes + settings.lane.batch_bytes;
    return (settings.lanes * lane + prefetched_at_most(settings)) / 2;
}

postgres::Settings named(postgres::Settings settings, std::string_view suffix) {
    settings.application_name.append(suffix);
    return settings;
}

} // namespace

Intake::Intake(
    IntakeSettings settings,
    BatchFactory& handlers,
    IntakeObserver& observer,
    postgres::StatementObserver* statements,
    const Clock& clock
)
    : settings_(std::move(settings))
    , observer_(observer)
    , clock_(clock)
    , session_(named(settings_.database, " positions"), statements)
    , compaction_(settings_.kafka)
    , log_watch_(settings_.kafka, book_, compaction_, clock)
    , memory_(memory_allowance(settings_))
    , blocked_memory_(prefetched_at_most(settings_) + kUncountedBytes)
    , watches_(settings_.patience)
    , last_tick_(clock.monotonic()) {
    settings_.lane.worker = settings_.worker;
    for (std::size_t i = 0; i < settings_.lanes; ++i) {
        lanes_.push_back(std::make_unique<IntakeLane>(
            settings_.lane,
            book_,
            handlers.make_batch(),
            named(settings_.database, " lane " + std::to_string(i)),
            statements,
            observer,
            clock,
            Random::from_system()
        ));
    }
}

Intake::~Intake() = default;

Result<> Intake::run(const StopSignal& stop) {
    auto consumer = kafka::Consumer::create(settings_.kafka, *this);
    if (!consumer) return consumer.error();
    consumer_ = std::move(*consumer);
    visible_consumer_.store(consumer_.get());
    memory_.idle_at(resident_bytes());
    log_watch_.start();
    Result<> ended{};
    while (!stop.requested() && ended)
        ended = poll_once();
    for (const auto& lane : lanes_)
        lane->stop();
    pass_over(); // so that a scaler finds nothing left
    hint_positions();
    consumer_->close();
    log_watch_.stop();
    return ended;
}

Result<> Intake::poll_once() {
    last_tick_.store(clock_.monotonic());
    flush_overflow();
    const milliseconds wait = overflow_.empty() ? kPollWait : kRoomWait;
    // With records waiting for room, poll only while paused: it then serves callbacks and brings
    // nothing new.
    if (overflow_.empty() || paused_.load()) {
        auto polled = consumer_->poll(wait);
        if (!polled) {
            observer_.on_kafka_error(polled.error());
            if (polled.error().kind == ErrorKind::Bug) return polled.error();
        } else if (*polled) {
            route(std::move(**polled));
        }
    }
    note_joined(consumer_->joined());
    if (clock_.monotonic() - last_housekeeping_ >= kHousekeeping) housekeeping();
    return {};
}

std::size_t Intake::lane_of(const kafka::TopicPartition& partition) const {
    const std::size_t topic = std::hash<std::string>{}(partition.topic);
    return (topic + static_cast<std::size_t>(partition.partition)) % lanes_.size();
}

void Intake::note_joined(bool joined) {
    if (joined_.exchange(joined) && !joined) left_at_.store(clock_.monotonic());
    if (joined) was_joined_.store(true);
}

void Intake::route(kafka::Message message) {
    if (!last_route_ || last_route_->partition.partition != message.partition() ||
        last_route_->partition.topic != message.topic()) {
        kafka::TopicPartition partition{std::string(message.topic()), message.partition()};
        const auto reading = readings_.find(partition);
        if (reading == readings_.end()) return; // revoked while it was on its way
        const std::size_t lane = lane_of(partition);
        last_route_ = Route{std::move(partition), &reading->second, lane};
    }
    PartitionReading& reading = *last_route_->reading;
    std::vector<HeaderView> headers;
    const bool wanted = reading.wants_content() ? reading.take(message.view(headers))
                                                : reading.take(message.offset());
    if (!wanted) return;
    const auto size = static_cast<double>(message.header_bytes());
    header_bytes_ += (size - header_bytes_) / kHeadersOf;
    Delivery delivery{std::move(message), reading.ticket()};
    if (!overflow_.empty() || !lanes_[last_route_->lane]->offer(delivery, kRoomWait))
        overflow_.emplace_back(last_route_->lane, std::move(delivery));
}

void Intake::flush_overflow() {
    while (!overflow_.empty()) {
        auto& [lane, delivery] = overflow_.front();
        if (book_.holds(delivery.ticket) && !lanes_[lane]->offer(delivery, kRoomWait)) break;
        overflow_.pop_front();
    }
    const Monotonic now = clock_.monotonic();
    if (std::exchange(repause_, false)) set_paused(true);
    // librdkafka counts no headers: of records with large ones it fetches as many as there are,
    // while nobody polls and also when the lanes are merely slower. Pausing lets them go.
    const bool memory_full =
        (header_bytes_ > kLargeHeaders || full_since_ || memory_full_) && memory_is_full();
    if (overflow_.empty()) {
        full_since_.reset();
        if (paused_.load() && !memory_full && lanes_have_room()) set_paused(false);
    } else if (!full_since_) {
        full_since_ = now;
        blocked_memory_.idle_at(resident_bytes());
    }
    const bool full_for_long = full_since_ && now - *full_since_ >= kFullBeforePause;
    if (!paused_.load() && (memory_full || full_for_long)) set_paused(true);
}

bool Intake::lanes_have_room() const {
    return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) {
        return lane->has_room();
    });
}

bool Intake::memory_is_full() {
    const Monotonic now = clock_.monotonic();
    if (now - last_memory_look_ < kMemoryLook) return memory_full_;
    last_memory_look_ = now;
    const std::size_t resident = resident_bytes();
    memory_full_ = (header_bytes_ > kLargeHeaders && memory_.exceeded_at(resident)) ||
                   (full_since_ && blocked_memory_.exceeded_at(resident));
    const bool idle =
        overflow_.empty() && std::none_of(lanes_.begin(), lanes_.end(), [](const auto& lane) {
            return lane->progress().has_work;
        });
    // Paused, with empty hands, and still as large: it is not the records.
    if (memory_full_ && paused_.load() && idle) {
        memory_.idle_at(resident);
        memory_full_ = false;
    }
    return memory_full_;
}

void Intake::set_paused(bool paused) {
    std::vector<kafka::TopicPartition> held;
    for (const auto& [partition, reading] : readings_)
        if (!reading.problem()) held.push_back(partition); // the others stay paused
    const Result<> done = paused ? consumer_->pause(held) : consumer_->resume(held);
    if (!done) {
        observer_.on_kafka_error(done.error());
        return;
    }
    paused_.store(paused);
    observer_.on_paused(paused);
}

void Intake::housekeeping() {
    last_housekeeping_ = clock_.monotonic();
    if (joined_.load()) {
        hint_positions();
        if (last_housekeeping_ - last_epoch_check_ >= kEpochCheck) {
            last_epoch_check_ = last_housekeeping_;
            check_epochs();
        }
        refence();
        pass_over();
    }
    watch_progress();
}

void Intake::hint_positions() {
    std::vector<std::pair<kafka::TopicPartition, std::int64_t>> hints;
    for (const PartitionStatus& status : book_.status())
        if (!status.fenced) // also at 0: a partition without an offset is -1 to lag tools
            hints.emplace_back(status.partition, status.next_offset);
    if (!hints.empty()) consumer_->commit_hint(hints);
    crash_point("K6");
}

} // namespace calfleet::intake
