#include "workers/calfleet/environment.h"
#include "workers/calfleet/service_options.h"
#include "workers/calfleet/service_store.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

using postgres::Access;
using postgres::Transaction;

constexpr std::int64_t kMostRows = 100000;
constexpr std::int64_t kRecentHistory = 10;

struct PastOptions {
    ServiceChoice choice;
    std::int64_t limit{100};
    bool resolved{false};
};

template <class T>
Cell cell(const std::optional<T>& value) {
    return value ? Cell{*value} : Cell{};
}
Cell cell(const std::optional<Instant>& value) {
    return value ? Cell{format_instant(*value)} : Cell{};
}

Cell reasons_cell(const ServiceRow& service) {
    const std::string reasons = why_not_text(service);
    return reasons.empty() ? Cell{} : Cell{reasons};
}

Listing listing_of(const std::vector<ServiceRow>& services) {
    Listing listing{
        .columns =
            {"id",
             "company",
             "name",
             "event_type",
             "status",
             "direction",
             "last_sync",
             "last_action",
             "by",
             "divergences",
             "bookable",
             "why_not"},
        .rows = {},
        .empty_text = "no services match"};
    for (const ServiceRow& row : services)
        listing.add(
            {row.id.value,
             row.company.value,
             row.name,
             cell(row.event_type),
             row.status,
             cell(row.direction),
             cell(row.last_sync),
             cell(row.last_action),
             cell(row.last_actor),
             row.divergences,
             why_not_bookable(row).empty(),
             reasons_cell(row)}
        );
    return listing;
}

Listing details_of(const ServiceRow& row) {
    return {
        .columns =
            {"id",
             "company",
             "name",
             "active",
             "deactivation_reason",
             "event_type",
             "team",
             "bookable",
             "why_not",
             "status",
             "error",
             "push_waits_for",
             "version",
             "pushed_version",
             "direction",
             "last_sync",
             "last_action",
             "by",
             "divergences",
             "written_by",
             "read_at_calcom"},
        .rows =
            {{row.id.value,
              row.company.value,
              row.name,
              row.active,
              cell(row.deactivation_reason),
              cell(row.event_type),
              cell(row.team),
              why_not_bookable(row).empty(),
              reasons_cell(row),
              row.status,
              cell(row.error),
              cell(row.waits_for),
              row.version,
              cell(row.pushed_version),
              cell(row.direction),
              cell(row.last_sync),
              cell(row.last_action),
              cell(row.last_actor),
              row.divergences,
              row.written_by,
              cell(row.snapshot_at)}},
        .single = true};
}

Listing listing_of(const std::vector<SyncHistoryRow>& history) {
    Listing listing{
        .columns =
            {"at",
             "service",
             "actor",
             "asked_by",
             "direction",
             "outcome",
             "version",
             "error",
             "before",
             "after",
             "event_id",
             "login"},
        .rows = {},
        .empty_text = "nothing was ever synced"};
    for (const SyncHistoryRow& row : history)
        listing.add(
            {format_instant(row.at),
             row.service.value,
             row.actor,
             cell(row.asked_by),
             row.direction,
             row.outcome,
             row.version,
             cell(row.error),
             cell(row.before),
             cell(row.after),
             cell(row.event_id),
             cell(row.login)}
        );
    return listing;
}

Listing listing_of(const std::vector<DivergenceRow>& divergences) {
    Listing listing{
        .columns =
            {"service",
             "company",
             "name",
             "field",
             "platform",
             "calcom",
             "first_seen",
             "last_seen",
             "resolution",
             "resolved_at"},
        .rows = {},
        .empty_text = "no open divergences"};
    for (const DivergenceRow& row : divergences)
        listing.add(
            {row.service.value,
             row.company.value,
             row.name,
             row.field,
             cell(row.platform),
             cell(row.calcom),
             format_instant(row.first_seen),
             format_instant(row.last_seen),
             cell(row.resolution),
             cell(row.resolved_at)}
        );
    return listing;
}

/// Prints what read(transaction) finds for services that all exist.
template <class Read>
Result<Exit>
print_found(const Environment& environment, const ServiceChoice& choice, const Read& read) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto found = (*database)->transact(Access::login(), [&](Transaction& transaction) {
        require_chosen(transaction, choice);
        return listing_of(read(transaction));
    });
    if (!found) return found.error();
    environment.print(*found);
    return Exit::Ok;
}

Result<Exit> show(const Environment& environment, std::int64_t service) {
    auto database = environment.database();
    if (!database) return database.error();
    const ServiceChoice choice{.services = {service}};
    const auto parts = (*database)->transact(Access::login(), [&](Transaction& transaction) {
        require_chosen(transaction, choice);
        const auto rows = list_services(transaction, {.choice = choice});
        return std::vector<std::pair<std::string, Listing>>{
            {"service", details_of(rows.at(0))},
            {"divergences",
             listing_of(service_divergences(transaction, choice, Divergences::Open, kMostRows))},
            {"history", listing_of(service_history(transaction, choice, kRecentHistory))}};
    });
    if (!parts) return parts.error();
    environment.print_parts(*parts);
    return Exit::Ok;
}

void add_limit(CLI::App* command, std::int64_t& limit) {
    command->add_option("--limit", limit, "rows at most")
        ->check(CLI::Range(std::int64_t{1}, kMostRows))
        ->capture_default_str();
}

void add_list_command(CLI::App& service, Environment& environment) {
    const auto filter = std::make_shared<ServiceFilter>();
    auto* command = service.add_subcommand("list", "services and how they stand to Cal.com");
    command->footer("bookable: active, and synced. why not: everything that stands in the way.\n"
                    "Examples:\n"
                    "  calfleet service list --company 1\n"
                    "  calfleet service list --status error --json\n"
                    "  calfleet service list --company 1 --diverged");
    add_choice(command, filter->choice);
    command->add_option("--status", filter->status, "never, pending, synced or error")
        ->check(CLI::IsMember({"never", "pending", "synced", "error"}));
    command->add_flag("--diverged", filter->diverged, "only those with open divergences");
    add_limit(command, filter->limit);
    command->callback([&environment, filter] {
        environment.action = [&environment, filter] {
            return print_found(environment, filter->choice, [&](Transaction& transaction) {
                return list_services(transaction, *filter);
            });
        };
    });
}

void add_show_command(CLI::App& service, Environment& environment) {
    const auto shown = std::make_shared<std::int64_t>(0);
    auto* command = service.add_subcommand(
        "show", "one service: its state, open divergences, and what happened to it last"
    );
    command->footer("Example:\n  calfleet service show 17");
    command->add_option("id", *shown, "number of the service")->required();
    command->callback([&environment, shown] {
        environment.action = [&environment, shown] { return show(environment, *shown); };
    });
}

void add_history_command(CLI::App& service, Environment& environment) {
    const auto options = std::make_shared<PastOptions>();
    auto* command = service.add_subcommand(
        "history", "every push, import, reload and reset, with who did it; newest first"
    );
    command->footer("Examples:\n  calfleet service history --service 17\n"
                    "  calfleet service history --company 1 --limit 1000 --json");
    add_choice(command, options->choice);
    add_limit(command, options->limit);
    command->callback([&environment, options] {
        environment.action = [&environment, options] {
            return print_found(environment, options->choice, [&](Transaction& transaction) {
                return service_history(transaction, options->choice, options->limit);
            });
        };
    });
}

void add_divergences_command(CLI::App& service, Environment& environment) {
    const auto options = std::make_shared<PastOptions>();
    auto* command = service.add_subcommand(
        "divergences", "fields in which Cal.com has something else than the platform; newest first"
    );
    command->footer("What can be done: push (the platform's value wins), reload (Cal.com's wins), "
                    "or change either by hand.\n"
                    "Examples:\n  calfleet service divergences --company 1\n"
                    "  calfleet service divergences --service 17 --resolved");
    add_choice(command, options->choice);
    command->add_flag("--resolved", options->resolved, "also those that were settled, and how");
    add_limit(command, options->limit);
    command->callback([&environment, options] {
        environment.action = [&environment, options] {
            return print_found(environment, options->choice, [&](Transaction& transaction) {
                const auto which = options->resolved ? Divergences::All : Divergences::Open;
                return service_divergences(transaction, options->choice, which, options->limit);
            });
        };
    });
}

} // namespace

void add_choice(CLI::App* command, ServiceChoice& choice) {
    command->add_option("--service", choice.services, "number of a service; several are allowed")
        ->type_name("N ...")
        ->check(CLI::PositiveNumber);
    command->add_option("--company", choice.company, "only services of this company");
}

void add_service_commands(CLI::App& app, Environment& environment) {
    auto* service = app.add_subcommand("service", "services and their Cal.com event types");
    service->require_subcommand(1);
    add_list_command(*service, environment);
    add_show_command(*service, environment);
    add_push_command(*service, environment);
    add_reload_command(*service, environment);
    add_reset_command(*service, environment);
    add_history_command(*service, environment);
    add_divergences_command(*service, environment);
}

} // namespace calfleet::cli
