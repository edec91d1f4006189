#include "workers/service-pusher/fields.h"

#include "common/core/clean_text.h"
#include "common/json/canonical.h"
#include "common/json/parser.h"
#include "common/json/writer.h"

#include <type_traits>

namespace calfleet::service_pusher {
namespace {

constexpr std::string_view kUnconfirmed = "unconfirmed";
constexpr std::string_view kPolicy = "confirmation_policy";

void write(json::Writer& json, const calcom::Confirmation& policy) {
    json.key(kPolicy).begin_object();
    if (policy.when == calcom::Confirmation::When::ShortNotice)
        json.field("unit", policy.notice_unit).field("count", policy.notice_count);
    json.field("blocks_slot", policy.blocks_slot).end_object();
}

std::optional<calcom::Confirmation> read_policy(std::optional<json::Value> value) {
    if (!value || !value->is_object()) return std::nullopt;
    calcom::Confirmation policy;
    policy.when = calcom::Confirmation::When::Always;
    const auto blocks = value->find("blocks_slot");
    policy.blocks_slot = blocks && blocks->as_bool().value_or(false);
    const auto unit = value->find("unit");
    const auto count = value->find("count");
    if (!unit || !unit->as_text() || !count || !count->as_int64()) return policy;
    policy.when = calcom::Confirmation::When::ShortNotice;
    policy.notice_unit = *unit->as_text();
    policy.notice_count = *count->as_int64();
    return policy;
}

template <class T>
std::string json_text(const T& value) {
    json::Writer json;
    json.value(value);
    return json.take();
}

std::string json_text(const events::Locations& value) {
    return value.json;
}
std::string json_text(const events::BookingFields& value) {
    return value.json;
}
std::string json_text(const events::DurationOptions& value) {
    return value.json;
}

template <class T>
std::optional<T> read(std::optional<json::Value> value) {
    if (!value) return std::nullopt;
    if constexpr (std::is_same_v<T, std::string>) {
        const auto text = value->as_text();
        return text ? std::optional<std::string>(*text) : std::nullopt;
    } else if constexpr (std::is_same_v<T, bool>) {
        return value->as_bool();
    } else if constexpr (std::is_same_v<T, events::Locations>) {
        return value->is_array() ? std::optional(events::locations_of(*value)) : std::nullopt;
    } else if constexpr (std::is_same_v<T, events::BookingFields>) {
        return value->is_array() ? std::optional(events::booking_fields_of(*value)) : std::nullopt;
    } else if constexpr (std::is_same_v<T, events::DurationOptions>) {
        return value->is_array() ? std::optional(events::duration_options_of(*value))
                                 : std::nullopt;
    } else {
        return value->as_int64();
    }
}

Fields read_fields(json::Value value) {
    Fields fields;
    for_each_field([&](std::string_view name, auto member) {
        using Member = std::remove_reference_t<decltype(fields.*member)>;
        fields.*member = read<typename Member::value_type>(value.find(name));
    });
    return fields;
}

void write(json::Writer& json, const Fields& fields) {
    for_each_field([&](std::string_view name, auto member) {
        if (fields.*member) json.key(name).raw(json_text(*(fields.*member)));
    });
}

} // namespace

std::vector<FieldValue> values_of(const Fields& fields) {
    std::vector<FieldValue> values;
    for_each_field([&](std::string_view name, auto member) {
        if (fields.*member) values.push_back({name, json_text(*(fields.*member))});
    });
    return values;
}

std::optional<std::string> value_of(const Fields& fields, std::string_view wanted) {
    std::optional<std::string> value;
    for_each_field([&](std::string_view name, auto member) {
        if (name == wanted && fields.*member) value = json_text(*(fields.*member));
    });
    return value;
}

Fields fields_of(const calcom::EventType& event_type) {
    Fields fields{// As they would be imported: how somebody spaced them is no difference.
                  .title = clean_line(event_type.title),
                  .slug = event_type.slug,
                  .description = clean_lines(event_type.description),
                  .length_minutes = event_type.length_minutes,
                  .length_options = event_type.length_options,
                  .active = !event_type.hidden,
                  .minimum_notice_minutes = event_type.minimum_notice_minutes,
                  .buffer_before_minutes = event_type.buffer_before_minutes,
                  .buffer_after_minutes = event_type.buffer_after_minutes,
                  .schedule = std::nullopt,
                  .requires_confirmation =
                      event_type.confirmation.when != calcom::Confirmation::When::Never,
                  .guests_disabled = event_type.guests_disabled,
                  .locations = events::locations_of(event_type.locations),
                  .booking_fields = events::booking_fields_of(event_type.booking_fields)};
    if (event_type.schedule) fields.schedule = event_type.schedule->value;
    return fields;
}

Fields differing(const Fields& wanted, const Fields& found) {
    Fields result;
    for_each_field([&](std::string_view, auto member) {
        if (wanted.*member && wanted.*member != found.*member) result.*member = wanted.*member;
    });
    return result;
}

Fields without(Fields fields, const Fields& others) {
    for_each_field([&](std::string_view, auto member) {
        if (others.*member) (fields.*member).reset();
    });
    return fields;
}

Fields only(const Fields& fields, const Fields& others) {
    Fields result;
    for_each_field([&](std::string_view, auto member) {
        if (others.*member) result.*member = fields.*member;
    });
    return result;
}

Fields laid_over(const Fields& above, Fields below) {
    for_each_field([&](std::string_view, auto member) {
        if (above.*member) below.*member = above.*member;
    });
    return below;
}

Fields with_one_word_on_guests(Fields wanted) {
    if (!wanted.guests_disabled && wanted.booking_fields)
        wanted.guests_disabled = wanted.booking_fields->guests_hidden;
    return wanted;
}

Fields with_what_goes_along(Fields sent, const Fields& there) {
    if (!sent.guests_disabled && !sent.booking_fields) return sent;
    if (!sent.guests_disabled) sent.guests_disabled = there.guests_disabled;
    if (!sent.booking_fields) sent.booking_fields = there.booking_fields;
    return sent;
}

Fields judged_at_once(Fields fields) {
    fields.length_options.reset();
    fields.slug.reset();
    fields.locations.reset();
    fields.guests_disabled.reset();
    fields.booking_fields.reset();
    return fields;
}

std::vector<Fields> groups_of(const Fields& fields) {
    std::vector<Fields> groups;
    Fields rest = fields;
    const auto apart = [&](const Fields& names) {
        Fields group = only(fields, names);
        if (group.empty()) return;
        rest = without(std::move(rest), names);
        groups.push_back(std::move(group));
    };
    apart({.slug = ""});
    apart({.length_minutes = 0, .length_options = events::DurationOptions{}});
    apart({.schedule = 0});
    apart({.locations = events::Locations{}});
    apart({.guests_disabled = false, .booking_fields = events::BookingFields{}});
    if (!rest.empty()) groups.insert(groups.begin(), std::move(rest));
    return groups;
}

std::string comparable_json(std::string_view text) {
    json::Parser parser;
    const auto value = parser.parse(text);
    return value ? json::canonical(*value) : std::string(text);
}

calcom::EventTypePatch
patch_of(const Fields& fields, const std::optional<calcom::Confirmation>& policy) {
    using When = calcom::Confirmation::When;
    calcom::EventTypePatch patch;
    patch.title = fields.title;
    patch.slug = fields.slug;
    patch.description = fields.description;
    patch.length_minutes = fields.length_minutes;
    patch.length_options = fields.length_options;
    if (fields.active) patch.hidden = !*fields.active;
    patch.minimum_notice_minutes = fields.minimum_notice_minutes;
    patch.buffer_before_minutes = fields.buffer_before_minutes;
    patch.buffer_after_minutes = fields.buffer_after_minutes;
    if (fields.schedule) patch.schedule = calcom::ScheduleId{*fields.schedule};
    if (fields.requires_confirmation) {
        patch.confirmation.emplace();
        patch.confirmation->when = *fields.requires_confirmation ? When::Always : When::Never;
        if (*fields.requires_confirmation && policy) patch.confirmation = policy;
    }
    patch.guests_disabled = fields.guests_disabled;
    patch.booking_fields = fields.booking_fields;
    patch.locations = fields.locations;
    return patch;
}

std::string json_of(const Fields& fields) {
    json::Writer json;
    json.begin_object();
    write(json, fields);
    json.end_object();
    return json.take();
}

std::string json_of(const Pushed& pushed) {
    json::Writer json;
    json.begin_object();
    write(json, pushed.fields);
    if (pushed.policy) write(json, *pushed.policy);
    if (!pushed.unconfirmed.empty()) {
        json.key(kUnconfirmed).begin_array();
        for (const Fields& sent : pushed.unconfirmed)
            json.raw(json_of(sent));
        json.end_array();
    }
    json.end_object();
    return json.take();
}

Pushed read_pushed(json::Value value) {
    Pushed pushed{
        .fields = read_fields(value),
        .unconfirmed = {},
        .policy = read_policy(value.find(kPolicy))};
    if (const auto list = value.find(kUnconfirmed))
        for (const json::Value sent : list->elements())
            if (pushed.unconfirmed.size() < kMostUnconfirmed)
                pushed.unconfirmed.push_back(read_fields(sent));
    return pushed;
}

} // namespace calfleet::service_pusher
