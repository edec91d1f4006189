#include "workers/calfleet/environment.h"
#include "workers/calfleet/files.h"
#include "workers/calfleet/privacy.h"
#include "workers/calfleet/terminal_text.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace calfleet::cli {
namespace {

/// A batch that was under way may write a letter after the first look.
constexpr int kMostRounds = 3;

struct PrivacyOptions {
    std::int64_t company{0};
    std::optional<std::string> email, phone;
    std::int64_t customer{0};
};

Result<Person> person_of(postgres::Session& session, const PrivacyOptions& options) {
    if (options.email) return Person::of(*options.email);
    if (options.phone) return Person::of_phone(*options.phone);
    return person_of_customer(session, CompanyId{options.company}, options.customer);
}

struct ExportOptions : PrivacyOptions {
    std::string file;
};

struct EraseOptions : PrivacyOptions {
    bool dry_run{false}, yes{false};
    std::optional<std::string> why;
};

Listing listing_of(const Counts& counts) {
    Listing listing{
        .columns = {"what", "rows"}, .rows = {}, .empty_text = "nothing is kept of this person"};
    for (const auto& [what, count] : counts)
        listing.add({what, count});
    return listing;
}

Result<Exit> export_all(const Environment& environment, const ExportOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto person = person_of(**database, options);
    if (!person) return person.error();
    const auto whose = find_person_of_company(**database, CompanyId{options.company}, *person);
    if (!whose) return whose.error();
    const auto document = export_person(**database, *whose);
    if (!document) return document.error();
    const std::string text = visible_json(*document) + "\n";
    if (!options.file.empty()) {
        if (const Result<> written = write_private_file(options.file, text); !written)
            return written.error();
        environment.say("written to " + options.file + ", readable by you alone");
    } else {
        std::cout << text << std::flush;
    }
    return Exit::Ok;
}

void warn_of_what_is_to_come(const Environment& environment, const ErasurePlan& plan) {
    if (plan.whose.rows.to_come > 0)
        environment.complain(
            std::to_string(plan.whose.rows.to_come) +
            " of the appointments are still to come: their next event tells of the person anew. "
            "Cancel them first."
        );
}

Result<Exit> carry_out_in_rounds(
    const Environment& environment,
    postgres::Session& session,
    const EraseOptions& options,
    ErasurePlan plan
) {
    Counts all;
    for (int round = 0; round < kMostRounds; ++round) {
        const auto done = carry_out(session, plan, environment.actor, options.why);
        if (!done) return done.error();
        for (const auto& [what, count] : *done)
            all[what] += count;
        auto left = plan_erasure(session, plan.whose.company, plan.whose.person);
        if (!left) return left.error();
        left->whose.rows.uids = plan.whose.rows.uids;
        plan = std::move(*left);
        if (plan.records.empty() && plan.whose.rows.customers.empty()) break;
    }
    environment.print(listing_of(all));
    if (plan.records.empty() && plan.whose.rows.customers.empty()) return Exit::Ok;
    environment.complain("rows that tell of the person keep coming: erase again in a minute");
    return Exit::Failed;
}

Result<Exit> erase(const Environment& environment, const EraseOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto person = person_of(**database, options);
    if (!person) return person.error();
    auto plan = plan_erasure(**database, CompanyId{options.company}, *person);
    if (!plan) return plan.error();
    if (options.why && plan->whose.person.named_in(*options.why))
        return invalid("--why: leave the address and the number out, the reason is kept");
    if (options.dry_run || !options.yes) {
        environment.print(listing_of(plan->counts));
        warn_of_what_is_to_come(environment, *plan);
        if (options.dry_run) return Exit::Ok;
        environment.complain("nothing was changed; this cannot be undone: add --yes");
        return Exit::Refused;
    }
    warn_of_what_is_to_come(environment, *plan);
    return carry_out_in_rounds(environment, **database, options, std::move(*plan));
}

void add_options(CLI::App* command, PrivacyOptions& options) {
    command->add_option("--company", options.company, "whose customer")->required();
    auto* who = command->add_option_group("who");
    who->add_option("--email", options.email, "the person's address");
    who->add_option("--phone", options.phone, "the person's telephone number");
    who->add_option("--customer", options.customer, "number of the customer's row");
    who->require_option(1);
}

void add_export(CLI::App* group, Environment& environment) {
    const auto options = std::make_shared<ExportOptions>();
    auto* command =
        group->add_subcommand("export", "prints all that is kept of a customer, as JSON");
    command->footer(
        "Customers, appointments, and every dead letter, job and outbox row that names the address "
        "or "
        "one of the person's\nbookings. Topics and logs are not read.\n"
        "Example:\n"
        "  calfleet privacy export --company 17 --email anna@example.com --file anna.json"
    );
    add_options(command, *options);
    command->add_option("--file", options->file, "write there instead, readable by you alone");
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return export_all(environment, *options); };
    });
}

void add_erase(CLI::App* group, Environment& environment) {
    const auto options = std::make_shared<EraseOptions>();
    auto* command = group->add_subcommand("erase", "takes away all that is kept of a customer");
    command->footer(
        "The customer's row goes. Appointments keep time, host and status, and lose the customer. "
        "Open "
        "letters and jobs keep the\nbooking's facts; closed letters are emptied. An event from "
        "before "
        "brings nobody back; one of later does: it is a new\nbooking. This cannot be undone. It is "
        "recorded with who did it and what it took, without the address.\n"
        "Addresses of hosts belong to staff and are not touched. Records in Kafka's topics stay "
        "until "
        "their retention ends.\n"
        "Examples:\n"
        "  calfleet privacy erase --company 17 --email anna@example.com --dry-run\n"
        "  calfleet privacy erase --company 17 --email anna@example.com --why \"request of 3 May\" "
        "--yes"
    );
    add_options(command, *options);
    command->add_flag("--dry-run", options->dry_run, "say what would go, change nothing");
    command->add_flag("--yes", options->yes, "do it");
    command->add_option("--why", options->why, "reason, kept with the record of the erasure");
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return erase(environment, *options); };
    });
}

} // namespace

void add_privacy_commands(CLI::App& app, Environment& environment) {
    auto* group = app.add_subcommand("privacy", "what is kept of a customer: export, erase");
    group->require_subcommand(1);
    add_export(group, environment);
    add_erase(group, environment);
}

} // namespace calfleet::cli
