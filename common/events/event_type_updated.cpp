#include "common/events/event_type_updated.h"

#include "common/core/clean_text.h"
#include "common/events/event_type_members.h"
#include "common/events/field_reader.h"
#include "common/json/writer.h"

#include <algorithm>
#include <array>

namespace calfleet::events {
namespace {

using Field = FieldReader::Field;
using Member = EventTypeMember;
using HostMember = EventTypeHostMember;

constexpr TextRule kWord{.max_bytes = 64, .quote = Quote::Value};
constexpr TextRule kTitle{.max_bytes = 1000, .quote = Quote::Value};
constexpr TextRule kSlug{.max_bytes = 255, .quote = Quote::Value};
constexpr TextRule kUrl{.max_bytes = 2048, .quote = Quote::Value};
constexpr TextRule kPersonName{.max_bytes = 1000};
constexpr TextRule kUsername{.max_bytes = 255};
constexpr std::size_t kDescriptionBytes = 64 * 1024;
constexpr std::size_t kMostHosts = 5000;
// Longer than a year is a mistake of the sender, and would not fit every column.
constexpr std::int64_t kMostMinutes = 365 * 24 * 60;

enum DataField { kChange, kEventType };
constexpr json::FieldTable kDataFields{std::array<std::string_view, 2>{"change", "event_type"}};

constexpr json::FieldTable kPolicyFields{std::array<std::string_view, 2>{"type", "disabled"}};

constexpr Path kData{.name = "data"};

EventTypeScheduling scheduling_of(std::string_view word) {
    if (word.empty()) return EventTypeScheduling::Personal;
    if (word == "roundRobin" || word == "ROUND_ROBIN") return EventTypeScheduling::RoundRobin;
    if (word == "collective" || word == "COLLECTIVE") return EventTypeScheduling::Collective;
    if (word == "managed" || word == "MANAGED") return EventTypeScheduling::Managed;
    return EventTypeScheduling::Other;
}

bool has_nul(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

// jsonb holds everything JSON has but U+0000.
bool has_nul(json::Value value) {
    if (const auto text = value.as_text()) return has_nul(*text);
    for (const json::Member member : value.members())
        if (has_nul(member.key) || has_nul(member.value)) return true;
    for (const json::Value element : value.elements())
        if (has_nul(element)) return true;
    return false;
}

// One document being read; views stay in the parsed document until they are kept in the arena.
class EventTypeReading {
public:
    EventTypeReading(Instant as_of, TextArena& arena)
        : arena_(arena) {
        event_.as_of = as_of;
    }

    bool read(json::Value root) {
        Fields<2> data;
        if (!reader_.object(kData, root, kDataFields, data) || !read_change(data[kChange]))
            return false;
        if (!data[kEventType])
            return reader_.fail(path_, "missing; expected Cal.com's event-type object");
        Fields<Member::Count> fields;
        if (!reader_.object(path_, *data[kEventType], kEventTypeMembers, fields)) return false;
        return read_identity(fields) && read_texts(fields) && read_minutes(fields) &&
               read_switches(fields) && read_confirmation(fields[Member::Confirmation]) &&
               read_hosts(fields[Member::Hosts]) && read_documents(fields);
    }

    const Error& error() const { return reader_.error(); }
    EventTypeUpdated take() { return std::move(event_); }

private:
    Path at(Member::Index member) const { return path_ / events::name(member); }

    bool read_change(const Field& field) {
        const Path path = kData / "change";
        std::string_view text;
        if (!reader_.text(path, field, kWord, text)) return false;
        for (const auto change :
             {EventTypeChange::Created, EventTypeChange::Updated, EventTypeChange::Deleted}) {
            if (text != name(change)) continue;
            event_.change = change;
            return true;
        }
        if (text.empty())
            return reader_.fail(path, "missing; expected one of created, updated, deleted");
        return reader_.fail_value(path, text, "is not one of created, updated, deleted");
    }

    bool read_identity(const Fields<Member::Count>& fields) {
        std::optional<std::int64_t> id;
        if (!reader_.number(at(Member::Id), fields[Member::Id], 1, id)) return false;
        if (!id && fields[Member::AnswerStatus] && fields[Member::AnswerData])
            return reader_.fail(
                at(Member::Id),
                "missing; data.event_type is a whole answer: forward its data as data.event_type"
            );
        if (!id) return reader_.fail(at(Member::Id), "missing; expected Cal.com's event-type id");
        event_.id = *id;
        return reader_.number(at(Member::TeamId), fields[Member::TeamId], 1, event_.team_id) &&
               reader_.number(at(Member::OwnerId), fields[Member::OwnerId], 1, event_.owner_id) &&
               reader_.number(
                   at(Member::ParentId), fields[Member::ParentId], 1, event_.parent_id
               ) &&
               reader_.number(
                   at(Member::ScheduleId), fields[Member::ScheduleId], 1, event_.schedule_id
               ) &&
               reader_.number(at(Member::Price), fields[Member::Price], 0, event_.price);
    }

    bool read_texts(const Fields<Member::Count>& fields) {
        std::string_view scheduling;
        const bool readable =
            reader_.text(at(Member::Title), fields[Member::Title], kTitle, event_.title) &&
            reader_.text(at(Member::Slug), fields[Member::Slug], kSlug, event_.slug) &&
            reader_.text(at(Member::Scheduling), fields[Member::Scheduling], kWord, scheduling) &&
            reader_.text(at(Member::Currency), fields[Member::Currency], kWord, event_.currency) &&
            reader_.text(
                at(Member::BookingUrl), fields[Member::BookingUrl], kUrl, event_.booking_url
            ) &&
            read_description(fields[Member::Description]);
        if (!readable) return false;
        if (event_.title.empty() && !deleted())
            return reader_.fail(at(Member::Title), "missing; expected the event type's title");
        if (event_.slug.empty() && !deleted())
            return reader_.fail(at(Member::Slug), "missing; expected the event type's slug");
        event_.scheduling = scheduling_of(scheduling);
        event_.title = arena_.keep(event_.title);
        event_.slug = arena_.keep(event_.slug);
        event_.currency = arena_.keep(event_.currency);
        event_.booking_url = arena_.keep(event_.booking_url);
        return true;
    }

    // Of several lines. Empty is said, too: a description that was taken away.
    bool read_description(const Field& field) {
        if (!field || field->is_null()) return true;
        const Path path = at(Member::Description);
        if (!field->as_text()) return reader_.fail_kind(path, *field, "text");
        const std::string text = clean_lines(*field->as_text());
        if (text.size() > kDescriptionBytes)
            return reader_.fail(
                path,
                std::to_string(text.size()) + " bytes, at most " +
                    std::to_string(kDescriptionBytes) + " are accepted"
            );
        event_.description = arena_.keep(text);
        return true;
    }

    bool read_span(
        Member::Index member,
        const Field& field,
        std::int64_t least,
        std::optional<std::int64_t>& out
    ) {
        if (!reader_.number(at(member), field, least, out)) return false;
        if (!out || *out <= kMostMinutes) return true;
        return reader_.fail_value(
            at(member),
            std::to_string(*out),
            "is more than " + std::to_string(kMostMinutes) + " minutes, which is a year"
        );
    }

    bool read_minutes(const Fields<Member::Count>& fields) {
        const bool readable =
            read_span(Member::Length, fields[Member::Length], 1, event_.length_minutes) &&
            read_span(
                Member::MinimumNotice,
                fields[Member::MinimumNotice],
                0,
                event_.minimum_notice_minutes
            ) &&
            read_span(
                Member::BufferBefore, fields[Member::BufferBefore], 0, event_.buffer_before_minutes
            ) &&
            read_span(
                Member::BufferAfter, fields[Member::BufferAfter], 0, event_.buffer_after_minutes
            );
        if (!readable) return false;
        if (!event_.length_minutes && !deleted())
            return reader_.fail(at(Member::Length), "missing; expected the length in minutes");
        return true;
    }

    bool read_switch(const Path& path, const Field& field, std::optional<bool>& out) {
        if (reader_.is_absent(field)) return true;
        out = field->as_bool();
        return out || reader_.fail_kind(path, *field, "true or false");
    }

    bool read_switches(const Fields<Member::Count>& fields) {
        std::optional<bool> all;
        const bool readable =
            read_switch(at(Member::Hidden), fields[Member::Hidden], event_.hidden) &&
            read_switch(
                at(Member::GuestsDisabled), fields[Member::GuestsDisabled], event_.guests_disabled
            ) &&
            read_switch(at(Member::AssignsAll), fields[Member::AssignsAll], all);
        event_.assigns_all_members = all.value_or(false);
        return readable;
    }

    // {"disabled":true} or {"type":"always"|"time",...}.
    bool read_confirmation(const Field& field) {
        if (reader_.is_absent(field)) return true;
        const Path path = at(Member::Confirmation);
        Fields<2> policy;
        std::optional<bool> disabled;
        if (!reader_.object(path, *field, kPolicyFields, policy) ||
            !read_switch(path / "disabled", policy[1], disabled))
            return false;
        if (disabled == true)
            event_.requires_confirmation = false;
        else if (!reader_.is_absent(policy[0]))
            event_.requires_confirmation = true;
        return true;
    }

    bool read_hosts(const Field& field) {
        if (reader_.is_absent(field)) return true;
        const Path path = at(Member::Hosts);
        if (!field->is_array() && !FieldReader::is_empty_object(*field))
            return reader_.fail_kind(path, *field, "an array of hosts");
        auto& hosts = event_.hosts.emplace();
        for (const json::Value element : field->elements()) {
            if (hosts.size() == kMostHosts)
                return reader_.fail(path, "more than " + std::to_string(kMostHosts) + " hosts");
            if (!read_host(path[hosts.size()], element, hosts)) return false;
        }
        return true;
    }

    bool read_host(const Path& path, json::Value value, std::vector<SnapshotHost>& hosts) {
        Fields<HostMember::Count> fields;
        SnapshotHost host;
        std::optional<std::int64_t> id;
        std::optional<bool> mandatory;
        const bool readable =
            reader_.object(path, value, kEventTypeHostMembers, fields) &&
            reader_.number(path / "userId", fields[HostMember::UserId], 1, id) &&
            reader_.text(path / "name", fields[HostMember::Name], kPersonName, host.name) &&
            reader_.text(
                path / "username", fields[HostMember::Username], kUsername, host.username
            ) &&
            reader_.text(path / "priority", fields[HostMember::Priority], kWord, host.priority) &&
            read_switch(path / "mandatory", fields[HostMember::Mandatory], mandatory);
        if (!readable) return false;
        if (!id) return reader_.fail(path / "userId", "missing; expected Cal.com's user id");
        hosts.push_back(
            {.user_id = *id,
             .name = arena_.keep(host.name),
             .username = arena_.keep(host.username),
             .mandatory = mandatory.value_or(false),
             .priority = arena_.keep(host.priority)}
        );
        return true;
    }

    bool read_document(
        Member::Index member, const Field& field, json::Kind kind, std::string_view& out
    ) {
        if (reader_.is_absent(field)) return true;
        const Path path = at(member);
        // PHP writes an empty object as an empty list.
        if (kind == json::Kind::Object && FieldReader::is_empty_list(*field)) {
            out = "{}";
            return true;
        }
        if (field->kind() != kind) return reader_.fail_kind(path, *field, json::name(kind));
        if (has_nul(*field)) return reader_.fail(path, "has U+0000, which cannot be stored");
        writer_.clear();
        writer_.value(*field);
        out = arena_.keep(writer_.view());
        return true;
    }

    bool read_documents(const Fields<Member::Count>& fields) {
        return read_document(
                   Member::LengthOptions,
                   fields[Member::LengthOptions],
                   json::Kind::Array,
                   event_.length_options
               ) &&
               read_document(
                   Member::Locations, fields[Member::Locations], json::Kind::Array, event_.locations
               ) &&
               read_document(
                   Member::BookingFields,
                   fields[Member::BookingFields],
                   json::Kind::Array,
                   event_.booking_fields
               ) &&
               read_document(
                   Member::Metadata, fields[Member::Metadata], json::Kind::Object, event_.metadata
               );
    }

    bool deleted() const { return event_.change == EventTypeChange::Deleted; }

    TextArena& arena_;
    FieldReader reader_;
    json::Writer writer_;
    Path path_{&kData, "event_type"};
    EventTypeUpdated event_;
};

} // namespace

std::string_view name(EventTypeChange change) {
    switch (change) {
    case EventTypeChange::Created:
        return "created";
    case EventTypeChange::Updated:
        return "updated";
    case EventTypeChange::Deleted:
        return "deleted";
    }
    return "updated";
}

Result<EventTypeUpdated>
EventTypeUpdatedDecoder::decode(const Envelope& envelope, TextArena& arena) {
    const Result<json::Value> root = parser_.parse_leniently(envelope.data);
    if (!root) return Error{root.error().kind, "data: " + root.error().message};
    EventTypeReading reading(envelope.time, arena);
    if (!reading.read(*root)) return reading.error();
    return reading.take();
}

} // namespace calfleet::events
