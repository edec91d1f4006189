#include "workers/calfleet/environment.h"
#include "workers/calfleet/sync_store.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

using postgres::Access;
using postgres::Transaction;

template <class Value>
Cell cell(const std::optional<Value>& value) {
    return value ? Cell{*value} : Cell{};
}

Result<Exit> list(const Environment& environment, const ChildFilter& filter) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto rows = (*database)->transact(Access::login(), [&](Transaction& transaction) {
        return list_children(transaction, filter);
    });
    if (!rows) return rows.error();
    Listing listing{
        .columns =
            {"parent",
             "title",
             "user",
             "username",
             "staff",
             "child",
             "trusted",
             "found_at",
             "problem"},
        .rows = {},
        .empty_text = "no children of managed event types are known: calfleet child-event-types "
                      "resolve looks them up"};
    for (const ChildRow& row : *rows)
        listing.add(
            {row.parent,
             row.title,
             row.user,
             cell(row.username),
             cell(row.staff_name),
             cell(row.child),
             row.trusted,
             row.resolved_at ? Cell{format_instant(*row.resolved_at)} : Cell{},
             cell(row.error)}
        );
    environment.print(listing);
    return Exit::Ok;
}

using Change = std::int64_t (*)(Transaction&, const ChildFilter&);

Result<Exit>
change(const Environment& environment, const ChildFilter& filter, Change make, std::string column) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto count = (*database)->transact(Access::login(), [&](Transaction& transaction) {
        return make(transaction, filter);
    });
    if (!count) return count.error();
    environment.print({.columns = {std::move(column)}, .rows = {{*count}}, .single = true});
    return Exit::Ok;
}

std::shared_ptr<ChildFilter> add_filter(CLI::App* command) {
    auto filter = std::make_shared<ChildFilter>();
    command->add_option("--company", filter->company, "number of the company")->required();
    command->add_option("--parent", filter->parent, "only of this managed event type");
    command->add_option("--staff", filter->staff, "only of this staff member");
    return filter;
}

} // namespace

void add_child_event_types_commands(CLI::App& app, Environment& environment) {
    auto* group = app.add_subcommand(
        "child-event-types", "the members' copies of managed event types, which are what is booked"
    );
    group->require_subcommand(1);
    auto* list_command = group->add_subcommand("list", "lists them, and why one is not found");
    list_command->footer("Example:\n  calfleet child-event-types list --company 1 --staff 12");
    list_command->callback([&environment, filter = add_filter(list_command)] {
        environment.action = [&environment, filter] { return list(environment, *filter); };
    });
    auto* resolve = group->add_subcommand(
        "resolve", "has them looked up again; team-syncer does it, list shows the result"
    );
    resolve->footer("Example:\n  calfleet child-event-types resolve --company 1 --parent 4202");
    resolve->callback([&environment, filter = add_filter(resolve)] {
        environment.action = [&environment, filter] {
            return change(environment, *filter, resolve_children, "jobs_queued");
        };
    });
    auto* invalidate =
        group->add_subcommand("invalidate", "trusts them no more until the next look-up");
    invalidate->footer("Example:\n  calfleet child-event-types invalidate --company 1 --staff 12");
    invalidate->callback([&environment, filter = add_filter(invalidate)] {
        environment.action = [&environment, filter] {
            return change(environment, *filter, invalidate_children, "invalidated");
        };
    });
}

} // namespace calfleet::cli
