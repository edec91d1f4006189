#pragma once
// Names to small numbers at compile time: one pass over an object instead of one search per field.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace calfleet::json {

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
            std::size_t slot = slot_of(names[i]);
            while (slots_[slot] != kUnknown)
                slot = (slot + 1) % kSlots;
            slots_[slot] = static_cast<std::uint8_t>(i);
        }
    }

    /// Position of the key in the list of names, kUnknown for any other key.
    constexpr std::size_t index_of(std::string_view key) const {
        if (key.empty()) return kUnknown;
        for (std::size_t slot = slot_of(key);; slot = (slot + 1) % kSlots) {
            const std::size_t index = slots_[slot];
            if (index == kUnknown || names_[index] == key) return index;
        }
    }

    constexpr std::string_view name_of(std::size_t index) const { return names_[index]; }

private:
    static constexpr std::size_t kSlots =
        256; // at most a quarter full: an empty slot ends every search

    static constexpr std::size_t slot_of(std::string_view key) {
        const auto byte = [&](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(key[i]));
        };
        return (key.size() * 31 + byte(0) * 7 + byte(key.size() - 1) * 131 + byte(key.size() / 2)) %
               kSlots;
    }

    std::array<std::string_view, Count> names_;
    std::array<std::uint8_t, kSlots> slots_{};
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
