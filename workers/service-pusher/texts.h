#pragma once
// What a push says: in a service's row, in a letter, in a log. No addresses and numbers of people.

#include "workers/service-pusher/job.h"

#include "common/calcom/raw_booking_fields.h"

#include <cstdint>
#include <string>
#include <vector>

namespace calfleet::service_pusher {

std::string number(std::int64_t value);
/// "15, 30, 60".
std::string in_words(const std::vector<std::int64_t>& numbers);
/// "duration_minutes 45, locations".
std::string text_of(const Fields& fields);

/// words: Cal.com's.
std::string gone_text(const Endpoint& endpoint, const std::string& words);
/// Read, but not found when it was to be changed.
std::string
only_its_owner_text(calcom::EventTypeId event_type, bool managed, const std::string& words);
/// A 404 may be about what the change names, a schedule say, and then is no word about the event
/// type.
bool is_about_the_event_type(const std::string& words);

std::string cannot_hold_text(const std::string& why);
/// "duration_minutes (sent 45, Cal.com has 30)".
std::string dropped_text(const Fields& dropped, const Fields& answered);
std::string losses_text(const std::vector<calcom::QuestionLosses>& losses);
std::string unseen_losses_text();
std::string shown_again_text(const std::vector<calcom::UserId>& members);

} // namespace calfleet::service_pusher
