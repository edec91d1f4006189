#pragma once
// Where and why a text is no JSON: the slow second look that makes an error message useful.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

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

} // namespace calfleet::json
