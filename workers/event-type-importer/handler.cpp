#include "workers/event-type-importer/handler.h"

#include "workers/event-type-importer/team_store.h"

#include <algorithm>
#include <string>

namespace calfleet::event_type_importer {
namespace {

const ServiceRow* row_of(const std::optional<ServiceRow>& service) {
    return service ? &*service : nullptr;
}

/// The fields that the update changes, as they were and as they are.
struct Sides {
    Values before, after;
};

Sides changed_fields(const Update& update) {
    Sides sides;
    for (const Field field : update.decision->refreshed) {
        sides.before[field] = update.service->values[field];
        sides.after[field] = update.snapshot->values[field];
    }
    if (const auto active = update.decision->state.active) {
        sides.before[Field::Active] = *active ? "false" : "true";
        sides.after[Field::Active] = *active ? "true" : "false";
    }
    return sides;
}

HistoryRow history_of(const Update& update) {
    const Sides sides = changed_fields(update);
    return {
        .company = update.snapshot->company,
        .service = update.service->id,
        .direction = update.decision->move == Move::Deactivate ? "deactivate" : "import",
        .version = update.service->version,
        .event_id = update.snapshot->event_id,
        .before = document(sides.before, kFields),
        .after = document(sides.after, kFields)};
}

HistoryRow history_of_new(const Snapshot& snapshot, std::int64_t service) {
    return {
        .company = snapshot.company,
        .service = service,
        .direction = "import",
        .event_id = snapshot.event_id,
        .after = document(snapshot.values, kFields)};
}

} // namespace

void SnapshotBatch::clear() {
    arena_.clear();
    snapshots_.clear();
}

Result<std::string_view> SnapshotBatch::add(const intake::Event& event) {
    const auto decoded = decoder_.decode(event.envelope, arena_);
    if (!decoded) return decoded.error();
    return add_event_type(
        event.envelope.company,
        *decoded,
        event.envelope.id,
        {.written = event.record.timestamp, .happened = event.envelope.time}
    );
}

Result<std::string_view> SnapshotBatch::add_event_type(
    CompanyId company,
    const events::EventTypeUpdated& event,
    std::string_view envelope_id,
    const events::Arrival& arrival
) {
    if (const Result<> sound = check(event); !sound) return sound.error();
    snapshots_.push_back(canonicalizer_.snapshot_of(company, event, envelope_id, arena_));
    snapshots_.back().arrival = arrival;
    return arena_.keep("event-type:" + std::to_string(event.id));
}

void SnapshotBatch::apply(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<intake::Verdict> verdicts,
    Instant now
) {
    Work work = claim(transaction, chosen, verdicts, now);
    if (work.snapshots.empty()) return;
    work.services = find_services(transaction, work.snapshots, canonicalizer_, arena_);
    for (std::size_t i = 0; i < work.snapshots.size(); ++i)
        work.decisions.push_back(decide(*work.snapshots[i], row_of(work.services[i])));
    settle_services(transaction, work);
    write_event_types(transaction, work);
    count(work, write_children(transaction, work));
}

/// The newest of each event type that is newer than what is known; everything else is superseded.
SnapshotBatch::Work SnapshotBatch::claim(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<intake::Verdict> verdicts,
    Instant now
) const {
    Work work;
    work.candidates.reserve(chosen.size());
    for (const std::uint32_t number : chosen)
        bound_claim(work.candidates.emplace_back(snapshots_[number]), now);
    const std::vector<std::uint32_t> newest = newest_of_each(work.candidates);
    work.snapshots.reserve(newest.size());
    for (const std::uint32_t index : newest)
        work.snapshots.push_back(&work.candidates[index]);
    const std::vector<bool> fresh = claim_event_types(transaction, work.snapshots);

    std::fill(verdicts.begin(), verdicts.end(), intake::Superseded{});
    std::size_t kept = 0;
    for (std::size_t i = 0; i < newest.size(); ++i) {
        if (!fresh[i]) continue;
        verdicts[newest[i]] = intake::Applied{};
        work.snapshots[kept++] = work.snapshots[i];
    }
    work.snapshots.resize(kept);
    work.service_ids.resize(kept);
    metrics_.superseded.add(static_cast<double>(chosen.size() - kept));
    return work;
}

/// Makes the services that are missing. One that somebody else made since the look is known then.
void SnapshotBatch::create_services(postgres::Transaction& transaction, Work& work) {
    std::vector<std::size_t> indexes;
    std::vector<const Snapshot*> unknown;
    for (std::size_t i = 0; i < work.snapshots.size(); ++i) {
        if (work.decisions[i].move != Move::Create) continue;
        indexes.push_back(i);
        unknown.push_back(work.snapshots[i]);
    }
    if (unknown.empty()) return;
    const auto ids = insert_services(transaction, unknown);
    std::vector<std::size_t> known_after_all;
    unknown.clear();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        work.service_ids[indexes[i]] = ids[i];
        if (ids[i]) continue;
        known_after_all.push_back(indexes[i]);
        unknown.push_back(work.snapshots[indexes[i]]);
    }
    auto services = find_services(transaction, unknown, canonicalizer_, arena_);
    for (std::size_t i = 0; i < services.size(); ++i) {
        const std::size_t index = known_after_all[i];
        work.services[index] = std::move(services[i]);
        work.decisions[index] = decide(*work.snapshots[index], row_of(work.services[index]));
    }
}

void SnapshotBatch::settle_services(postgres::Transaction& transaction, Work& work) {
    create_services(transaction, work);
    std::vector<Update> updates;
    std::vector<HistoryRow> history;
    for (std::size_t i = 0; i < work.snapshots.size(); ++i) {
        if (!work.services[i]) {
            if (work.service_ids[i])
                history.push_back(history_of_new(*work.snapshots[i], *work.service_ids[i]));
            continue;
        }
        work.service_ids[i] = work.services[i]->id;
        updates.push_back({work.snapshots[i], &*work.services[i], &work.decisions[i]});
        if (work.decisions[i].changes_row()) history.push_back(history_of(updates.back()));
    }
    request_pushes(transaction, updates);
    update_services(transaction, updates);
    work.divergences_found = write_divergences(transaction, updates);
    close_divergences(transaction, updates);
    write_history(transaction, history);
}

void SnapshotBatch::write_event_types(postgres::Transaction& transaction, const Work& work) {
    std::vector<TeamEventType> of_teams;
    std::vector<const Snapshot*> deleted;
    for (std::size_t i = 0; i < work.snapshots.size(); ++i) {
        const Snapshot* snapshot = work.snapshots[i];
        if (snapshot->deleted())
            deleted.push_back(snapshot);
        else if (snapshot->team && !snapshot->is_child)
            of_teams.push_back({snapshot, work.service_ids[i]});
    }
    write_team_event_types(transaction, of_teams);
    forget_event_types(transaction, deleted);
}

/// How many found no place.
std::size_t SnapshotBatch::write_children(postgres::Transaction& transaction, const Work& work) {
    std::vector<const Snapshot*> children;
    for (const Snapshot* snapshot : work.snapshots)
        if (snapshot->is_child) children.push_back(snapshot);
    return children.empty() ? 0 : place_children(transaction, children);
}

void SnapshotBatch::count(const Work& work, std::size_t unplaced_children) const {
    metrics_.unplaced_children.add(static_cast<double>(unplaced_children));
    metrics_.divergences_found.add(static_cast<double>(work.divergences_found));
    for (const Decision& decision : work.decisions) {
        metrics_.result(decision.move).add();
        metrics_.divergences_agreed.add(static_cast<double>(decision.agreed.size()));
    }
}

} // namespace calfleet::event_type_importer
