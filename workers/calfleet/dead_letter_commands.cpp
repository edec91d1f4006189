#include "workers/calfleet/dead_letter_store.h"
#include "workers/calfleet/environment.h"
#include "workers/calfleet/replay.h"

#include "common/config/duration.h"
#include "common/core/clock.h"
#include "common/core/text.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

/// The filter as text from the command line.
struct FilterOptions {
    DeadLetterFilter filter;
    std::string since, until;

    Result<DeadLetterFilter> resolve() const {
        DeadLetterFilter resolved = filter;
        for (const auto& [text, target, name] :
             {std::tuple{&since, &resolved.since, "--since"},
              std::tuple{&until, &resolved.until, "--until"}}) {
            if (text->empty()) continue;
            if (const auto ago = config::parse_duration(*text)) {
                *target = system_clock().now() - *ago;
                continue;
            }
            const auto instant = parse_instant(*text);
            if (!instant)
                return invalid(
                    std::string(name) + ": " + instant.error().message +
                    ", or how long ago, like 24h"
                );
            *target = *instant;
        }
        return resolved;
    }
    bool empty() const {
        return filter.ids.empty() && !filter.worker && !filter.reason_class && !filter.key &&
               !filter.event_id && !filter.company && since.empty() && until.empty();
    }
};

void add_filter_options(CLI::App* command, FilterOptions& options) {
    command->add_option("--id", options.filter.ids, "numbers of letters")->delimiter(',');
    command->add_option("--worker", options.filter.worker, "only of this worker");
    command->add_option("--company", options.filter.company, "only of this company");
    command->add_option(
        "--class", options.filter.reason_class, "only of this reason class, like schema"
    );
    command->add_option("--key", options.filter.key, "only with this record key, like 17:k3J9");
    command->add_option("--event-id", options.filter.event_id, "only of this event (ce_id)");
    command->add_option(
        "--since", options.since, "failed at or after: RFC 3339, or how long ago, like 24h"
    );
    command->add_option(
        "--until", options.until, "failed before: RFC 3339, or how long ago, like 5m"
    );
}

template <class T>
Cell cell(const std::optional<T>& value) {
    return value ? Cell{*value} : Cell{};
}

Cell cell(const std::optional<Instant>& instant) {
    return instant ? Cell{format_instant(*instant)} : Cell{};
}

Result<Exit> list(
    const Environment& environment,
    const FilterOptions& options,
    const std::string& state,
    std::int64_t limit
) {
    const auto filter = options.resolve();
    if (!filter) return filter.error();
    auto database = environment.database();
    if (!database) return database.error();
    const auto wanted = state == "all" ? std::nullopt : std::optional(state);
    const auto letters =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return list_dead_letters(transaction, *filter, wanted, limit);
        });
    if (!letters) return letters.error();
    Listing listing{
        .columns =
            {"id",
             "worker",
             "company",
             "state",
             "class",
             "reason",
             "attempts",
             "failures",
             "event_id",
             "last_failed_at"},
        .rows = {},
        .empty_text = "no dead letters match"};
    for (const DeadLetterRow& row : *letters)
        listing.add(
            {row.id.value,
             row.worker,
             cell(row.company),
             row.state,
             row.reason_class,
             row.reason,
             row.attempts,
             row.failures,
             cell(row.event_id),
             format_instant(row.last_failed_at)}
        );
    environment.print(listing);
    return Exit::Ok;
}

/// payload: also the record's value.
Listing
everything_about(const DeadLetterRow& row, const std::optional<RecordText>& record, bool payload) {
    Listing listing{
        .columns =
            {"id",
             "worker",
             "company",
             "state",
             "class",
             "reason",
             "attempts",
             "failures",
             "first_failed_at",
             "last_failed_at",
             "event_id",
             "event_source",
             "event_type",
             "entity",
             "job_kind",
             "topic",
             "partition",
             "offset",
             "key",
             "decided_at",
             "decided_by",
             "decided_login",
             "decided_reason",
             "payload_emptied_at",
             "headers"},
        .rows = {},
        .single = true};
    std::vector<Cell> cells{
        row.id.value,
        row.worker,
        cell(row.company),
        row.state,
        row.reason_class,
        row.reason,
        row.attempts,
        row.failures,
        format_instant(row.first_failed_at),
        format_instant(row.last_failed_at),
        cell(row.event_id),
        cell(row.event_source),
        cell(row.event_type),
        cell(row.entity),
        cell(row.job_kind),
        cell(row.topic),
        cell(row.partition),
        cell(row.offset),
        cell(row.key),
        cell(row.decided_at),
        cell(row.decided_by),
        cell(row.decided_login),
        cell(row.decided_reason),
        cell(row.payload_emptied_at),
        record ? Cell{record->headers} : Cell{}};
    if (payload) {
        listing.columns.emplace_back("value");
        cells.push_back(record ? cell(record->value) : Cell{});
    }
    listing.add(std::move(cells));
    return listing;
}

Result<Exit> show(const Environment& environment, std::int64_t id, bool payload) {
    auto database = environment.database();
    if (!database) return database.error();
    DeadLetterFilter filter;
    filter.ids = {id};
    std::optional<RecordText> record;
    const auto letters =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            record = record_of_dead_letter(transaction, DeadLetterId{id});
            return list_dead_letters(transaction, filter, std::nullopt, 1);
        });
    if (!letters) return letters.error();
    if (letters->empty())
        return Error{ErrorKind::NotFound, "there is no dead letter " + std::to_string(id)};
    environment.print(everything_about(letters->front(), record, payload));
    return Exit::Ok;
}

Result<Exit>
discard(const Environment& environment, const FilterOptions& options, const std::string& why) {
    const auto filter = options.resolve();
    if (!filter) return filter.error();
    auto database = environment.database();
    if (!database) return database.error();
    const auto count =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return discard_dead_letters(transaction, *filter, environment.actor, why);
        });
    if (!count) return count.error();
    environment.print({.columns = {"discarded"}, .rows = {{*count}}, .single = true});
    return Exit::Ok;
}

void add_replay_command(CLI::App* group, Environment& environment) {
    struct Options {
        FilterOptions filter;
        ReplayOptions replay;
        std::string topic;
    };
    const auto options = std::make_shared<Options>();
    auto* command = group->add_subcommand("replay", "handles open dead letters once more");
    command->footer(
        "The first ten are a canary: the rest follows only when they went well, and the run stops "
        "when more than 5 % fail\n"
        "again. Events that were dealt with meanwhile are skipped. Replaying twice does no harm.\n"
        "Examples:\n"
        "  calfleet dlq replay --class unknown_company --company 17 --dry-run\n"
        "  calfleet dlq replay --since 2026-11-20T00:00:00Z --rate 20\n"
        "  calfleet dlq replay --from-topic host-mapper.dlq     after the database was restored "
        "from a backup"
    );
    add_filter_options(command, options->filter);
    command->add_flag(
        "--dry-run", options->replay.dry_run, "say what would happen, change nothing"
    );
    command->add_option("--rate", options->replay.rate, "letters a second")
        ->check(CLI::Range(0.1, 10000.0))
        ->capture_default_str();
    command->add_option("--limit", options->replay.limit, "letters at most")
        ->check(CLI::Range(1, 10000000))
        ->capture_default_str();
    command->add_option(
        "--from-topic",
        options->topic,
        "read the letters from this .dlq topic instead of the database"
    );
    command->callback([&environment, options] {
        environment.action = [&environment, options]() -> Result<Exit> {
            auto filter = options->filter.resolve();
            if (!filter) return filter.error();
            options->replay.filter = std::move(*filter);
            return options->topic.empty()
                       ? replay_from_database(environment, options->replay)
                       : replay_from_topic(environment, options->replay, options->topic);
        };
    });
}

void add_list_command(CLI::App* dlq, Environment& environment) {
    struct ListOptions {
        FilterOptions filter;
        std::string state{"open"};
        std::int64_t limit{100};
    };
    const auto listed = std::make_shared<ListOptions>();
    auto* list_command = dlq->add_subcommand("list", "lists open dead letters, oldest first");
    list_command->footer(
        "Examples:\n  calfleet dlq list --class schema\n  calfleet dlq list --state all --json"
    );
    add_filter_options(list_command, listed->filter);
    list_command
        ->add_option(
            "--state", listed->state, "open, replaying, replayed, superseded, discarded or all"
        )
        ->check(CLI::IsMember({"open", "replaying", "replayed", "superseded", "discarded", "all"}))
        ->capture_default_str();
    list_command->add_option("--limit", listed->limit, "rows at most")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    list_command->callback([&environment, listed] {
        environment.action = [&environment, listed] {
            return list(environment, listed->filter, listed->state, listed->limit);
        };
    });
}

void add_show_command(CLI::App* dlq, Environment& environment) {
    struct ShowOptions {
        std::int64_t id{0};
        bool payload{false};
    };
    const auto shown = std::make_shared<ShowOptions>();
    auto* show_command = dlq->add_subcommand("show", "everything about one dead letter");
    show_command->footer("Example:\n  calfleet dlq show 12 --payload");
    show_command->add_option("id", shown->id, "number of the letter")->required();
    show_command->add_flag(
        "--payload", shown->payload, "also the record's value: it may hold personal data"
    );
    show_command->callback([&environment, shown] {
        environment.action = [&environment, shown] {
            return show(environment, shown->id, shown->payload);
        };
    });
}

void add_discard_command(CLI::App* dlq, Environment& environment) {
    struct DiscardOptions {
        FilterOptions filter;
        std::string why;
    };
    const auto discarded = std::make_shared<DiscardOptions>();
    auto* discard_command = dlq->add_subcommand("discard", "closes open dead letters for good");
    discard_command->footer("Example:\n  calfleet dlq discard --id 12,13 --why \"test data\"");
    add_filter_options(discard_command, discarded->filter);
    discard_command->add_option("--why", discarded->why, "reason, kept with the letters")
        ->required();
    discard_command->callback([&environment, discarded] {
        if (discarded->filter.empty())
            throw CLI::ValidationError(
                "discard", "say which: --id, --class, --company, ... (nothing discards everything)"
            );
        environment.action = [&environment, discarded] {
            return discard(environment, discarded->filter, discarded->why);
        };
    });
}

} // namespace

void add_dead_letter_commands(CLI::App& app, Environment& environment) {
    auto* dlq = app.add_subcommand("dlq", "dead letters: what no retry can mend");
    dlq->require_subcommand(1);
    add_list_command(dlq, environment);
    add_show_command(dlq, environment);
    add_replay_command(dlq, environment);
    add_discard_command(dlq, environment);
}

} // namespace calfleet::cli
