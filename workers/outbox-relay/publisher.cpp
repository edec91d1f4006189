#include "workers/outbox-relay/publisher.h"

#include "common/core/crash_point.h"

#include <algorithm>
#include <utility>

namespace calfleet::outbox_relay {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kReportWait{100};
constexpr milliseconds kRefusalWait{2000};

kafka::OutgoingRecord to_record(const Row& row) {
    kafka::OutgoingRecord record{.topic = row.topic, .key = row.key, .value = row.value};
    for (const auto& header : row.headers)
        record.headers.push_back({header.name, header.value});
    record.timestamp = row.created_at;
    return record;
}

} // namespace

Result<> Publisher::ensure_producer() {
    if (producer_ && producer_->fatal())
        producer_.reset(); // its records are reported and stay in the outbox
    if (producer_) return {};
    auto made = kafka::Producer::create({
        .brokers = options_.brokers,
        .client_id = options_.client_id,
        .message_timeout = milliseconds(0), // never
        .connection = options_.connection,
        .log = options_.log,
    });
    if (!made) return made.error();
    producer_ = std::move(*made);
    return {};
}

Result<> Publisher::ensure_admin() {
    if (admin_) return {};
    auto made =
        kafka::Admin::create(options_.brokers, options_.client_id + "-admin", options_.connection);
    if (!made) return made.error();
    admin_ = std::move(*made);
    return {};
}

std::optional<Error> Publisher::refusal_of_producer() {
    if (!producer_) return std::nullopt;
    producer_->poll(milliseconds(0));
    if (!producer_->fatal()) return std::nullopt;
    const std::string why = producer_->trouble();
    producer_.reset();
    refused_ = true;
    return Error{
        ErrorKind::Forbidden,
        "the brokers refuse a producer: it needs WRITE on its topics" +
            (why.empty() ? std::string() : " (" + why + ")")};
}

Result<> Publisher::probe() {
    if (const Result<> made = ensure_admin(); !made) return made;
    // Its connections are the producer's, too; what those complained about may long be over.
    const auto topics = admin_->visible_topics(options_.metadata_wait);
    if (!topics) return topics.error();
    if (const auto refused = refusal_of_producer()) return *refused;
    if (const Result<> made = ensure_producer(); !made) return made;
    // Whether a new one is refused as well is not known at once.
    for (auto wait = refused_ ? kRefusalWait : milliseconds(0); wait > milliseconds(0);
         wait -= kReportWait) {
        producer_->poll(kReportWait);
        if (const auto refused = refusal_of_producer()) return *refused;
    }
    refused_ = false;
    if (*topics == 0)
        return Error{
            ErrorKind::NotFound,
            "no topic is there that this user may write: calfleet topics apply, or WRITE on the "
            "topics"};
    return {};
}

Result<> Publisher::look_up(std::span<const Row> rows) {
    std::set<std::string> asked;
    for (const Row& row : rows)
        if (!known_.contains(row.topic) && !blocked_until_.contains(row.topic) && !flaw_of(row))
            asked.insert(row.topic);
    if (asked.empty()) return {};
    if (const Result<> made = ensure_admin(); !made) return made;
    const auto found = admin_->describe({asked.begin(), asked.end()}, options_.metadata_wait);
    if (!found) return found.error();
    for (const std::string& topic : asked) {
        if (found->contains(topic))
            known_.insert(topic);
        else
            block(topic);
    }
    return {};
}

void Publisher::block(const std::string& topic) {
    known_.erase(topic);
    blocked_until_[topic] = clock_.monotonic() + options_.blocked_for;
}

std::vector<std::string> Publisher::blocked() {
    const Monotonic now = clock_.monotonic();
    std::erase_if(blocked_until_, [now](const auto& entry) { return entry.second <= now; });
    std::vector<std::string> topics;
    for (const auto& [topic, until] : blocked_until_)
        topics.push_back(topic);
    return topics;
}

void Publisher::send(
    const Row& row, std::size_t place, Flight& flight, const std::function<bool()>& keep_waiting
) {
    const auto note = [&flight, place](const Result<kafka::Delivered>& result) {
        crash_point("O3");
        flight.reports[place] =
            result ? Report{Fate::Delivered, {}} : judge_failure(result.error());
        --flight.missing;
    };
    const kafka::OutgoingRecord record = to_record(row);
    for (;;) {
        const Result<> queued = producer_->send(record, note);
        if (queued) {
            ++flight.missing;
            return;
        }
        flight.reports[place] = judge_failure(queued.error());
        const bool queue_full = queued.error().kind == ErrorKind::Unavailable;
        if (!queue_full || producer_->fatal() || !keep_waiting()) return;
        producer_->poll(kReportWait);
    }
}

bool Publisher::await(Flight& flight, const std::function<bool()>& keep_waiting) {
    while (flight.missing > 0 && !producer_->fatal()) {
        producer_->poll(kReportWait);
        if (flight.missing > 0 && !keep_waiting()) break;
    }
    if (flight.missing == 0) return true;
    // Destruction reports every record that is left, so that none can report into a flight that is
    // gone.
    producer_.reset();
    return false;
}

Result<std::vector<Report>>
Publisher::deliver(std::span<const Row> rows, const std::function<bool()>& keep_waiting) {
    if (const Result<> ready = ensure_producer(); !ready) return ready.error();
    Flight flight{.reports = std::vector<Report>(rows.size()), .missing = 0};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (const auto flaw = flaw_of(rows[i]))
            flight.reports[i] = {Fate::Undeliverable, *flaw};
        else if (blocked_until_.contains(rows[i].topic))
            flight.reports[i] = {
                Fate::TopicBlocked,
                "topic \"" + rows[i].topic +
                    "\" does not exist, or there is no right to WRITE to it"};
        else
            send(rows[i], i, flight, keep_waiting);
    }
    crash_point("O2");
    const bool complete = await(flight, keep_waiting);
    for (std::size_t i = 0; complete && i < rows.size(); ++i) {
        if (flight.reports[i].fate != Fate::Undeliverable || flaw_of(rows[i])) continue;
        send(rows[i], i, flight, keep_waiting);
        if (!await(flight, keep_waiting)) break;
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (flight.reports[i].fate == Fate::TopicBlocked && !blocked_until_.contains(rows[i].topic))
            block(rows[i].topic);
    return std::move(flight.reports);
}

} // namespace calfleet::outbox_relay
