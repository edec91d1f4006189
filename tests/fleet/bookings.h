#pragma once
// Example bookings by the thousand, reproducible from a seed, and the independent account of what
// must come of them.

#include "common/core/time.h"
#include "common/kafka/record.h"

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace calfleet::fleet {

/// Companies are numbered 1..companies, staff of company c as (c - 1) * staff_per_company + 1...;
/// the Cal.com user id of a staff member is 100 000 + that number, so that the expected assignment
/// can be computed without any matching.
struct Population {
    int companies{5};
    int staff_per_company{6};

    std::int64_t staff_id(int company, int member) const {
        return std::int64_t{company - 1} * staff_per_company + member + 1;
    }
    std::string staff_name(int company, int member) const;
    std::string staff_email(int company, int member) const;
};

struct StorySettings {
    Population population{};
    std::uint64_t seed{1};
    int bookings{1000};        ///< first bookings; reschedules make more uids
    double rescheduled{0.15};  ///< share of bookings that are moved, some of them twice
    double cancelled{0.10};    ///< share of bookings whose last uid is cancelled
    double zipf_exponent{1.0}; ///< of the companies; 0 = all alike
    int customers_per_company{200};
    Instant start{}; ///< time of the first event; each later one is a millisecond younger
};

struct BookingRecord {
    kafka::OutgoingRecord record;
    std::string event_id;
};

/// How the row of a booking must look in the end, whatever the order of arrival.
struct ExpectedAppointment {
    int company{0};
    std::string status;       ///< accepted, cancelled, rescheduled
    std::int64_t staff_id{0}; ///< of an accepted one
    std::string rescheduled_from;
    std::string rescheduled_to;
};

/// Calls sink for every event, in the order in which they happened; half in the webhook's shape,
/// half in the REST answer's. Returns the account: uid to expected row.
std::map<std::string, ExpectedAppointment>
tell_story(const StorySettings& settings, const std::function<void(BookingRecord)>& sink);

/// A record that can never be applied, and the class its dead letter must have.
struct Poison {
    kafka::OutgoingRecord record;
    std::string reason_class;
};
std::vector<Poison> poison_records(Instant time, std::uint64_t seed);

} // namespace calfleet::fleet
