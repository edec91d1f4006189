#pragma once
// The fields of a service that the platform owns and Cal.com can write: wanted, found, pushed.

#include "common/calcom/event_type_patch.h"
#include "common/events/booking_fields.h"
#include "common/events/duration_options.h"
#include "common/events/locations.h"
#include "common/json/value.h"
#include "common/service_fields/fields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calfleet::service_pusher {

/// A field that is not set: no opinion (wanted), not known (pushed), not sent (a change).
struct Fields {
    std::optional<std::string> title{};
    std::optional<std::string> slug{};
    std::optional<std::string> description{};
    std::optional<std::int64_t> length_minutes{};
    std::optional<events::DurationOptions> length_options{};
    std::optional<bool> active{}; ///< Cal.com calls the opposite hidden
    std::optional<std::int64_t> minimum_notice_minutes{};
    std::optional<std::int64_t> buffer_before_minutes{};
    std::optional<std::int64_t> buffer_after_minutes{};
    std::optional<std::int64_t> schedule{};
    /// Any policy at all. A platform that wants confirmation is content with a policy that asks for
    /// it sometimes: which one is decided at Cal.com.
    std::optional<bool> requires_confirmation{};
    std::optional<bool> guests_disabled{};
    std::optional<events::Locations> locations{};
    std::optional<events::BookingFields> booking_fields{};

    friend bool operator==(const Fields&, const Fields&) = default;
    bool empty() const { return *this == Fields{}; }
};

/// visit(name, member pointer) for each field, in this order. The names are the columns of
/// services: documents and divergences have them too, whoever writes those.
template <class Visit>
void for_each_field(Visit visit) {
    using service_fields::column;
    using service_fields::Field;
    visit(column(Field::Name), &Fields::title);
    visit(column(Field::Slug), &Fields::slug);
    visit(column(Field::Description), &Fields::description);
    visit(column(Field::Duration), &Fields::length_minutes);
    visit(column(Field::DurationOptions), &Fields::length_options);
    visit(column(Field::Active), &Fields::active);
    visit(column(Field::MinimumNotice), &Fields::minimum_notice_minutes);
    visit(column(Field::BufferBefore), &Fields::buffer_before_minutes);
    visit(column(Field::BufferAfter), &Fields::buffer_after_minutes);
    visit(column(Field::Schedule), &Fields::schedule);
    visit(column(Field::Confirmation), &Fields::requires_confirmation);
    visit(column(Field::GuestsDisabled), &Fields::guests_disabled);
    visit(column(Field::Locations), &Fields::locations);
    visit(column(Field::BookingFields), &Fields::booking_fields);
}

struct FieldValue {
    std::string_view name;
    std::string json;
    friend bool operator==(const FieldValue&, const FieldValue&) = default;
};

/// The fields that are set.
std::vector<FieldValue> values_of(const Fields& fields);
/// One of them as JSON; nothing when it is not set or there is no such field.
std::optional<std::string> value_of(const Fields& fields, std::string_view name);

/// All of them but a schedule that Cal.com has not set.
Fields fields_of(const calcom::EventType& event_type);

/// Those fields of `wanted` that `found` has otherwise, or not at all.
Fields differing(const Fields& wanted, const Fields& found);
/// `fields` without those that are set in `others`.
Fields without(Fields fields, const Fields& others);
/// `fields`, only those that are set in `others`.
Fields only(const Fields& fields, const Fields& others);
/// `below`, and over it whatever is set in `above`.
Fields laid_over(const Fields& above, Fields below);

/// The platform can say in two places whether guests may be named. `disable_guests` has the last
/// word; where it is silent, the booking fields have it.
Fields with_one_word_on_guests(Fields wanted);

/// Cal.com changes guests and booking fields together, or takes questions away (EventTypePatch):
/// the one that is not in `sent` goes along as it is there.
Fields with_what_goes_along(Fields sent, const Fields& there);

/// Those whose values are sound or not whatever Cal.com has. The others may be equal to what it has
/// already, and need then not be written: only a change that contains them can be judged.
Fields judged_at_once(Fields fields);

/// The groups that Cal.com may refuse each for a reason of its own; the rest is one more, and
/// first.
std::vector<Fields> groups_of(const Fields& fields);

/// metadata: equal text for equal values.
std::string comparable_json(std::string_view text);

/// policy: what a wish for confirmation is sent as; nothing: always.
calcom::EventTypePatch
patch_of(const Fields& fields, const std::optional<calcom::Confirmation>& policy = std::nullopt);

/// {"name":"...","is_active":true}: the set ones.
std::string json_of(const Fields& fields);

/// What services.pushed holds.
struct Pushed {
    /// As Cal.com answered last; but a foreign edit that was left alone keeps what was there before
    /// it, so that it is known for one as long as it lasts.
    Fields fields{};
    /// Sent since then without an answer: if Cal.com has these values, they are ours.
    std::vector<Fields> unconfirmed{};
    /// The policy that asked for confirmation last.
    std::optional<calcom::Confirmation> policy{};
    friend bool operator==(const Pushed&, const Pushed&) = default;
};

/// Sends without an answer that are remembered; the oldest are forgotten.
inline constexpr std::size_t kMostUnconfirmed = 8;

std::string json_of(const Pushed& pushed);
/// Whatever is not a known field of the right kind is passed over: others write there, too.
Pushed read_pushed(json::Value value);

} // namespace calfleet::service_pusher
