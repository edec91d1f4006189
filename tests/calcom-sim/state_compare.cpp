#include "tests/calcom-sim/state_compare.h"

#include <boost/json/serialize.hpp>

#include <map>
#include <set>

namespace calfleet::calcom_sim {
namespace {

namespace json = boost::json;

bool is_bookkeeping(std::string_view name) {
    return name == "touched" || name == "lastIds";
}

// What a row is called: a key's name, a booking's uid, else the id.
std::string name_of(const json::value& row) {
    const json::object* const fields = row.if_object();
    if (fields == nullptr) return json::serialize(row);
    const bool is_key = fields->contains("value") && fields->contains("limits");
    const json::value* name = fields->if_contains(is_key ? "name" : "uid");
    if (name == nullptr) name = fields->if_contains("id");
    if (name == nullptr) return json::serialize(row);
    return name->is_string() ? std::string(name->get_string()) : json::serialize(*name);
}

class Comparison {
public:
    std::vector<std::string> found{};

    // Properties of one object, and everything below them.
    void objects(const std::string& at, const json::object& before, const json::object& after) {
        for (const auto& [name, value] : before) {
            if (is_bookkeeping(name)) continue;
            const std::string place = at.empty() ? std::string(name) : at + "." + std::string(name);
            if (const json::value* other = after.if_contains(name))
                at.empty() ? tables(place, value, *other) : values(place, value, *other);
            else
                found.push_back(place + ": gone, it was " + json::serialize(value));
        }
        for (const auto& [name, value] : after)
            if (!before.contains(name) && !is_bookkeeping(name))
                found.push_back(
                    (at.empty() ? "" : at + ".") + std::string(name) + ": new, " +
                    json::serialize(value)
                );
    }

private:
    void values(const std::string& at, const json::value& before, const json::value& after) {
        if (before.is_object() && after.is_object())
            return objects(at, before.get_object(), after.get_object());
        if (before != after)
            found.push_back(
                at + ": " + json::serialize(before) + " became " + json::serialize(after)
            );
    }

    void tables(const std::string& at, const json::value& before, const json::value& after) {
        if (!before.is_array() || !after.is_array()) return values(at, before, after);
        std::map<std::string, const json::value*> rows;
        for (const json::value& row : after.get_array())
            rows[name_of(row)] = &row;
        std::set<std::string> known;
        for (const json::value& row : before.get_array()) {
            const std::string name = name_of(row);
            known.insert(name);
            const auto other = rows.find(name);
            if (other == rows.end())
                found.push_back(at + "[" + name + "]: gone");
            else
                values(at + "[" + name + "]", row, *other->second);
        }
        for (const json::value& row : after.get_array())
            if (!known.contains(name_of(row))) found.push_back(at + "[" + name_of(row) + "]: new");
    }
};

} // namespace

std::vector<std::string> state_changes(const json::object& before, const json::object& after) {
    Comparison comparison;
    comparison.objects("", before, after);
    return std::move(comparison.found);
}

} // namespace calfleet::calcom_sim
