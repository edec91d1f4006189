#include "workers/calfleet/environment.h"
#include "workers/calfleet/retention_store.h"

#include "common/core/text.h"

#include <CLI/CLI.hpp>

#include <array>

namespace calfleet::cli {
namespace {

constexpr std::int64_t kMostDays = 36500;
constexpr std::int64_t kRowsLookedAt = 2000;

struct Setting {
    std::int64_t RetentionSettings::*days;
    const char* option;
    const char* variable;
    std::int64_t least; ///< beside 0
    const char* help;
};

// The least days: an event may be repeated for 35 days, and its letter is what explains it until
// then.
constexpr std::array kSettings{
    Setting{
        &RetentionSettings::payload_days,
        "--letter-payload-days",
        "CALFLEET_RETENTION_LETTER_PAYLOAD_DAYS",
        1,
        "the record of a closed letter is emptied this long after it was closed"},
    Setting{
        &RetentionSettings::letter_days,
        "--letter-days",
        "CALFLEET_RETENTION_LETTER_DAYS",
        36,
        "a closed letter is deleted this long after it was closed"},
    Setting{
        &RetentionSettings::open_letter_days,
        "--open-letter-days",
        "CALFLEET_RETENTION_OPEN_LETTER_DAYS",
        36,
        "an open letter is closed as discarded this long after it failed last"},
    Setting{
        &RetentionSettings::audit_days,
        "--audit-days",
        "CALFLEET_RETENTION_AUDIT_DAYS",
        30,
        "audits of host mappings; the newest of each host stays"},
    Setting{
        &RetentionSettings::history_days,
        "--history-days",
        "CALFLEET_RETENTION_HISTORY_DAYS",
        30,
        "sync history of services; the newest of each service stays"},
    Setting{
        &RetentionSettings::divergence_days,
        "--divergence-days",
        "CALFLEET_RETENTION_DIVERGENCE_DAYS",
        1,
        "resolved divergences of services"},
    Setting{
        &RetentionSettings::sync_days,
        "--team-sync-days",
        "CALFLEET_RETENTION_TEAM_SYNC_DAYS",
        1,
        "ended team syncs; the newest of each company and kind stays"},
    Setting{
        &RetentionSettings::customer_days,
        "--customer-days",
        "CALFLEET_RETENTION_CUSTOMER_DAYS",
        36,
        "a customer is deleted when no event named them and no appointment ended for this long"}};

CLI::Validator days_from(std::int64_t least) {
    return CLI::Validator(
        [least](std::string& text) -> std::string {
            const auto value = parse_int64(text);
            if (!value || *value < 0 || (*value != 0 && *value < least) || *value > kMostDays)
                return "'" + text + "' is not 0 (for ever) or a number of days from " +
                       std::to_string(least) + " to " + std::to_string(kMostDays);
            return "";
        },
        "0 or " + std::to_string(least) + ".." + std::to_string(kMostDays)
    );
}

struct RunOptions {
    RetentionSettings settings;
    bool dry_run{false};
};

Result<std::int64_t>
walk(postgres::Session& session, const RetentionStep& step, bool dry_run, Progress& progress) {
    std::int64_t rows = 0, after = 0;
    for (;;) {
        const auto portion =
            session.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
                return dry_run ? count_retention(transaction, step, after, kRowsLookedAt)
                               : apply_retention(transaction, step, after, kRowsLookedAt);
            });
        if (!portion) return portion.error();
        rows += portion->rows;
        progress.update(rows, 0);
        if (portion->last == 0) return rows;
        after = portion->last;
    }
}

Result<Exit> run(const Environment& environment, const RunOptions& options) {
    const auto& settings = options.settings;
    if (settings.letter_days != 0 &&
        (settings.payload_days == 0 || settings.payload_days > settings.letter_days))
        return invalid(
            "--letter-payload-days: " + std::to_string(settings.payload_days) +
            " is longer than the letters themselves stay (--letter-days " +
            std::to_string(settings.letter_days) + ")"
        );
    auto database = environment.database();
    if (!database) return database.error();
    Listing listing{
        .columns = {"what", "after_days", options.dry_run ? "would_be" : "rows"}, .rows = {}};
    for (const RetentionStep& step : retention_steps(settings)) {
        if (step.days == 0) {
            listing.add({std::string(step.what), std::string("never"), std::int64_t{0}});
            continue;
        }
        Progress progress(environment, std::string(step.what));
        const auto rows = walk(**database, step, options.dry_run, progress);
        if (!rows) return rows.error();
        listing.add({std::string(step.what), std::to_string(step.days), *rows});
    }
    if (!options.dry_run) {
        const Result<> noted = (*database)->transact(
            postgres::Access::login(),
            [&](postgres::Transaction& transaction) {
                note_retention(transaction, environment.actor);
            }
        );
        if (!noted) return noted.error();
    }
    environment.print(listing);
    return Exit::Ok;
}

} // namespace

void add_retention_commands(CLI::App& app, Environment& environment) {
    auto* group = app.add_subcommand("retention", "what is kept for a time only");
    group->require_subcommand(1);
    const auto options = std::make_shared<RunOptions>();
    auto* command = group->add_subcommand(
        "run", "empties and deletes what is older than its setting; once a day"
    );
    command->footer("Days count by the database's clock, from the end of a thing's use; 0 keeps it "
                    "for ever. Small "
                    "transactions: it may be\nkilled and run again at any time, beside everything "
                    "else. What is "
                    "not listed ends by itself: seen events after\n35 days, jobs when they "
                    "are done, outbox rows "
                    "when they are published.\n"
                    "Examples:\n"
                    "  calfleet retention run --dry-run\n"
                    "  CALFLEET_RETENTION_CUSTOMER_DAYS=730 calfleet retention run --json");
    for (const Setting& setting : kSettings)
        command->add_option(setting.option, options->settings.*setting.days, setting.help)
            ->envname(setting.variable)
            ->type_name("DAYS")
            ->check(days_from(setting.least))
            ->capture_default_str();
    command->add_flag("--dry-run", options->dry_run, "count, change nothing");
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return run(environment, *options); };
    });
}

} // namespace calfleet::cli
