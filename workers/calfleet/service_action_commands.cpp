#include "workers/calfleet/plan_listing.h"
#include "workers/calfleet/service_actions.h"
#include "workers/calfleet/service_options.h"
#include "workers/calfleet/service_plan.h"

#include "common/core/stop_signal.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace calfleet::cli {
namespace {

using postgres::Access;
using postgres::Transaction;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{250};

struct ActionOptions {
    ServiceChoice choice;
    bool all{false};
    bool wait{false};
    bool push{false};
    bool yes{false};
    bool dry_run{false};
    std::int64_t patience_seconds{60};
    std::int64_t max_age_hours{24};
    ReloadOptions reload{};
};

/// Which services is always said: a command that changes them has no default.
void add_action_choice(CLI::App* command, const std::shared_ptr<ActionOptions>& options) {
    add_choice(command, options->choice);
    command->add_flag("--all", options->all, "every service of --company");
}

void check_choice(const ActionOptions& options) {
    if (options.all ? options.choice.company && options.choice.services.empty()
                    : !options.choice.services.empty())
        return;
    throw CLI::ValidationError("service", "give --service N ..., or --company N --all");
}

/// A refusal of one that was named is an exit code; of one among all it is a line of the table.
Exit exit_of(const std::vector<ServiceDeed>& deeds, const ActionOptions& options) {
    const bool refused =
        std::any_of(deeds.begin(), deeds.end(), [](const auto& deed) { return !deed.done; });
    return refused && !options.all ? Exit::Refused : Exit::Ok;
}

void print(
    const Environment& environment, const std::vector<ServiceDeed>& deeds, std::string_view done
) {
    Listing listing{
        .columns = {"service", "company", "name", "done", "status", "version", "why_not"},
        .rows = {},
        .empty_text = "the company has no services"};
    for (const ServiceDeed& deed : deeds)
        listing.add(
            {deed.service.value,
             deed.company.value,
             deed.name,
             deed.done ? std::string(done) : "nothing",
             deed.status.empty() ? Cell{} : Cell{deed.status},
             deed.version == 0 ? Cell{} : Cell{deed.version},
             deed.why_not.empty() ? Cell{} : Cell{deed.why_not}}
        );
    environment.print(listing);
}

// --------------------------------------------------------------------------------------- push

/// Looks until no queued service is pending, or the patience is at its end.
class Outcome {
public:
    Outcome(
        const Environment& environment,
        postgres::Session& session,
        const std::vector<ServiceDeed>& deeds
    )
        : environment_(environment)
        , session_(session) {
        for (const ServiceDeed& deed : deeds)
            if (deed.done) queued_.services.push_back(deed.service.value);
    }

    Result<Exit> wait(std::chrono::seconds patience) {
        if (queued_.services.empty()) return Exit::Ok;
        const auto deadline = steady_clock::now() + patience;
        Progress progress(environment_, "pushed");
        for (;;) {
            const Result<> looked = look();
            if (!looked) return looked.error();
            const std::int64_t pending = count("pending");
            const auto total = static_cast<std::int64_t>(services_.size());
            progress.update(total - pending, total);
            if (pending == 0 || steady_clock::now() >= deadline) break;
            pause_.wait_for(kLook);
        }
        return verdict();
    }

private:
    Result<> look() {
        auto found = session_.transact(Access::login(), [&](Transaction& transaction) {
            const auto most = static_cast<std::int64_t>(queued_.services.size());
            return list_services(transaction, {.choice = queued_, .limit = most});
        });
        if (!found) return found.error();
        services_ = std::move(*found);
        return {};
    }

    std::int64_t count(std::string_view status) const {
        return std::count_if(services_.begin(), services_.end(), [&](const ServiceRow& row) {
            return row.status == status;
        });
    }

    Result<Exit> verdict() const {
        Listing listing{
            .columns = {"service", "company", "name", "status", "bookable", "why_not"}, .rows = {}};
        for (const ServiceRow& row : services_) {
            const std::string why = why_not_text(row);
            listing.add(
                {row.id.value,
                 row.company.value,
                 row.name,
                 row.status,
                 why.empty(),
                 why.empty() ? Cell{} : Cell{why}}
            );
        }
        environment_.print(listing);
        const std::int64_t pending = count("pending");
        if (pending > 0)
            environment_.say(
                std::to_string(pending) + " are still pending: they go on by themselves; see "
                                          "calfleet jobs list --worker service-pusher"
            );
        return pending == 0 && count("error") == 0 ? Exit::Ok : Exit::Failed;
    }

    const Environment& environment_;
    postgres::Session& session_;
    ServiceChoice queued_;
    std::vector<ServiceRow> services_;
    StopSignal pause_;
};

Result<Exit> push(const Environment& environment, const ActionOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    if (options.dry_run) {
        const auto plans = (*database)->transact(Access::login(), [&](Transaction& transaction) {
            return plan_pushes(transaction, options.choice);
        });
        if (!plans) return plans.error();
        PlanListing listing = PlanListing::of_push();
        for (const PushPlan& plan : *plans) {
            listing.add(plan);
            for (const std::string& note : plan.goes_along)
                listing.remark(plan, note);
        }
        environment.print(listing.listing());
        return Exit::Ok;
    }
    const auto deeds = (*database)->transact(Access::login(), [&](Transaction& transaction) {
        return push_services(transaction, options.choice, environment.actor);
    });
    if (!deeds) return deeds.error();
    const Exit queued = exit_of(*deeds, options);
    if (!options.wait || queued != Exit::Ok) {
        print(environment, *deeds, "queued");
        return queued;
    }
    return Outcome(environment, **database, *deeds)
        .wait(std::chrono::seconds{options.patience_seconds});
}

Result<Exit> reset(const Environment& environment, const ActionOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    const auto deeds = (*database)->transact(Access::login(), [&](Transaction& transaction) {
        const auto after = options.push ? AfterReset::Push : AfterReset::Forget;
        return reset_services(transaction, options.choice, after, environment.actor);
    });
    if (!deeds) return deeds.error();
    print(environment, *deeds, "reset");
    return exit_of(*deeds, options);
}

// ------------------------------------------------------------------------------------- reload

/// What a person said yes to is what is done, or nothing is.
class Reload {
public:
    Reload(const Environment& environment, const ActionOptions& options, postgres::Session& session)
        : environment_(environment)
        , options_(options)
        , session_(session) {}

    Result<Exit> operator()() {
        auto chosen = session_.transact(Access::login(), [&](Transaction& transaction) {
            return chosen_services(transaction, options_.choice);
        });
        if (!chosen) return chosen.error();
        services_ = std::move(*chosen);
        if (options_.yes) return carry_out();
        for (const ServiceId service : services_) {
            auto plan = session_.transact(Access::login(), [&](Transaction& transaction) {
                return plan_reload(transaction, service, options_.reload);
            });
            if (!plan) return plan.error();
            shown_.push_back(std::move(*plan));
        }
        print_plans();
        if (::isatty(STDIN_FILENO) != 1) {
            environment_.say("nothing was changed; add --yes to do it");
            return Exit::Refused;
        }
        if (agreed()) return carry_out();
        environment_.say("nothing was changed");
        return Exit::Refused;
    }

private:
    void print_plans() const {
        PlanListing listing = PlanListing::of_reload();
        for (const ReloadPlan& plan : shown_)
            listing.add(plan);
        environment_.print(listing.listing());
    }

    static bool agreed() {
        std::cerr << "Replace the platform's values by Cal.com's? Type yes: " << std::flush;
        std::string answer;
        return std::getline(std::cin, answer) && answer == "yes";
    }

    Result<Exit> carry_out() {
        std::vector<ServiceDeed> deeds;
        Progress progress(environment_, "reloaded");
        for (std::size_t i = 0; i < services_.size(); ++i) {
            auto deed = session_.transact(Access::login(), [&](Transaction& transaction) {
                ReloadPlan plan = plan_reload(transaction, services_[i], options_.reload);
                if (!options_.yes && plan.refusal.empty() && plan.changes != shown_[i].changes)
                    plan.refusal = "it was changed since it was shown: look at it again";
                return reload_service(transaction, plan, environment_.actor);
            });
            if (!deed) return deed.error();
            deeds.push_back(std::move(*deed));
            progress.update(
                static_cast<std::int64_t>(i + 1), static_cast<std::int64_t>(services_.size())
            );
        }
        print(environment_, deeds, "reloaded");
        return exit_of(deeds, options_);
    }

    const Environment& environment_;
    const ActionOptions& options_;
    postgres::Session& session_;
    std::vector<ServiceId> services_;
    std::vector<ReloadPlan> shown_;
};

Result<Exit> reload(const Environment& environment, const ActionOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    return Reload(environment, options, **database)();
}

} // namespace

void add_push_command(CLI::App& service, Environment& environment) {
    const auto options = std::make_shared<ActionOptions>();
    auto* command = service.add_subcommand(
        "push", "sends services to Cal.com again, whether they were changed or not"
    );
    command->footer("Queued at once; service-pusher sends the fields that differ.\n"
                    "--dry-run compares with what the last sync read, and Cal.com is not asked.\n"
                    "Examples:\n  calfleet service push --service 17 --wait\n"
                    "  calfleet service push --service 17 18 19\n"
                    "  calfleet service push --company 1 --all");
    add_action_choice(command, options);
    command->add_flag(
        "--dry-run", options->dry_run, "show what would be sent and what goes along; send nothing"
    );
    command->add_flag(
        "--wait", options->wait, "wait for the outcome; exit code 1 unless all went well"
    );
    command
        ->add_option("--patience", options->patience_seconds, "seconds that --wait waits at most")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
    command->callback([&environment, options] {
        check_choice(*options);
        environment.action = [&environment, options] { return push(environment, *options); };
    });
}

void add_reload_command(CLI::App& service, Environment& environment) {
    const auto options = std::make_shared<ActionOptions>();
    auto* command = service.add_subcommand(
        "reload", "replaces the platform's values by Cal.com's; shows them and asks first"
    );
    command->footer(
        "Cal.com's values are those that the last team sync read (calfleet service show: read at "
        "calcom).\nWhen that is too long ago, or the service was pushed since, run calfleet sync "
        "team --company N first.\nBranch, event type, assignment and composite settings stay as "
        "they are.\n"
        "Examples:\n  calfleet service reload --service 17\n"
        "  calfleet service reload --company 1 --all --yes"
    );
    add_action_choice(command, options);
    command->add_flag("--yes", options->yes, "do not ask");
    command->add_flag(
        "--fill", options->reload.fill, "also fields in which the platform has no opinion"
    );
    command->add_option("--max-age", options->max_age_hours, "hours that the reading may be old")
        ->check(CLI::Range(1, 24 * 366))
        ->capture_default_str();
    command->callback([&environment, options] {
        check_choice(*options);
        options->reload.max_age = std::chrono::hours{options->max_age_hours};
        environment.action = [&environment, options] { return reload(environment, *options); };
    });
}

void add_reset_command(CLI::App& service, Environment& environment) {
    const auto options = std::make_shared<ActionOptions>();
    auto* command = service.add_subcommand(
        "reset", "forgets what was pushed, the error and the divergences; Cal.com is not touched"
    );
    command->footer(
        "The next push compares with nothing that was: no difference counts as somebody's edit at "
        "Cal.com.\nExamples:\n  calfleet service reset --service 17\n"
        "  calfleet service reset --company 1 --all --push"
    );
    add_action_choice(command, options);
    command->add_flag("--push", options->push, "and push afterwards");
    command->callback([&environment, options] {
        check_choice(*options);
        environment.action = [&environment, options] { return reset(environment, *options); };
    });
}

} // namespace calfleet::cli
