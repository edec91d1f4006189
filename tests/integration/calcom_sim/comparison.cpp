#include "tests/integration/calcom_sim/comparison.h"

#include "common/core/text.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace calfleet::calcom_sim {
namespace {

namespace json = boost::json;

// Times and random values: only their kind is compared, and strings become aliases.
constexpr std::array<std::string_view, 13> kMadeUp{
    "iCalUID",
    "oneTimePassword",
    "attendeeSeatId",
    "timestamp",
    "createdAt",
    "updatedAt",
    "uid",
    "icsUid",
    "seatUid",
    "recurringBookingUid",
    "reservationUid",
    "reservationUntil",
    "secret"};
constexpr std::size_t kShortestAlias = 16;

bool is_made_up(std::string_view name) {
    return std::find(kMadeUp.begin(), kMadeUp.end(), name) != kMadeUp.end();
}

// Ids are numbers, which count up, or UUIDs, which are random.
bool is_uuid(std::string_view name, const json::value& value) {
    return name == "id" && value.is_string() && value.get_string().size() == 36;
}

std::string shown(const json::value& value) {
    return printable(json::serialize(value), 160);
}

class Walk {
public:
    explicit Walk(Aliases& aliases)
        : aliases_(aliases) {}

    void compare(const json::value& recorded, const json::value& simulated, const std::string& at) {
        if (recorded.is_object() && simulated.is_object())
            return objects(recorded.get_object(), simulated.get_object(), at);
        if (recorded.is_array() && simulated.is_array())
            return arrays(recorded.get_array(), simulated.get_array(), at);
        if (recorded.is_string() && simulated.is_string()) {
            if (aliases_.translated(recorded.get_string().c_str()) !=
                simulated.get_string().c_str())
                differ(at, recorded, simulated);
            return;
        }
        if (recorded != simulated) differ(at, recorded, simulated);
    }

    std::vector<std::string> found{};

private:
    void differ(const std::string& at, const json::value& recorded, const json::value& simulated) {
        found.push_back(at + ": recorded " + shown(recorded) + ", simulated " + shown(simulated));
    }

    void
    objects(const json::object& recorded, const json::object& simulated, const std::string& at) {
        for (const auto& field : recorded) {
            const std::string place = at + "." + std::string(field.key());
            const json::value* other = simulated.if_contains(field.key());
            if (other == nullptr)
                found.push_back(place + ": recorded " + shown(field.value()) + ", simulated none");
            else if (is_made_up(field.key()) || is_uuid(field.key(), field.value()))
                made_up(field.value(), *other, place);
            else
                compare(field.value(), *other, place);
        }
        for (const auto& field : simulated)
            if (!recorded.contains(field.key()))
                found.push_back(
                    at + "." + std::string(field.key()) + ": recorded none, simulated " +
                    shown(field.value())
                );
    }

    void made_up(const json::value& recorded, const json::value& simulated, const std::string& at) {
        if (recorded.kind() != simulated.kind()) return differ(at, recorded, simulated);
        if (recorded.is_string())
            aliases_.learn(recorded.get_string().c_str(), simulated.get_string().c_str());
    }

    void arrays(json::array recorded, json::array simulated, const std::string& at) {
        if (recorded.size() != simulated.size())
            return found.push_back(
                at + ": recorded " + std::to_string(recorded.size()) + " elements, simulated " +
                std::to_string(simulated.size())
            );
        sort_by_id(recorded);
        sort_by_id(simulated);
        for (std::size_t index = 0; index < recorded.size(); ++index)
            compare(recorded[index], simulated[index], at + "[" + std::to_string(index) + "]");
    }

    // Ids that are made up afresh order nothing: webhooks are told apart by where they go.
    static std::string place_of(const json::value& element) {
        const json::value* url =
            element.is_object() ? element.get_object().if_contains("subscriberUrl") : nullptr;
        return url != nullptr && url->is_string() ? std::string(url->get_string()) : std::string{};
    }

    static void sort_by_id(json::array& elements) {
        const auto id_of = [](const json::value& element) {
            const json::value* id =
                element.is_object() ? element.get_object().if_contains("id") : nullptr;
            return id != nullptr && id->is_int64() ? id->get_int64() : 0;
        };
        std::stable_sort(
            elements.begin(),
            elements.end(),
            [&](const json::value& left, const json::value& right) {
                if (id_of(left) != id_of(right)) return id_of(left) < id_of(right);
                return place_of(left) < place_of(right);
            }
        );
    }

    Aliases& aliases_;
};

bool is_limit_value(const std::string& name) {
    return name.starts_with("x-ratelimit-limit-");
}

bool matters(const std::string& name) {
    return name.starts_with("x-ratelimit-") || name == "retry-after" || name == "x-request-id" ||
           name == "content-type" || name == "etag";
}

void compare_headers(
    const std::map<std::string, std::string>& recorded,
    const std::map<std::string, std::string>& simulated,
    Aliases& aliases,
    std::vector<std::string>& found
) {
    for (const auto& [name, value] : recorded) {
        if (!matters(name)) continue;
        // What the server writes when a request has no id yet.
        if (name == "x-request-id" && value == "unknown-request-id") continue;
        const auto other = simulated.find(name);
        if (other == simulated.end())
            found.push_back("header " + name + " is missing: recorded " + value);
        else if (name == "etag")
            aliases.learn(value, other->second); // a later request may ask whether it changed
        else if ((name == "content-type" || is_limit_value(name)) && other->second != value)
            found.push_back(
                "header " + name + ": recorded " + value + ", simulated " + other->second
            );
    }
    for (const auto& [name, value] : simulated)
        if (matters(name) && !recorded.contains(name))
            found.push_back("header " + name + " is too much: " + value);
}

} // namespace

void Aliases::learn(const std::string& recorded, const std::string& simulated) {
    if (recorded.size() >= kShortestAlias && recorded != simulated)
        simulated_[recorded] = simulated;
}

std::string Aliases::translated(std::string text) const {
    for (const auto& [recorded, simulated] : simulated_)
        for (auto at = text.find(recorded); at != std::string::npos;
             at = text.find(recorded, at + simulated.size()))
            text.replace(at, recorded.size(), simulated);
    return text;
}

std::vector<std::string>
differences(const RecordedAnswer& recorded, const SimulatedAnswer& simulated, Aliases& aliases) {
    Walk walk(aliases);
    if (recorded.status != simulated.status)
        walk.found.push_back(
            "status: recorded " + std::to_string(recorded.status) + ", simulated " +
            std::to_string(simulated.status)
        );
    compare_headers(recorded.headers, simulated.headers, aliases, walk.found);
    walk.compare(recorded.body, simulated.body, "body");
    return walk.found;
}

} // namespace calfleet::calcom_sim
