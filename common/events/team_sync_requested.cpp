#include "common/events/team_sync_requested.h"

#include "common/events/field_reader.h"
#include "common/json/writer.h"

#include <array>

namespace calfleet::events {
namespace {

constexpr std::array<SyncMode, 3> kModes{SyncMode::Sync, SyncMode::Check, SyncMode::Force};
constexpr TextRule kWord{.max_bytes = 64, .quote = Quote::Value};
constexpr TextRule kLogin{.max_bytes = 255};

enum DataField { kMode, kTeam, kReason, kRequestedBy };
constexpr json::FieldTable kDataFields{
    std::array<std::string_view, 4>{"mode", "team_id", "reason", "requested_by"}};
constexpr Path kData{.name = "data"};

bool read_mode(FieldReader& reader, const FieldReader::Field& field, SyncMode& out) {
    const Path path = kData / "mode";
    std::string_view text;
    if (!reader.text(path, field, kWord, text)) return false;
    if (text.empty()) return reader.fail(path, "missing; expected one of sync, check, force");
    for (const SyncMode mode : kModes) {
        if (text != name(mode)) continue;
        out = mode;
        return true;
    }
    return reader.fail_value(path, text, "is not one of sync, check, force");
}

} // namespace

std::string_view name(SyncMode mode) {
    switch (mode) {
    case SyncMode::Sync:
        return "sync";
    case SyncMode::Check:
        return "check";
    case SyncMode::Force:
        return "force";
    }
    return "sync";
}

Result<TeamSyncRequested>
TeamSyncRequestedDecoder::decode(const Envelope& envelope, TextArena& arena) {
    const Result<json::Value> root = parser_.parse(envelope.data);
    if (!root) return Error{root.error().kind, "data: " + root.error().message};
    FieldReader reader;
    Fields<4> fields;
    TeamSyncRequested event;
    const bool readable =
        reader.object(kData, *root, kDataFields, fields) &&
        read_mode(reader, fields[kMode], event.mode) &&
        reader.number(kData / "team_id", fields[kTeam], 1, event.team_id) &&
        reader.text(kData / "reason", fields[kReason], kWord, event.reason) &&
        reader.text(kData / "requested_by", fields[kRequestedBy], kLogin, event.requested_by);
    if (!readable) return reader.error();
    event.reason = event.reason.empty() ? "requested" : arena.keep(event.reason);
    event.requested_by = arena.keep(event.requested_by);
    return event;
}

std::string encode(const TeamSyncRequested& event) {
    json::Writer data;
    data.begin_object().field("mode", name(event.mode));
    if (event.team_id) data.field("team_id", *event.team_id);
    data.field("reason", event.reason);
    if (!event.requested_by.empty()) data.field("requested_by", event.requested_by);
    data.end_object();
    return data.take();
}

} // namespace calfleet::events
