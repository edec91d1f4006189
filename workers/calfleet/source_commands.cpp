#include "workers/calfleet/environment.h"
#include "workers/calfleet/source_store.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

struct SourceOptions {
    std::string source;
    std::int64_t company{0};
    bool release{false};
};

/// Changes one thing and says whether it was so already.
template <class Change>
Result<Exit> change(const Environment& environment, Change body) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto changed = (*database)->transact(postgres::Access::login(), body);
    if (!changed) return changed.error();
    environment.print({.columns = {"changed"}, .rows = {{*changed}}, .single = true});
    return Exit::Ok;
}

Result<Exit> bind(const Environment& environment, const SourceOptions& options) {
    return change(environment, [&](postgres::Transaction& transaction) {
        const CompanyId company{options.company};
        return options.release
                   ? release_source(transaction, options.source, company)
                   : bind_source(transaction, options.source, company, environment.actor);
    });
}

Result<Exit> require(const Environment& environment, const SourceOptions& options) {
    return change(environment, [&](postgres::Transaction& transaction) {
        const CompanyId company{options.company};
        return options.release ? take_any(transaction, company)
                               : take_bound_only(transaction, company, environment.actor);
    });
}

Result<Exit> list(const Environment& environment) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto sources = (*database)->transact(postgres::Access::login(), list_sources);
    if (!sources) return sources.error();
    Listing listing{
        .columns = {"source", "company", "bound_at", "bound_by"},
        .rows = {},
        .empty_text = "no source is bound: each may speak for every company"};
    for (const SourceRow& row : *sources)
        listing.add(
            {row.source.empty() ? std::string("(only bound ones)") : row.source,
             row.company.value,
             row.bound_at,
             row.bound_by}
        );
    environment.print(listing);
    return Exit::Ok;
}

} // namespace

void add_source_commands(CLI::App& app, Environment& environment) {
    auto* source =
        app.add_subcommand("source", "which sources of events speak for which companies");
    source->require_subcommand(1);
    source->footer("A bound source speaks for its companies only; what it says of others becomes a "
                   "dead letter of class foreign_source.\nThis finds mistakes; who may write to a "
                   "topic is decided by its ACLs (deploy/security/README.md).");

    const auto options = std::make_shared<SourceOptions>();
    auto* bind_command = source->add_subcommand("bind", "lets a source speak for a company");
    bind_command->footer("Examples:\n  calfleet source bind booking-site --company 17\n"
                         "  calfleet source bind booking-site --company 17 --release");
    bind_command->add_option("source", options->source, "ce_source of the events")->required();
    bind_command->add_option("--company", options->company, "number of the company")->required();
    bind_command->add_flag("--release", options->release, "takes the binding away again");
    bind_command->callback([&environment, options] {
        environment.action = [&environment, options] { return bind(environment, *options); };
    });

    const auto required = std::make_shared<SourceOptions>();
    auto* require_command = source->add_subcommand(
        "require", "lets only bound sources speak for a company, or for all without --company"
    );
    require_command->footer("Example:\n  calfleet source require --company 17");
    require_command->add_option("--company", required->company, "number of the company");
    require_command->add_flag("--release", required->release, "takes every source again");
    require_command->callback([&environment, required] {
        environment.action = [&environment, required] { return require(environment, *required); };
    });

    auto* list_command = source->add_subcommand("list", "lists bindings");
    list_command->callback([&environment] {
        environment.action = [&environment] { return list(environment); };
    });
}

} // namespace calfleet::cli
