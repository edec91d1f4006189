#include "common/calcom/requests.h"

#include "common/http/url.h"

#include <utility>

namespace calfleet::calcom {
namespace {

using http::Target;

http::Call request(const ApiKey& key, Resource resource, const Target& target) {
    http::Call call;
    call.target = target.text();
    call.headers = {
        {"Accept", "application/json"}, {"cal-api-version", std::string(api_version(resource))}};
    call.reuse = http::Reuse::PooledTwice;
    call.authorization = Secret<std::string>("Bearer " + key.reveal_for_use());
    return call;
}

http::Call
patch(const ApiKey& key, Resource resource, const Target& target, const EventTypePatch& patch) {
    http::Call call = request(key, resource, target);
    call.method = http::Method::Patch;
    call.reuse = http::Reuse::Pooled;
    // Any other type, or none, and the server ignores the body with a 200.
    call.headers.push_back({"Content-Type", "application/json"});
    call.body = patch_json(patch);
    return call;
}

Target team_event_types(TeamId team) {
    return Target("/v2/teams").segment(team.value).fixed("/event-types");
}

} // namespace

std::string_view api_version(Resource resource) {
    switch (resource) {
    case Resource::EventTypes:
    case Resource::TeamEventTypes: // ignored there, so far
        return "2024-06-14";
    case Resource::RawEventTypes:
        return "2024-04-15";
    case Resource::Slots:
        return "2024-09-04";
    case Resource::Account:
    case Resource::Teams: // ignored by both
    case Resource::Bookings:
        return "2024-08-13";
    }
    return "2024-08-13";
}

http::Call me_request(const ApiKey& key) {
    return request(key, Resource::Account, Target("/v2/me"));
}

http::Call teams_request(const ApiKey& key) {
    return request(key, Resource::Teams, Target("/v2/teams"));
}

http::Call memberships_request(const ApiKey& key, TeamId team, std::size_t skip, std::size_t take) {
    Target target = Target("/v2/teams").segment(team.value).fixed("/memberships");
    return request(key, Resource::Teams, target.query("take", take).query("skip", skip));
}

// Oldest first: without this the order changes with every update.
http::Call own_event_types_request(const ApiKey& key) {
    return request(
        key, Resource::EventTypes, Target("/v2/event-types").query("sortCreatedAt", "asc")
    );
}

http::Call event_type_request(const ApiKey& key, EventTypeId id) {
    return request(key, Resource::EventTypes, Target("/v2/event-types").segment(id.value));
}

http::Call team_event_types_request(const ApiKey& key, TeamId team) {
    return request(
        key, Resource::TeamEventTypes, team_event_types(team).query("sortCreatedAt", "asc")
    );
}

http::Call team_event_type_request(const ApiKey& key, TeamId team, EventTypeId id) {
    return request(key, Resource::TeamEventTypes, team_event_types(team).segment(id.value));
}

http::Call user_event_type_request(const ApiKey& key, const UserSlug& slug) {
    Target target("/v2/event-types");
    target.query("username", slug.username).query("eventSlug", slug.event_slug);
    if (!slug.organization_slug.empty()) target.query("orgSlug", slug.organization_slug);
    return request(key, Resource::EventTypes, target);
}

http::Call user_slots_request(const ApiKey& key, const UserSlug& slug, Date day) {
    Target target("/v2/slots");
    target.query("eventTypeSlug", slug.event_slug).query("username", slug.username);
    if (!slug.organization_slug.empty()) target.query("organizationSlug", slug.organization_slug);
    const std::string text = format_date(day);
    return request(key, Resource::Slots, target.query("start", text).query("end", text));
}

http::Call raw_event_type_request(const ApiKey& key, EventTypeId id) {
    return request(key, Resource::RawEventTypes, Target("/v2/event-types").segment(id.value));
}

http::Call
patch_event_type_request(const ApiKey& key, EventTypeId id, const EventTypePatch& changes) {
    return patch(key, Resource::EventTypes, Target("/v2/event-types").segment(id.value), changes);
}

http::Call patch_team_event_type_request(
    const ApiKey& key, TeamId team, EventTypeId id, const EventTypePatch& changes
) {
    return patch(key, Resource::TeamEventTypes, team_event_types(team).segment(id.value), changes);
}

} // namespace calfleet::calcom
