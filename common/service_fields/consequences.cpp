#include "common/service_fields/consequences.h"

#include <algorithm>

namespace calfleet::service_fields {

std::vector<std::string> consequences(const PlannedPush& push) {
    const auto sends = [&](Field field) {
        return std::find(push.fields.begin(), push.fields.end(), field) != push.fields.end();
    };
    std::vector<std::string> said;
    const bool of_length = sends(Field::Duration) || sends(Field::DurationOptions);
    const bool unbookable =
        of_length && !push.options.empty() &&
        std::find(push.options.begin(), push.options.end(), push.length) == push.options.end();
    if (unbookable)
        said.push_back(
            "not sent: " + std::to_string(push.length) +
            " minutes are none of the lengths among which a booking chooses; nobody could book it"
        );
    if (sends(Field::GuestsDisabled) || sends(Field::BookingFields))
        said.emplace_back("questions and guests are written together; neither is sent if that "
                          "would take away what only Cal.com's web application can set");
    if (!push.managed) return said;
    const std::string copies = std::to_string(push.hosts) + " members' copies";
    if (!push.fields.empty())
        said.push_back(
            "the " + copies +
            " get the event type's values again, and those that their members had hidden are shown"
        );
    if (sends(Field::Slug))
        said.emplace_back("the slug is not sent if a member has an event type of that name, which "
                          "Cal.com would delete");
    if (push.deactivates && push.hosts > 0)
        said.push_back("the " + copies + " can be booked all the same");
    return said;
}

} // namespace calfleet::service_fields
