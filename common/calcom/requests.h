#pragma once
// Every request this fleet sends to Cal.com, as a value: path, version header, body. Nothing else
// builds one.

#include "common/calcom/event_type_patch.h"
#include "common/calcom/ids.h"
#include "common/core/secret.h"
#include "common/core/time.h"
#include "common/http/call.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace calfleet::calcom {

/// The API key, "cal_live_...".
using ApiKey = Secret<std::string>;

/// Which part of the API a request belongs to; each has one version that it must be asked with. A
/// missing or wrong one is not refused but misunderstood: an event type patched without it loses
/// its booking fields.
enum class Resource {
    Account,
    Teams,
    EventTypes,
    TeamEventTypes,
    RawEventTypes, ///< to be read only: a change by that version destroys
    Slots,
    Bookings
};
/// The value of the field cal-api-version.
std::string_view api_version(Resource resource);

http::Call me_request(const ApiKey& key);
http::Call teams_request(const ApiKey& key);
http::Call memberships_request(
    const ApiKey& key, TeamId team, std::size_t skip, std::size_t take = 250 /* the most */
);
/// The key owner's own, hidden ones and managed children included.
http::Call own_event_types_request(const ApiKey& key);
http::Call event_type_request(const ApiKey& key, EventTypeId id);
http::Call team_event_types_request(const ApiKey& key, TeamId team);
http::Call team_event_type_request(const ApiKey& key, TeamId team, EventTypeId id);

/// One person's event type of that slug: how the child of a managed parent is found.
struct UserSlug {
    std::string username;
    std::string event_slug;
    std::string organization_slug; ///< empty: outside any organization
};
http::Call user_event_type_request(const ApiKey& key, const UserSlug& slug);
/// The slots of that event type tomorrow: answered of hidden ones too, and 404 when there is none.
http::Call user_slots_request(const ApiKey& key, const UserSlug& slug, Date day);
/// As the old version shows it, with all that its questions have.
http::Call raw_event_type_request(const ApiKey& key, EventTypeId id);

/// The patches are checked ones. Beware of a managed parent: even a patch without a field resets
/// every child to the parent's values.
http::Call patch_event_type_request(const ApiKey& key, EventTypeId id, const EventTypePatch& patch);
http::Call patch_team_event_type_request(
    const ApiKey& key, TeamId team, EventTypeId id, const EventTypePatch& patch
);

} // namespace calfleet::calcom
