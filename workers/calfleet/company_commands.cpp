#include "workers/calfleet/company_store.h"
#include "workers/calfleet/environment.h"
#include "workers/calfleet/files.h"
#include "workers/calfleet/staff_file.h"

#include "common/core/text.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

struct AddOptions {
    std::string name;
    std::string time_zone{"Europe/Berlin"};
    int threshold{75};
};

struct ImportOptions {
    std::string file;
    std::int64_t company{0};
    bool dry_run{false};
    bool deactivate_missing{false};
};

Result<Exit> add(const Environment& environment, const AddOptions& options) {
    if (trim(options.name).empty()) return invalid("the company's name is empty");
    auto database = environment.database();
    if (!database) return database.error();
    const auto id =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return add_company(transaction, options.name, options.time_zone, options.threshold);
        });
    if (!id) return id.error();
    environment.print(
        {.columns = {"id", "name", "time_zone", "auto_threshold"},
         .rows = {{id->value, options.name, options.time_zone, std::int64_t{options.threshold}}},
         .single = true}
    );
    return Exit::Ok;
}

Result<Exit> list(const Environment& environment) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto rows = (*database)->transact(postgres::Access::login(), list_companies);
    if (!rows) return rows.error();
    Listing listing{
        .columns =
            {"id",
             "name",
             "active",
             "time_zone",
             "auto_threshold",
             "staff",
             "active_staff",
             "appointments"},
        .rows = {},
        .empty_text = "no companies yet: calfleet company add NAME"};
    for (const CompanyRow& row : *rows)
        listing.add(
            {row.id.value,
             row.name,
             row.is_active,
             row.time_zone,
             row.auto_threshold,
             row.staff,
             row.active_staff,
             row.appointments}
        );
    environment.print(listing);
    return Exit::Ok;
}

Result<Exit> import(const Environment& environment, const ImportOptions& options) {
    const auto text = read_file(options.file);
    if (!text) return text.error();
    const auto lines = parse_staff_file(*text);
    if (!lines) return Error{lines.error().kind, options.file + ": " + lines.error().message};
    auto database = environment.database();
    if (!database) return database.error();
    ImportResult result;
    bool tried = false;
    const Result<> done =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            result = import_staff(
                transaction, CompanyId{options.company}, *lines, options.deactivate_missing
            );
            tried = options.dry_run;
            if (tried) throw postgres::Abort({ErrorKind::Conflict, "dry run: rolled back"});
        });
    if (!done && !tried) return done.error();
    environment.print(
        {.columns =
             {"dry_run",
              "inserted",
              "updated",
              "deactivated",
              "unchanged",
              "branches_added",
              "rematches_queued"},
         .rows =
             {{options.dry_run,
               result.inserted,
               result.updated,
               result.deactivated,
               result.unchanged,
               result.branches_added,
               result.rematches_queued}},
         .single = true}
    );
    return Exit::Ok;
}

void add_staff_commands(CLI::App& app, Environment& environment) {
    auto* staff = app.add_subcommand("staff", "staff lists");
    staff->require_subcommand(1);
    const auto import_options = std::make_shared<ImportOptions>();
    auto* import_command =
        staff->add_subcommand("import", "brings a company's staff to the state of a CSV file");
    import_command->footer(
        "The file's first line names its columns: reference,name,email,branch,is_active. reference "
        "is the company's own\n"
        "identifier of a person: importing twice changes nothing. All or nothing: a file with a "
        "mistake changes nothing.\n"
        "Hosts that wait for review or were not matched are looked at again after a change.\n"
        "Examples:\n"
        "  calfleet staff import staff.csv --company 1 --dry-run\n"
        "  calfleet staff import staff.csv --company 1 --deactivate-missing"
    );
    import_command->add_option("file", import_options->file, "CSV file, - for standard input")
        ->required();
    import_command->add_option("--company", import_options->company, "number of the company")
        ->required();
    import_command->add_flag(
        "--dry-run", import_options->dry_run, "say what would change, change nothing"
    );
    import_command->add_flag(
        "--deactivate-missing",
        import_options->deactivate_missing,
        "deactivate staff that the file does not name"
    );
    import_command->callback([&environment, import_options] {
        environment.action = [&environment, import_options] {
            return import(environment, *import_options);
        };
    });
}

} // namespace

void add_company_commands(CLI::App& app, Environment& environment) {
    auto* company = app.add_subcommand("company", "companies of the platform");
    company->require_subcommand(1);

    const auto add_options = std::make_shared<AddOptions>();
    auto* add_command = company->add_subcommand("add", "adds a company and prints its number");
    add_command->footer(
        "Example:\n  calfleet company add \"Nordlicht Beratung\" --auto-threshold 80"
    );
    add_command->add_option("name", add_options->name, "name shown to people")->required();
    add_command->add_option("--time-zone", add_options->time_zone, "IANA name")
        ->capture_default_str();
    add_command
        ->add_option(
            "--auto-threshold",
            add_options->threshold,
            "score from which a host is linked unattended"
        )
        ->check(CLI::Range(0, 100))
        ->capture_default_str();
    add_command->callback([&environment, add_options] {
        environment.action = [&environment, add_options] { return add(environment, *add_options); };
    });

    auto* list_command = company->add_subcommand(
        "list", "lists companies with their numbers of staff and appointments"
    );
    list_command->callback([&environment] {
        environment.action = [&environment] { return list(environment); };
    });
    add_staff_commands(app, environment);
}

} // namespace calfleet::cli
