#include "workers/event-type-importer/job.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>

namespace calfleet::event_type_importer {
namespace {

auto entity(const Snapshot& snapshot) {
    return std::tuple(snapshot.company, snapshot.event_type);
}

Error wrong(std::string_view field, const std::string& why) {
    return {ErrorKind::Invalid, "data.event_type." + std::string(field) + ": " + why};
}

Result<> check_document(std::string_view field, std::string_view text) {
    if (text.size() <= kMostDocumentBytes) return {};
    return wrong(
        field,
        std::to_string(text.size()) + " bytes, at most " + std::to_string(kMostDocumentBytes) +
            " are accepted"
    );
}

bool is_currency(std::string_view text) {
    return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
}

Decision deactivation(const ServiceRow& service) {
    Decision decision{.move = Move::Deactivate};
    if (service.active()) {
        decision.state.active = false;
        // Only what this worker switches off is switched on again when the event type comes back.
        decision.state.deactivation_reason = kGoneReason;
    }
    if (service.sync_status != "error" || service.sync_error != kGoneError) {
        decision.state.sync_status = "error";
        decision.state.sync_error = kGoneError;
    }
    return decision;
}

StateChange restored(const ServiceRow& service) {
    StateChange state;
    if (service.deactivation_reason == kGoneReason) {
        if (!service.active()) state.active = true;
        state.deactivation_reason = "";
    }
    if (service.sync_status == "error") {
        state.asks_for_push = service.pushed_version != service.version;
        if (!state.asks_for_push) state.sync_status = "synced";
    }
    return state;
}

bool was_gone(const ServiceRow& service) {
    return service.deactivation_reason == kGoneReason ||
           (service.sync_status == "error" &&
            (service.sync_error == kGoneError ||
             service.sync_error.starts_with(events::kEventTypeNotFound)));
}

} // namespace

Result<> check(const events::EventTypeUpdated& event) {
    if (event.parent_id == event.id)
        return wrong(
            "parentEventTypeId",
            "'" + std::to_string(event.id) +
                "' is the event type itself; expected its managed parent"
        );
    if (event.price > kMostPrice)
        return wrong(
            "price",
            "'" + std::to_string(*event.price) + "' is more than " + std::to_string(kMostPrice)
        );
    if (!event.currency.empty() && !is_currency(event.currency))
        return wrong(
            "currency",
            std::to_string(event.currency.size()) + " bytes that are no currency; expected three "
                                                    "letters like eur"
        );
    if (Result<> sound = check_document("locations", event.locations); !sound) return sound;
    if (Result<> sound = check_document("bookingFields", event.booking_fields); !sound)
        return sound;
    if (Result<> sound = check_document("lengthInMinutesOptions", event.length_options); !sound)
        return sound;
    return check_document("metadata", event.metadata);
}

void bound_claim(Snapshot& snapshot, Instant now) {
    const Instant latest = events::latest_tellable(snapshot.arrival, now);
    snapshot.bounded = snapshot.as_of > latest + events::kClockTolerance;
    snapshot.as_of = std::min(snapshot.as_of, latest);
}

bool is_newer(const Snapshot& candidate, const Snapshot& than) {
    const std::tuple claimed(candidate.as_of, candidate.deleted());
    const std::tuple known(rank_of(than), than.deleted());
    return claimed != known ? claimed > known : candidate.digest != than.digest;
}

std::vector<std::uint32_t> newest_of_each(std::span<const Snapshot> snapshots) {
    std::vector<std::uint32_t> order(snapshots.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
        return entity(snapshots[left]) < entity(snapshots[right]);
    });
    std::vector<std::uint32_t> kept;
    for (const std::uint32_t next : order) {
        if (kept.empty() || entity(snapshots[kept.back()]) != entity(snapshots[next]))
            kept.push_back(next);
        else if (is_newer(snapshots[next], snapshots[kept.back()]))
            kept.back() = next;
    }
    return kept;
}

bool Pushed::explains(Field field, std::string_view value) const {
    return fields[field] == value ||
           std::any_of(unconfirmed.begin(), unconfirmed.end(), [&](const Values& sent) {
               return sent[field] == value;
           });
}

bool Decision::changes_row() const {
    return state.active || state.sync_status || state.deactivation_reason || !refreshed.empty();
}

std::vector<Difference>
differences(const Values& calcom, const Values& platform, const Pushed& pushed) {
    std::vector<Difference> found;
    for (const Rule& rule : kFields) {
        const std::string_view there = calcom[rule.field];
        const std::string_view here = platform[rule.field];
        if (rule.owner == Owner::Calcom || there.empty() || here.empty() || there == here) continue;
        // What cannot be pushed is on no way to anywhere: it stays reported.
        if (rule.owner == Owner::Platform && pushed.explains(rule.field, there)) continue;
        found.push_back({rule.field, here, there});
    }
    return found;
}

Decision decide(const Snapshot& snapshot, const ServiceRow* service) {
    if (!service) {
        if (snapshot.deleted() || snapshot.is_child) return {};
        return {.move = Move::Create};
    }
    if (snapshot.deleted()) return deactivation(*service);

    Decision decision{.move = Move::Compare};
    Values platform = service->values;
    if (was_gone(*service)) {
        decision.move = Move::Return;
        decision.state = restored(*service);
        if (decision.state.active) platform[Field::Active] = "true";
    }
    for (const Rule& rule : kFields) {
        const std::string_view told = snapshot.values[rule.field];
        if (rule.owner == Owner::Calcom && !told.empty() && told != service->values[rule.field])
            decision.refreshed.push_back(rule.field);
    }
    decision.differences = differences(snapshot.values, platform, service->pushed);
    for (const Field field : service->open_divergences) {
        const bool differs = std::any_of(
            decision.differences.begin(),
            decision.differences.end(),
            [&](const Difference& difference) { return difference.field == field; }
        );
        // A snapshot that does not carry the field says nothing about its divergence.
        if (!differs && !snapshot.values[field].empty()) decision.agreed.push_back(field);
    }
    return decision;
}

} // namespace calfleet::event_type_importer
