#include "common/service_fields/values.h"

#include "common/json/canonical.h"
#include "common/json/writer.h"

#include <cstdint>
#include <optional>

namespace calfleet::service_fields {
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

/// Cal.com writes "usd", a service "USD".
std::string_view currency_text(std::string_view code, TextArena& arena) {
    if (code.empty()) return {};
    std::string upper(code);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return quoted(upper, arena);
}

} // namespace

Values values_of(const events::EventTypeUpdated& snapshot, TextArena& arena) {
    Values values;
    values[Field::Name] = quoted(snapshot.title, arena);
    values[Field::Slug] = quoted(snapshot.slug, arena);
    if (snapshot.description) values[Field::Description] = quoted(*snapshot.description, arena);
    values[Field::Duration] = number_text(snapshot.length_minutes, arena);
    values[Field::DurationOptions] = snapshot.length_options;
    if (snapshot.hidden) values[Field::Active] = truth_text(!*snapshot.hidden);
    values[Field::MinimumNotice] = number_text(snapshot.minimum_notice_minutes, arena);
    values[Field::BufferBefore] = number_text(snapshot.buffer_before_minutes, arena);
    values[Field::BufferAfter] = number_text(snapshot.buffer_after_minutes, arena);
    values[Field::Confirmation] = truth_text(snapshot.requires_confirmation);
    values[Field::GuestsDisabled] = truth_text(snapshot.guests_disabled);
    values[Field::Schedule] = number_text(snapshot.schedule_id, arena);
    values[Field::Locations] = snapshot.locations;
    values[Field::BookingFields] = snapshot.booking_fields;
    values[Field::Metadata] = snapshot.metadata;
    values[Field::Price] = values[Field::CalcomPrice] = number_text(snapshot.price, arena);
    values[Field::Currency] = values[Field::CalcomCurrency] =
        currency_text(snapshot.currency, arena);
    if (!snapshot.booking_url.empty())
        values[Field::BookingUrl] = quoted(snapshot.booking_url, arena);
    values[Field::CalcomTeam] = number_text(snapshot.team_id, arena);
    values[Field::CalcomOwner] = number_text(snapshot.owner_id, arena);
    if (const auto word = scheduling_word(snapshot.scheduling); !word.empty())
        values[Field::CalcomScheduling] = quoted(word, arena);
    return values;
}

std::string_view scheduling_word(events::EventTypeScheduling scheduling) {
    switch (scheduling) {
    case events::EventTypeScheduling::RoundRobin:
        return "round_robin";
    case events::EventTypeScheduling::Collective:
        return "collective";
    case events::EventTypeScheduling::Managed:
        return "managed";
    case events::EventTypeScheduling::Personal:
    case events::EventTypeScheduling::Other:
        break;
    }
    return {};
}

std::string document(const Values& values, std::span<const Rule> fields) {
    json::Writer writer;
    writer.begin_object();
    for (const Rule& rule : fields)
        if (!values[rule.field].empty()) writer.key(rule.column).raw(values[rule.field]);
    writer.end_object();
    return writer.take();
}

} // namespace calfleet::service_fields
