#pragma once
// The members of Cal.com's event-type object (API version 2024-06-14) that we read, by the names
// they have there: in answers, in snapshots and in changes.

#include "common/json/field_table.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace calfleet::events {

/// Indexes into json::Fields<EventTypeMember::Count>.
struct EventTypeMember {
    enum Index : std::size_t {
        Id,
        TeamId,
        OwnerId,
        ParentId,
        Scheduling,
        Title,
        Slug,
        Description,
        Length,
        LengthOptions,
        Hidden,
        MinimumNotice,
        BufferBefore,
        BufferAfter,
        ScheduleId,
        Confirmation,
        GuestsDisabled,
        Price,
        Currency,
        BookingUrl,
        AssignsAll,
        Hosts,
        Seats,
        Recurrence,
        Locations,
        BookingFields,
        Metadata,
        /// No members of it: a whole answer has them, which is forwarded by mistake.
        AnswerStatus,
        AnswerData,
        Count
    };
};

inline constexpr json::FieldTable kEventTypeMembers{
    std::array<std::string_view, EventTypeMember::Count>{
        "id",
        "teamId",
        "ownerId",
        "parentEventTypeId",
        "schedulingType",
        "title",
        "slug",
        "description",
        "lengthInMinutes",
        "lengthInMinutesOptions",
        "hidden",
        "minimumBookingNotice",
        "beforeEventBuffer",
        "afterEventBuffer",
        "scheduleId",
        "confirmationPolicy",
        "disableGuests",
        "price",
        "currency",
        "bookingUrl",
        "assignAllTeamMembers",
        "hosts",
        "seats",
        "recurrence",
        "locations",
        "bookingFields",
        "metadata",
        "status",
        "data"}};

constexpr std::string_view name(EventTypeMember::Index member) {
    return kEventTypeMembers.name_of(member);
}

/// One of its hosts.
struct EventTypeHostMember {
    enum Index : std::size_t { UserId, Name, Username, Mandatory, Priority, Count };
};
inline constexpr json::FieldTable kEventTypeHostMembers{
    std::array<std::string_view, EventTypeHostMember::Count>{
        "userId", "name", "username", "mandatory", "priority"}};

} // namespace calfleet::events
