#pragma once
// Where an event takes place, as Cal.com's event types say it.

#include "common/json/value.h"

#include <string>
#include <string_view>

namespace calfleet::events {

/// A list of locations in the form in which it is written, which makes two lists comparable: the
/// form that is read has more (the link and the credential of a connected app), which Cal.com adds
/// by itself and does not take. Of two lists with equal `json` neither need be sent for the other.
struct Locations {
    /// [{"type":"address","address":"Elm St 1","public":true}], in the order given: the first one
    /// is what a booking gets when nobody chooses. "public" is false where it is left out. A
    /// location that cannot be written stands there as it is, so that it differs from any other.
    std::string json{"[]"};
    /// Why the list cannot be written, with the member and its value, for a person: "locations[1]
    /// .type: 'unknown' ..."; empty: it can. Does not quote addresses, links and numbers.
    std::string objection{};

    friend bool operator==(const Locations& a, const Locations& b) { return a.json == b.json; }
};

/// Reads either form. Never fails: what is no list of locations has an objection.
Locations locations_of(json::Value list);
/// The same of JSON text.
Locations locations_of(std::string_view json);

/// "The organizer's default app" exists for the event types of teams only.
bool needs_team(const Locations& locations);

} // namespace calfleet::events
