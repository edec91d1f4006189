#include "common/calcom/event_type_patch.h"

#include "common/core/text.h"
#include "common/events/event_type_members.h"
#include "common/json/writer.h"

namespace calfleet::calcom {
namespace {

using Member = events::EventTypeMember;

constexpr std::int64_t kMostMinutes = 60L * 24 * 365;
constexpr std::size_t kMaxTitleBytes = 1000;
constexpr std::size_t kMaxSlugBytes = 255;
constexpr std::size_t kMaxListBytes = 15'000;
constexpr std::size_t kMaxDescriptionBytes = 60'000; // the server takes 100 kB of body in all

std::string json_of(const std::string& value) {
    std::string out;
    json::append_quoted(out, value);
    return out;
}
std::string json_of(std::int64_t value) {
    return std::to_string(value);
}
std::string json_of(bool value) {
    return value ? "true" : "false";
}
std::string json_of(const std::optional<ScheduleId>& value) {
    return value ? std::to_string(value->value) : "null";
}

const std::string& json_of(const events::Locations& value) {
    return value.json;
}
const std::string& json_of(const events::BookingFields& value) {
    return value.json;
}

const std::string& json_of(const events::DurationOptions& value) {
    return value.json;
}

std::string json_of(const Confirmation& value) {
    json::Writer json;
    json.begin_object();
    switch (value.when) {
    case Confirmation::When::Never:
    case Confirmation::When::Other: // check() has refused it
        return json.field("disabled", value.when == Confirmation::When::Never).end_object().take();
    case Confirmation::When::Always:
        json.field("type", "always");
        break;
    case Confirmation::When::ShortNotice:
        json.field("type", "time").key("noticeThreshold").begin_object();
        json.field("unit", value.notice_unit).field("count", value.notice_count).end_object();
        break;
    }
    return json.field("blockUnconfirmedBookingsInBooker", value.blocks_slot).end_object().take();
}

// visit(name, field of the patch, same field of an event type), in the order of the declaration:
// the one list that writing, comparing and reducing share.
template <class Patch, class Visit>
void for_each_field(Patch& patch, const EventType& type, Visit visit) {
    visit(name(Member::Title), patch.title, type.title);
    visit(name(Member::Slug), patch.slug, type.slug);
    visit(name(Member::Description), patch.description, type.description);
    visit(name(Member::Length), patch.length_minutes, type.length_minutes);
    visit(name(Member::LengthOptions), patch.length_options, type.length_options);
    visit(name(Member::Hidden), patch.hidden, type.hidden);
    visit(name(Member::MinimumNotice), patch.minimum_notice_minutes, type.minimum_notice_minutes);
    visit(name(Member::BufferBefore), patch.buffer_before_minutes, type.buffer_before_minutes);
    visit(name(Member::BufferAfter), patch.buffer_after_minutes, type.buffer_after_minutes);
    visit(name(Member::ScheduleId), patch.schedule, type.schedule);
    visit(name(Member::Confirmation), patch.confirmation, type.confirmation);
    visit(name(Member::GuestsDisabled), patch.guests_disabled, type.guests_disabled);
    // Read only where somebody asks: it costs a parse.
    visit(
        name(Member::BookingFields),
        patch.booking_fields,
        patch.booking_fields ? events::booking_fields_of(type.booking_fields)
                             : events::BookingFields{}
    );
    visit(
        name(Member::Locations),
        patch.locations,
        patch.locations ? events::locations_of(type.locations) : events::Locations{}
    );
}

template <class T>
std::string json_to_send(const T& value, const EventTypePatch&) {
    return json_of(value);
}
std::string json_to_send(const events::BookingFields& value, const EventTypePatch& patch) {
    return events::booking_fields_json(value, patch.guests_disabled.value_or(false));
}

Result<> check_size(std::string_view field, std::size_t bytes, std::size_t max_bytes) {
    if (bytes <= max_bytes) return {};
    return invalid(
        std::string(field) + ": " + std::to_string(bytes) + " bytes, at most " +
        std::to_string(max_bytes) + " can be sent; shorten it"
    );
}

Result<>
check_text(std::string_view field, const std::optional<std::string>& text, std::size_t max_bytes) {
    if (!text) return {};
    if (Result<> fits = check_size(field, text->size(), max_bytes); !fits) return fits;
    if (!is_valid_utf8(*text) || text->find('\0') != std::string::npos)
        return invalid(std::string(field) + ": not text in UTF-8; correct it");
    return {};
}

Result<> check_minutes(
    std::string_view field, const std::optional<std::int64_t>& minutes, std::int64_t least
) {
    if (!minutes || (*minutes >= least && *minutes <= kMostMinutes)) return {};
    return invalid(
        std::string(field) + ": " + std::to_string(*minutes) + " minutes, expected " +
        std::to_string(least) + " to " + std::to_string(kMostMinutes)
    );
}

Result<> check_options(const std::optional<events::DurationOptions>& options) {
    if (!options) return {};
    if (!options->objection.empty()) return invalid(options->objection);
    if (options->minutes.empty())
        return invalid("lengthInMinutesOptions: none; Cal.com's API cannot take the choice away: "
                       "do it in its web application, or leave one length");
    return {};
}

Result<> check_confirmation(const std::optional<Confirmation>& confirmation) {
    if (!confirmation) return {};
    if (confirmation->when == Confirmation::When::Other)
        return invalid("confirmationPolicy: of a kind that cannot be sent; choose never, always or "
                       "a notice");
    if (confirmation->when != Confirmation::When::ShortNotice) return {};
    if (confirmation->notice_unit.empty() || confirmation->notice_count < 1)
        return invalid("confirmationPolicy: a notice needs a unit and a count of at least 1");
    return {};
}

/// What the server makes of it: other letters than ASCII's are left to the server, whose rules for
/// them have changed, and to the look at its answer.
std::string slug_as_written(std::string_view slug) {
    std::string written;
    for (const char c : ascii_lower(slug)) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                            static_cast<unsigned char>(c) >= 0x80;
        if (letter)
            written += c;
        else if (!written.empty() && written.back() != '-' && written.back() != '.')
            written += c == '.' ? '.' : '-';
    }
    while (!written.empty() && (written.back() == '-' || written.back() == '.'))
        written.pop_back();
    return written;
}

Result<> check_slug(const std::optional<std::string>& slug) {
    if (!slug) return {};
    const std::string written = slug_as_written(*slug);
    if (*slug == written && !written.empty()) return {};
    const std::string advice = written.empty() ? "letters and digits" : "'" + written + "'";
    return invalid(
        "slug: '" + printable(*slug) + "' is not how Cal.com writes it; write " + advice
    );
}

template <class List>
Result<> check_list(std::string_view field, const std::optional<List>& list) {
    if (!list) return {};
    if (!list->objection.empty()) return invalid(list->objection);
    return check_size(field, list->json.size(), kMaxListBytes);
}

Result<> check_locations(const std::optional<events::Locations>& locations, Ownership ownership) {
    if (locations && ownership == Ownership::Personal && events::needs_team(*locations))
        return invalid("locations: 'organizersDefaultApp' is for event types of teams only; name "
                       "another location");
    return check_list("locations", locations);
}

Result<> check_questions(const EventTypePatch& patch) {
    if (patch.guests_disabled.has_value() != patch.booking_fields.has_value())
        return Error{
            ErrorKind::Bug,
            "disableGuests and bookingFields: one without the other; Cal.com would change both"};
    return check_list("bookingFields", patch.booking_fields);
}

} // namespace

bool EventTypePatch::empty() const {
    bool none = true;
    for_each_field(*this, EventType{}, [&](std::string_view, const auto& wanted, const auto&) {
        none = none && !wanted;
    });
    return none;
}

Result<> check(const EventTypePatch& patch, Ownership ownership) {
    if (patch.title && trim(*patch.title).empty())
        return invalid("title: empty; an event type needs a name");
    for (Result<> verdict :
         {check_text("title", patch.title, kMaxTitleBytes),
          check_text("slug", patch.slug, kMaxSlugBytes),
          check_slug(patch.slug),
          check_text("description", patch.description, kMaxDescriptionBytes),
          check_minutes("lengthInMinutes", patch.length_minutes, 1),
          check_options(patch.length_options),
          check_minutes("minimumBookingNotice", patch.minimum_notice_minutes, 0),
          check_minutes("beforeEventBuffer", patch.buffer_before_minutes, 0),
          check_minutes("afterEventBuffer", patch.buffer_after_minutes, 0),
          check_confirmation(patch.confirmation),
          check_questions(patch),
          check_locations(patch.locations, ownership)})
        if (!verdict) return verdict;
    return {};
}

std::string patch_json(const EventTypePatch& patch) {
    json::Writer json;
    json.begin_object();
    for_each_field(
        patch,
        EventType{},
        [&](std::string_view field, const auto& wanted, const auto&) {
            if (wanted) json.key(field).raw(json_to_send(*wanted, patch));
        }
    );
    return json.end_object().take();
}

Differences compare(const EventTypePatch& patch, const EventType& answered) {
    Differences differences;
    for_each_field(
        patch,
        answered,
        [&](std::string_view field, const auto& wanted, const auto& current) {
            if (!wanted) return;
            std::string there = json_of(current);
            if (std::string here = json_of(*wanted); here != there)
                differences.push_back({std::string(field), std::move(here), std::move(there)});
        }
    );
    return differences;
}

} // namespace calfleet::calcom
