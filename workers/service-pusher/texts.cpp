#include "workers/service-pusher/texts.h"

#include "common/core/text.h"
#include "common/events/event_type_updated.h"

namespace calfleet::service_pusher {
namespace {

std::string in_calcoms_words(const std::string& words) {
    return words.empty() ? "" : " (Cal.com: " + words + ")";
}

constexpr std::size_t kMostQuotedBytes = 200;

/// Addresses and numbers of people may be in it, and an error is logged.
bool may_be_quoted(const FieldValue& field) {
    return field.json.front() != '[';
}

} // namespace

std::string number(std::int64_t value) {
    return std::to_string(value);
}

std::string gone_text(const Endpoint& endpoint, const std::string& words) {
    const std::string where = endpoint.team ? " in team " + number(endpoint.team->value) : "";
    return std::string(events::kEventTypeNotFound) + number(endpoint.event_type.value) + where +
           " that the company's key can see" + in_calcoms_words(words) +
           ": it was deleted, or moved; give the service another "
           "event type, then it is pushed again; so it is when a team sync finds this one back";
}

std::string
only_its_owner_text(calcom::EventTypeId event_type, bool managed, const std::string& words) {
    const std::string id = number(event_type.value);
    if (managed)
        return "event type " + id +
               " is one member's child of a managed event type: only that member's own key can "
               "change it; give the service the parent's event type and team" +
               in_calcoms_words(words);
    return "event type " + id +
           " can be read but not changed with the company's key: it belongs to another user; "
           "set that user's key, or give the service an event type of the team" +
           in_calcoms_words(words);
}

bool is_about_the_event_type(const std::string& words) {
    return words.empty() || ascii_lower(words).find("event type") != std::string::npos;
}

std::string text_of(const Fields& fields) {
    constexpr std::size_t kMostBytes = 80;
    std::string text;
    for (const FieldValue& field : values_of(fields)) {
        if (!text.empty()) text += ", ";
        text += field.name;
        if (may_be_quoted(field)) text += " " + printable(field.json, kMostBytes);
    }
    return text;
}

std::string cannot_hold_text(const std::string& why) {
    return "Cal.com cannot hold this: " + why;
}

std::string in_words(const std::vector<std::int64_t>& numbers) {
    std::string text;
    for (const std::int64_t one : numbers)
        text += (text.empty() ? "" : ", ") + number(one);
    return text;
}

std::string dropped_text(const Fields& dropped, const Fields& answered) {
    std::string text = "Cal.com accepted the change and dropped ";
    bool first = true;
    for (const FieldValue& field : values_of(dropped)) {
        if (!first) text += ", ";
        first = false;
        text += field.name;
        if (may_be_quoted(field))
            text +=
                " (sent " + printable(field.json, kMostQuotedBytes) + ", Cal.com has " +
                printable(value_of(answered, field.name).value_or("nothing"), kMostQuotedBytes) +
                ")";
    }
    return text + "; change it there, or take it back here";
}

std::string losses_text(const std::vector<calcom::QuestionLosses>& losses) {
    std::string text = "booking_fields: Cal.com's API writes questions and guests together, and "
                       "would take away what only its web application can set: ";
    bool first = true;
    for (const calcom::QuestionLosses& one : losses) {
        if (!first) text += "; ";
        first = false;
        text += one.slug + " (" + one.members + ")";
    }
    return text + "; make this change there";
}

std::string unseen_losses_text() {
    return "Cal.com's API writes questions and guests together: what its web application alone can "
           "set of a question, if anybody did, is lost by the change, and could not be seen before";
}

std::string shown_again_text(const std::vector<calcom::UserId>& members) {
    constexpr std::size_t kMostNamed = 10;
    std::string users;
    for (std::size_t i = 0; i < members.size() && i < kMostNamed; ++i)
        users += (users.empty() ? "" : ", ") + number(members[i].value);
    if (members.size() > kMostNamed) users += ", ...";
    return "the change shows the copies again that members of the managed event type had hidden "
           "(users " +
           users + ")";
}

} // namespace calfleet::service_pusher
