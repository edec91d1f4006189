#include "workers/calfleet/environment.h"
#include "workers/calfleet/quota_store.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

using postgres::Access;
using postgres::Transaction;

struct ResetOptions {
    std::string scope, key;
    bool all{false};
};

template <class T>
Cell cell(const std::optional<T>& value) {
    return value ? Cell{*value} : Cell{};
}
Cell cell(const std::optional<Instant>& value) {
    return value ? Cell{format_instant(*value)} : Cell{};
}
Cell cell_unless_empty(const std::string& text) {
    return text.empty() ? Cell{} : Cell{text};
}

Result<Exit> show_quota(const Environment& environment, std::optional<std::int64_t> company) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto rows = (*database)->transact(Access::login(), [&](Transaction& transaction) {
        return list_quota(transaction, company);
    });
    if (!rows) return rows.error();
    if (company && rows->empty())
        return Error{
            ErrorKind::NotFound,
            "there is no company " + std::to_string(*company) + "; see calfleet company list"};
    Listing listing{
        .columns =
            {"company",
             "name",
             "key",
             "state",
             "until",
             "ready",
             "rate_per_minute",
             "limit_per_minute",
             "granted",
             "refusals",
             "jobs_waiting"},
        .rows = {},
        .empty_text = "no companies yet: calfleet company add NAME"};
    for (const QuotaRow& row : *rows)
        listing.add(
            {row.company.value,
             row.name,
             cell(row.fingerprint),
             row.state,
             cell(row.until),
             cell(row.ready),
             cell(row.rate_per_minute),
             cell(row.limit_per_minute),
             cell(row.grants),
             cell(row.refusals),
             row.jobs_waiting}
        );
    environment.print(listing);
    return Exit::Ok;
}

Result<Exit> show_breakers(const Environment& environment) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto rows = (*database)->transact(Access::login(), list_breakers);
    if (!rows) return rows.error();
    Listing listing{
        .columns =
            {"scope",
             "key",
             "companies",
             "state",
             "reason",
             "opened_at",
             "retry_at",
             "good_probes",
             "strikes",
             "calls",
             "failures"},
        .rows = {},
        .empty_text = "no breaker has seen a call yet"};
    for (const BreakerRow& row : *rows)
        listing.add(
            {row.scope,
             row.key,
             cell_unless_empty(row.companies),
             row.state,
             cell_unless_empty(row.reason),
             cell(row.opened_at),
             cell(row.retry_at),
             row.good_probes,
             row.strikes,
             row.calls,
             row.failures}
        );
    environment.print(listing);
    return Exit::Ok;
}

Result<Exit> reset(const Environment& environment, const ResetOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto given = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional(text);
    };
    const auto done = (*database)->transact(Access::login(), [&](Transaction& transaction) {
        return reset_breakers(transaction, given(options.scope), given(options.key));
    });
    if (!done) return done.error();
    if (done->breakers == 0 && !options.all)
        return Error{
            ErrorKind::NotFound,
            "there is no breaker " + options.scope + " " + options.key +
                "; see calfleet breaker list"};
    environment.print(
        {.columns = {"breakers", "jobs_woken"},
         .rows = {{done->breakers, done->jobs_woken}},
         .single = true}
    );
    return Exit::Ok;
}

void add_breaker_reset(CLI::App& breaker, Environment& environment) {
    const auto options = std::make_shared<ResetOptions>();
    auto* command = breaker.add_subcommand(
        "reset", "closes breakers by hand and wakes the work that they parked"
    );
    command->footer("A breaker closes by itself once the remote answers again; this is for not "
                    "waiting. When nothing "
                    "was mended, it opens again.\n"
                    "Examples:\n"
                    "  calfleet breaker reset --scope host --key api.cal.com\n"
                    "  calfleet breaker reset --all");
    auto* scope = command->add_option("--scope", options->scope, "credential, host or operation")
                      ->check(CLI::IsMember({"credential", "host", "operation"}));
    command->add_option("--key", options->key, "as breaker list shows it")->needs(scope);
    command->add_flag("--all", options->all, "every breaker")->excludes(scope);
    command->callback([&environment, options] {
        if (!options->all && options->scope.empty())
            throw CLI::ValidationError(
                "breaker reset", "give --scope, and --key for one of them, or --all"
            );
        environment.action = [&environment, options] { return reset(environment, *options); };
    });
}

} // namespace

void add_quota_commands(CLI::App& app, Environment& environment) {
    auto* breaker = app.add_subcommand("breaker", "what stops remote calls, and until when");
    breaker->require_subcommand(1);
    auto* list = breaker->add_subcommand("list", "every breaker, open ones first");
    list->footer(
        "calls and failures are those of the last minute.\nExample:\n  calfleet breaker list --json"
    );
    list->callback([&environment] {
        environment.action = [&environment] { return show_breakers(environment); };
    });
    add_breaker_reset(*breaker, environment);

    const auto company = std::make_shared<std::optional<std::int64_t>>();
    auto* quota =
        app.add_subcommand("quota", "how many calls each company's key may make, and who waits");
    quota->footer("state: full; slowed (somebody else uses the key, too); frozen (after a 429); "
                  "stopped (its breaker is open); no key. ready: calls that may be made at once, "
                  "none until the time that is shown.\nExample:\n  calfleet quota --company 1");
    quota->add_option("--company", *company, "one company only");
    quota->callback([&environment, company] {
        environment.action = [&environment, company] { return show_quota(environment, *company); };
    });
}

} // namespace calfleet::cli
