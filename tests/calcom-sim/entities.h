#pragma once
// The things Cal.com knows, as plain rows: what routes read and change.

#include "common/core/time.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace calfleet::calcom_sim {

namespace json = boost::json;

using Id = std::int64_t;

struct User {
    Id id{};
    std::string username{};
    std::string name{};
    std::string email{};
    std::string time_zone{"Europe/London"};
    std::string week_start{"Sunday"};
    int time_format{12};
    std::optional<Id> default_schedule_id{};
    std::string bio{};
    bool locked{}; ///< every request with one of this user's keys is 403
};

/// One stored limit of a key. A key without any has the settings' default limit.
struct Limit {
    std::string name{"default"}; ///< the suffix of the headers, with a capital there
    int requests{120};
    std::chrono::milliseconds window{60'000};
    std::chrono::milliseconds block{60'000};
};

/// One account's credential. Tests and the ledger name it by `name`, never by its value.
struct ApiKey {
    std::string name{};
    std::string value{}; ///< what follows "Bearer "
    Id user_id{};
    bool expired{};
    bool revoked{}; ///< as if it had never been made: 401 of the throttler
    std::vector<Limit> limits{};
};

struct Team {
    Id id{};
    std::string name{};
    std::string slug{};
    std::string time_zone{"Europe/London"};
    std::string week_start{"Sunday"};
    std::string bio{};
    json::object rest{}; ///< other properties that a PATCH has set: they replace the defaults
};

enum class Role { Member, Admin, Owner };

struct Membership {
    Id id{};
    Id user_id{};
    Id team_id{};
    bool accepted{};
    Role role{Role::Member};
    bool disable_impersonation{};
};

/// Monday to Friday, nine to five, unless the seed says otherwise.
struct Availability {
    std::vector<std::string> days{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"};
    std::string start_time{"09:00"};
    std::string end_time{"17:00"};
};

struct Schedule {
    Id id{};
    Id owner_id{};
    std::string name{"Working hours"};
    std::string time_zone{"Europe/London"};
    std::vector<Availability> availability{Availability{}};
    json::array overrides{};
};

enum class Scheduling { None, Collective, RoundRobin, Managed };

struct Host {
    Id user_id{};
    bool mandatory{};
    std::string priority{"medium"};
};

/// A personal type (owner, no team), a team type (team, no owner), or a managed type's child (owner
/// and parent). `rest` holds the properties that are only stored and shown, in the form in which
/// 2024-06-14 shows them; see default_rest() in event_type_view.h.
struct EventType {
    Id id{};
    std::optional<Id> owner_id{};
    std::optional<Id> team_id{};
    std::optional<Id> parent_id{};
    Scheduling scheduling{Scheduling::None};
    std::string title{};
    std::string slug{};
    std::optional<std::string> description{};
    int length_minutes{30};
    bool hidden{};
    int before_buffer{};
    int after_buffer{};
    int minimum_notice{120};
    std::optional<int> slot_interval{};
    std::optional<Id> schedule_id{};
    std::int64_t price{}; ///< in minor units; never written by a request
    std::string currency{"usd"};
    std::vector<Host> hosts{}; ///< of collective and round robin types
    bool assign_all_members{};
    json::array locations{};
    json::array booking_fields{};
    json::object metadata{};
    json::object rest{};
    Instant created{};
    std::int64_t touched{}; ///< grows with every write: lists without a sort key are in this order
};

/// AwaitingHost: an instant booking that no host has taken yet.
enum class BookingStatus { Accepted, Pending, Cancelled, Rejected, AwaitingHost };

struct Attendee {
    std::string name{};
    std::string email{};
    std::string time_zone{};
    std::string language{"en"};
    std::optional<std::string> phone_number{};
    bool absent{};
    std::optional<std::string> seat_uid{};
    json::object responses{}; ///< of a seat
    json::object metadata{};  ///< of a seat
};

/// Keyed by uid in the world. What a module needs beyond this goes into `rest`.
struct Booking {
    Id id{};
    std::string uid{};
    std::string title{};
    std::string description{};
    BookingStatus status{BookingStatus::Accepted};
    Instant start{};
    Instant end{};
    std::optional<Id> event_type_id{}; ///< none once the event type was deleted
    Id host_user_id{};                 ///< the organizer; 0: none yet
    std::vector<Id> other_hosts{};     ///< of collective types; shown among the attendees
    std::vector<Attendee> attendees{}; ///< the booker first
    std::vector<std::string> guests{};
    std::string location{};
    json::object metadata{};
    json::object responses{}; ///< bookingFieldsResponses
    std::string cancellation_reason{};
    std::string rescheduling_reason{};
    std::string rescheduled_from_uid{};
    std::string rescheduled_to_uid{};
    std::string rescheduled_by{};
    std::string recurring_uid{};
    std::string idempotency_key{}; ///< of accepted ones only; unique
    Instant created{};
    Instant updated{};
    json::object rest{};
};

/// Keyed by its UUID. Exactly one of user, event type and team owns it.
struct Webhook {
    std::string id{};
    std::string subscriber_url{};
    std::vector<std::string> triggers{};
    bool active{true};
    std::optional<std::string> payload_template{};
    std::optional<std::string> secret{};
    std::optional<Id> user_id{};
    std::optional<Id> event_type_id{};
    std::optional<Id> team_id{};
    Instant created{};
};

/// Keyed by its uid.
struct Reservation {
    std::string uid{};
    Id event_type_id{};
    Instant start{};
    Instant end{};
    Instant until{};
    int duration_minutes{5};
};

} // namespace calfleet::calcom_sim
