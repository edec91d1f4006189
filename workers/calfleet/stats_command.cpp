#include "workers/calfleet/environment.h"

#include "common/statistics/assignment_statistics.h"
#include "common/statistics/quota_statistics.h"
#include "common/statistics/sync_statistics.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace calfleet::cli {
namespace {

struct StatsOptions {
    std::int64_t hours{24};
    std::optional<std::int64_t> company;
    bool worst{false};
    std::int64_t limit{10};
};

// Those with the most trouble come first; the others are a number of the summary.
constexpr std::int64_t kMostCompanies = 10;

Cell instant(const std::optional<Instant>& value) {
    return value ? Cell{format_instant(*value)} : Cell{};
}

Cell rounded(const std::optional<double>& value) {
    return value ? Cell{std::round(*value * 100) / 100} : Cell{};
}

struct Figures {
    statistics::AssignmentStatistics assignments;
    statistics::ServiceStatistics services;
    statistics::TeamSyncStatistics syncs;
    std::vector<statistics::CompanySync> companies;
    statistics::QuotaStatistics quota;
    statistics::WorstCompanies worst;
};

Figures read_figures(postgres::Transaction& transaction, const StatsOptions& options) {
    return {
        .assignments = statistics::read_assignment_statistics(
            transaction, std::chrono::hours{options.hours}, options.company
        ),
        .services = statistics::read_service_statistics(transaction, options.company),
        .syncs = statistics::read_team_sync_statistics(transaction, options.company),
        .companies = statistics::read_company_syncs(transaction, options.company, kMostCompanies),
        .quota = statistics::read_quota_statistics(transaction, options.company),
        .worst = options.worst ? statistics::read_worst_companies(
                                     transaction, std::chrono::hours{options.hours}, options.limit
                                 )
                               : statistics::WorstCompanies{}};
}

Listing
assignment_listing(const statistics::AssignmentStatistics& found, const StatsOptions& options) {
    const auto rate = found.assignment_rate();
    return {
        .columns =
            {"window_hours",
             "bookings",
             "assigned",
             "assignment_rate_percent",
             "unmatched_bookings",
             "unmatched_hosts",
             "review_queue",
             "oldest_review",
             "appointments_of_inactive_staff"},
        .rows =
            {{options.hours,
              found.bookings,
              found.assigned,
              rate ? rounded(*rate * 100) : Cell{},
              found.unmatched_bookings,
              found.unmatched_hosts,
              found.review_queue,
              instant(found.oldest_review),
              found.of_inactive_staff}},
        .single = true};
}

Listing source_listing(const statistics::AssignmentStatistics& found) {
    Listing sources{
        .columns = {"source", "bookings", "share_percent", "mean_confidence"},
        .rows = {},
        .empty_text = "no live bookings in the window"};
    for (const statistics::SourceShare& share : found.by_source)
        sources.add(
            {share.source,
             share.bookings,
             rounded(
                 100.0 * static_cast<double>(share.bookings) / static_cast<double>(found.bookings)
             ),
             rounded(share.mean_confidence)}
        );
    return sources;
}

Listing worst_listing(const statistics::WorstCompanies& found) {
    Listing worst{
        .columns = {"company", "bookings", "assigned", "assignment_rate_percent"},
        .rows = {},
        .empty_text = "no company has 20 live bookings in the window"};
    for (const statistics::CompanyRate& each : found.companies)
        worst.add(
            {each.company.value,
             each.bookings,
             each.assigned,
             rounded(
                 100.0 * static_cast<double>(each.assigned) / static_cast<double>(each.bookings)
             )}
        );
    return worst;
}

Listing service_listing(const statistics::ServiceStatistics& found) {
    Listing services{
        .columns = {"sync_status", "services"}, .rows = {}, .empty_text = "no services"};
    for (const auto& [status, count] : found.by_status)
        services.add({status, count});
    return services;
}

Listing sync_listing(const Figures& found) {
    const auto age = [](const std::optional<std::chrono::seconds>& seconds) {
        return seconds ? rounded(static_cast<double>(seconds->count()) / 3600) : Cell{};
    };
    return {
        .columns =
            {"open_divergences",
             "services_diverged",
             "companies_synced",
             "companies_incomplete",
             "companies_failed",
             "companies_never_synced",
             "longest_without_sync_hours",
             "syncs_waiting",
             "oldest_waiting_hours"},
        .rows =
            {{found.services.open_divergences,
              found.services.services_diverged,
              found.syncs.done,
              found.syncs.incomplete,
              found.syncs.failed,
              found.syncs.never,
              age(found.syncs.stalest),
              found.syncs.open,
              age(found.syncs.oldest_open)}},
        .single = true};
}

Listing company_listing(const std::vector<statistics::CompanySync>& found) {
    Listing companies{
        .columns = {"company", "last_sync", "ended", "last_complete", "waiting_since"},
        .rows = {},
        .empty_text = "no active company has a team at Cal.com"};
    for (const statistics::CompanySync& sync : found)
        companies.add(
            {sync.company.value,
             sync.last_outcome.value_or("never"),
             instant(sync.last_ended),
             instant(sync.last_complete),
             instant(sync.waiting_since)}
        );
    return companies;
}

Listing quota_listing(const statistics::QuotaStatistics& found) {
    return {
        .columns =
            {"keys",
             "keys_at_full_rate",
             "keys_slowed",
             "keys_frozen",
             "keys_stopped",
             "open_host_breakers",
             "open_operation_breakers"},
        .rows =
            {{found.keys.all(),
              found.keys.full,
              found.keys.slowed,
              found.keys.frozen,
              found.keys.stopped,
              found.breakers.host,
              found.breakers.operation}},
        .single = true};
}

Listing waiting_listing(const statistics::QuotaStatistics& found) {
    Listing waiting{
        .columns = {"waiting_for", "companies", "jobs"},
        .rows = {},
        .empty_text = "no work waits for a key, its rate or a breaker"};
    for (const statistics::WaitingCompanies& each : found.waiting)
        waiting.add({each.reason, each.companies, each.jobs});
    return waiting;
}

Result<Exit> stats(const Environment& environment, const StatsOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto found =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return read_figures(transaction, options);
        });
    if (!found) return found.error();
    if (options.worst) {
        environment.print_parts({{"worst", worst_listing(found->worst)}});
        return Exit::Ok;
    }
    environment.print_parts(
        {{"summary", assignment_listing(found->assignments, options)},
         {"by_source", source_listing(found->assignments)},
         {"services", service_listing(found->services)},
         {"syncs", sync_listing(*found)},
         {"companies", company_listing(found->companies)},
         {"calcom", quota_listing(found->quota)},
         {"waiting", waiting_listing(found->quota)}}
    );
    return Exit::Ok;
}

} // namespace

void add_stats_command(CLI::App& app, Environment& environment) {
    const auto options = std::make_shared<StatsOptions>();
    auto* command = app.add_subcommand(
        "stats",
        "the fleet in figures: bookings and their staff members, services and syncs, keys and "
        "breakers"
    );
    command->footer(
        "--hours is about bookings only; everything else is as it is now. Of the "
        "companies, the ten that were longest without a complete sync.\nExamples:\n  "
        "calfleet stats\n  calfleet stats --hours 168 --company 17 --json\n  calfleet stats --worst"
    );
    command
        ->add_option(
            "--hours", options->hours, "the window: bookings written in so many last hours"
        )
        ->check(CLI::Range(1, 24 * 366))
        ->capture_default_str();
    command->add_option(
        "--company",
        options->company,
        "only this company; breakers of hosts and operations are everybody's"
    );
    auto* worst = command->add_flag(
        "--worst",
        options->worst,
        "instead: companies with 20 bookings or more in the window, those first of which the "
        "smallest share has a staff member"
    );
    command->add_option("--limit", options->limit, "so many of them")
        ->needs(worst)
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return stats(environment, *options); };
    });
}

} // namespace calfleet::cli
