#include "workers/event-type-importer/canonical.h"

#include "common/events/booking_fields.h"
#include "common/events/locations.h"
#include "common/json/canonical.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace calfleet::event_type_importer {
namespace {

std::string_view quoted(std::string_view text, TextArena& arena) {
    std::string json;
    json::append_quoted(json, text);
    return arena.keep(json);
}

std::string_view number_text(const std::optional<std::int64_t>& number, TextArena& arena) {
    return number ? arena.keep(std::to_string(*number)) : std::string_view{};
}

std::string_view truth_text(const std::optional<bool>& truth) {
    if (!truth) return {};
    return *truth ? "true" : "false";
}

std::string_view currency_text(std::string_view code, TextArena& arena) {
    if (code.empty()) return {};
    std::string upper(code);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return quoted(upper, arena);
}

Values scalars_of(const events::EventTypeUpdated& event, TextArena& arena) {
    Values values;
    values[Field::Name] = quoted(event.title, arena);
    values[Field::Slug] = quoted(event.slug, arena);
    if (event.description) values[Field::Description] = quoted(*event.description, arena);
    values[Field::Duration] = number_text(event.length_minutes, arena);
    if (event.hidden) values[Field::Active] = truth_text(!*event.hidden);
    values[Field::MinimumNotice] = number_text(event.minimum_notice_minutes, arena);
    values[Field::BufferBefore] = number_text(event.buffer_before_minutes, arena);
    values[Field::BufferAfter] = number_text(event.buffer_after_minutes, arena);
    values[Field::Confirmation] = truth_text(event.requires_confirmation);
    values[Field::GuestsDisabled] = truth_text(event.guests_disabled);
    values[Field::Schedule] = number_text(event.schedule_id, arena);
    values[Field::Price] = values[Field::CalcomPrice] = number_text(event.price, arena);
    values[Field::Currency] = values[Field::CalcomCurrency] = currency_text(event.currency, arena);
    if (!event.booking_url.empty()) values[Field::BookingUrl] = quoted(event.booking_url, arena);
    values[Field::CalcomTeam] = number_text(event.team_id, arena);
    values[Field::CalcomOwner] = number_text(event.owner_id, arena);
    if (const auto word = scheduling_word(event.scheduling); !word.empty())
        values[Field::CalcomScheduling] = quoted(word, arena);
    return values;
}

std::string value_text(Field field, json::Value value) {
    if (field == Field::Locations) return events::locations_of(value).json;
    if (field == Field::BookingFields) return events::booking_fields_of(value).json;
    return json::canonical(value);
}

/// The members that are called like columns.
Values values_of(json::Value object, TextArena& arena) {
    Values values;
    for (const json::Member member : object.members()) {
        if (member.value.is_null()) continue;
        const auto rule =
            std::find_if(kFields.begin(), kFields.end(), [&](const FieldRule& candidate) {
                return candidate.column == member.key;
            });
        if (rule != kFields.end())
            values[rule->field] = arena.keep(value_text(rule->field, member.value));
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
    for (const FieldRule& rule : kFields)
        parts.push_back(snapshot.values[rule.field]);
    return sha256_of_parts(parts);
}

} // namespace

std::string document(const Values& values, std::span<const FieldRule> fields) {
    json::Writer writer;
    writer.begin_object();
    for (const FieldRule& rule : fields)
        if (!values[rule.field].empty()) writer.key(rule.column).raw(values[rule.field]);
    writer.end_object();
    return writer.take();
}

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
        .scheduling = scheduling_word(event.scheduling),
        .event_id = event_id};
    // A deletion is the end of the event type, whatever else its sender adds.
    if (snapshot.deleted()) return snapshot;
    if (event.hosts) snapshot.hosts = arena.keep(hosts_document(event));
    snapshot.values = scalars_of(event, arena);
    const auto whole = [&](std::string_view text) -> std::string_view {
        const auto parsed = parser_.parse(text);
        return parsed ? arena.keep(json::canonical(*parsed)) : text;
    };
    snapshot.locations = whole(event.locations);
    snapshot.booking_fields = whole(event.booking_fields);
    for (const auto& [field, text] :
         {std::pair{Field::Locations, event.locations},
          std::pair{Field::BookingFields, event.booking_fields},
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
