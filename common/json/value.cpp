#include "common/json/value.h"

#include "common/json/access.h"
#include "common/json/field_table.h"
#include "common/json/writer.h"

namespace calfleet::json {
namespace {

using simdjson::dom::element_type;
using TheirMember = simdjson::dom::object::iterator;
using TheirElement = simdjson::dom::array::iterator;

} // namespace

std::string_view name(Kind kind) {
    switch (kind) {
    case Kind::Null:
        return "null";
    case Kind::Boolean:
        return "a boolean";
    case Kind::Integer:
        return "an integer";
    case Kind::Double:
        return "a number";
    case Kind::Text:
        return "text";
    case Kind::Array:
        return "an array";
    case Kind::Object:
        return "an object";
    }
    return "unknown";
}

bool Value::is_null() const {
    return Access::element(*this).type() == element_type::NULL_VALUE;
}

bool Value::is_object() const {
    return Access::element(*this).type() == element_type::OBJECT;
}

bool Value::is_array() const {
    return Access::element(*this).type() == element_type::ARRAY;
}

Kind Value::kind() const {
    switch (Access::element(*this).type()) {
    case element_type::ARRAY:
        return Kind::Array;
    case element_type::OBJECT:
        return Kind::Object;
    case element_type::INT64:
    case element_type::UINT64:
        return Kind::Integer;
    case element_type::DOUBLE:
        return Kind::Double;
    case element_type::STRING:
        return Kind::Text;
    case element_type::BOOL:
        return Kind::Boolean;
    default:
        return Kind::Null;
    }
}

std::optional<std::string_view> Value::as_text() const {
    std::string_view text;
    if (Access::element(*this).get(text) != simdjson::SUCCESS) return std::nullopt;
    return text;
}

std::optional<std::int64_t> Value::as_int64() const {
    std::int64_t number{};
    if (Access::element(*this).get(number) != simdjson::SUCCESS) return std::nullopt;
    return number;
}

std::optional<double> Value::as_double() const {
    double number{};
    if (Access::element(*this).get(number) != simdjson::SUCCESS) return std::nullopt;
    return number;
}

std::optional<bool> Value::as_bool() const {
    bool truth{};
    if (Access::element(*this).get(truth) != simdjson::SUCCESS) return std::nullopt;
    return truth;
}

std::optional<Value> Value::find(std::string_view key) const {
    for (const auto [name, value] : members())
        if (name == key) return value;
    return std::nullopt;
}

namespace detail {

std::optional<std::string_view>
collect(Value object, const FieldLookup& table, std::optional<Value>* fields) {
    simdjson::dom::object members;
    if (Access::element(object).get(members) != simdjson::SUCCESS) return std::nullopt;
    std::optional<std::string_view> repeated;
    for (const auto& [key, value] : members) {
        const std::size_t index = table.index_of(key);
        if (index == table.count) continue;
        if (!fields[index])
            fields[index] = Access::value(value);
        else if (!repeated)
            repeated = key;
    }
    return repeated;
}

} // namespace detail

Value::Members Value::members() const {
    simdjson::dom::object object;
    if (Access::element(*this).get(object) != simdjson::SUCCESS) return {};
    return Access::range<Members>(object);
}

Value::Elements Value::elements() const {
    simdjson::dom::array array;
    if (Access::element(*this).get(array) != simdjson::SUCCESS) return {};
    return Access::range<Elements>(array);
}

Member Value::Members::Iterator::operator*() const {
    const auto at = Access::theirs<TheirMember>(*this);
    return {at.key(), Access::value(at.value())};
}

Value::Members::Iterator& Value::Members::Iterator::operator++() {
    auto at = Access::theirs<TheirMember>(*this);
    *this = Access::ours<Iterator>(++at);
    return *this;
}

Value Value::Elements::Iterator::operator*() const {
    return Access::value(*Access::theirs<TheirElement>(*this));
}

Value::Elements::Iterator& Value::Elements::Iterator::operator++() {
    auto at = Access::theirs<TheirElement>(*this);
    *this = Access::ours<Iterator>(++at);
    return *this;
}

Writer& Writer::value(Value parsed) {
    switch (parsed.kind()) {
    case Kind::Null:
        return null();
    case Kind::Boolean:
        return value(*parsed.as_bool());
    case Kind::Text:
        return value(*parsed.as_text());
    case Kind::Double:
        return value(*parsed.as_double());
    case Kind::Integer:
        if (const auto number = parsed.as_int64()) return value(*number);
        return value(std::uint64_t{Access::element(parsed)});
    case Kind::Array:
        begin_array();
        for (const Value element : parsed.elements())
            value(element);
        return end_array();
    case Kind::Object:
        begin_object();
        for (const auto [name, content] : parsed.members())
            key(name).value(content);
        return end_object();
    }
    return *this;
}

} // namespace calfleet::json
