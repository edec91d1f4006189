#pragma once
// The columns of a service that an event type at Cal.com has a value for: what each is called on
// both sides, what it holds, and whose it is. One table; whoever names several columns asks it.

#include "common/events/event_type_members.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::service_fields {

enum class Field {
    Name,
    Slug,
    Description,
    Duration,
    DurationOptions,
    Active,
    MinimumNotice,
    BufferBefore,
    BufferAfter,
    Confirmation,
    GuestsDisabled,
    Schedule,
    Locations,
    BookingFields,
    Metadata,
    Price,
    Currency,
    BookingUrl,
    CalcomPrice,
    CalcomCurrency,
    CalcomTeam,
    CalcomOwner,
    CalcomScheduling
};
inline constexpr std::size_t kFieldCount = 23;
/// The first ones: those that both sides have an opinion about.
inline constexpr std::size_t kComparedFields = 17;

/// What the column holds.
enum class Kind {
    Text,
    Number,
    Truth,
    List,    ///< compared in the form in which Cal.com takes it: what it adds is no difference
    Document ///< compared as JSON
};

/// Whose a field is once the service exists.
enum class Owner {
    Platform, ///< compared, never overwritten; service-pusher writes it at Cal.com
    Reported, ///< compared, never overwritten; Cal.com's API cannot write it either
    Calcom,   ///< brought up to date by every snapshot
};

struct Rule {
    Field field;
    std::string_view column; ///< of services; also the name in documents and divergences
    std::string_view member; ///< of an event type at Cal.com
    Kind kind;
    Owner owner;
};

namespace detail {
using Member = events::EventTypeMember;
constexpr Rule
rule(Field field, std::string_view column, Member::Index member, Kind kind, Owner owner) {
    return {field, column, events::name(member), kind, owner};
}
} // namespace detail

inline constexpr std::array<Rule, kFieldCount> kFields = [] {
    using detail::Member;
    using detail::rule;
    using enum Kind;
    constexpr auto kOurs = Owner::Platform;
    constexpr auto kTold = Owner::Reported;
    constexpr auto kTheirs = Owner::Calcom;
    return std::array<Rule, kFieldCount>{
        rule(Field::Name, "name", Member::Title, Text, kOurs),
        rule(Field::Slug, "slug", Member::Slug, Text, kOurs),
        rule(Field::Description, "description", Member::Description, Text, kOurs),
        rule(Field::Duration, "duration_minutes", Member::Length, Number, kOurs),
        rule(Field::DurationOptions, "duration_options", Member::LengthOptions, List, kOurs),
        rule(Field::Active, "is_active", Member::Hidden, Truth, kOurs), // the opposite
        rule(
            Field::MinimumNotice,
            "minimum_booking_notice_minutes",
            Member::MinimumNotice,
            Number,
            kOurs
        ),
        rule(Field::BufferBefore, "buffer_before_minutes", Member::BufferBefore, Number, kOurs),
        rule(Field::BufferAfter, "buffer_after_minutes", Member::BufferAfter, Number, kOurs),
        rule(Field::Confirmation, "requires_confirmation", Member::Confirmation, Truth, kOurs),
        rule(Field::GuestsDisabled, "disable_guests", Member::GuestsDisabled, Truth, kOurs),
        rule(Field::Schedule, "calcom_schedule_id", Member::ScheduleId, Number, kOurs),
        rule(Field::Locations, "locations", Member::Locations, List, kOurs),
        rule(Field::BookingFields, "booking_fields", Member::BookingFields, List, kOurs),
        rule(Field::Metadata, "metadata", Member::Metadata, Document, kTold),
        rule(Field::Price, "price_cents", Member::Price, Number, kTold),
        rule(Field::Currency, "currency", Member::Currency, Text, kTold),
        rule(Field::BookingUrl, "booking_url", Member::BookingUrl, Text, kTheirs),
        rule(Field::CalcomPrice, "calcom_price_cents", Member::Price, Number, kTheirs),
        rule(Field::CalcomCurrency, "calcom_currency", Member::Currency, Text, kTheirs),
        rule(Field::CalcomTeam, "calcom_team_id", Member::TeamId, Number, kTheirs),
        rule(Field::CalcomOwner, "calcom_owner_user_id", Member::OwnerId, Number, kTheirs),
        rule(Field::CalcomScheduling, "calcom_scheduling_type", Member::Scheduling, Text, kTheirs)};
}();

constexpr const Rule& rule_of(Field field) {
    return kFields[static_cast<std::size_t>(field)];
}
constexpr std::string_view column(Field field) {
    return rule_of(field).column;
}
/// Nothing: no column of the table.
std::optional<Field> field_of(std::string_view column);

/// "s.name, s.slug, ...": the columns that both sides have an opinion about, for a statement.
/// prefix: "s.", or empty.
std::string compared_columns(std::string_view prefix);

} // namespace calfleet::service_fields
