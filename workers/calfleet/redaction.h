#pragma once
// Keeps keys that somebody typed where none belongs from being repeated on a terminal or in a log.

#include <string>
#include <string_view>

namespace calfleet::cli {

/// An API key of Cal.com (cal_ and at least eight characters more), at least 32 hexadecimal digits
/// (a key file's content, a key without its prefix), or a URL with a password in it.
bool looks_like_key(std::string_view word);

struct Redacted {
    std::string text;
    bool had_key{false};
};
/// Puts *** in the place of every word that looks like a key. Words end at blanks and at the marks
/// that an error puts around a value; a URL is one word.
Redacted without_keys(std::string_view text);

} // namespace calfleet::cli
