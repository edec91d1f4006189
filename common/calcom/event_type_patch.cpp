#include "common/calcom/event_type_patch.h"

#include "common/core/text.h"
#include "common/json/writer.h"

namespace calfleet::calcom {
namespace {

constexpr std::int64_t kMostMinutes = 60L * 24 * 365;
constexpr std::size_t kMaxTitleBytes = 1000;
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
    visit("title", patch.title, type.title);
    visit("description", patch.description, type.description);
    visit("lengthInMinutes", patch.length_minutes, type.length_minutes);
    visit("hidden", patch.hidden, type.hidden);
    visit("minimumBookingNotice", patch.minimum_notice_minutes, type.minimum_notice_minutes);
    visit("beforeEventBuffer", patch.buffer_before_minutes, type.buffer_before_minutes);
    visit("afterEventBuffer", patch.buffer_after_minutes, type.buffer_after_minutes);
    visit("scheduleId", patch.schedule, type.schedule);
    visit("confirmationPolicy", patch.confirmation, type.confirmation);
    visit("disableGuests", patch.guests_disabled, type.guests_disabled);
}

Result<>
check_text(std::string_view field, const std::optional<std::string>& text, std::size_t max_bytes) {
    if (!text) return {};
    if (text->size() > max_bytes)
        return invalid(
            std::string(field) + ": " + std::to_string(text->size()) + " bytes, at most " +
            std::to_string(max_bytes) + " can be sent; shorten it"
        );
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

} // namespace

bool EventTypePatch::empty() const {
    bool none = true;
    for_each_field(*this, EventType{}, [&](std::string_view, const auto& wanted, const auto&) {
        none = none && !wanted;
    });
    return none;
}

Result<> check(const EventTypePatch& patch) {
    if (patch.title && trim(*patch.title).empty())
        return invalid("title: empty; an event type needs a name");
    for (Result<> verdict :
         {check_text("title", patch.title, kMaxTitleBytes),
          check_text("description", patch.description, kMaxDescriptionBytes),
          check_minutes("lengthInMinutes", patch.length_minutes, 1),
          check_minutes("minimumBookingNotice", patch.minimum_notice_minutes, 0),
          check_minutes("beforeEventBuffer", patch.buffer_before_minutes, 0),
          check_minutes("afterEventBuffer", patch.buffer_after_minutes, 0),
          check_confirmation(patch.confirmation)})
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
            if (wanted) json.key(field).raw(json_of(*wanted));
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

EventTypePatch changes_only(const EventTypePatch& wanted, const EventType& current) {
    EventTypePatch changes = wanted;
    for_each_field(changes, current, [](std::string_view, auto& field, const auto& there) {
        if (field && json_of(*field) == json_of(there)) field.reset();
    });
    return changes;
}

} // namespace calfleet::calcom
