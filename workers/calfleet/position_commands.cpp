#include "workers/calfleet/environment.h"
#include "workers/calfleet/position_store.h"

#include "common/core/text.h"
#include "common/kafka/admin.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

constexpr std::chrono::seconds kBrokerWait{10};

struct ResetOptions {
    std::string worker, topic, to;
    std::optional<std::int32_t> partition;
    bool yes{false};
};

struct ListOptions {
    std::optional<std::string> worker;
};

Result<std::unique_ptr<kafka::Admin>> open_admin(const Environment& environment) {
    return environment.kafka_admin("calfleet");
}

Result<Exit> list(const Environment& environment, const ListOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto positions =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return list_positions(transaction, options.worker);
        });
    if (!positions) return positions.error();
    // The log's end is a courtesy: positions are shown also when no broker is named or answers.
    std::unique_ptr<kafka::Admin> admin;
    if (!environment.brokers.empty())
        if (auto opened = open_admin(environment)) admin = std::move(*opened);
    Listing listing{
        .columns =
            {"worker",
             "topic",
             "partition",
             "next_offset",
             "log_end",
             "behind",
             "epoch",
             "owner",
             "updated_at"},
        .rows = {},
        .empty_text = "no worker has taken a position yet"};
    for (const PositionRow& row : *positions) {
        Cell end, behind;
        if (admin) {
            const auto marks = admin->watermarks({row.topic, row.partition}, kBrokerWait);
            if (marks) {
                end = marks->high;
                behind = std::max<std::int64_t>(0, marks->high - row.next_offset);
            } else {
                admin.reset(); // one unanswered question is enough
            }
        }
        listing.add(
            {row.worker,
             row.topic,
             std::int64_t{row.partition},
             row.next_offset,
             end,
             behind,
             row.epoch,
             row.owner,
             format_instant(row.updated_at)}
        );
    }
    environment.print(listing);
    return Exit::Ok;
}

/// Where a partition shall continue: "earliest", "latest", a number, or a time. A position outside
/// the log would stop the worker, so the broker is always asked.
Result<std::int64_t>
resolve(const kafka::Admin& admin, const kafka::TopicPartition& partition, const std::string& to) {
    const auto marks = admin.watermarks(partition, kBrokerWait);
    if (!marks) return marks.error();
    if (to == "earliest") return marks->low;
    if (to == "latest") return marks->high;
    if (const auto offset = parse_int64(to)) {
        if (*offset >= marks->low && *offset <= marks->high) return *offset;
        return invalid(
            "--to: " + to + " is outside the log of " + partition.topic + "/" +
            std::to_string(partition.partition) + ", which holds " + std::to_string(marks->low) +
            " to " + std::to_string(marks->high)
        );
    }
    const auto time = parse_instant(to);
    if (time) return admin.offset_at(partition, *time, kBrokerWait);
    return invalid(
        "--to: '" + printable(to, 40) +
        "' is neither earliest, latest, an offset nor an RFC 3339 time"
    );
}

Result<Exit> reset(const Environment& environment, const ResetOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto positions =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return list_positions(transaction, options.worker);
        });
    if (!positions) return positions.error();
    const auto admin = open_admin(environment);
    if (!admin) return admin.error();
    std::vector<PositionRow> moved;
    Listing listing{
        .columns = {"worker", "topic", "partition", "from", "to"}, .rows = {}, .empty_text = ""};
    for (const PositionRow& row : *positions) {
        if (row.topic != options.topic ||
            (options.partition && row.partition != *options.partition))
            continue;
        const auto target = resolve(**admin, {row.topic, row.partition}, options.to);
        if (!target) return target.error();
        listing.add({row.worker, row.topic, std::int64_t{row.partition}, row.next_offset, *target});
        moved.push_back(row);
        moved.back().next_offset = *target;
    }
    if (moved.empty())
        return Error{
            ErrorKind::NotFound,
            "worker '" + options.worker + "' holds no position in topic '" + options.topic +
                "'; see calfleet positions list"};
    environment.print(listing);
    if (!options.yes) {
        environment.say("nothing was changed; add --yes to do it");
        return Exit::Ok;
    }
    const auto done =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            for (const PositionRow& row : moved)
                reset_position(transaction, row, environment.actor);
        });
    if (!done) return done.error();
    environment.say("done; running workers follow within 30 seconds");
    return Exit::Ok;
}

} // namespace

void add_position_commands(CLI::App& app, Environment& environment) {
    auto* positions =
        app.add_subcommand("positions", "how far each worker has come in each partition");
    positions->require_subcommand(1);
    const auto asked = std::make_shared<ListOptions>();
    auto* list_command = positions->add_subcommand(
        "list", "lists positions; with --brokers also how far behind they are"
    );
    list_command->footer(
        "Example:\n  calfleet positions list --worker host-mapper --brokers 127.0.0.1:9092"
    );
    list_command->add_option("--worker", asked->worker, "only this worker");
    list_command->callback([&environment, asked] {
        environment.action = [&environment, asked] { return list(environment, *asked); };
    });

    const auto options = std::make_shared<ResetOptions>();
    auto* reset_command = positions->add_subcommand(
        "reset", "lets a worker continue elsewhere; shows the change, --yes makes it"
    );
    reset_command->footer(
        "Events that were handled before are recognised for 35 days and have no second effect.\n"
        "Examples:\n"
        "  calfleet positions reset --worker host-mapper --topic booking-created --to earliest\n"
        "  calfleet positions reset --worker host-mapper --topic booking-created --to "
        "2026-11-20T00:00:00Z --yes"
    );
    reset_command->add_option("--worker", options->worker, "whose position")->required();
    reset_command->add_option("--topic", options->topic, "of which topic")->required();
    reset_command->add_option("--partition", options->partition, "only this partition");
    reset_command
        ->add_option("--to", options->to, "earliest, latest, an offset, or an RFC 3339 time")
        ->required();
    reset_command->add_flag("--yes", options->yes, "do it");
    reset_command->callback([&environment, options] {
        environment.action = [&environment, options] { return reset(environment, *options); };
    });
}

} // namespace calfleet::cli
