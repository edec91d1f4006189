#include "workers/calfleet/environment.h"
#include "workers/calfleet/sync_store.h"

#include "common/core/clock.h"
#include "common/core/random.h"
#include "common/core/stop_signal.h"
#include "common/core/uuid.h"
#include "common/events/team_sync_requested.h"
#include "common/messaging/outbox_events.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <thread>

namespace calfleet::cli {
namespace {

using postgres::Access;
using postgres::Transaction;

struct SyncOptions {
    std::optional<std::int64_t> company, team;
    bool all{false}, check_only{false}, force{false}, wait{false};
    int timeout_seconds{600};
};

events::SyncMode mode_of(const SyncOptions& options) {
    if (options.check_only) return events::SyncMode::Check;
    return options.force ? events::SyncMode::Force : events::SyncMode::Sync;
}

/// The ids of the events, one per company.
std::vector<std::string>
ask_for_syncs(Transaction& transaction, const SyncOptions& options, const std::string& actor) {
    Random random = Random::from_system();
    const Instant now = system_clock().now();
    const std::string data = events::encode(
        {.mode = mode_of(options),
         .team_id = options.team,
         .reason = "requested",
         .requested_by = actor}
    );
    std::vector<messaging::OutgoingEvent> events;
    std::vector<std::string> ids;
    for (const CompanyId company : companies_to_sync(transaction, options.company)) {
        ids.push_back(to_string(make_uuid_v7(now, random)));
        events.push_back(
            {.type = events::kTeamSyncRequested,
             .id = ids.back(),
             .source = "/calfleet/operator",
             .time = now,
             .company = company,
             .entity = std::string(events::kTeamsEntity),
             .data = data}
        );
    }
    messaging::append_events(transaction, events);
    return ids;
}

Listing difference_listing(const std::vector<SyncState>& states) {
    const auto text = [](const std::optional<std::string>& value) {
        return value ? Cell{*value} : Cell{};
    };
    Listing listing{
        .columns = {"company", "service", "event_type", "status", "field", "platform", "calcom"},
        .rows = {},
        .empty_text = "the platform and Cal.com agree"};
    for (const SyncState& state : states)
        for (const SideBySide& each : state.differences)
            listing.add(
                {state.company.value,
                 each.service ? Cell{*each.service} : Cell{},
                 each.event_type,
                 each.status.empty() ? Cell{} : Cell{each.status},
                 each.field,
                 text(each.platform),
                 text(each.calcom)}
            );
    return listing;
}

Exit show(
    const Environment& environment, const SyncOptions& options, const std::vector<SyncState>& states
) {
    Listing listing{.columns = {"company", "outcome", "report"}, .rows = {}};
    Exit code = Exit::Ok;
    for (const SyncState& state : states) {
        listing.add({state.company.value, state.outcome, state.report});
        if (state.outcome != "done") code = Exit::Failed;
    }
    if (options.check_only)
        environment.print_parts({{"syncs", listing}, {"differences", difference_listing(states)}});
    else
        environment.print(listing);
    for (const SyncState& state : states)
        for (const std::string& problem : state.problems)
            environment.complain("company " + std::to_string(state.company.value) + ": " + problem);
    return code;
}

Result<Exit> wait_for(
    const Environment& environment,
    postgres::Session& database,
    const std::vector<std::string>& ids,
    const SyncOptions& options
) {
    constexpr std::chrono::milliseconds kLookEvery{500};
    const auto until = system_clock().monotonic() + std::chrono::seconds{options.timeout_seconds};
    StopSignal pause; // nobody requests it: a wait that ends by itself
    Progress progress(environment, "synced");
    for (;;) {
        const auto states = database.transact(Access::login(), [&](Transaction& transaction) {
            return sync_states(transaction, ids);
        });
        if (!states) return states.error();
        const auto ended = std::count_if(states->begin(), states->end(), [](const auto& state) {
            return !state.outcome.empty();
        });
        progress.update(ended, std::ssize(ids));
        if (ended == std::ssize(ids)) return show(environment, options, *states);
        if (system_clock().monotonic() >= until)
            return Error{
                ErrorKind::Timeout,
                std::to_string(std::ssize(ids) - ended) + " of " + std::to_string(ids.size()) +
                    " syncs have not ended within " + std::to_string(options.timeout_seconds) +
                    " s; they go on: are outbox-relay and team-syncer running? calfleet jobs list "
                    "--worker team-syncer says what they wait for"};
        pause.wait_for(kLookEvery);
    }
}

Result<Exit> sync_team(const Environment& environment, const SyncOptions& options) {
    if (options.all == options.company.has_value())
        return invalid("give either --company N or --all");
    auto database = environment.database();
    if (!database) return database.error();
    const auto ids = (*database)->transact(Access::login(), [&](Transaction& transaction) {
        return ask_for_syncs(transaction, options, environment.actor);
    });
    if (!ids) return ids.error();
    if (options.wait) return wait_for(environment, **database, *ids, options);
    environment.print(
        {.columns = {"requested", "mode"},
         .rows = {{std::ssize(*ids), std::string(events::name(mode_of(options)))}},
         .single = true}
    );
    return Exit::Ok;
}

} // namespace

void add_sync_commands(CLI::App& app, Environment& environment) {
    auto* sync = app.add_subcommand("sync", "reads a company's side of Cal.com");
    sync->require_subcommand(1);
    const auto options = std::make_shared<SyncOptions>();
    auto* team = sync->add_subcommand(
        "team", "asks for a sync of teams, members, links to staff and event types"
    );
    team->footer(
        "The request is an event: outbox-relay publishes it, team-syncer does it. Exit 1 "
        "with --wait when something could not be read. --check-only compares the services with "
        "what is read, and with --wait shows service, field and both values: of an event type "
        "that no service sells its title (field service), of a service whose event type is "
        "gone its number (field event_type).\n"
        "Examples:\n"
        "  calfleet sync team --company 1 --check-only --wait\n"
        "  calfleet sync team --all"
    );
    auto* company = team->add_option("--company", options->company, "number of the company");
    auto* all = team->add_flag("--all", options->all, "every active company that has a team");
    company->excludes(all);
    team->add_option("--team", options->team, "only this team of the company")
        ->needs(company)
        ->check(CLI::PositiveNumber);
    auto* check = team->add_flag(
        "--check-only", options->check_only, "change nothing, say where the two sides differ"
    );
    team->add_flag("--force", options->force, "tell everything, as if nothing had been seen before")
        ->excludes(check);
    auto* wait = team->add_flag("--wait", options->wait, "wait for the end and show the report");
    team->add_option("--timeout", options->timeout_seconds, "seconds to wait at most")
        ->needs(wait)
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
    team->callback([&environment, options] {
        environment.action = [&environment, options] { return sync_team(environment, *options); };
    });
}

} // namespace calfleet::cli
