#include "tests/calcom-sim/json_fields.h"

#include "common/core/text.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <limits>

namespace calfleet::calcom_sim {
namespace {

const json::object kNoFields;
const json::array kNoElements;

} // namespace

Fields::Fields(const json::value& object, std::string where)
    : object_(object.is_object() ? &object.get_object() : &kNoFields)
    , where_(std::move(where)) {
    if (!object.is_object())
        error_ =
            invalid(where_ + " is " + printable(json::serialize(object), 40) + ": give an object");
}

const json::value* Fields::value(std::string_view name) {
    asked_.emplace_back(name);
    return object_->if_contains(name);
}

bool Fields::is_null(std::string_view name) {
    const json::value* found = value(name);
    return found != nullptr && found->is_null();
}

bool Fields::has(std::string_view name) {
    const json::value* found = value(name);
    return found != nullptr && !found->is_null();
}

void Fields::complain(std::string_view name, std::string_view should_be) {
    if (error_) return;
    const json::value* found = object_->if_contains(name);
    const std::string shown = found == nullptr ? "missing" : printable(json::serialize(*found), 40);
    error_ = invalid(std::string(where_)
                         .append(".")
                         .append(name)
                         .append(" is ")
                         .append(shown)
                         .append(": give ")
                         .append(should_be));
}

void Fields::need(std::string_view name) {
    if (!has(name)) complain(name, "it");
}

void Fields::get(std::string_view name, std::string& into) {
    if (!has(name)) return;
    const json::value& found = object_->at(name);
    if (!found.is_string()) return complain(name, "a string");
    into = found.get_string().c_str();
}

void Fields::get(std::string_view name, bool& into) {
    if (!has(name)) return;
    const json::value& found = object_->at(name);
    if (!found.is_bool()) return complain(name, "true or false");
    into = found.get_bool();
}

void Fields::get(std::string_view name, double& into) {
    if (!has(name)) return;
    const json::value& found = object_->at(name);
    if (!found.is_number()) return complain(name, "a number");
    into = found.to_number<double>();
}

void Fields::get(std::string_view name, std::int64_t& into) {
    if (!has(name)) return;
    const json::value& found = object_->at(name);
    if (!found.is_int64()) return complain(name, "a whole number");
    into = found.get_int64();
}

void Fields::get(std::string_view name, std::uint64_t& into) {
    std::int64_t number = 0;
    if (!has(name)) return;
    get(name, number);
    if (number < 0) return complain(name, "a whole number from 0");
    into = static_cast<std::uint64_t>(number);
}

void Fields::get(std::string_view name, int& into) {
    std::int64_t number = into;
    get(name, number);
    if (number > std::numeric_limits<int>::max() || number < std::numeric_limits<int>::min())
        return complain(name, "a smaller number");
    into = static_cast<int>(number);
}

void Fields::get(std::string_view name, json::object& into) {
    if (!has(name)) return;
    const json::value& found = object_->at(name);
    if (!found.is_object()) return complain(name, "an object");
    into = found.get_object();
}

void Fields::get(std::string_view name, json::array& into) {
    if (!has(name)) return;
    const json::value& found = object_->at(name);
    if (!found.is_array()) return complain(name, "an array");
    into = found.get_array();
}

void Fields::get(std::string_view name, std::vector<std::string>& into) {
    if (!has(name)) return;
    into.clear();
    for (const json::value& element : list(name)) {
        if (!element.is_string()) return complain(name, "an array of strings");
        into.emplace_back(element.get_string().c_str());
    }
}

void Fields::get_milliseconds(std::string_view name, std::chrono::milliseconds& into) {
    if (!has(name)) return;
    std::int64_t count = 0;
    get(name, count);
    if (count < 0) return complain(name, "milliseconds from 0");
    into = std::chrono::milliseconds(count);
}

std::optional<std::size_t>
Fields::word(std::string_view name, const std::vector<std::string_view>& words) {
    if (!has(name)) return std::nullopt;
    std::string given;
    get(name, given);
    const auto found = std::find(words.begin(), words.end(), given);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    std::string choice = "one of";
    for (const std::string_view word : words)
        choice.append(" ").append(word);
    complain(name, choice);
    return std::nullopt;
}

const json::array& Fields::list(std::string_view name) {
    if (!has(name)) return kNoElements;
    const json::value& found = object_->at(name);
    if (found.is_array()) return found.get_array();
    complain(name, "an array");
    return kNoElements;
}

std::optional<Error> Fields::finish() const {
    if (error_) return error_;
    for (const auto& field : *object_) {
        if (std::find(asked_.begin(), asked_.end(), field.key()) != asked_.end()) continue;
        std::vector<std::string_view> known(asked_.begin(), asked_.end());
        const std::string_view meant = nearest(field.key(), known);
        std::string text = where_ + "." + std::string(field.key()) + " is unknown";
        if (!meant.empty()) text.append(": did you mean ").append(meant).append("?");
        return invalid(std::move(text));
    }
    return std::nullopt;
}

} // namespace calfleet::calcom_sim
