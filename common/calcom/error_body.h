#pragma once
// The server's error bodies, of which there are five shapes, and what of them may be written down.

#include "common/json/value.h"

#include <optional>
#include <string>
#include <string_view>

namespace calfleet::calcom {

struct ErrorBody {
    std::string code;    ///< the name of an exception class; empty in the shapes without one
    std::string message; ///< as the server wrote it: to compare with, not to store
    std::string text;    ///< message and wrong fields, for people; see presentable()
};

/// Nothing when the object is no error of this API: neither {"error":{...}} nor {"message":"..."}.
std::optional<ErrorBody> read_error_body(json::Value root);

/// One short printable line without mail addresses, keys or numbers that could be a phone's.
std::string presentable(std::string_view message);

/// What to say of an answer that is not JSON: a web page is recognised and not quoted.
std::string unreadable_text(std::string_view body, std::string_view parse_error);

} // namespace calfleet::calcom
