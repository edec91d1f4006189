#include "workers/calfleet/environment.h"
#include "workers/calfleet/files.h"

#include "common/core/clock.h"
#include "common/core/random.h"
#include "common/core/text.h"
#include "common/core/uuid.h"
#include "common/json/parser.h"
#include "common/json/writer.h"
#include "common/kafka/producer.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

constexpr std::chrono::seconds kFlushWait{30};

struct PublishOptions {
    std::string topic, key, file, jsonl, id, time, source{"/calfleet/publish"};
    std::int64_t company{0};
};

kafka::OutgoingRecord
make_record(const PublishOptions& options, std::string id, std::string time, std::string value) {
    const std::string company = std::to_string(options.company);
    return {
        .topic = options.topic,
        .key = company + ":" + options.key,
        .value = std::move(value),
        .headers =
            {{"ce_specversion", "1.0"},
             {"ce_id", std::move(id)},
             {"ce_source", options.source},
             {"ce_type", options.topic},
             {"ce_time", std::move(time)},
             {"ce_companyid", company},
             {"content-type", "application/json"}},
        .timestamp = std::nullopt};
}

/// Sends and counts; the first failure is kept.
class Publisher {
public:
    explicit Publisher(std::unique_ptr<kafka::Producer> producer)
        : producer_(std::move(producer)) {}

    Result<> publish(const kafka::OutgoingRecord& record) {
        for (;;) {
            const Result<> sent =
                producer_->send(record, [this](const Result<kafka::Delivered>& report) {
                    if (report)
                        ++delivered_;
                    else if (!failure_)
                        failure_ = report.error();
                });
            if (sent || sent.error().kind != ErrorKind::Unavailable) return sent;
            producer_->poll(std::chrono::milliseconds{100}); // the local queue is full: make room
            if (failure_) return *failure_;
        }
    }

    Result<std::int64_t> finish() {
        const bool flushed = producer_->flush(kFlushWait);
        if (failure_) return *failure_;
        if (!flushed)
            return unavailable("the brokers did not acknowledge everything within 30 s; publish "
                               "again: repetitions are recognised");
        return delivered_;
    }
    std::int64_t delivered() const { return delivered_; }

private:
    std::unique_ptr<kafka::Producer> producer_;
    std::int64_t delivered_{0};
    std::optional<Error> failure_;
};

Result<std::string> required_text(json::Value line, std::string_view field) {
    const auto value = line.find(field);
    const auto text = value ? value->as_text() : std::nullopt;
    if (!text) return invalid("member '" + std::string(field) + "' must be text");
    return std::string(*text);
}

std::string text_or(json::Value line, std::string_view field, std::string otherwise) {
    const auto value = line.find(field);
    const auto text = value ? value->as_text() : std::nullopt;
    return text ? std::string(*text) : otherwise;
}

/// {"topic","company","key","id","data"} and optionally "time", "source"; or "raw" and "headers"
/// for records that are to be wrong on purpose.
Result<kafka::OutgoingRecord>
record_of_line(std::string_view text, json::Parser& parser, const PublishOptions& defaults) {
    const auto line = parser.parse_leniently(text, {.max_bytes = 4 * 1024 * 1024});
    if (!line) return line.error();
    PublishOptions options = defaults;
    const auto topic = required_text(*line, "topic");
    if (!topic) return topic.error();
    const auto key = required_text(*line, "key");
    if (!key) return key.error();
    options.topic = *topic;
    options.key = *key;
    if (const auto raw = line->find("raw")) {
        kafka::OutgoingRecord record{
            .topic = *topic, .key = *key, .value = {}, .headers = {}, .timestamp = {}};
        if (const auto bytes = raw->as_text()) record.value = std::string(*bytes);
        if (const auto headers = line->find("headers"))
            for (const json::Member member : headers->members())
                if (const auto value = member.value.as_text())
                    record.headers.push_back({std::string(member.key), std::string(*value)});
        return record;
    }
    const auto id = required_text(*line, "id");
    if (!id) return id.error();
    const auto company = line->find("company");
    if (!company || !company->as_int64())
        return invalid("member 'company' must be the number of a company");
    options.company = *company->as_int64();
    options.source = text_or(*line, "source", options.source);
    const auto data = line->find("data");
    if (!data || !data->is_object())
        return invalid("member 'data' must be an object: the event's data");
    json::Writer value;
    value.value(*data);
    return make_record(
        options, *id, text_or(*line, "time", format_instant(system_clock().now())), value.take()
    );
}

Result<Exit> publish(const Environment& environment, const PublishOptions& options) {
    auto producer = environment.kafka_producer("calfleet-publish");
    if (!producer) return producer.error();
    Publisher publisher(std::move(*producer));
    json::Parser parser;
    Result<> read{};
    if (!options.jsonl.empty()) {
        Progress progress(environment, "published");
        read = for_each_line(options.jsonl, [&](std::string_view text, int number) -> Result<> {
            if (trim(text).empty()) return {};
            const auto record = record_of_line(text, parser, options);
            if (!record)
                return Error{
                    record.error().kind,
                    options.jsonl + " line " + std::to_string(number) + ": " +
                        record.error().message};
            progress.update(number, 0);
            return publisher.publish(*record);
        });
    } else {
        auto data = read_file(options.file);
        if (!data) return data.error();
        if (const auto parsed = parser.parse_leniently(*data); !parsed)
            return Error{parsed.error().kind, options.file + ": " + parsed.error().message};
        Random random = Random::from_system();
        const Instant now = system_clock().now();
        const std::string id =
            options.id.empty() ? to_string(make_uuid_v7(now, random)) : options.id;
        const std::string time = options.time.empty() ? format_instant(now) : options.time;
        read = publisher.publish(make_record(options, id, time, std::move(*data)));
    }
    const auto delivered = publisher.finish();
    if (!read) return read.error();
    if (!delivered) return delivered.error();
    environment.print({.columns = {"published"}, .rows = {{*delivered}}, .single = true});
    return Exit::Ok;
}

} // namespace

void add_publish_command(CLI::App& app, Environment& environment) {
    const auto options = std::make_shared<PublishOptions>();
    auto* command = app.add_subcommand(
        "publish", "publishes an event, or a file of events, as an upstream service would"
    );
    command->footer(
        "Publishing the same id again has no second effect.\n"
        "Examples:\n"
        "  calfleet publish --topic booking-created --company 1 --key k3J9 --file event.json\n"
        "  calfleet publish --jsonl events.jsonl\n"
        "A line of --jsonl: "
        "{\"topic\":\"booking-created\",\"company\":1,\"key\":\"k3J9\",\"id\":\"e-1\",\"data\":{"
        "\"booking\":{...}}}"
    );
    auto* topic =
        command->add_option("--topic", options->topic, "topic, which is also the event's type");
    auto* company = command->add_option("--company", options->company, "number of the company");
    auto* key = command->add_option("--key", options->key, "entity: the booking's uid");
    auto* file = command->add_option(
        "--file", options->file, "JSON file with the event's data, - for standard input"
    );
    auto* jsonl = command->add_option(
        "--jsonl", options->jsonl, "file with an event a line, - for standard input"
    );
    command->add_option("--id", options->id, "ce_id; a fresh UUID when left out");
    command->add_option("--time", options->time, "ce_time, RFC 3339; now when left out");
    command->add_option("--source", options->source, "ce_source")->capture_default_str();
    file->needs(topic)->needs(company)->needs(key)->excludes(jsonl);
    command->callback([&environment, options] {
        if (options->file.empty() && options->jsonl.empty())
            throw CLI::ValidationError(
                "publish", "give --file with --topic, --company and --key, or --jsonl"
            );
        environment.action = [&environment, options] { return publish(environment, *options); };
    });
}

} // namespace calfleet::cli
