#pragma once
// Where and why a text is no JSON: the slow second look that makes an error message useful.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::json {

struct Mistake {
    std::size_t offset; ///< in bytes, of the first byte that cannot stand where it stands; the size
                        ///< when the text just ends
    std::string what;
};

/// The first mistake by RFC 8259, invalid UTF-8 and numbers that fit neither 64 bits nor a finite
/// double included; nothing when the text is right. Linear time, depth limited only by memory on
/// the heap. For error paths.
std::optional<Mistake> find_mistake(std::string_view text);

/// Bytes that are better read as something else than refused.
struct Mend {
    std::size_t offset;
    std::size_t size;
    std::string instead;
};

/// The same, but passes over what mended() below can replace, and says where it stands:
/// - half a character becomes U+FFFD: one half of a surrogate pair, as an escape or as three bytes,
///   and the first two or three bytes of a longer character. Other bytes that are no UTF-8 are
///   mistakes: the whole document is in another encoding then;
/// - a control character that stands in a text as it is becomes its escape;
/// - a number that fits neither 64 bits nor a finite double becomes one that is no integer.
std::optional<Mistake> find_mistake(std::string_view text, std::vector<Mend>& mends);

/// The text with its mends, which are in the order of their offsets.
std::string mended(std::string_view text, const std::vector<Mend>& mends);

} // namespace calfleet::json
