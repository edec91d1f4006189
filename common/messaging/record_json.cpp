#include "common/messaging/record_json.h"

#include "common/core/text.h"
#include "common/json/parser.h"
#include "common/json/writer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace calfleet::messaging {

namespace {

using StoredHeader = job::StoredRecord::StoredHeader;

/// A record has at most a few MiB of headers; in base64 and escapes that grows, but not beyond
/// this.
constexpr json::Limits kLimits{.max_bytes = 64 * 1024 * 1024, .max_depth = 2};

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto kDigitValues = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kDigits.size(); ++i)
        values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
    return values;
}();

std::string to_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= count ? kDigits[group >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

/// RFC 4648 §4 with padding; nothing for anything else, unused bits that are not zero included.
std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char digit : text.substr(0, text.size() - padding)) {
        const std::int8_t value = kDigitValues[static_cast<unsigned char>(digit)];
        if (value < 0) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes += static_cast<char>(bits >> held & 0xff);
        bits &= (1u << held) - 1;
    }
    return bits == 0 ? std::optional(std::move(bytes)) : std::nullopt;
}

bool is_clean(std::string_view bytes) {
    return bytes.find('\0') == std::string_view::npos && is_valid_utf8(bytes);
}

void write_bytes(
    json::Writer& out, std::string_view bytes, std::string_view as_text, std::string_view as_base64
) {
    if (is_clean(bytes))
        out.field(as_text, bytes);
    else
        out.field(as_base64, std::string_view(to_base64(bytes)));
}

Error refused(std::size_t number, std::string_view why) {
    return invalid("header " + std::to_string(number) + " of a stored record: " + std::string(why));
}

Result<std::string> read_bytes(std::size_t number, const json::Member& member, bool base64) {
    const std::optional<std::string_view> text = member.value.as_text();
    if (!text)
        return refused(
            number,
            printable(member.key, 40) + " must be text, not " +
                std::string(name(member.value.kind()))
        );
    if (!base64) return std::string(*text);
    std::optional<std::string> bytes = from_base64(*text);
    if (!bytes)
        return refused(
            number, printable(member.key, 40) + " is not base64 (RFC 4648, with padding)"
        );
    return *std::move(bytes);
}

Result<StoredHeader> read_header(std::size_t number, json::Value object) {
    if (!object.is_object())
        return refused(number, "must be an object, not " + std::string(name(object.kind())));
    StoredHeader header;
    bool named = false;
    for (const json::Member& member : object.members()) {
        const bool is_name = member.key == "name" || member.key == "name_base64";
        const bool is_value = member.key == "text" || member.key == "base64";
        if (!is_name && !is_value)
            return refused(number, "unknown member \"" + printable(member.key, 40) + "\"");
        if (is_name ? named : header.value.has_value())
            return refused(number, "more than one " + std::string(is_name ? "name" : "value"));
        Result<std::string> bytes = read_bytes(number, member, member.key.ends_with("base64"));
        if (!bytes) return bytes.error();
        if (is_name) {
            header.name = std::move(*bytes);
            named = true;
        } else {
            header.value = std::move(*bytes);
        }
    }
    if (!named) return refused(number, "has no name");
    return header;
}

} // namespace

std::string headers_to_json(std::span<const HeaderView> headers) {
    json::Writer out;
    out.begin_array();
    for (const HeaderView& header : headers) {
        out.begin_object();
        write_bytes(out, header.name, "name", "name_base64");
        if (header.value) write_bytes(out, *header.value, "text", "base64");
        out.end_object();
    }
    out.end_array();
    return out.take();
}

Result<std::vector<StoredHeader>> headers_from_json(std::string_view json) {
    json::Parser parser;
    const Result<json::Value> parsed = parser.parse(json, kLimits);
    if (!parsed) return invalid("headers of a stored record: " + parsed.error().message);
    if (!parsed->is_array())
        return invalid(
            "headers of a stored record must be an array, not " + std::string(name(parsed->kind()))
        );
    std::vector<StoredHeader> headers;
    for (const json::Value element : parsed->elements()) {
        Result<StoredHeader> header = read_header(headers.size(), element);
        if (!header) return header.error();
        headers.push_back(std::move(*header));
    }
    return headers;
}

} // namespace calfleet::messaging
