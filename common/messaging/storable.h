#pragma once
// What of a record the tables can hold: no metadata of a record may keep it from being put aside.

#include "common/core/record_view.h"
#include "common/postgres/params.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::messaging {

/// Headers kept of a record at most. What intake accepts fits; of anything else the headers of the
/// event's identity come first.
inline constexpr std::size_t kStoredHeaders = 72;
inline constexpr std::size_t kStoredHeaderBytes = 40 * 1024;

/// A record as it is stored, and in words what had to be left out (empty: nothing).
struct Storable {
    RecordView record;
    std::vector<HeaderView> headers; ///< record.headers views these
    std::string left_out;
};

/// Views into the given record, which must outlive the result. headers: those to keep if possible.
/// Left out are a timestamp outside the years 1 to 9999 and headers past the bounds above.
Storable storable(const RecordView& record, std::span<const HeaderView> headers);

/// NULL for an empty text; what PostgreSQL refuses in a text (NUL, invalid UTF-8) becomes U+FFFD.
void add_storable_text(postgres::Array& column, std::string_view text);

} // namespace calfleet::messaging
