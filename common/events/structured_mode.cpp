#include "common/events/structured_mode.h"

#include "common/events/base64.h"
#include "common/json/field_table.h"
#include "common/json/parser.h"
#include "common/json/writer.h"

#include <array>
#include <charconv>
#include <string>

namespace calfleet::events {
namespace {

enum Member {
    kId,
    kSource,
    kType,
    kSpecVersion,
    kTime,
    kCompany,
    kTraceparent,
    kContentType,
    kData,
    kDataBase64
};

constexpr json::FieldTable kMembers{std::array<std::string_view, 10>{
    "id",
    "source",
    "type",
    "specversion",
    "time",
    "companyid",
    "traceparent",
    "datacontenttype",
    "data",
    "data_base64"}};

// Structured records are the exception on our topics, and decode_envelope is a plain function: its
// memory is the thread's.
struct Memory {
    json::Parser parser;
    json::Writer writer;
    std::string decoded;
    std::array<char, 24> company{};
};

Memory& memory() {
    thread_local Memory memory;
    return memory;
}

Error wrong(std::string_view name, std::string why) {
    return invalid(std::string(name) + ": " + std::move(why));
}

std::optional<std::string_view>* slot_of(StructuredEvent& event, std::size_t member) {
    switch (member) {
    case kId:
        return &event.id;
    case kSource:
        return &event.source;
    case kType:
        return &event.type;
    case kSpecVersion:
        return &event.specversion;
    case kTime:
        return &event.time;
    case kCompany:
        return &event.company;
    case kTraceparent:
        return &event.traceparent;
    case kContentType:
        return &event.data_content_type;
    default:
        return nullptr;
    }
}

// CloudEvents allows an Integer for an extension; ours is a number by nature.
std::optional<std::string_view> decimal(json::Value value) {
    const auto number = value.as_int64();
    if (!number) return std::nullopt;
    auto& digits = memory().company;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
    return std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

std::optional<Error> read_member(StructuredEvent& event, std::size_t member, json::Value value) {
    if (member == kData) {
        event.data = memory().writer.value(value).view();
        return std::nullopt;
    }
    if (value.is_null()) return std::nullopt; // JSON Event Format §3.1: null is absent
    auto text = value.as_text();
    if (member == kDataBase64) {
        if (!text || !decode_base64(*text, memory().decoded))
            return wrong("data_base64", "not base64 text");
        event.data = memory().decoded;
        return std::nullopt;
    }
    if (!text && member == kCompany) text = decimal(value);
    if (!text)
        return wrong(
            kMembers.name_of(member), std::string(json::name(value.kind())) + ", expected text"
        );
    *slot_of(event, member) = *text;
    return std::nullopt;
}

// Reads on behind a mistake, so that a dead letter can name the event; tells the first mistake.
std::optional<Error> read_members(json::Value root, StructuredEvent& event) {
    memory().writer.clear();
    std::optional<Error> first;
    json::SeenFields seen;
    bool has_data = false;
    for (const auto [key, value] : root.members()) {
        const std::size_t member = kMembers.index_of(key);
        if (member == kMembers.kUnknown) continue;
        std::optional<Error> error;
        const bool is_data = member == kData || member == kDataBase64;
        if (!seen.add(member))
            error = wrong(key, "occurs twice");
        else if (is_data && has_data)
            error = wrong(key, "an event has data or data_base64, not both");
        else
            error = read_member(event, member, value);
        has_data |= is_data;
        if (error && !first) first = std::move(error);
    }
    if (!first && !has_data)
        return wrong("data", "missing; expected the JSON document of the event");
    return first;
}

} // namespace

Result<StructuredEvent> read_structured_event(std::string_view document) {
    const Result<json::Value> root = memory().parser.parse_leniently(document);
    if (!root) return wrong("record value", root.error().message);
    if (!root->is_object())
        return wrong(
            "record value",
            std::string(json::name(root->kind())) + ", expected a CloudEvents object"
        );
    StructuredEvent event;
    if (auto error = read_members(*root, event)) return *error;
    return event;
}

StructuredEvent read_what_is_readable(std::string_view document) {
    StructuredEvent event;
    const Result<json::Value> root = memory().parser.parse_leniently(document);
    if (root) read_members(*root, event);
    return event;
}

} // namespace calfleet::events
