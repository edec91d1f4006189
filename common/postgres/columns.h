#pragma once
// Columns of a batch: lists as arrays, and the way back from a row to its place in the list.

#include "common/postgres/params.h"
#include "common/postgres/rows.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace calfleet::postgres {

/// The list as one array: numbers and texts as they are, identifiers by their number.
template <class List>
Array array_of(const List& list) {
    Array array;
    for (const auto& each : list) {
        if constexpr (requires { each.value; })
            array.add(each.value);
        else
            array.add(each);
    }
    return array;
}

/// The text, or NULL where there is none.
template <class Text>
void add_bytes_or_null(Array& column, const std::optional<Text>& bytes) {
    if (bytes)
        column.add_bytes(*bytes);
    else
        column.add_null();
}

/// The text, or NULL when it is empty.
inline void add_text_or_null(Array& column, std::string_view text) {
    if (text.empty())
        column.add_null();
    else
        column.add(text);
}

/// Place in the list that was given to `unnest(...) with ordinality`, from 0; column: the
/// ordinality.
inline std::size_t ordinal(const Row& row, int column) {
    return static_cast<std::size_t>(row.int64(column) - 1);
}

} // namespace calfleet::postgres
