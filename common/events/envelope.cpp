#include "common/events/envelope.h"

#include "common/core/text.h"
#include "common/events/structured_mode.h"
#include "common/events/text_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace calfleet::events {
namespace {

// The attributes as they stand, before anybody believes them. The names are those of the place they
// were read from.
struct Attribute {
    std::string_view name;
    std::optional<std::string_view> text;
};

struct Attributes {
    Attribute id, source, type, specversion, time, company, traceparent;
};

Error wrong(std::string_view name, std::string_view why) {
    return invalid(std::string(name) + ": " + std::string(why));
}

Error wrong_value(const Attribute& attribute, std::string_view why) {
    return wrong(attribute.name, "'" + printable(*attribute.text, 40) + "' " + std::string(why));
}

bool is_identity(std::string_view text, std::size_t max_bytes) {
    return !text.empty() && text.size() <= max_bytes && is_clean(text);
}

std::optional<CompanyId> company_of(std::string_view text) {
    const bool decimal =
        !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    const auto number = decimal ? parse_int64(text) : std::nullopt;
    if (!number || *number < 1) return std::nullopt;
    return CompanyId{*number};
}

std::optional<Error> check_identity(const Attribute& attribute, std::size_t max_bytes) {
    if (!attribute.text) return wrong(attribute.name, "missing; every event needs it");
    if (attribute.text->empty()) return wrong(attribute.name, "empty; every event needs it");
    if (attribute.text->size() > max_bytes) {
        return wrong(
            attribute.name,
            std::to_string(attribute.text->size()) + " bytes, at most " +
                std::to_string(max_bytes) + " are accepted"
        );
    }
    if (!is_clean(*attribute.text))
        return wrong_value(attribute, "has control characters or is not UTF-8");
    return std::nullopt;
}

Result<Instant> time_of(const Attribute& attribute) {
    static constexpr Instant kEnd = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};
    if (!attribute.text)
        return wrong(
            attribute.name, "missing; expected an RFC 3339 time like 2026-11-20T08:10:13Z"
        );
    const Result<Instant> time = parse_instant(*attribute.text);
    if (!time) return wrong(attribute.name, time.error().message);
    if (*time < Instant{} || *time >= kEnd)
        return wrong_value(attribute, "is outside the years 1970 to 2200");
    return *time;
}

// Everything but data.
Result<Envelope> envelope_of(const Attributes& attributes, TextArena& arena) {
    if (auto error = check_identity(attributes.id, kMaxIdentityBytes)) return *error;
    if (auto error = check_identity(attributes.source, kMaxIdentityBytes)) return *error;
    if (auto error = check_identity(attributes.type, kMaxTypeBytes)) return *error;
    if (!attributes.specversion.text)
        return wrong(attributes.specversion.name, "missing; expected '1.0'");
    if (*attributes.specversion.text != "1.0")
        return wrong_value(
            attributes.specversion, "is not a version that is understood; expected '1.0'"
        );
    const Result<Instant> time = time_of(attributes.time);
    if (!time) return time.error();
    if (!attributes.company.text)
        return wrong(
            attributes.company.name,
            "missing; expected the number of the company the event belongs to"
        );
    const auto company = company_of(*attributes.company.text);
    if (!company)
        return wrong_value(
            attributes.company, "is not a decimal number from 1 to 9223372036854775807"
        );
    Envelope envelope;
    envelope.id = arena.keep(*attributes.id.text);
    envelope.source = arena.keep(*attributes.source.text);
    envelope.type = arena.keep(*attributes.type.text);
    envelope.time = *time;
    envelope.company = *company;
    // A broken trace context costs a trace, never an event.
    if (attributes.traceparent.text && is_traceparent(*attributes.traceparent.text))
        envelope.traceparent = arena.keep(*attributes.traceparent.text);
    return envelope;
}

PartialIdentity partial_of(const Attributes& attributes, TextArena& arena) {
    const auto readable = [&](const Attribute& attribute,
                              std::size_t max_bytes) -> std::string_view {
        if (!attribute.text || !is_identity(*attribute.text, max_bytes)) return {};
        return arena.keep(*attribute.text);
    };
    PartialIdentity identity;
    identity.id = readable(attributes.id, kMaxIdentityBytes);
    identity.source = readable(attributes.source, kMaxIdentityBytes);
    identity.type = readable(attributes.type, kMaxTypeBytes);
    if (attributes.company.text)
        identity.company = company_of(*attributes.company.text).value_or(CompanyId{});
    return identity;
}

/// The headers that are read. Of the same one twice, no reader knows which the writer meant.
constexpr std::array<std::string_view, 7> kAttributes{
    "ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time", "ce_companyid", "content-type"};

bool occurs_twice(const RecordView& record, std::string_view name) {
    return std::count_if(record.headers.begin(), record.headers.end(), [&](const HeaderView& each) {
               return each.name == name;
           }) > 1;
}

std::size_t size_of(const HeaderView& header) {
    return header.name.size() + (header.value ? header.value->size() : 0);
}

std::optional<Error> check_sizes(const RecordView& record) {
    if (record.key && record.key->size() > kMaxKeyBytes)
        return wrong(
            "record key",
            std::to_string(record.key->size()) + " bytes, at most " + std::to_string(kMaxKeyBytes) +
                " are accepted"
        );
    std::size_t count = 0;
    std::size_t bytes = 0;
    const HeaderView* largest = nullptr;
    for (const HeaderView& header : record.headers) {
        const std::size_t size = size_of(header);
        if (header.name == kReplayHeader && size <= kReplayHeader.size() + kLongestReplayHeader)
            continue;
        ++count;
        bytes += size;
        if (largest == nullptr || size > size_of(*largest)) largest = &header;
    }
    if (count > kMaxHeaders)
        return wrong(
            "headers",
            std::to_string(count) + ", at most " + std::to_string(kMaxHeaders) + " are accepted"
        );
    if (bytes > kMaxHeaderBytes)
        return wrong(
            "header '" + printable(largest->name, 40) + "'",
            std::to_string(size_of(*largest)) + " bytes of " + std::to_string(bytes) +
                " in all headers, at most " + std::to_string(kMaxHeaderBytes) +
                " together are accepted"
        );
    return std::nullopt;
}

std::optional<Error> check_headers(const RecordView& record) {
    if (auto error = check_sizes(record)) return error;
    std::array<bool, kAttributes.size()> seen{};
    for (const HeaderView& header : record.headers) {
        const auto found = std::find(kAttributes.begin(), kAttributes.end(), header.name);
        if (found == kAttributes.end()) continue;
        bool& before = seen[static_cast<std::size_t>(found - kAttributes.begin())];
        if (before) return wrong(header.name, "occurs twice; an event has one");
        before = true;
    }
    return std::nullopt;
}

std::optional<Error>
check_topic(std::string_view name, const Envelope& envelope, const RecordView& record) {
    if (record.topic.empty() || envelope.type == record.topic) return std::nullopt;
    return wrong(
        name,
        "'" + printable(envelope.type, 40) + "' in the topic " + printable(record.topic, 60) +
            "; a type is published in the topic of its name"
    );
}

Attributes attributes_of(const RecordView& record) {
    const auto header = [&](std::string_view name) { return Attribute{name, record.header(name)}; };
    return {
        .id = header("ce_id"),
        .source = header("ce_source"),
        .type = header("ce_type"),
        .specversion = header("ce_specversion"),
        .time = header("ce_time"),
        .company = header("ce_companyid"),
        .traceparent = header("traceparent"),
    };
}

/// Without those that occur twice: of a record that was not checked.
Attributes certain_attributes_of(const RecordView& record) {
    Attributes attributes = attributes_of(record);
    for (Attribute* attribute :
         {&attributes.id,
          &attributes.source,
          &attributes.type,
          &attributes.specversion,
          &attributes.time,
          &attributes.company})
        if (occurs_twice(record, attribute->name)) attribute->text.reset();
    return attributes;
}

Attributes attributes_of(const StructuredEvent& event) {
    return {
        .id = {"id", event.id},
        .source = {"source", event.source},
        .type = {"type", event.type},
        .specversion = {"specversion", event.specversion},
        .time = {"time", event.time},
        .company = {"companyid", event.company},
        .traceparent = {"traceparent", event.traceparent},
    };
}

enum class Mode { Binary, Structured };

// "application/json" of "Application/JSON; charset=utf-8".
std::string_view media_type(std::string_view content_type) {
    return trim(content_type.substr(0, content_type.find(';')));
}

bool is_json(std::string_view type) {
    static constexpr std::string_view kApplication = "application/";
    static constexpr std::string_view kSuffix = "+json";
    if (equals_ignoring_ascii_case(type, "application/json")) return true;
    return type.size() > kApplication.size() + kSuffix.size() &&
           equals_ignoring_ascii_case(type.substr(0, kApplication.size()), kApplication) &&
           equals_ignoring_ascii_case(type.substr(type.size() - kSuffix.size()), kSuffix);
}

Result<Mode> mode_of(const RecordView& record) {
    const auto content_type = record.header("content-type");
    if (!content_type) return Mode::Binary;
    const std::string_view type = media_type(*content_type);
    if (equals_ignoring_ascii_case(type, "application/cloudevents+json")) return Mode::Structured;
    // A batch would be several events under one offset; producers have to send them one by one.
    const bool batch = equals_ignoring_ascii_case(type, "application/cloudevents-batch+json");
    if (is_json(type) && !batch) return Mode::Binary;
    return wrong_value(
        {"content-type", content_type},
        "is not one of application/json, application/*+json, application/cloudevents+json"
    );
}

std::optional<Error> check_data_content_type(const StructuredEvent& event) {
    if (!event.data_content_type || is_json(media_type(*event.data_content_type)))
        return std::nullopt;
    return wrong_value(
        {"datacontenttype", event.data_content_type}, "is not JSON; expected application/json"
    );
}

} // namespace

Result<Envelope> decode_envelope(const RecordView& record, TextArena& arena) {
    if (auto error = check_headers(record)) return *error;
    const Result<Mode> mode = mode_of(record);
    if (!mode) return mode.error();
    if (!record.value) return wrong("record value", "null (a tombstone); expected a JSON document");
    if (record.value->empty()) return wrong("record value", "empty; expected a JSON document");
    if (*mode == Mode::Binary) {
        Result<Envelope> envelope = envelope_of(attributes_of(record), arena);
        if (!envelope) return envelope;
        if (auto error = check_topic("ce_type", *envelope, record)) return *error;
        envelope->data = *record.value;
        return envelope;
    }
    const Result<StructuredEvent> event = read_structured_event(*record.value);
    if (!event) return event.error();
    Result<Envelope> envelope = envelope_of(attributes_of(*event), arena);
    if (!envelope) return envelope;
    if (auto error = check_topic("type", *envelope, record)) return *error;
    if (auto error = check_data_content_type(*event)) return *error;
    envelope->data = arena.keep(event->data);
    return envelope;
}

PartialIdentity partial_identity(const RecordView& record, TextArena& arena) {
    const Result<Mode> mode = mode_of(record);
    if (!mode || *mode == Mode::Binary || !record.value)
        return partial_of(certain_attributes_of(record), arena);
    const StructuredEvent event = read_what_is_readable(*record.value);
    return partial_of(attributes_of(event), arena);
}

} // namespace calfleet::events
