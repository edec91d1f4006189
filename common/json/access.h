#pragma once
// The one place where our handles and simdjson's meet; included by common/json/*.cpp only.

#include "common/json/value.h"

#include <simdjson.h>

#include <bit>
#include <type_traits>

namespace calfleet::json {

/// simdjson's element and iterators are two words as well (document, place on its tape); our
/// handles carry their bits.
struct Access {
    using Element = simdjson::dom::element;
    static_assert(std::is_trivially_copyable_v<Element> && sizeof(Element) == sizeof(Value));

    static Element element(Value value) { return std::bit_cast<Element>(value); }
    static Value value(Element element) { return std::bit_cast<Value>(element); }

    template <class Theirs, class Ours>
    static Theirs theirs(Ours iterator) {
        static_assert(std::is_trivially_copyable_v<Theirs> && sizeof(Theirs) == sizeof(Ours));
        return std::bit_cast<Theirs>(iterator);
    }
    template <class Ours, class Theirs>
    static Ours ours(Theirs iterator) {
        static_assert(std::is_trivially_copyable_v<Theirs> && sizeof(Theirs) == sizeof(Ours));
        return std::bit_cast<Ours>(iterator);
    }

    template <class Range, class Container>
    static Range range(const Container& container) {
        Range range;
        range.begin_ = ours<typename Range::Iterator>(container.begin());
        range.end_ = ours<typename Range::Iterator>(container.end());
        return range;
    }
};

} // namespace calfleet::json
