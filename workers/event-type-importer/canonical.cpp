#include "workers/event-type-importer/canonical.h"

#include "common/events/booking_fields.h"
#include "common/events/duration_options.h"
#include "common/events/locations.h"
#include "common/json/canonical.h"

#include <utility>
#include <vector>

namespace calfleet::event_type_importer {
namespace {

std::string value_text(Field field, json::Value value) {
    if (field == Field::Locations) return events::locations_of(value).json;
    if (field == Field::BookingFields) return events::booking_fields_of(value).json;
    if (field == Field::DurationOptions) return events::duration_options_of(value).json;
    return json::canonical(value);
}

/// The members that are called like columns.
Values values_of(json::Value object, TextArena& arena) {
    Values values;
    for (const json::Member member : object.members()) {
        if (member.value.is_null()) continue;
        if (const auto field = service_fields::field_of(member.key))
            values[*field] = arena.keep(value_text(*field, member.value));
    }
    return values;
}

std::string hosts_document(const events::EventTypeUpdated& event) {
    json::Writer writer;
    writer.begin_array();
    for (const events::SnapshotHost& host : *event.hosts) {
        writer.begin_object().field("user_id", host.user_id);
        if (!host.name.empty()) writer.field("name", host.name);
        if (!host.username.empty()) writer.field("username", host.username);
        writer.field("mandatory", host.mandatory);
        if (!host.priority.empty()) writer.field("priority", host.priority);
        writer.end_object();
    }
    writer.end_array();
    return writer.take();
}

Sha256 digest_of(const Snapshot& snapshot) {
    std::string facts;
    for (const auto& number : {snapshot.team, snapshot.owner, snapshot.parent})
        facts += number ? std::to_string(*number) + " " : "- ";
    facts += snapshot.is_child ? "child" : "";
    facts += snapshot.assigns_all_members ? "all" : "";
    std::vector<std::string_view> parts{
        facts, snapshot.hosts, snapshot.locations, snapshot.booking_fields};
    for (const Rule& rule : kFields)
        parts.push_back(snapshot.values[rule.field]);
    return sha256_of_parts(parts);
}

} // namespace

std::string row_document(const Snapshot& snapshot) {
    Values values = snapshot.values;
    values[Field::Locations] = snapshot.locations;
    values[Field::BookingFields] = snapshot.booking_fields;
    return document(values, kFields);
}

Snapshot Canonicalizer::snapshot_of(
    CompanyId company,
    const events::EventTypeUpdated& event,
    std::string_view event_id,
    TextArena& arena
) {
    Snapshot snapshot{
        .company = company,
        .event_type = event.id,
        .change = event.change,
        .as_of = event.as_of,
        .team = event.team_id,
        .owner = event.owner_id,
        .parent = event.parent_id,
        .assigns_all_members = event.assigns_all_members,
        .title = event.title,
        .slug = event.slug,
        .scheduling = service_fields::scheduling_word(event.scheduling),
        .event_id = event_id};
    // A deletion is the end of the event type, whatever else its sender adds.
    if (snapshot.deleted()) return snapshot;
    if (event.hosts) snapshot.hosts = arena.keep(hosts_document(event));
    snapshot.values = service_fields::values_of(event, arena);
    const auto whole = [&](std::string_view text) -> std::string_view {
        const auto parsed = parser_.parse(text);
        return parsed ? arena.keep(json::canonical(*parsed)) : text;
    };
    snapshot.locations = whole(event.locations);
    snapshot.booking_fields = whole(event.booking_fields);
    for (const auto& [field, text] :
         {std::pair{Field::Locations, event.locations},
          std::pair{Field::BookingFields, event.booking_fields},
          std::pair{Field::DurationOptions, event.length_options},
          std::pair{Field::Metadata, event.metadata}})
        snapshot.values[field] = document_in(field, text, arena);
    snapshot.is_child = event.parent_id.has_value();
    if (!snapshot.is_child && event.scheduling != events::EventTypeScheduling::Managed) {
        // All that a child tells about itself when it is read alone; its parent carries it too.
        const auto metadata = parser_.parse(event.metadata);
        snapshot.is_child = metadata && metadata->find("managedEventConfig").has_value();
    }
    snapshot.digest = digest_of(snapshot);
    return snapshot;
}

Values Canonicalizer::values_in(std::string_view object, TextArena& arena) {
    const auto parsed = parser_.parse(object);
    return parsed ? values_of(*parsed, arena) : Values{};
}

Pushed Canonicalizer::pushed_in(std::string_view object, TextArena& arena) {
    Pushed pushed;
    const auto parsed = parser_.parse(object);
    if (!parsed) return pushed;
    pushed.fields = values_of(*parsed, arena);
    if (const auto sent = parsed->find("unconfirmed"))
        for (const json::Value element : sent->elements())
            pushed.unconfirmed.push_back(values_of(element, arena));
    return pushed;
}

std::string_view Canonicalizer::document_in(Field field, std::string_view text, TextArena& arena) {
    if (text.empty()) return {};
    const auto parsed = parser_.parse(text);
    return arena.keep(parsed ? value_text(field, *parsed) : std::string(text));
}

} // namespace calfleet::event_type_importer
