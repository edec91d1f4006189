#include "common/calcom/event_type.h"

#include "common/calcom/answer_fields.h"

#include <array>
#include <set>
#include <utility>

namespace calfleet::calcom {
namespace {

using events::Path;

enum Field {
    kId,
    kOwnerId,
    kTeamId,
    kParentId,
    kScheduling,
    kMetadata,
    kTitle,
    kSlug,
    kDescription,
    kLength,
    kHidden,
    kNotice,
    kBufferBefore,
    kBufferAfter,
    kScheduleId,
    kConfirmation,
    kDisableGuests,
    kPrice,
    kCurrency,
    kBookingUrl,
    kAssignAll,
    kHosts,
    kSeats,
    kRecurrence,
    kLocations,
    kBookingFields,
    kFieldCount
};
constexpr json::FieldTable kFields{std::array<std::string_view, kFieldCount>{
    "id",
    "ownerId",
    "teamId",
    "parentEventTypeId",
    "schedulingType",
    "metadata",
    "title",
    "slug",
    "description",
    "lengthInMinutes",
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
    "bookingFields"}};
using Fields = json::Fields<kFieldCount>;

bool is_true(json::Value object, std::string_view key) {
    const auto value = object.find(key);
    return value && value->as_bool().value_or(false);
}

// One object of an answer being read.
class Reading {
public:
    explicit Reading(const Path& path)
        : path_(path) {}

    bool read(json::Value value) {
        Fields fields;
        return in_.object(path_, value, kFields, fields) && read_identity(fields) &&
               read_words(fields) && read_numbers(fields) && read_rules(fields) &&
               read_confirmation(fields[kConfirmation]) && read_hosts(fields[kHosts]) &&
               read_seats(fields[kSeats]);
    }

    EventType take() { return std::move(out_); }
    const Error& error() const { return in_.error(); }

private:
    using Value = events::FieldReader::Field;

    Path at(Field field) const { return path_ / kFields.name_of(field); }

    bool read_identity(const Fields& fields) {
        return in_.required_id(at(kId), fields[kId], out_.id) &&
               in_.id(at(kOwnerId), fields[kOwnerId], out_.owner) &&
               in_.id(at(kTeamId), fields[kTeamId], out_.team) &&
               in_.id(at(kParentId), fields[kParentId], out_.parent) &&
               in_.id(at(kScheduleId), fields[kScheduleId], out_.schedule) &&
               read_scheduling(fields);
    }

    bool read_scheduling(const Fields& fields) {
        std::string word;
        if (!in_.words(at(kScheduling), fields[kScheduling], word)) return false;
        if (word == "roundRobin")
            out_.scheduling = Scheduling::RoundRobin;
        else if (word == "collective")
            out_.scheduling = Scheduling::Collective;
        else if (word == "managed")
            out_.scheduling = Scheduling::Managed;
        else if (!word.empty() || out_.team)
            out_.scheduling = Scheduling::Other;
        const auto& metadata = fields[kMetadata];
        const auto managed = metadata ? metadata->find("managedEventConfig") : std::nullopt;
        out_.managed = out_.scheduling == Scheduling::Managed || out_.parent ||
                       (managed && !managed->is_null());
        return true;
    }

    bool read_words(const Fields& fields) {
        const bool readable =
            in_.words(at(kTitle), fields[kTitle], out_.title) &&
            in_.words(at(kSlug), fields[kSlug], out_.slug) &&
            in_.words(at(kDescription), fields[kDescription], out_.description) &&
            in_.words(at(kCurrency), fields[kCurrency], out_.currency) &&
            in_.words(at(kBookingUrl), fields[kBookingUrl], out_.booking_url) &&
            in_.json_text(at(kLocations), fields[kLocations], out_.locations) &&
            in_.json_text(at(kBookingFields), fields[kBookingFields], out_.booking_fields) &&
            in_.json_text(at(kMetadata), fields[kMetadata], out_.metadata);
        if (!readable) return false;
        for (const Field required : {kTitle, kSlug, kLength})
            if (!fields[required] || fields[required]->is_null())
                return in_.fail(at(required), "missing");
        return true;
    }

    bool read_numbers(const Fields& fields) {
        return in_.count(at(kLength), fields[kLength], out_.length_minutes) &&
               in_.count(at(kNotice), fields[kNotice], out_.minimum_notice_minutes) &&
               in_.count(at(kBufferBefore), fields[kBufferBefore], out_.buffer_before_minutes) &&
               in_.count(at(kBufferAfter), fields[kBufferAfter], out_.buffer_after_minutes) &&
               in_.count(at(kPrice), fields[kPrice], out_.price);
    }

    bool read_rules(const Fields& fields) {
        const auto& recurrence = fields[kRecurrence];
        out_.recurring = recurrence && recurrence->is_object() && !is_true(*recurrence, "disabled");
        return in_.truth(at(kHidden), fields[kHidden], out_.hidden) &&
               in_.truth(at(kDisableGuests), fields[kDisableGuests], out_.guests_disabled) &&
               in_.truth(at(kAssignAll), fields[kAssignAll], out_.assigns_all_members);
    }

    bool read_confirmation(const Value& value) {
        if (!value || value->is_null()) return true;
        const Path path = at(kConfirmation);
        if (!value->is_object()) return in_.fail_kind(path, *value, "an object");
        if (is_true(*value, "disabled")) return true;
        Confirmation& out = out_.confirmation;
        std::string type;
        if (!in_.words(path / "type", value->find("type"), type)) return false;
        out.blocks_slot = is_true(*value, "blockUnconfirmedBookingsInBooker");
        if (type == "always") {
            out.when = Confirmation::When::Always;
            return true;
        }
        const auto threshold = value->find("noticeThreshold");
        if (type != "time" || !threshold) {
            out.when = Confirmation::When::Other;
            return true;
        }
        out.when = Confirmation::When::ShortNotice;
        const Path inner = path / "noticeThreshold";
        return in_.words(inner / "unit", threshold->find("unit"), out.notice_unit) &&
               in_.count(inner / "count", threshold->find("count"), out.notice_count);
    }

    bool read_hosts(const Value& value) {
        if (!value || value->is_null()) return true;
        const Path path = at(kHosts);
        if (!value->is_array()) return in_.fail_kind(path, *value, "an array");
        for (const json::Value element : value->elements()) {
            if (out_.hosts.size() >= kMostHosts)
                return in_.fail(path, "more than " + std::to_string(kMostHosts) + " hosts");
            if (!read_host(path[out_.hosts.size()], element)) return false;
        }
        return true;
    }

    bool read_host(const Path& path, json::Value value) {
        static constexpr json::FieldTable kHostFields{
            std::array<std::string_view, 5>{"userId", "name", "username", "mandatory", "priority"}};
        json::Fields<5> fields;
        EventTypeHost host;
        const bool readable = in_.object(path, value, kHostFields, fields) &&
                              in_.required_id(path / "userId", fields[0], host.user) &&
                              in_.words(path / "name", fields[1], host.name) &&
                              in_.words(path / "username", fields[2], host.username) &&
                              in_.truth(path / "mandatory", fields[3], host.mandatory) &&
                              in_.words(path / "priority", fields[4], host.priority);
        if (readable) out_.hosts.push_back(std::move(host));
        return readable;
    }

    bool read_seats(const Value& value) {
        if (!value || !value->is_object() || is_true(*value, "disabled")) return true;
        return in_.count(
            at(kSeats) / "seatsPerTimeSlot", value->find("seatsPerTimeSlot"), out_.seats_per_slot
        );
    }

    const Path& path_;
    AnswerFields in_;
    EventType out_;
};

Result<EventType> read_at(const Path& path, json::Value value) {
    Reading reading(path);
    if (!reading.read(value)) return reading.error();
    return reading.take();
}

} // namespace

std::string_view name(Scheduling scheduling) {
    switch (scheduling) {
    case Scheduling::Personal:
        return "personal";
    case Scheduling::RoundRobin:
        return "round_robin";
    case Scheduling::Collective:
        return "collective";
    case Scheduling::Managed:
        return "managed";
    case Scheduling::Other:
        return "other";
    }
    return "other";
}

Result<EventType> read_event_type(json::Value value) {
    static constexpr Path kData{.name = "data"};
    return read_at(kData, value);
}

Result<std::vector<EventType>> read_event_types(json::Value value) {
    static constexpr Path kData{.name = "data"};
    if (!value.is_array())
        return invalid("data: " + std::string(json::name(value.kind())) + ", expected an array");
    std::vector<EventType> types;
    std::set<EventTypeId> seen;
    std::size_t index = 0;
    for (const json::Value element : value.elements()) {
        const Path path = kData[index++];
        auto type = read_at(path, element);
        if (!type) return type.error();
        if (seen.insert(type->id).second) types.push_back(std::move(*type));
    }
    return types;
}

} // namespace calfleet::calcom
