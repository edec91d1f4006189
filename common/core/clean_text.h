#pragma once
// How texts that people wrote look before they are kept, compared or sent: one rule for the whole
// fleet, so that what one worker writes no other refuses.

#include <cstddef>
#include <string>
#include <string_view>

namespace calfleet {

/// A name, a title, an address: one line. Tabs and line breaks (CR, LF, VT, FF, U+0085, U+2028,
/// U+2029) become one blank together with the blanks around them; other control characters (NUL
/// among them) vanish; no blanks at either end. Valid UTF-8 stays valid, and never gets longer.
std::string clean_line(std::string_view text);

/// A description: several lines. CR LF, CR, U+0085, U+2028 and U+2029 become LF; LF and tabs stay;
/// other control characters vanish; no blanks or empty lines at either end.
std::string clean_lines(std::string_view text);

/// Whether clean_line() would return the text as it is. Fast for texts that are: most of them.
bool is_clean_line(std::string_view text);

/// How many bytes from the start are surely printable ASCII: eight at a time, so a few less than
/// there are.
std::size_t printable_prefix(std::string_view text);

} // namespace calfleet
