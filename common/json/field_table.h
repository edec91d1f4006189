#pragma once
// Names to small numbers at compile time: one pass over an object instead of one search per field.

#include "common/json/value.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace calfleet::json {

/// The members of one object that a FieldTable knows, by their position in the table.
template <std::size_t Count>
using Fields = std::array<std::optional<Value>, Count>;

namespace detail {

inline constexpr std::size_t kSlots =
    256; // at most a quarter full: an empty slot ends every search

/// A FieldTable without its size.
struct FieldLookup {
    const std::string_view* names;
    const std::uint8_t* slots;
    std::size_t count;

    static constexpr std::size_t slot_of(std::string_view key) {
        const auto byte = [&](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(key[i]));
        };
        return (key.size() * 31 + byte(0) * 7 + byte(key.size() - 1) * 131 + byte(key.size() / 2)) %
               kSlots;
    }

    constexpr std::size_t index_of(std::string_view key) const {
        if (key.empty()) return count;
        for (std::size_t slot = slot_of(key);; slot = (slot + 1) % kSlots) {
            const std::size_t index = slots[slot];
            if (index == count || names[index] == key) return index;
        }
    }
};

/// The whole loop on the library's side of the fence: a call per member would cost more than the
/// work.
std::optional<std::string_view>
collect(Value object, const FieldLookup& table, std::optional<Value>* fields);

} // namespace detail

/// At most 64 names, all different, none empty. index_of() costs a multiplication and usually one
/// comparison.
///     constexpr FieldTable<2> kFields{{"uid", "status"}};
///     for (const auto [key, value] : object.members()) switch (kFields.index_of(key)) { case 0:
///     ... }
template <std::size_t Count>
class FieldTable {
    static_assert(Count > 0 && Count <= 64);

public:
    static constexpr std::size_t kUnknown = Count;

    consteval explicit FieldTable(const std::array<std::string_view, Count>& names)
        : names_(names) {
        slots_.fill(static_cast<std::uint8_t>(kUnknown));
        for (std::size_t i = 0; i < Count; ++i) {
            std::size_t slot = detail::FieldLookup::slot_of(names[i]);
            while (slots_[slot] != kUnknown)
                slot = (slot + 1) % detail::kSlots;
            slots_[slot] = static_cast<std::uint8_t>(i);
        }
    }

    /// Position of the key in the list of names, kUnknown for any other key.
    constexpr std::size_t index_of(std::string_view key) const { return lookup().index_of(key); }

    constexpr std::string_view name_of(std::size_t index) const { return names_[index]; }

    /// One pass over the members of the object (none when it is no object); unknown ones are passed
    /// over. The answer is the known key that occurs twice, if one does; the first of its values is
    /// kept then.
    std::optional<std::string_view> collect(Value object, Fields<Count>& fields) const {
        return detail::collect(object, lookup(), fields.data());
    }

private:
    constexpr detail::FieldLookup lookup() const { return {names_.data(), slots_.data(), Count}; }

    std::array<std::string_view, Count> names_;
    std::array<std::uint8_t, detail::kSlots> slots_{};
};

template <std::size_t Count>
FieldTable(const std::array<std::string_view, Count>&) -> FieldTable<Count>;

/// The fields of one object that were met; tells the second meeting of a name.
class SeenFields {
public:
    /// False when the index was added before.
    bool add(std::size_t index) {
        const std::uint64_t bit = std::uint64_t{1} << index;
        const bool first = (seen_ & bit) == 0;
        seen_ |= bit;
        return first;
    }

private:
    std::uint64_t seen_{0};
};

} // namespace calfleet::json
