#include "common/http/url.h"

#include "common/core/redaction.h"
#include "common/core/text.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace calfleet::http {
namespace {

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::string_view kDigits = "0123456789ABCDEF";

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_unreserved(char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
}

Error wrong(std::string_view url, std::string_view what) {
    return invalid(
        "'" + printable(without_keys(url).text) + "' is no server's address: " + std::string(what) +
        "; expected https://host or https://host:port"
    );
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= kMaxHostBytes && host.front() != '.' &&
           host.front() != '-' && host.find("..") == std::string_view::npos &&
           std::ranges::all_of(host, [](char c) {
               return is_letter_or_digit(c) || c == '-' || c == '.';
           });
}

bool is_ipv6_text(std::string_view host) {
    return host.size() >= 2 && host.size() <= 45 && std::ranges::all_of(host, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
                      c == ':' || c == '.';
           });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535)
        return std::nullopt;
    return static_cast<std::uint16_t>(port);
}

std::uint16_t usual_port(Scheme scheme) {
    return scheme == Scheme::Https ? 443 : 80;
}

} // namespace

std::string Origin::authority() const {
    std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != usual_port(scheme)) out += ":" + std::to_string(port);
    return out;
}

std::string Origin::text() const {
    return (scheme == Scheme::Https ? "https://" : "http://") + authority();
}

Result<Origin> parse_origin(std::string_view url) {
    Origin origin;
    std::string_view rest = url;
    if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
        origin.scheme = Scheme::Http;
    } else {
        return wrong(url, "it does not begin with https:// or http://");
    }
    origin.port = usual_port(origin.scheme);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.find('@') != std::string_view::npos) return wrong(url, "it names a user");
    if (rest.find_first_of("/?#") != std::string_view::npos) return wrong(url, "it has a path");

    std::string_view port;
    bool has_port = false;
    if (rest.starts_with('[')) {
        const auto end = rest.find(']');
        if (end == std::string_view::npos || !is_ipv6_text(rest.substr(1, end - 1)))
            return wrong(url, "the IPv6 address in brackets is none");
        origin.host = ascii_lower(rest.substr(1, end - 1));
        rest.remove_prefix(end + 1);
        has_port = rest.starts_with(':');
        if (!rest.empty() && !has_port) return wrong(url, "something follows the bracket");
        if (has_port) port = rest.substr(1);
    } else {
        const auto colon = rest.find(':');
        has_port = colon != std::string_view::npos;
        if (has_port) port = rest.substr(colon + 1);
        const std::string_view host = rest.substr(0, colon);
        if (!is_host_name(host)) return wrong(url, "the host is no name");
        origin.host = ascii_lower(host);
    }
    if (has_port) {
        const auto number = parse_port(port);
        if (!number) return wrong(url, "the port is not a number from 1 to 65535");
        origin.port = *number;
    }
    return origin;
}

std::string percent_encoded(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (const char c : bytes) {
        if (is_unreserved(c))
            out += c;
        else
            append_encoded(out, c);
    }
    return out;
}

Target& Target::fixed(std::string_view path) {
    text_ += path;
    return *this;
}

Target& Target::segment(std::string_view bytes) {
    text_ += '/';
    if (bytes != "." && bytes != "..") {
        text_ += percent_encoded(bytes);
        return *this;
    }
    for (const char c : bytes)
        append_encoded(text_, c);
    return *this;
}

Target& Target::fixed_segment(const std::string& number) {
    text_ += '/';
    text_ += number;
    return *this;
}

Target& Target::query(std::string_view name, std::string_view value) {
    text_ += has_query_ ? '&' : '?';
    has_query_ = true;
    text_ += percent_encoded(name);
    text_ += '=';
    text_ += percent_encoded(value);
    return *this;
}

} // namespace calfleet::http
