#include "workers/calfleet/environment.h"
#include "workers/calfleet/job_store.h"

#include "common/jobs/job_decisions.h"

#include <CLI/CLI.hpp>

namespace calfleet::cli {
namespace {

template <class T>
Cell cell(const std::optional<T>& value) {
    return value ? Cell{*value} : Cell{};
}

Result<std::vector<JobRow>> find(const Environment& environment, const JobFilter& filter) {
    auto database = environment.database();
    if (!database) return database.error();
    return (*database)->transact(
        postgres::Access::login(),
        [&](postgres::Transaction& transaction) { return list_jobs(transaction, filter); }
    );
}

Result<Exit> list(const Environment& environment, const JobFilter& filter) {
    const auto jobs = find(environment, filter);
    if (!jobs) return jobs.error();
    Listing listing{
        .columns =
            {"id",
             "worker",
             "kind",
             "company",
             "entity",
             "state",
             "due",
             "attempts",
             "crashes",
             "class",
             "reason"},
        .rows = {},
        .empty_text = "no open jobs match"};
    for (const JobRow& row : *jobs)
        listing.add(
            {row.id.value,
             row.worker,
             row.kind,
             row.company.value,
             row.entity,
             row.state,
             format_instant(row.run_at),
             row.attempts,
             row.crashes,
             cell(row.last_class),
             cell(row.last_reason)}
        );
    environment.print(listing);
    return Exit::Ok;
}

Result<Exit> show(const Environment& environment, std::int64_t id) {
    JobFilter filter;
    filter.id = id;
    const auto jobs = find(environment, filter);
    if (!jobs) return jobs.error();
    if (jobs->empty())
        return Error{
            ErrorKind::NotFound,
            "there is no open job " + std::to_string(id) + "; finished jobs leave the table"};
    const JobRow& row = jobs->front();
    environment.print(
        {.columns =
             {"id",
              "worker",
              "kind",
              "company",
              "entity",
              "state",
              "lane",
              "due",
              "deadline",
              "created",
              "attempts",
              "crashes",
              "lease_owner",
              "class",
              "reason",
              "event_id",
              "topic",
              "partition",
              "offset"},
         .rows =
             {{row.id.value,
               row.worker,
               row.kind,
               row.company.value,
               row.entity,
               row.state,
               row.lane,
               format_instant(row.run_at),
               format_instant(row.deadline_at),
               format_instant(row.created_at),
               row.attempts,
               row.crashes,
               cell(row.lease_owner),
               cell(row.last_class),
               cell(row.last_reason),
               cell(row.event_id),
               cell(row.topic),
               cell(row.partition),
               cell(row.offset)}},
         .single = true}
    );
    return Exit::Ok;
}

template <class Change>
Result<Exit>
change(const Environment& environment, std::int64_t id, std::string_view done, const Change& body) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto changed = (*database)->transact(postgres::Access::login(), body);
    if (!changed) return changed.error();
    environment.print(
        {.columns = {"job", "done"}, .rows = {{id, std::string(done)}}, .single = true}
    );
    return Exit::Ok;
}

void add_deciding_commands(CLI::App* jobs, Environment& environment) {
    const auto retried = std::make_shared<std::int64_t>(0);
    auto* retry_command =
        jobs->add_subcommand("retry", "makes a job due now, with all its attempts");
    retry_command->footer("Example:\n  calfleet jobs retry 12");
    retry_command->add_option("id", *retried, "number of the job")->required();
    retry_command->callback([&environment, retried] {
        environment.action = [&environment, retried] {
            return change(
                environment,
                *retried,
                "due now",
                [&](postgres::Transaction& transaction) {
                    jobs::retry(transaction, JobId{*retried});
                }
            );
        };
    });

    struct CancelOptions {
        std::int64_t id{0};
        std::string why;
    };
    const auto cancelled = std::make_shared<CancelOptions>();
    auto* cancel_command =
        jobs->add_subcommand("cancel", "takes a job out; it is kept as a discarded dead letter");
    cancel_command->footer("Example:\n  calfleet jobs cancel 12 --why \"the company left\"");
    cancel_command->add_option("id", cancelled->id, "number of the job")->required();
    cancel_command->add_option("--why", cancelled->why, "reason, kept with the letter")->required();
    cancel_command->callback([&environment, cancelled] {
        environment.action = [&environment, cancelled] {
            return change(
                environment,
                cancelled->id,
                "cancelled",
                [&](postgres::Transaction& transaction) {
                    jobs::cancel(
                        transaction, JobId{cancelled->id}, environment.actor, cancelled->why
                    );
                }
            );
        };
    });
}

} // namespace

void add_job_commands(CLI::App& app, Environment& environment) {
    auto* jobs = app.add_subcommand("jobs", "work that could not be finished at once");
    jobs->require_subcommand(1);

    const auto filter = std::make_shared<JobFilter>();
    auto* list_command = jobs->add_subcommand("list", "lists open jobs, oldest first");
    list_command->footer(
        "Examples:\n  calfleet jobs list --state parked\n  calfleet jobs list --company 17 --json"
    );
    list_command->add_option("--worker", filter->worker, "only of this worker");
    list_command->add_option("--company", filter->company, "only of this company");
    list_command->add_option("--kind", filter->kind, "only of this kind");
    list_command->add_option("--state", filter->state, "ready, running, parked or waiting")
        ->check(CLI::IsMember({"ready", "running", "parked", "waiting"}));
    list_command->add_option("--limit", filter->limit, "rows at most")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    list_command->callback([&environment, filter] {
        environment.action = [&environment, filter] { return list(environment, *filter); };
    });

    const auto shown = std::make_shared<std::int64_t>(0);
    auto* show_command = jobs->add_subcommand("show", "everything about one job");
    show_command->add_option("id", *shown, "number of the job")->required();
    show_command->callback([&environment, shown] {
        environment.action = [&environment, shown] { return show(environment, *shown); };
    });
    add_deciding_commands(jobs, environment);
}

} // namespace calfleet::cli
