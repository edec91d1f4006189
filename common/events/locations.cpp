#include "common/events/locations.h"

#include "common/events/list_element.h"
#include "common/json/canonical.h"
#include "common/json/parser.h"
#include "common/json/writer.h"

#include <algorithm>
#include <array>

namespace calfleet::events {
namespace {

constexpr std::string_view kList = "locations";
constexpr std::string_view kOrganizersApp = "organizersDefaultApp";

struct LocationKind {
    std::string_view type;
    std::string_view detail; ///< the member that says where; empty: none
    bool has_public{false};  ///< shown before the booking is made, or only to those who booked
};
// Which apps there are, and which are installed, only the server knows: it refuses the others.
constexpr std::array kKinds{
    LocationKind{"address", "address", true},
    LocationKind{"link", "link", true},
    LocationKind{"phone", "phone", true},
    LocationKind{"integration", "integration"},
    LocationKind{"attendeeAddress", ""},
    LocationKind{"attendeePhone", ""},
    LocationKind{"attendeeDefined", ""},
    LocationKind{kOrganizersApp, ""}};

std::string element_form(std::size_t index, json::Value value, std::string& objection) {
    ListElement element(kList, index, value, objection);
    const auto type = element.text("type");
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const LocationKind& one) {
        return type == one.type;
    });
    if (kind == kKinds.end()) {
        element.unfit("type", type ? "is no kind that Cal.com's API can write" : "missing");
        return json::canonical(value);
    }
    json::Writer form;
    form.begin_object().field("type", kind->type);
    if (!kind->detail.empty()) {
        const auto detail = element.text(kind->detail);
        if (!detail) element.unfit(kind->detail, "missing");
        form.field(kind->detail, detail);
    }
    if (kind->has_public) form.field("public", element.truth("public").value_or(false));
    return element.close() ? form.end_object().take() : json::canonical(value);
}

} // namespace

Locations locations_of(json::Value list) {
    Locations locations;
    if (!list.is_array()) {
        locations.json = json::canonical(list);
        locations.objection = "locations: " + std::string(json::name(list.kind())) + ", not a list";
        return locations;
    }
    json::Writer form;
    form.begin_array();
    std::size_t count = 0;
    for (const json::Value element : list.elements())
        form.raw(element_form(count++, element, locations.objection));
    if (count == 0)
        locations.objection = "locations: empty, and Cal.com keeps at least one; name one, or "
                              "leave the column NULL for no opinion";
    locations.json = form.end_array().take();
    return locations;
}

Locations locations_of(std::string_view json) {
    json::Parser parser;
    const auto parsed = parser.parse(json);
    if (parsed) return locations_of(*parsed);
    return {.json = std::string(json), .objection = "locations: " + parsed.error().message};
}

bool needs_team(const Locations& locations) {
    // Within a text the quotes would be escaped.
    return locations.json.find(R"({"type":"organizersDefaultApp"})") != std::string::npos;
}

} // namespace calfleet::events
