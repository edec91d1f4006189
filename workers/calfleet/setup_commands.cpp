#include "workers/calfleet/environment.h"
#include "workers/calfleet/fleet_topics.h"

#include "common/kafka/admin.h"
#include "common/postgres/migrator.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>

namespace calfleet::cli {
namespace {

constexpr std::chrono::seconds kBrokerWait{30};

struct MigrateOptions {
    std::string directory{"migrations"};
    bool check{false};
    std::optional<int> settle;
    std::string verdict;
};

struct TopicsOptions {
    int partitions{12};
    int replication{1};
};

void show(const postgres::MigrationProgress& progress) {
    using Kind = postgres::MigrationProgress::Kind;
    switch (progress.kind) {
    case Kind::Waiting:
        std::cerr << "waiting for another migrator\n";
        break;
    case Kind::Started:
        break;
    case Kind::Retrying:
        std::cerr << progress.name << ": trying again, " << progress.detail << '\n';
        break;
    case Kind::Finished:
        std::cerr << progress.name << " (" << progress.took.count() << " ms)\n";
        break;
    }
}

Result<Exit> check(const Environment& environment, postgres::Migrator& migrator) {
    const auto plan = migrator.plan();
    if (!plan) return plan.error();
    Listing listing{
        .columns = {"version", "name", "state"},
        .rows = {},
        .empty_text = "there are no migrations"};
    for (const auto& applied : plan->applied)
        listing.add(
            {std::int64_t{applied.version},
             applied.name,
             std::string(applied.dirty ? "half done" : "applied")}
        );
    for (const auto& pending : plan->pending)
        listing.add({std::int64_t{pending.version}, pending.name, std::string("to do")});
    environment.print(listing);
    return plan->pending.empty() ? Exit::Ok : Exit::Refused;
}

// A dump brings rows of the outbox with the numbers of another cluster's transactions.
Result<std::int64_t> restamp_outbox(const postgres::Settings& settings) {
    postgres::Session session(settings);
    std::int64_t total = 0;
    for (;;) {
        const auto moved =
            session.transact(postgres::Access::login(), [](postgres::Transaction& transaction) {
                return transaction.exec_text("select calfleet.restamp_outbox(2000)")[0].int64(0);
            });
        if (!moved) return moved.error();
        total += *moved;
        if (*moved == 0) return total;
    }
}

Result<Exit> migrate(const Environment& environment, const MigrateOptions& options) {
    auto files = postgres::read_migrations(options.directory);
    if (!files) return files.error();
    const auto settings = environment.admin_database();
    if (!settings) return settings.error();
    postgres::Migrator migrator(*settings, std::move(*files));
    if (options.check) return check(environment, migrator);
    if (options.settle) {
        const auto verdict = options.verdict == "took-effect" ? postgres::DirtyVerdict::TookEffect
                                                              : postgres::DirtyVerdict::DidNothing;
        if (const Result<> settled = migrator.settle_dirty(*options.settle, verdict); !settled)
            return settled.error();
    }
    const auto done = migrator.apply(show);
    if (!done) return done.error();
    const auto restamped = restamp_outbox(*settings);
    if (!restamped) return restamped.error();
    environment.print(
        {.columns = {"migrations_run", "outbox_rows_restamped"},
         .rows = {{std::int64_t{*done}, *restamped}},
         .single = true}
    );
    return Exit::Ok;
}

std::string text_of(kafka::TopicChange change) {
    switch (change) {
    case kafka::TopicChange::Created:
        return "created";
    case kafka::TopicChange::Existed:
        return "existed";
    case kafka::TopicChange::PartitionsAdded:
        return "partitions added";
    }
    return "";
}

Result<Exit> apply_topics(const Environment& environment, const TopicsOptions& options) {
    auto admin = environment.kafka_admin("calfleet");
    if (!admin) return admin.error();
    Listing listing{
        .columns = {"topic", "partitions", "replication", "result"}, .rows = {}, .empty_text = ""};
    for (const kafka::TopicSpec& topic : fleet_topics(options.partitions, options.replication)) {
        const auto change = (*admin)->apply(topic, kBrokerWait);
        if (!change)
            return Error{
                change.error().kind, "topic " + topic.name + ": " + change.error().message};
        listing.add(
            {topic.name,
             std::int64_t{topic.partitions},
             std::int64_t{topic.replication},
             text_of(*change)}
        );
    }
    environment.print(listing);
    return Exit::Ok;
}

} // namespace

void add_setup_commands(CLI::App& app, Environment& environment) {
    const auto options = std::make_shared<MigrateOptions>();
    auto* migrate_command =
        app.add_subcommand("migrate", "brings the database to the version of the migration files");
    migrate_command->footer("Needs CALFLEET_ADMIN_URL: a superuser, or the database's owner with "
                            "CREATEROLE. Safe to run several times at once.\n"
                            "Examples:\n"
                            "  calfleet migrate --migrations migrations\n"
                            "  calfleet migrate --check        exit 4 when something is to do");
    migrate_command->add_option("--migrations", options->directory, "folder of the SQL files")
        ->envname("CALFLEET_MIGRATIONS")
        ->capture_default_str();
    migrate_command->add_flag("--check", options->check, "say what is to do, change nothing");
    auto* settle = migrate_command->add_option(
        "--settle", options->settle, "close the case of this half-done migration first"
    );
    migrate_command
        ->add_option(
            "--verdict", options->verdict, "what a person found: took-effect or did-nothing"
        )
        ->check(CLI::IsMember({"took-effect", "did-nothing"}))
        ->needs(settle);
    migrate_command->callback([&environment, options] {
        environment.action = [&environment, options] { return migrate(environment, *options); };
    });

    auto* topics = app.add_subcommand("topics", "the fleet's Kafka topics");
    topics->require_subcommand(1);
    const auto topic_options = std::make_shared<TopicsOptions>();
    auto* apply = topics->add_subcommand(
        "apply", "creates topics that are missing and adds partitions; never removes"
    );
    apply->footer("Example:\n  calfleet topics apply --partitions 12 --replication 3");
    apply->add_option("--partitions", topic_options->partitions, "of each event topic")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    apply
        ->add_option(
            "--replication",
            topic_options->replication,
            "copies of each partition; min.insync.replicas is one less"
        )
        ->check(CLI::Range(1, 9))
        ->capture_default_str();
    add_grant_command(*topics, environment);
    apply->callback([&environment, topic_options] {
        environment.action = [&environment, topic_options] {
            return apply_topics(environment, *topic_options);
        };
    });
}

} // namespace calfleet::cli
