#include "workers/calfleet/replay.h"

#include "common/core/stop_signal.h"
#include "common/core/text.h"
#include "common/kafka/admin.h"
#include "common/kafka/producer.h"

#include <map>

namespace calfleet::cli {
namespace {

constexpr std::chrono::seconds kWait{30};
constexpr std::string_view kPrefix = "calfleet_dlq_";

std::string header_text(const kafka::Message& message, std::string_view name) {
    const auto value = message.header(name);
    return value ? std::string(*value) : std::string();
}

bool matches(const kafka::Message& letter, const DeadLetterFilter& filter) {
    const auto same = [&](const std::optional<std::string>& wanted, std::string_view header) {
        return !wanted || header_text(letter, header) == *wanted;
    };
    if (!same(filter.worker, "calfleet_dlq_worker") ||
        !same(filter.reason_class, "calfleet_dlq_class") || !same(filter.event_id, "ce_id"))
        return false;
    if (filter.company && header_text(letter, "ce_companyid") != std::to_string(*filter.company))
        return false;
    if (filter.key && letter.key() != std::string_view(*filter.key)) return false;
    if (!filter.since && !filter.until) return true;
    const auto failed = parse_instant(header_text(letter, "calfleet_dlq_last_failed_at"));
    return failed && (!filter.since || *failed >= *filter.since) &&
           (!filter.until || *failed < *filter.until);
}

/// The record as it was, but for the header that says that it is a replay.
kafka::OutgoingRecord original_of(const kafka::Message& letter) {
    kafka::OutgoingRecord record;
    record.topic = header_text(letter, "calfleet_dlq_topic");
    if (const auto key = letter.key()) record.key = std::string(*key);
    if (const auto value = letter.value()) record.value = std::string(*value);
    for (kafka::Header& header : letter.headers())
        if (!header.name.starts_with(kPrefix) && header.name != "calfleet_replay")
            record.headers.push_back(std::move(header));
    record.headers.push_back({"calfleet_replay", "topic"});
    return record;
}

} // namespace

Result<Exit> replay_from_topic(
    const Environment& environment, const ReplayOptions& options, const std::string& topic
) {
    const auto brokers = environment.kafka();
    if (!brokers) return brokers.error();
    auto admin = kafka::Admin::create(*brokers, "calfleet-replay");
    if (!admin) return admin.error();
    auto producer = kafka::Producer::create({.brokers = *brokers, .client_id = "calfleet-replay"});
    if (!producer) return producer.error();

    std::map<std::string, std::int64_t> by_class;
    std::int64_t sent = 0, without_origin = 0, delivered = 0;
    std::optional<Error> failure;
    StopSignal pause;
    Progress progress(environment, "replayed");
    const Result<> read = (*admin)->read_all(topic, kWait, [&](const kafka::Message& letter) {
        if (!matches(letter, options.filter)) return true;
        kafka::OutgoingRecord record = original_of(letter);
        if (record.topic.empty()) { // a job's letter: it never was a record
            ++without_origin;
            return true;
        }
        ++by_class[header_text(letter, "calfleet_dlq_class")];
        ++sent;
        if (!options.dry_run) {
            const Result<> queued =
                (*producer)->send(record, [&](const Result<kafka::Delivered>& report) {
                    if (report)
                        ++delivered;
                    else
                        failure = report.error();
                });
            if (!queued) failure = queued.error();
            (*producer)->poll(std::chrono::milliseconds{0});
            pause.wait_for(std::chrono::milliseconds{
                static_cast<std::int64_t>(1000.0 / options.rate)});
            progress.update(sent, 0);
        }
        return !failure && sent < options.limit;
    });
    (*producer)->flush(kWait);
    if (!read) return read.error();
    if (failure) return *failure;
    Listing listing{
        .columns = {"class", options.dry_run ? "would_replay" : "replayed"},
        .rows = {},
        .empty_text = "no letters match"};
    for (const auto& [reason_class, count] : by_class)
        listing.add({reason_class, count});
    environment.print(listing);
    if (without_origin > 0)
        environment.say(
            std::to_string(without_origin) +
            " letters of jobs are not records; replay them from the database"
        );
    return Exit::Ok;
}

} // namespace calfleet::cli
