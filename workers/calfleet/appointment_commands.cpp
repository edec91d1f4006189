#include "workers/calfleet/appointment_store.h"
#include "workers/calfleet/environment.h"
#include "workers/calfleet/rehearsal.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

struct ReassignOptions {
    std::int64_t id{0}, staff{0};
    std::string why;
    bool dry_run{false};
};

template <class T>
Cell cell(const std::optional<T>& value) {
    return value ? Cell{*value} : Cell{};
}

Result<Exit> list(const Environment& environment, const AppointmentFilter& filter) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto found =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return list_appointments(transaction, filter);
        });
    if (!found) return found.error();
    Listing listing{
        .columns =
            {"id",
             "company",
             "starts_at",
             "status",
             "staff",
             "staff_name",
             "staff_active",
             "host",
             "assignment"},
        .rows = {},
        .empty_text = "no appointments that are still to come match"};
    for (const AppointmentRow& row : *found)
        listing.add(
            {row.id.value,
             row.company.value,
             row.starts_at ? Cell{format_instant(*row.starts_at)} : Cell{},
             row.status,
             cell(row.staff),
             cell(row.staff_name),
             row.staff ? Cell{row.staff_active} : Cell{},
             cell(row.host),
             row.assignment}
        );
    environment.print(listing);
    return Exit::Ok;
}

Result<Exit> reassign(const Environment& environment, const ReassignOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto done = perform(
        **database,
        options.dry_run ? Deed::Rehearsed : Deed::Done,
        [&](postgres::Transaction& transaction) {
            return reassign_appointment(
                transaction,
                AppointmentId{options.id},
                StaffId{options.staff},
                {environment.actor, options.why}
            );
        }
    );
    if (!done) return done.error();
    Listing listing{
        .columns = {"appointment", "staff", "assignment"},
        .rows = {{options.id, options.staff, std::string("manual")}},
        .single = true};
    if (options.dry_run)
        listing = {
            .columns = {"appointment", "done", "staff_before", "staff", "appointments_reassigned"},
            .rows =
                {{options.id,
                  std::string("would be reassigned"),
                  cell(done->staff_before),
                  options.staff,
                  std::int64_t{1}}},
            .single = true};
    environment.print(listing);
    return Exit::Ok;
}

void add_list_command(CLI::App* appointment, Environment& environment) {
    const auto filter = std::make_shared<AppointmentFilter>();
    auto* command = appointment->add_subcommand("list", "lists live appointments still to come");
    command->footer("Example:\n  calfleet appointment list --staff-inactive --company 1");
    command->add_option("--company", filter->company, "only this company");
    command->add_option("--staff", filter->staff, "only of this staff member");
    command->add_flag(
        "--staff-inactive",
        filter->staff_inactive,
        "only those whose staff member is not active any more"
    );
    command->add_option("--limit", filter->limit, "rows at most")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    command->callback([&environment, filter] {
        environment.action = [&environment, filter] { return list(environment, *filter); };
    });
}

} // namespace

void add_appointment_commands(CLI::App& app, Environment& environment) {
    auto* appointment = app.add_subcommand("appointment", "single appointments");
    appointment->require_subcommand(1);
    add_list_command(appointment, environment);
    const auto options = std::make_shared<ReassignOptions>();
    auto* command =
        appointment->add_subcommand("reassign", "gives an appointment to a staff member by hand");
    command->footer(
        "What has begun stays as it is; a reschedule of the appointment keeps the staff "
        "member.\nExample:\n  calfleet appointment reassign 4711 --staff 7 --why "
        "\"swapped shifts\""
    );
    command->add_option("id", options->id, "number of the appointment")->required();
    command->add_option("--staff", options->staff, "number of the staff member")->required();
    command->add_option("--why", options->why, "reason, kept in the audit")->type_name("TEXT");
    command->add_flag("--dry-run", options->dry_run, "says what would change, and changes nothing");
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return reassign(environment, *options); };
    });
}

} // namespace calfleet::cli
