#include "workers/calfleet/mapping_commands.h"

#include "workers/calfleet/environment.h"
#include "workers/calfleet/files.h"
#include "workers/calfleet/mapping_store.h"
#include "workers/calfleet/rehearsal.h"
#include "workers/calfleet/terminal_text.h"

#include "common/core/text.h"
#include "common/matching/try.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace calfleet::cli {
namespace {

struct ListOptions {
    MappingFilter filter;
};

struct DecideOptions {
    std::int64_t id{0}, company{0}, staff{0};
    std::string host;
    std::string why;
    std::string reassign{"review"};
    bool dry_run{false};
};

Cell cell(const std::optional<std::string>& text) {
    return text ? Cell{*text} : Cell{};
}
Cell cell(const std::optional<std::int64_t>& number) {
    return number ? Cell{*number} : Cell{};
}

Result<Exit> list(const Environment& environment, const MappingFilter& filter) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto mappings =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return list_mappings(transaction, filter);
        });
    if (!mappings) return mappings.error();
    Listing listing{
        .columns =
            {"id",
             "company",
             "host",
             "host_name",
             "host_email",
             "state",
             "staff",
             "staff_name",
             "source",
             "score",
             "waiting",
             "zone",
             "last_seen",
             "decided_by",
             "decided_at",
             "name_now",
             "email_now"},
        .rows = {},
        .empty_text = "no mappings match"};
    for (const MappingRow& row : *mappings)
        listing.add(
            {row.id.value,
             row.company.value,
             row.host,
             cell(row.host_name),
             cell(row.host_email),
             row.state,
             cell(row.staff),
             cell(row.staff_name),
             row.source,
             row.score,
             row.waiting,
             cell(row.host_time_zone),
             row.last_seen_at ? Cell{format_instant(*row.last_seen_at)} : Cell{},
             row.decided_by,
             format_instant(row.decided_at),
             cell(row.account_name),
             cell(row.account_email)}
        );
    environment.print(listing);
    return Exit::Ok;
}

/// What people call the number of appointments that change with a decision.
struct Wording {
    std::string_view done;         ///< "approved"
    std::string_view appointments; ///< column
};

template <class Decide>
Result<Exit> decide(
    const Environment& environment,
    const DecideOptions& options,
    const Wording& wording,
    const Decide& decide_in
) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto result =
        perform(**database, options.dry_run ? Deed::Rehearsed : Deed::Done, decide_in);
    if (!result) return result.error();
    environment.print(
        {.columns = {"mapping", "done", std::string(wording.appointments)},
         .rows =
             {{options.dry_run && result->is_new ? Cell{} : Cell{result->mapping.value},
               (options.dry_run ? "would be " : "") + std::string(wording.done),
               result->appointments}},
         .single = true}
    );
    return Exit::Ok;
}

Result<Exit> history(const Environment& environment, const DecideOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto audits =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            CompanyId company{options.company};
            std::string host = options.host;
            if (options.id != 0) {
                const auto found = host_of_mapping(transaction, MappingId{options.id});
                if (!found)
                    throw postgres::Abort(
                        {ErrorKind::NotFound, "there is no mapping " + std::to_string(options.id)}
                    );
                std::tie(company, host) = *found;
            }
            return mapping_history(transaction, company, host);
        });
    if (!audits) return audits.error();
    Listing listing{
        .columns =
            {"at",
             "action",
             "actor",
             "login",
             "source",
             "score",
             "before",
             "after",
             "reasons",
             "event_id"},
        .rows = {},
        .empty_text = "nothing was ever decided for this host"};
    for (const AuditRow& audit : *audits)
        listing.add(
            {format_instant(audit.at),
             audit.action,
             audit.actor,
             cell(audit.login),
             audit.source,
             audit.score,
             cell(audit.before),
             cell(audit.after),
             audit.reasons,
             cell(audit.event_id)}
        );
    environment.print(listing);
    return Exit::Ok;
}

// A bad line does not hide the good ones behind it: it is reported, and the exit code says that
// there was one.
Result<Exit> try_matching(const Environment& environment, const std::string& file, bool explained) {
    int bad = 0;
    const Result<> read = for_each_line(file, [&](std::string_view line, int number) -> Result<> {
        if (line.find_first_not_of(" \t") == std::string_view::npos) return {};
        const auto answer = explained ? matching::explain_line(line) : matching::try_line(line);
        if (answer) {
            std::cout << visible_json(*answer) << '\n';
        } else {
            ++bad;
            environment.complain(
                file + " line " + std::to_string(number) + ": " + answer.error().message
            );
        }
        return {};
    });
    std::cout.flush();
    if (!read) return read.error();
    return bad == 0 ? Exit::Ok : Exit::Failed;
}

void add_decide_options(CLI::App* command, const std::shared_ptr<DecideOptions>& options) {
    command->add_option("--why", options->why, "reason, kept in the audit")->type_name("TEXT");
    command->add_flag(
        "--dry-run",
        options->dry_run,
        "says how many appointments would change, and changes nothing"
    );
}

void add_list_command(CLI::App* mapping, Environment& environment) {
    const auto filter = std::make_shared<MappingFilter>();
    auto* list_command =
        mapping->add_subcommand("list", "lists current mappings; --state inactive shows the past");
    list_command->footer("Examples:\n  calfleet mapping list --state review\n  calfleet mapping "
                         "list --company 1 --json");
    list_command->add_option("--company", filter->company, "only this company");
    list_command->add_option("--state", filter->state, "active, review, unmatched or inactive")
        ->check(CLI::IsMember({"active", "review", "unmatched", "inactive"}));
    list_command->add_option("--host", filter->host, "only this Cal.com host");
    list_command->add_option("--limit", filter->limit, "rows at most")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    list_command->callback([&environment, filter] {
        environment.action = [&environment, filter] { return list(environment, *filter); };
    });
}

void add_approve_command(CLI::App* mapping, Environment& environment) {
    const auto approved = std::make_shared<DecideOptions>();
    auto* approve =
        mapping->add_subcommand("approve", "accepts the candidate of a mapping in review");
    approve->footer("Example:\n  calfleet mapping approve 17 --why \"spoke to her\"");
    approve->add_option("id", approved->id, "number of the mapping")->required();
    add_decide_options(approve, approved);
    approve->callback([&environment, approved] {
        environment.action = [&environment, approved] {
            return decide(
                environment,
                *approved,
                {"approved", "appointments_assigned"},
                [&](postgres::Transaction& transaction) {
                    return approve_mapping(
                        transaction, MappingId{approved->id}, {environment.actor, approved->why}
                    );
                }
            );
        };
    });
}

void add_assign_command(CLI::App* mapping, Environment& environment) {
    const auto assigned = std::make_shared<DecideOptions>();
    auto* assign = mapping->add_subcommand(
        "assign", "links a host to a staff member by hand; wins over every automatic decision"
    );
    assign->footer("Example:\n  calfleet mapping assign --company 1 --host 101 --staff 7");
    assign->add_option("--company", assigned->company, "number of the company")->required();
    assign->add_option("--host", assigned->host, "Cal.com's user id of the host")->required();
    assign->add_option("--staff", assigned->staff, "number of the staff member")->required();
    add_decide_options(assign, assigned);
    assign->callback([&environment, assigned] {
        environment.action = [&environment, assigned] {
            return decide(
                environment,
                *assigned,
                {"assigned", "appointments_assigned"},
                [&](postgres::Transaction& transaction) {
                    return assign_mapping(
                        transaction,
                        CompanyId{assigned->company},
                        assigned->host,
                        StaffId{assigned->staff},
                        {environment.actor, assigned->why}
                    );
                }
            );
        };
    });
}

Result<Reassignment> read_reassignment(const std::string& word) {
    if (word == "review") return Reassignment{.to = Reassignment::To::Review};
    if (word == "none") return Reassignment{.to = Reassignment::To::None};
    const auto staff = parse_int64(word);
    if (!staff || *staff < 1)
        return invalid(
            "--reassign: '" + printable(word, 40) +
            "' is neither review nor none nor the number of a staff member"
        );
    return Reassignment{.staff = StaffId{*staff}};
}

Result<Exit> deactivate(const Environment& environment, const DecideOptions& options) {
    const auto reassignment = read_reassignment(options.reassign);
    if (!reassignment) return reassignment.error();
    return decide(
        environment,
        options,
        {"deactivated", "appointments_reassigned"},
        [&](postgres::Transaction& transaction) {
            return deactivate_mapping(
                transaction, MappingId{options.id}, *reassignment, {environment.actor, options.why}
            );
        }
    );
}

void add_deactivate_command(CLI::App* mapping, Environment& environment) {
    const auto deactivated = std::make_shared<DecideOptions>();
    auto* command = mapping->add_subcommand(
        "deactivate", "takes a mapping back; the host's next booking is decided anew"
    );
    command->footer("--reassign says what becomes of the appointments that the mapping has "
                    "assigned and that are still to come: review: they wait, and the host waits "
                    "for a person; none: nobody has them until their next event; a number: they "
                    "go to that staff member. What has begun, and what a person has decided, stays "
                    "as it is.\nExamples:\n  calfleet mapping deactivate 17 --dry-run\n  calfleet "
                    "mapping deactivate 17 --reassign 7 --why \"wrong person\"");
    command->add_option("id", deactivated->id, "number of the mapping")->required();
    command->add_option("--reassign", deactivated->reassign, "review, none or a staff member")
        ->type_name("review|none|STAFF")
        ->capture_default_str();
    add_decide_options(command, deactivated);
    command->callback([&environment, deactivated] {
        environment.action = [&environment, deactivated] {
            return deactivate(environment, *deactivated);
        };
    });
}

void add_history_command(CLI::App* mapping, Environment& environment) {
    const auto asked = std::make_shared<DecideOptions>();
    auto* history_command =
        mapping->add_subcommand("history", "every decision about a host, with reasons");
    history_command->footer("Examples:\n  calfleet mapping history 17\n  calfleet mapping history "
                            "--company 1 --host 101");
    auto* by_id = history_command->add_option("id", asked->id, "number of a mapping");
    auto* by_company =
        history_command->add_option("--company", asked->company, "number of the company");
    history_command->add_option("--host", asked->host, "Cal.com's user id of the host")
        ->needs(by_company)
        ->excludes(by_id);
    history_command->callback([&environment, asked] {
        if (asked->id == 0 && asked->host.empty())
            throw CLI::ValidationError(
                "history", "give the number of a mapping, or --company and --host"
            );
        environment.action = [&environment, asked] { return history(environment, *asked); };
    });
}

void add_try_command(CLI::App* mapping, Environment& environment) {
    const auto file = std::make_shared<std::string>();
    const auto explained = std::make_shared<bool>(false);
    auto* try_command =
        mapping->add_subcommand("try", "runs the matcher over a file; needs no database");
    try_command->footer("A line in:  {\"id\":1,\"company\":{\"staff\":[{\"id\":7,\"name\":\"Ana "
                        "Ruiz\",\"email\":\"ana@x.example\",\"is_active\":true,\n"
                        "             "
                        "\"branch\":\"Mitte\"}]},\"branch\":\"Mitte\",\"host\":{\"id\":101,"
                        "\"name\":\"Ana Ruiz\",\"email\":\"\",\"username\":\"ana\"}}\n"
                        "A line out: "
                        "{\"id\":1,\"decision\":\"link\",\"staff\":7,\"score\":75,\"source\":"
                        "\"name\",\"reasons\":[...]}\n"
                        "Example:\n  calfleet mapping try hosts.jsonl");
    try_command->add_option("file", *file, "JSON lines, - for standard input")->required();
    try_command->add_flag(
        "--explain",
        *explained,
        "also the readings of the name, who comes next, the evidence with its weights, and what "
        "would have to be true for a link"
    );
    try_command->callback([&environment, file, explained] {
        environment.action = [&environment, file, explained] {
            return try_matching(environment, *file, *explained);
        };
    });
}

} // namespace

void add_mapping_commands(CLI::App& app, Environment& environment) {
    auto* mapping = app.add_subcommand("mapping", "links between Cal.com hosts and staff members");
    mapping->require_subcommand(1);
    add_list_command(mapping, environment);
    add_approve_command(mapping, environment);
    add_assign_command(mapping, environment);
    add_deactivate_command(mapping, environment);
    add_history_command(mapping, environment);
    add_try_command(mapping, environment);
    add_mapping_review_command(*mapping, environment);
    add_mapping_sheet_commands(*mapping, environment);
}

} // namespace calfleet::cli
