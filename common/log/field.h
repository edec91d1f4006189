#pragma once
// One name and value of a log line.

#include "common/core/ids.h"

#include <concepts>
#include <cstdint>
#include <string_view>
#include <variant>

namespace calfleet::log {

/// {"topic", topic}, {"attempt", 3}, {"duration_ms", 12.5}, {"coalesced", true}, {"job", job.id}.
/// A view: lives as long as the call. Names are literals, snake_case, units last; values are never
/// payloads, secrets or personal data. Text that is not UTF-8 is made safe.
class Field {
public:
    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

    template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
    Field(std::string_view name, const Text& text)
        : name_(name)
        , value_(std::string_view(text)) {}
    template <std::same_as<bool> Bool>
    Field(std::string_view name, Bool truth)
        : name_(name)
        , value_(truth) {}
    template <std::signed_integral Number>
    Field(std::string_view name, Number number)
        : name_(name)
        , value_(static_cast<std::int64_t>(number)) {}
    template <std::unsigned_integral Number>
    requires(!std::same_as<Number, bool>) Field(std::string_view name, Number number)
        : name_(name)
        , value_(static_cast<std::uint64_t>(number)) {}
    template <std::floating_point Number>
    Field(std::string_view name, Number number)
        : name_(name)
        , value_(static_cast<double>(number)) {}
    template <class Tag>
    Field(std::string_view name, NumericId<Tag> id)
        : name_(name)
        , value_(id.value) {}

    std::string_view name() const { return name_; }
    const Value& value() const { return value_; }

private:
    std::string_view name_;
    Value value_;
};

} // namespace calfleet::log
