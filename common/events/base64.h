#pragma once
// RFC 4648 §4 base64, for CloudEvents' data_base64.

#include <string>
#include <string_view>

namespace calfleet::events {

/// Decodes into out (replaced); padding is required, blanks and line breaks are not accepted. False
/// for anything else.
bool decode_base64(std::string_view text, std::string& out);

} // namespace calfleet::events
