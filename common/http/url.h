#pragma once
// Where a server is, and how the target of a request is put together from parts nobody trusts.

#include "common/core/loopback.h"
#include "common/core/result.h"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace calfleet::http {

enum class Scheme { Http, Https };

/// The server's end of a connection: no path, no user, nothing a caller's data could bend.
struct Origin {
    Scheme scheme{Scheme::Https};
    std::string host; ///< lower case; an IPv6 address without its brackets
    std::uint16_t port{443};

    /// "https://api.cal.com", "http://127.0.0.1:8080", "https://[::1]:8443": a port only when it is
    /// not the scheme's own.
    std::string text() const;
    /// The value of the Host field: text() without the scheme.
    std::string authority() const;
    friend bool operator==(const Origin&, const Origin&) = default;
};

/// "https://host[:port]" or "http://host[:port]", one slash at the end allowed. Error Invalid names
/// the part that is wrong: a path, a user, a host with characters of no host name, a port outside 1
/// to 65535.
Result<Origin> parse_origin(std::string_view url);

using calfleet::is_loopback_host;

/// Everything but RFC 3986's unreserved characters as %XX, of any bytes.
std::string percent_encoded(std::string_view bytes);

/// The path and query of a request. Fixed parts are literals of the program; whatever comes from
/// outside goes through segment() or query(), which encode it.
///     Target("/v2/teams").segment(team).fixed("/memberships").query("take", 250).text()
class Target {
public:
    /// Starts with '/'.
    explicit Target(std::string_view path)
        : text_(path) {}

    Target& fixed(std::string_view path);
    /// "." and ".." lose their meaning: their dots are encoded as well.
    Target& segment(std::string_view bytes);
    Target& segment(std::integral auto number) { return fixed_segment(std::to_string(number)); }
    Target& query(std::string_view name, std::string_view value);
    Target& query(std::string_view name, std::integral auto number) {
        return query(name, std::string_view(std::to_string(number)));
    }

    const std::string& text() const { return text_; }

private:
    Target& fixed_segment(const std::string& number);

    std::string text_;
    bool has_query_{false};
};

} // namespace calfleet::http
