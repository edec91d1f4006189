#include "common/events/booking.h"

#include "common/core/text.h"
#include "common/events/field_reader.h"
#include "common/events/people.h"
#include "common/events/text_rules.h"
#include "common/json/parser.h"

#include <array>
#include <string>
#include <utility>

namespace calfleet::events {
namespace {

using Field = FieldReader::Field;

constexpr TextRule kUidRule{.max_bytes = 255, .quote = Quote::Value, .controls = Controls::Refused};
constexpr TextRule kStatusRule{.max_bytes = 64, .quote = Quote::Value};

enum DataField {
    kBooking,
    kBranch,
    kPayload,
    kWrappedData,
    kBareUid,
    kSchema,
    kBefore,
    kAfter,
    kDataFieldCount
};
constexpr json::FieldTable kDataFields{std::array<std::string_view, kDataFieldCount>{
    "booking", "branch_id", "payload", "data", "uid", "schema", "before", "after"}};

// Both shapes of Cal.com's booking object side by side: webhook payload and REST answer.
enum BookingField {
    kUid,
    kId,
    kBookingId,
    kEventTypeId,
    kEventType,
    kStatus,
    kStart,
    kStartTime,
    kEnd,
    kEndTime,
    kUpdatedAt,
    kOrganizer,
    kHosts,
    kAttendees,
    kResponses,
    kBookingFieldsResponses,
    kRescheduleUid,
    kRescheduledFromUid,
    kRescheduledToUid,
    kRescheduleStartTime,
    kRescheduleEndTime,
    kTeam,
    kReminderNumber,
    kSeatsPerSlot,
    kAttendeeSeat,
    kSeat,
    kRecurrence,
    kSeries,
    kTriggerEvent,
    kInnerData,
    kBookingFieldCount
};
constexpr json::FieldTable kBookingFields{std::array<std::string_view, kBookingFieldCount>{
    "uid",
    "id",
    "bookingId",
    "eventTypeId",
    "eventType",
    "status",
    "start",
    "startTime",
    "end",
    "endTime",
    "updatedAt",
    "organizer",
    "hosts",
    "attendees",
    "responses",
    "bookingFieldsResponses",
    "rescheduleUid",
    "rescheduledFromUid",
    "rescheduledToUid",
    "rescheduleStartTime",
    "rescheduleEndTime",
    "team",
    "smsReminderNumber",
    "seatsPerTimeSlot",
    "attendeeSeatId",
    "seatUid",
    "recurringEvent",
    "recurringBookingUid",
    "triggerEvent",
    "data"}};
constexpr json::FieldTable kEventTypeFields{std::array<std::string_view, 1>{"id"}};

constexpr Path kData{.name = "data"};

std::optional<BookingChange> change_of(std::string_view type) {
    if (type == kBookingCreated) return BookingChange::Created;
    if (type == kBookingRescheduled) return BookingChange::Rescheduled;
    if (type == kBookingCancelled) return BookingChange::Cancelled;
    return std::nullopt;
}

/// Of an instant meeting that no host has joined yet.
constexpr std::string_view kAwaitingHost = "awaiting_host";

std::optional<BookingStatus> status_of(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, BookingStatus>, 5> kKnown{
        {{"accepted", BookingStatus::Accepted},
         {"pending", BookingStatus::Pending},
         {kAwaitingHost, BookingStatus::Pending},
         {"cancelled", BookingStatus::Cancelled},
         {"rejected", BookingStatus::Rejected}}};
    for (const auto& [name, status] : kKnown)
        if (equals_ignoring_ascii_case(text, name)) return status;
    return std::nullopt;
}

// One document being read; views stay in the parsed document until keep() moves them into the
// arena.
class BookingReading {
public:
    BookingReading(const Envelope& envelope, TextArena& arena)
        : envelope_(envelope)
        , arena_(arena) {}

    bool read(json::Value root) {
        const auto change = change_of(envelope_.type);
        if (!change) {
            static constexpr Path kType{.name = "type"};
            return reader_.fail_value(
                kType,
                envelope_.type,
                "is not one of booking-created, booking-rescheduled, booking-cancelled"
            );
        }
        event_.change = *change;
        Fields<kDataFieldCount> data;
        if (!reader_.object(kData, root, kDataFields, data)) return false;
        if (!data[kBooking]) return explain_missing_booking(data);
        std::optional<std::int64_t> branch;
        if (!reader_.number(kData / "branch_id", data[kBranch], 1, branch)) return false;
        if (branch) event_.branch = BranchId{*branch};
        return read_booking(*data[kBooking]);
    }

    const Error& error() const { return reader_.error(); }
    BookingEvent take() { return std::move(event_); }

private:
    bool explain_missing_booking(const Fields<kDataFieldCount>& data) {
        const Path path = kData / "booking";
        if (data[kPayload] && data[kSchema])
            return reader_.fail(
                path,
                "missing; found data.schema beside data.payload, an envelope of Kafka Connect: set "
                "value.converter.schemas.enable=false, so that the payload alone is published"
            );
        if (data[kAfter] || data[kBefore])
            return reader_.fail(
                path,
                "missing; found data.before or data.after, a change of a row: publish Cal.com's "
                "booking object and not the row of its database"
            );
        if (data[kPayload])
            return reader_.fail(
                path, "missing; found data.payload: forward the webhook's payload as data.booking"
            );
        if (data[kWrappedData])
            return reader_.fail(
                path, "missing; found data.data: forward the answer's data as data.booking"
            );
        if (data[kBareUid])
            return reader_.fail(
                path, "missing; found data.uid: wrap the booking as {\"booking\": {...}}"
            );
        return reader_.fail(path, "missing; expected Cal.com's booking object");
    }

    bool read_booking(json::Value booking) {
        if (booking.is_array())
            return reader_.fail(
                booking_,
                "an array, expected an object: publish one event for each booking of a series"
            );
        Fields<kBookingFieldCount> fields;
        if (!reader_.object(booking_, booking, kBookingFields, fields)) return false;
        return read_identity(fields) && read_status(fields[kStatus]) && read_times(fields) &&
               read_relatives(fields) && read_series(fields) && read_people(fields) && keep();
    }

    bool explain_missing_uid(const Fields<kBookingFieldCount>& fields) {
        const Path path = booking_ / "uid";
        if (fields[kTriggerEvent])
            return reader_.fail(
                path,
                "missing; data.booking is a whole webhook: forward its payload as data.booking"
            );
        if (fields[kInnerData])
            return reader_.fail(
                path, "missing; data.booking is a whole answer: forward its data as data.booking"
            );
        return reader_.fail(path, "missing; expected Cal.com's uid of the booking");
    }

    bool read_identity(const Fields<kBookingFieldCount>& fields) {
        if (!reader_.text(booking_ / "uid", fields[kUid], kUidRule, event_.uid)) return false;
        if (event_.uid.empty()) return explain_missing_uid(fields);
        if (!reader_.number(booking_ / "id", fields[kId], 1, event_.booking_id)) return false;
        if (!reader_.number(booking_ / "bookingId", fields[kBookingId], 1, event_.booking_id))
            return false;
        return read_event_type(fields);
    }

    // Null after the event type was deleted, 0 for a booking of several people without one.
    bool read_event_type(const Fields<kBookingFieldCount>& fields) {
        std::optional<std::int64_t>& id = event_.event_type_id;
        if (!reader_.is_absent(fields[kEventType])) {
            const Path path = booking_ / "eventType";
            Fields<1> parts;
            if (!reader_.object(path, *fields[kEventType], kEventTypeFields, parts)) return false;
            if (!reader_.number(path / "id", parts[0], 0, id)) return false;
        }
        if (!reader_.number(booking_ / "eventTypeId", fields[kEventTypeId], 0, id)) return false;
        if (id == 0) id.reset();
        return true;
    }

    bool read_status(const Field& field) {
        const Path path = booking_ / "status";
        const bool cancelled = event_.change == BookingChange::Cancelled;
        event_.status = cancelled ? BookingStatus::Cancelled : BookingStatus::Accepted;
        std::string_view text;
        if (!reader_.text(path, field, kStatusRule, text)) return false;
        if (text.empty()) return true;
        const auto status = status_of(text);
        if (!status)
            return reader_.fail_value(
                path, text, "is not one of accepted, pending, cancelled, rejected"
            );
        stands_ = *status == BookingStatus::Accepted || *status == BookingStatus::Pending;
        awaits_host_ = equals_ignoring_ascii_case(text, kAwaitingHost);
        // A snapshot taken just before the cancellation does not undo it.
        if (!cancelled || *status == BookingStatus::Rejected) event_.status = *status;
        return true;
    }

    // The same instant under its two names; both may be there when they agree.
    bool read_either(
        const Field& rest,
        std::string_view rest_name,
        const Field& webhook,
        std::string_view webhook_name,
        std::optional<Instant>& out
    ) {
        std::optional<Instant> other;
        if (!reader_.instant(booking_ / rest_name, rest, out)) return false;
        if (!reader_.instant(booking_ / webhook_name, webhook, other)) return false;
        if (out && other && *out != *other)
            return reader_.fail(booking_ / webhook_name, "differs from " + std::string(rest_name));
        if (other) out = other;
        return true;
    }

    bool read_times(const Fields<kBookingFieldCount>& fields) {
        std::optional<Instant> start, end, updated;
        if (!read_either(fields[kStart], "start", fields[kStartTime], "startTime", start))
            return false;
        if (!read_either(fields[kEnd], "end", fields[kEndTime], "endTime", end)) return false;
        if (!reader_.instant(booking_ / "updatedAt", fields[kUpdatedAt], updated)) return false;
        event_.as_of = updated.value_or(envelope_.time);
        const bool required = event_.change != BookingChange::Cancelled;
        static constexpr std::string_view kMissing =
            "missing; expected an RFC 3339 time like 2026-11-20T08:10:13Z";
        if (!start && required) return reader_.fail(booking_ / "startTime", kMissing);
        if (!end && required) return reader_.fail(booking_ / "endTime", kMissing);
        // A sparse cancellation needs no times, and one alone says nothing that can be stored.
        if (!start || !end) return true;
        if (*end < *start) {
            return reader_.fail(
                booking_ / "endTime",
                "'" + format_instant(*end) + "' is before the start '" + format_instant(*start) +
                    "'"
            );
        }
        event_.starts_at = start;
        event_.ends_at = end;
        return true;
    }

    bool read_relatives(const Fields<kBookingFieldCount>& fields) {
        std::string_view webhook_from;
        std::string_view rest_from;
        std::string_view to;
        const bool readable =
            reader_.text(
                booking_ / "rescheduleUid", fields[kRescheduleUid], kUidRule, webhook_from
            ) &&
            reader_.text(
                booking_ / "rescheduledFromUid", fields[kRescheduledFromUid], kUidRule, rest_from
            ) &&
            reader_.text(booking_ / "rescheduledToUid", fields[kRescheduledToUid], kUidRule, to) &&
            reader_.instant(
                booking_ / "rescheduleStartTime",
                fields[kRescheduleStartTime],
                event_.rescheduled_from_start
            ) &&
            reader_.instant(
                booking_ / "rescheduleEndTime",
                fields[kRescheduleEndTime],
                event_.rescheduled_from_end
            );
        if (!readable) return false;
        const std::string_view from = webhook_from.empty() ? rest_from : webhook_from;
        // Without either name nobody could tell which appointment is obsolete, and both would stay
        // in the calendar.
        if (event_.change == BookingChange::Rescheduled && from.empty() && to.empty()) {
            return reader_.fail(
                booking_ / "rescheduleUid",
                "missing; a rescheduled booking names the one it replaces (rescheduleUid, "
                "rescheduledFromUid) "
                "or the one that replaces it (rescheduledToUid)"
            );
        }
        if (from != event_.uid) event_.rescheduled_from_uid = from;
        if (to != event_.uid) event_.rescheduled_to_uid = to;
        return true;
    }

    bool read_people(const Fields<kBookingFieldCount>& fields) {
        const PeopleFields people{
            .organizer = fields[kOrganizer],
            .hosts = fields[kHosts],
            .team = fields[kTeam],
            .attendees = fields[kAttendees],
            .responses = fields[kResponses],
            .booking_field_responses = fields[kBookingFieldsResponses],
            .reminder_number = fields[kReminderNumber],
            .seats_per_slot = fields[kSeatsPerSlot],
            .attendee_seat = fields[kAttendeeSeat],
            .seat = fields[kSeat],
            .stands = stands_};
        if (!read_hosts(reader_, booking_, people, arena_, event_) ||
            !read_customers(reader_, booking_, people, arena_, event_))
            return false;
        if (awaits_host_ && event_.host.id.empty()) event_.host = {};
        return true;
    }

    // {"freq":2,"count":3,"interval":1}, and whatever else somebody's calendar writes there.
    bool read_series(const Fields<kBookingFieldCount>& fields) {
        const Field& recurrence = fields[kRecurrence];
        if (recurrence && recurrence->is_object() && !FieldReader::is_empty_object(*recurrence))
            event_.recurs_every = period_of(*recurrence);
        if (!reader_.text(
                booking_ / "recurringBookingUid", fields[kSeries], kUidRule, event_.series
            ))
            return false;
        event_.is_recurring = event_.recurs_every || !event_.series.empty();
        return true;
    }

    static std::chrono::seconds period_of(json::Value recurrence) {
        constexpr std::int64_t kWeekly = 2;
        constexpr std::int64_t kDaily = 3;
        constexpr std::int64_t kMostIntervals = 1000;
        const auto number = [&](std::string_view key) {
            const auto found = recurrence.find(key);
            return found ? found->as_int64() : std::nullopt;
        };
        const auto frequency = number("freq");
        const std::int64_t interval = number("interval").value_or(1);
        const std::int64_t count = interval >= 1 && interval <= kMostIntervals ? interval : 1;
        if (frequency == kWeekly) return std::chrono::days{7 * count};
        return std::chrono::days{frequency == kDaily ? count : 1};
    }

    bool keep() {
        event_.uid = arena_.keep(event_.uid);
        event_.rescheduled_from_uid = arena_.keep(event_.rescheduled_from_uid);
        event_.rescheduled_to_uid = arena_.keep(event_.rescheduled_to_uid);
        event_.series = arena_.keep(event_.series);
        return true;
    }

    const Envelope& envelope_;
    TextArena& arena_;
    FieldReader reader_{Author::Calcom};
    Path booking_{&kData, "booking"};
    BookingEvent event_;
    bool stands_{false};      ///< the object's status says accepted or pending
    bool awaits_host_{false}; ///< nobody holds it yet: the organizer is a placeholder
};

} // namespace

struct BookingDecoder::Impl {
    json::Parser parser;
};

BookingDecoder::BookingDecoder()
    : impl_(std::make_unique<Impl>()) {}
BookingDecoder::~BookingDecoder() = default;
BookingDecoder::BookingDecoder(BookingDecoder&&) noexcept = default;
BookingDecoder& BookingDecoder::operator=(BookingDecoder&&) noexcept = default;

Result<BookingEvent> BookingDecoder::decode(const Envelope& envelope, TextArena& arena) {
    const Result<json::Value> root = impl_->parser.parse_leniently(envelope.data);
    if (!root) return Error{root.error().kind, "data: " + root.error().message};
    BookingReading reading(envelope, arena);
    if (!reading.read(*root)) return reading.error();
    return reading.take();
}

} // namespace calfleet::events
