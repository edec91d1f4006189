#include "common/events/booking.h"

#include "common/core/text.h"
#include "common/events/field_reader.h"
#include "common/events/people.h"
#include "common/events/text_rules.h"
#include "common/json/parser.h"

#include <array>
#include <string>

namespace calfleet::events {
namespace {

using Field = FieldReader::Field;

constexpr TextRule kUidRule{.max_bytes = 255, .quote = Quote::Value};
constexpr TextRule kStatusRule{.max_bytes = 64, .quote = Quote::Value};

enum DataField { kBooking, kBranch, kPayload, kWrappedData, kBareUid };
constexpr json::FieldTable kDataFields{
    std::array<std::string_view, 5>{"booking", "branch_id", "payload", "data", "uid"}};

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

std::optional<BookingStatus> status_of(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, BookingStatus>, 4> kKnown{
        {{"accepted", BookingStatus::Accepted},
         {"pending", BookingStatus::Pending},
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
        Fields<5> data;
        if (!reader_.object(kData, root, kDataFields, data)) return false;
        if (!data[kBooking]) return explain_missing_booking(data);
        std::optional<std::int64_t> branch;
        if (!reader_.number(kData / "branch_id", data[kBranch], 1, branch)) return false;
        if (branch) event_.branch = BranchId{*branch};
        return read_booking(*data[kBooking]);
    }

    const Error& error() const { return reader_.error(); }
    const BookingEvent& event() const { return event_; }

private:
    bool explain_missing_booking(const Fields<5>& data) {
        const Path path = kData / "booking";
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
               read_relatives(fields) && read_people(fields) && keep();
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
        if (fields[kEventType] && !fields[kEventType]->is_null()) {
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
        if (!field || field->is_null()) return true;
        std::string_view text;
        if (!reader_.text(path, field, kStatusRule, text)) return false;
        const auto status = status_of(text);
        if (!status)
            return reader_.fail_value(
                path, text, "is not one of accepted, pending, cancelled, rejected"
            );
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
            .attendees = fields[kAttendees],
            .responses = fields[kResponses],
            .booking_field_responses = fields[kBookingFieldsResponses]};
        return read_host(reader_, booking_, people, arena_, event_.host) &&
               read_customer(reader_, booking_, people, arena_, event_.customer);
    }

    bool keep() {
        event_.uid = arena_.keep(event_.uid);
        event_.rescheduled_from_uid = arena_.keep(event_.rescheduled_from_uid);
        event_.rescheduled_to_uid = arena_.keep(event_.rescheduled_to_uid);
        return true;
    }

    const Envelope& envelope_;
    TextArena& arena_;
    FieldReader reader_;
    Path booking_{&kData, "booking"};
    BookingEvent event_;
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
    const Result<json::Value> root = impl_->parser.parse(envelope.data);
    if (!root) return Error{root.error().kind, "data: " + root.error().message};
    BookingReading reading(envelope, arena);
    if (!reading.read(*root)) return reading.error();
    return reading.event();
}

} // namespace calfleet::events
