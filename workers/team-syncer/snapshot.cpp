#include "workers/team-syncer/snapshot.h"

#include "common/core/digest.h"
#include "common/json/canonical.h"
#include "common/json/parser.h"
#include "common/json/writer.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace calfleet::team_syncer {
namespace {

using calcom::Confirmation;
using calcom::EventType;
using calcom::EventTypeHost;
using calcom::Scheduling;

std::string_view wire_name(Scheduling scheduling) {
    switch (scheduling) {
    case Scheduling::Personal:
        return {};
    case Scheduling::RoundRobin:
        return "roundRobin";
    case Scheduling::Collective:
        return "collective";
    case Scheduling::Managed:
        return "managed";
    case Scheduling::Other:
        return "other";
    }
    return {};
}

template <class Id>
void optional_id(json::Writer& json, std::string_view name, const std::optional<Id>& id) {
    if (id) json.field(name, id->value);
}

void write_confirmation(json::Writer& json, const Confirmation& policy) {
    json.key("confirmationPolicy").begin_object();
    switch (policy.when) {
    case Confirmation::When::Never:
        json.field("disabled", true);
        break;
    case Confirmation::When::Always:
        json.field("type", "always");
        break;
    case Confirmation::When::ShortNotice:
        json.field("type", "time").key("noticeThreshold").begin_object();
        json.field("unit", policy.notice_unit).field("count", policy.notice_count).end_object();
        break;
    case Confirmation::When::Other:
        json.field("type", "other");
        break;
    }
    json.field("blockUnconfirmedBookingsInBooker", policy.blocks_slot).end_object();
}

// The server promises no order: without one a reading could differ from the next by nothing else.
std::vector<const EventTypeHost*> in_order(const EventType& event_type) {
    std::vector<const EventTypeHost*> hosts;
    for (const EventTypeHost& host : event_type.hosts)
        hosts.push_back(&host);
    std::sort(hosts.begin(), hosts.end(), [](const EventTypeHost* a, const EventTypeHost* b) {
        return a->user < b->user;
    });
    return hosts;
}

void write_hosts(json::Writer& json, const EventType& event_type, std::string_view user_key) {
    json.begin_array();
    for (const EventTypeHost* host : in_order(event_type)) {
        json.begin_object().field(user_key, host->user.value);
        if (!host->name.empty()) json.field("name", host->name);
        if (!host->username.empty()) json.field("username", host->username);
        json.field("mandatory", host->mandatory);
        if (!host->priority.empty()) json.field("priority", host->priority);
        json.end_object();
    }
    json.end_array();
}

std::string json_of(const EventType& type) {
    json::Writer json;
    json.begin_object().field("id", type.id.value);
    optional_id(json, "teamId", type.team);
    optional_id(json, "ownerId", type.owner);
    optional_id(json, "parentEventTypeId", type.parent);
    if (const auto word = wire_name(type.scheduling); !word.empty())
        json.field("schedulingType", word);
    json.field("title", type.title)
        .field("slug", type.slug)
        .field("description", type.description)
        .field("lengthInMinutes", type.length_minutes)
        .field("hidden", type.hidden)
        .field("minimumBookingNotice", type.minimum_notice_minutes)
        .field("beforeEventBuffer", type.buffer_before_minutes)
        .field("afterEventBuffer", type.buffer_after_minutes);
    // Only where there is a choice: others keep the text, and the digest, that they had.
    if (!type.length_options.minutes.empty() || !type.length_options.objection.empty())
        json.key("lengthInMinutesOptions").raw(type.length_options.json);
    optional_id(json, "scheduleId", type.schedule);
    write_confirmation(json, type.confirmation);
    json.field("disableGuests", type.guests_disabled)
        .field("price", type.price)
        .field("currency", type.currency)
        .field("bookingUrl", type.booking_url)
        .field("assignAllTeamMembers", type.assigns_all_members)
        .key("hosts");
    write_hosts(json, type, "userId");
    json.key("locations").raw(type.locations).key("bookingFields").raw(type.booking_fields);
    json.key("metadata").raw(type.metadata).end_object();
    return json.take();
}

} // namespace

SeenEventType seen(calcom::EventType event_type) {
    std::string text = json_of(event_type);
    // The order of members, which may be another each time, says nothing.
    json::Parser parser;
    const auto parsed = parser.parse(text);
    const Sha256 digest = sha256(parsed ? json::canonical(*parsed) : text);
    return {
        std::move(event_type),
        std::move(text),
        std::string(reinterpret_cast<const char*>(digest.data()), digest.size())};
}

std::string hosts_document(const calcom::EventType& event_type) {
    json::Writer json;
    write_hosts(json, event_type, "user_id");
    return json.take();
}

std::string change_document(std::string_view change, std::string_view event_type_json) {
    json::Writer json;
    json.begin_object().field("change", change).key("event_type").raw(event_type_json);
    return json.end_object().take();
}

std::string deleted_json(calcom::EventTypeId id) {
    json::Writer json;
    return json.begin_object().field("id", id.value).end_object().take();
}

} // namespace calfleet::team_syncer
