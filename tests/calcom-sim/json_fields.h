#pragma once
// Reads JSON objects that people wrote - seeds, faults, settings - and says which field is wrong.

#include "common/core/result.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::calcom_sim {

namespace json = boost::json;

/// Takes fields out of one object by name and type. The first thing that is wrong is kept: a type,
/// a range, or, at finish(), a field that nobody asked for. A field that is missing leaves its
/// target as it was. null counts as missing, except for opt().
class Fields {
public:
    /// `where` is how errors name the object: "users[2]".
    Fields(const json::value& object, std::string where);

    bool has(std::string_view name);
    void get(std::string_view name, std::string& into);
    void get(std::string_view name, bool& into);
    void get(std::string_view name, double& into);
    void get(std::string_view name, int& into);
    void get(std::string_view name, std::int64_t& into);
    void get(std::string_view name, std::uint64_t& into);
    void get(std::string_view name, json::object& into);
    void get(std::string_view name, json::array& into);
    void get(std::string_view name, std::vector<std::string>& into);
    void get_milliseconds(std::string_view name, std::chrono::milliseconds& into);
    /// null empties the target.
    template <class T>
    void opt(std::string_view name, std::optional<T>& into) {
        if (is_null(name)) {
            into.reset();
            return;
        }
        if (!has(name)) return;
        T value{};
        get(name, value);
        into = value;
    }
    /// The field must be there.
    void need(std::string_view name);
    /// One of these words; its place among them. Missing: nothing.
    std::optional<std::size_t>
    word(std::string_view name, const std::vector<std::string_view>& words);
    /// The array of this name, or an empty one.
    const json::array& list(std::string_view name);

    void complain(std::string_view name, std::string_view should_be);
    /// The first complaint, or that a field is unknown, or nothing.
    std::optional<Error> finish() const;
    const std::string& where() const { return where_; }

private:
    bool is_null(std::string_view name);
    const json::value* value(std::string_view name);

    const json::object* object_{};
    std::string where_;
    std::vector<std::string> asked_{};
    std::optional<Error> error_{};
};

} // namespace calfleet::calcom_sim
