#include "common/calcom/event_type.h"

#include "common/calcom/answer_fields.h"
#include "common/events/event_type_members.h"

#include <array>
#include <set>
#include <utility>

namespace calfleet::calcom {
namespace {

using events::Path;

using Member = events::EventTypeMember;
using HostMember = events::EventTypeHostMember;
using Fields = json::Fields<Member::Count>;

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
        return in_.object(path_, value, events::kEventTypeMembers, fields) &&
               read_identity(fields) && read_words(fields) && read_numbers(fields) &&
               read_rules(fields) && read_confirmation(fields[Member::Confirmation]) &&
               read_options(fields[Member::LengthOptions]) && read_hosts(fields[Member::Hosts]) &&
               read_seats(fields[Member::Seats]);
    }

    /// Of an object that could be read.
    EventType take() {
        const std::size_t bytes = host_bytes_ + out_.description.size() + out_.locations.size() +
                                  out_.booking_fields.size() + out_.metadata.size();
        if (bytes > kMostEventTypeBytes)
            in_.note_unfit(
                path_,
                std::to_string(bytes) + " bytes with its hosts, at most " +
                    std::to_string(kMostEventTypeBytes) + " are kept"
            );
        out_.unfit = in_.unfit();
        return std::move(out_);
    }
    const Error& error() const { return in_.error(); }

private:
    using Value = events::FieldReader::Field;

    Path at(Member::Index member) const { return path_ / events::name(member); }

    bool read_identity(const Fields& fields) {
        return in_.required_id(at(Member::Id), fields[Member::Id], out_.id) &&
               in_.id(at(Member::OwnerId), fields[Member::OwnerId], out_.owner) &&
               in_.id(at(Member::TeamId), fields[Member::TeamId], out_.team) &&
               in_.id(at(Member::ParentId), fields[Member::ParentId], out_.parent) &&
               in_.id(at(Member::ScheduleId), fields[Member::ScheduleId], out_.schedule) &&
               read_scheduling(fields);
    }

    bool read_scheduling(const Fields& fields) {
        std::string word;
        if (!in_.label(at(Member::Scheduling), fields[Member::Scheduling], kMostWordBytes, word))
            return false;
        if (word == "roundRobin")
            out_.scheduling = Scheduling::RoundRobin;
        else if (word == "collective")
            out_.scheduling = Scheduling::Collective;
        else if (word == "managed")
            out_.scheduling = Scheduling::Managed;
        else if (!word.empty() || out_.team)
            out_.scheduling = Scheduling::Other;
        const auto& metadata = fields[Member::Metadata];
        const auto managed = metadata ? metadata->find("managedEventConfig") : std::nullopt;
        out_.managed = out_.scheduling == Scheduling::Managed || out_.parent ||
                       (managed && !managed->is_null());
        return true;
    }

    bool read_words(const Fields& fields) {
        const bool readable =
            in_.words(at(Member::Title), fields[Member::Title], kMostTitleBytes, out_.title) &&
            in_.words(at(Member::Slug), fields[Member::Slug], kMostSlugBytes, out_.slug) &&
            in_.words(
                at(Member::Description),
                fields[Member::Description],
                kMostDescriptionBytes,
                out_.description
            ) &&
            in_.words(
                at(Member::Currency), fields[Member::Currency], kMostWordBytes, out_.currency
            ) &&
            in_.words(
                at(Member::BookingUrl), fields[Member::BookingUrl], kMostUrlBytes, out_.booking_url
            ) &&
            in_.json_text(
                at(Member::Locations), fields[Member::Locations], kMostDocumentBytes, out_.locations
            ) &&
            in_.json_text(
                at(Member::BookingFields),
                fields[Member::BookingFields],
                kMostDocumentBytes,
                out_.booking_fields
            ) &&
            in_.json_text(
                at(Member::Metadata), fields[Member::Metadata], kMostDocumentBytes, out_.metadata
            );
        if (!readable) return false;
        for (const auto required : {Member::Title, Member::Slug, Member::Length})
            if (!fields[required] || fields[required]->is_null())
                return in_.fail(at(required), "missing");
        return true;
    }

    bool read_numbers(const Fields& fields) {
        return in_.count(
                   at(Member::Length), fields[Member::Length], kMostMinutes, out_.length_minutes
               ) &&
               in_.count(
                   at(Member::MinimumNotice),
                   fields[Member::MinimumNotice],
                   kMostMinutes,
                   out_.minimum_notice_minutes
               ) &&
               in_.count(
                   at(Member::BufferBefore),
                   fields[Member::BufferBefore],
                   kMostMinutes,
                   out_.buffer_before_minutes
               ) &&
               in_.count(
                   at(Member::BufferAfter),
                   fields[Member::BufferAfter],
                   kMostMinutes,
                   out_.buffer_after_minutes
               ) &&
               in_.count(at(Member::Price), fields[Member::Price], kMostPrice, out_.price);
    }

    bool read_rules(const Fields& fields) {
        const auto& recurrence = fields[Member::Recurrence];
        out_.recurring = recurrence && recurrence->is_object() && !is_true(*recurrence, "disabled");
        return in_.truth(at(Member::Hidden), fields[Member::Hidden], out_.hidden) &&
               in_.truth(
                   at(Member::GuestsDisabled), fields[Member::GuestsDisabled], out_.guests_disabled
               ) &&
               in_.truth(
                   at(Member::AssignsAll), fields[Member::AssignsAll], out_.assigns_all_members
               );
    }

    bool read_confirmation(const Value& value) {
        if (!value || value->is_null()) return true;
        const Path path = at(Member::Confirmation);
        if (!value->is_object()) return in_.fail_kind(path, *value, "an object");
        if (is_true(*value, "disabled")) return true;
        Confirmation& out = out_.confirmation;
        std::string type;
        if (!in_.label(path / "type", value->find("type"), kMostWordBytes, type)) return false;
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
        return in_.label(
                   inner / "unit", threshold->find("unit"), kMostWordBytes, out.notice_unit
               ) &&
               in_.count(inner / "count", threshold->find("count"), kMostMinutes, out.notice_count);
    }

    bool read_options(const Value& value) {
        if (!value || value->is_null()) return true;
        if (!value->is_array()) return in_.fail_kind(at(Member::LengthOptions), *value, "an array");
        out_.length_options = events::duration_options_of(*value);
        return true;
    }

    bool read_hosts(const Value& value) {
        if (!value || value->is_null()) return true;
        const Path path = at(Member::Hosts);
        if (!value->is_array()) return in_.fail_kind(path, *value, "an array");
        for (const json::Value element : value->elements()) {
            if (out_.hosts.size() >= kMostHosts) {
                in_.note_unfit(path, "more than " + std::to_string(kMostHosts) + " hosts");
                return true;
            }
            if (!read_host(path[out_.hosts.size()], element)) return false;
        }
        return true;
    }

    bool read_host(const Path& path, json::Value value) {
        json::Fields<HostMember::Count> fields;
        EventTypeHost host;
        const bool readable =
            in_.object(path, value, events::kEventTypeHostMembers, fields) &&
            in_.required_id(path / "userId", fields[HostMember::UserId], host.user) &&
            in_.label(path / "name", fields[HostMember::Name], kMostNameBytes, host.name) &&
            in_.label(
                path / "username", fields[HostMember::Username], kMostUsernameBytes, host.username
            ) &&
            in_.truth(path / "mandatory", fields[HostMember::Mandatory], host.mandatory) &&
            in_.label(
                path / "priority", fields[HostMember::Priority], kMostWordBytes, host.priority
            );
        if (!readable) return false;
        // Its id and the names of its members take about as much again.
        host_bytes_ += 100 + host.name.size() + host.username.size() + host.priority.size();
        if (host_bytes_ <= kMostEventTypeBytes) out_.hosts.push_back(std::move(host));
        return true;
    }

    bool read_seats(const Value& value) {
        if (!value || !value->is_object() || is_true(*value, "disabled")) return true;
        return in_.count(
            at(Member::Seats) / "seatsPerTimeSlot",
            value->find("seatsPerTimeSlot"),
            kMostPrice,
            out_.seats_per_slot
        );
    }

    const Path& path_;
    AnswerFields in_;
    EventType out_;
    std::size_t host_bytes_{0};
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
    auto type = read_at(kData, value);
    if (type && !type->unfit.empty()) return Error{ErrorKind::Conflict, std::move(type->unfit)};
    return type;
}

Result<std::vector<EventType>> read_event_types(json::Value value) {
    static constexpr Path kData{.name = "data"};
    if (!value.is_array())
        return invalid("data: " + std::string(json::name(value.kind())) + ", expected an array");
    std::vector<EventType> types;
    std::set<EventTypeId> seen;
    std::size_t index = 0;
    for (const json::Value element : value.elements()) {
        if (index == kMostEventTypes)
            return Error{
                ErrorKind::Conflict,
                "data: more than " + std::to_string(kMostEventTypes) + " event types"};
        const Path path = kData[index++];
        auto type = read_at(path, element);
        if (!type) return type.error();
        if (seen.insert(type->id).second) types.push_back(std::move(*type));
    }
    return types;
}

} // namespace calfleet::calcom
