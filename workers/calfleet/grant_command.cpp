#include "workers/calfleet/environment.h"
#include "workers/calfleet/files.h"

#include "common/kafka/grants.h"

#include <CLI/CLI.hpp>

#include <filesystem>

namespace calfleet::cli {
namespace {

constexpr std::chrono::seconds kBrokerWait{30};

struct GrantOptions {
    std::vector<std::string> files;
    std::string principal;
};

Result<Exit> grant(const Environment& environment, const GrantOptions& options) {
    const auto brokers = environment.kafka();
    if (!brokers) return brokers.error();
    Listing listing{
        .columns = {"principal", "operation", "resource", "name"}, .rows = {}, .empty_text = ""};
    for (const std::string& file : options.files) {
        const auto text = read_file(file);
        if (!text) return text.error();
        const auto grants = kafka::parse_grants(*text);
        if (!grants) return Error{grants.error().kind, file + " " + grants.error().message};
        const std::string principal = options.principal.empty()
                                          ? "User:" + std::filesystem::path(file).stem().string()
                                          : options.principal;
        const Result<> done =
            kafka::grant(*brokers, environment.kafka_connection, principal, *grants, kBrokerWait);
        if (!done) return done.error();
        for (const kafka::Grant& each : *grants)
            listing.add(
                {principal, each.operation, each.resource, each.name + (each.prefix ? "*" : "")}
            );
    }
    environment.print(listing);
    return Exit::Ok;
}

} // namespace

void add_grant_command(CLI::App& topics, Environment& environment) {
    const auto options = std::make_shared<GrantOptions>();
    auto* command = topics.add_subcommand(
        "grant", "lets a user do what a file lists (ACLs); takes nothing away"
    );
    command->footer("Needs a user with ALTER on the cluster.\n"
                    "Examples:\n"
                    "  calfleet topics grant deploy/security/kafka/host-mapper.acl\n"
                    "  calfleet topics grant deploy/security/kafka/upstream.acl --principal "
                    "User:booking-site");
    command->add_option("files", options->files, "files of rights, one a program")->required();
    command->add_option(
        "--principal", options->principal, "who; without it User: and the file's name without .acl"
    );
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return grant(environment, *options); };
    });
}

} // namespace calfleet::cli
