#pragma once
// Keeps keys and passwords that somebody put where none belongs out of terminals, errors and logs.

#include <string>
#include <string_view>

namespace calfleet {

/// An API key of Cal.com (cal_ and at least eight characters more), at least 32 hexadecimal digits
/// (a key file's content, a key without its prefix), 40 characters or more of Base64 that mix cases
/// and digits, or a URL (or user:password@host:port) with a password in it, also one that is
/// written wrongly.
bool looks_like_key(std::string_view word);

struct Redacted {
    std::string text;
    bool had_key{false};
};
/// Puts *** in the place of every word that looks like a key, and of what follows password=,
/// secret= or token=. Words end at blanks and at the marks that an error puts around a value; a URL
/// is one word, or several when its password has blanks. Redact before a text is shortened: half a
/// URL does not look like one.
Redacted without_keys(std::string_view text);

/// For a log: '#' and eight hexadecimal digits of its SHA-256 in the place of what stands in
/// quotes, from the first to the last, and of every word with an @. A booking's uid cancels the
/// booking, and an address is somebody's; equal values stay recognisable. The whole reason is in
/// the row.
std::string without_values(std::string_view text);

/// The name of a file, for an error; *** for what may be the file's content instead:
/// whatever looks like a key, or begins neither with / nor with ./ or ../.
std::string shown_file_name(std::string_view path);

} // namespace calfleet
