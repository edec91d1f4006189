#include "workers/calfleet/environment.h"

#include "common/statistics/assignment_statistics.h"

#include <CLI/CLI.hpp>

#include <cmath>

namespace calfleet::cli {
namespace {

struct StatsOptions {
    std::int64_t hours{24};
    std::optional<std::int64_t> company;
};

Cell rounded(const std::optional<double>& value) {
    return value ? Cell{std::round(*value * 100) / 100} : Cell{};
}

Result<Exit> stats(const Environment& environment, const StatsOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto found =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return statistics::read_assignment_statistics(
                transaction, std::chrono::hours{options.hours}, options.company
            );
        });
    if (!found) return found.error();
    const auto rate = found->assignment_rate();
    Listing summary{
        .columns =
            {"window_hours",
             "bookings",
             "assigned",
             "assignment_rate_percent",
             "unmatched_bookings",
             "unmatched_hosts",
             "review_queue",
             "oldest_review"},
        .rows =
            {{options.hours,
              found->bookings,
              found->assigned,
              rate ? rounded(*rate * 100) : Cell{},
              found->unmatched_bookings,
              found->unmatched_hosts,
              found->review_queue,
              found->oldest_review ? Cell{format_instant(*found->oldest_review)} : Cell{}}},
        .single = true};
    Listing sources{
        .columns = {"source", "bookings", "share_percent", "mean_confidence"},
        .rows = {},
        .empty_text = "no live bookings in the window"};
    for (const statistics::SourceShare& share : found->by_source)
        sources.add(
            {share.source,
             share.bookings,
             rounded(
                 100.0 * static_cast<double>(share.bookings) / static_cast<double>(found->bookings)
             ),
             rounded(share.mean_confidence)}
        );
    environment.print_parts({{"summary", summary}, {"by_source", sources}});
    return Exit::Ok;
}

} // namespace

void add_stats_command(CLI::App& app, Environment& environment) {
    const auto options = std::make_shared<StatsOptions>();
    auto* command = app.add_subcommand("stats", "how well bookings find their staff members");
    command->footer("Examples:\n  calfleet stats\n  calfleet stats --hours 168 --company 17 --json"
    );
    command
        ->add_option(
            "--hours", options->hours, "the window: bookings written in so many last hours"
        )
        ->check(CLI::Range(1, 24 * 366))
        ->capture_default_str();
    command->add_option("--company", options->company, "only this company");
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return stats(environment, *options); };
    });
}

} // namespace calfleet::cli
