#include "workers/calfleet/environment.h"
#include "workers/calfleet/key_terminal.h"
#include "workers/calfleet/mapping_commands.h"
#include "workers/calfleet/mapping_history_text.h"
#include "workers/calfleet/mapping_review.h"
#include "workers/calfleet/mapping_review_store.h"
#include "workers/calfleet/mapping_store.h"
#include "workers/calfleet/mapping_undo_store.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <span>

namespace calfleet::cli {
namespace {

struct ReviewOptions {
    ReviewFilter filter;
    std::string why{"reviewed"};
};

/// Grants the wishes of a walk, each in a transaction of its own: none is open while the person
/// thinks.
class Grants {
public:
    Grants(postgres::Session& session, ReviewWalk& walk, std::string_view state, std::string actor)
        : session_(session)
        , walk_(walk)
        , state_(state)
        , actor_(std::move(actor)) {}

    /// What the walk wishes next; nothing: a key.
    Result<std::optional<Wish>> grant(const Wish& wish) {
        switch (wish.kind) {
        case Wish::Kind::Show:
            return show(wish.mapping);
        case Wish::Kind::Decide:
            return decide(wish.decision);
        case Wish::Kind::Undo:
            return undo(wish.decision.why);
        case Wish::Kind::Find:
            return find(wish);
        case Wish::Kind::History:
            return tell(wish.mapping);
        case Wish::Kind::Leave:
            break;
        }
        return std::optional<Wish>();
    }

private:
    template <class Body>
    auto transact(const Body& body) {
        return session_.transact(postgres::Access::login(), body);
    }

    Result<std::optional<Wish>> show(MappingId mapping) {
        auto card = transact([&](postgres::Transaction& transaction) {
            auto shown = review_card(transaction, mapping, state_);
            if (shown) add_touched(transaction, mapping, shown->candidates);
            return shown;
        });
        if (!card) return card.error();
        if (*card) company_ = (*card)->company;
        return walk_.shown(std::move(*card));
    }

    Result<std::optional<Wish>> decide(const SeenDecision& decision) {
        auto outcome = transact([&](postgres::Transaction& transaction) {
            return decide_as_seen(transaction, std::span(&decision, 1), actor_);
        });
        if (!outcome) return outcome.error();
        if (outcome->decided.empty()) {
            const Verdict& verdict = outcome->verdicts.front();
            return walk_.refused(
                verdict.kind == Verdict::Kind::Already ? "somebody has decided just this meanwhile"
                                                       : verdict.why_not
            );
        }
        decided_.push_back(std::move(outcome->decided.front()));
        return walk_.decided(outcome->appointments);
    }

    Result<std::optional<Wish>> undo(const std::string& why) {
        const DecidedMapping last = std::move(decided_.back());
        decided_.pop_back();
        const auto appointments = transact([&](postgres::Transaction& transaction) {
            return undo_decision(transaction, last, {.actor = actor_, .why = why});
        });
        if (appointments) return walk_.undone(*appointments);
        if (appointments.error().kind != ErrorKind::Conflict) return appointments.error();
        return walk_.refused(appointments.error().message);
    }

    Result<std::optional<Wish>> find(const Wish& wish) {
        auto staff = transact([&](postgres::Transaction& transaction) {
            std::vector<Candidate> candidates;
            for (StaffEntry& each : find_staff(transaction, company_, wish.text))
                candidates.push_back(
                    {.staff = each.staff,
                     .name = std::move(each.name),
                     .email = std::move(each.email),
                     .branch = std::move(each.branch),
                     .is_active = each.is_active}
                );
            add_touched(transaction, wish.mapping, candidates);
            return candidates;
        });
        if (!staff) return staff.error();
        walk_.found(std::move(*staff));
        return std::optional<Wish>();
    }

    Result<std::optional<Wish>> tell(MappingId mapping) {
        const auto audits = transact([&](postgres::Transaction& transaction) {
            const auto host = host_of_mapping(transaction, mapping);
            return host ? mapping_history(transaction, host->first, host->second)
                        : std::vector<AuditRow>();
        });
        if (!audits) return audits.error();
        std::vector<std::string> lines;
        for (const AuditRow& audit : *audits)
            lines.push_back(told_in_a_line(audit));
        if (lines.empty()) lines.emplace_back("nothing was ever decided for this host");
        walk_.told(std::move(lines));
        return std::optional<Wish>();
    }

    static void add_touched(
        postgres::Transaction& transaction, MappingId mapping, std::vector<Candidate>& candidates
    ) {
        const std::vector<HeldAppointments> held =
            held_appointments(transaction, std::span(&mapping, 1));
        for (Candidate& candidate : candidates)
            candidate.appointments = touched_by(held, mapping, candidate.staff);
    }

    postgres::Session& session_;
    ReviewWalk& walk_;
    std::string_view state_;
    std::string actor_;
    CompanyId company_{};
    std::vector<DecidedMapping> decided_;
};

Result<> walk_through(ReviewWalk& walk, Grants& grants) {
    KeyTerminal terminal;
    std::optional<Wish> wish = walk.begin();
    for (;;) {
        while (wish && wish->kind != Wish::Kind::Leave) {
            auto next = grants.grant(*wish);
            if (!next) return next.error();
            wish = std::move(*next);
        }
        terminal.show(
            walk.screen(), walk.is_typing() ? KeyTerminal::Early::Kept : KeyTerminal::Early::Dropped
        );
        if (wish) return {};
        const auto input = terminal.next();
        if (!input) return input.error();
        if (const auto* line = std::get_if<std::string>(&*input))
            wish = walk.press(std::string_view(*line));
        else
            wish = walk.press(std::get<Key>(*input));
    }
}

Result<Exit> review(const Environment& environment, const ReviewOptions& options) {
    if (environment.json)
        return invalid("mapping review is a talk with a person and prints no JSON; programs use "
                       "mapping export and mapping import");
    auto database = environment.database();
    if (!database) return database.error();
    auto queue =
        (*database)->transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return review_queue(transaction, options.filter);
        });
    if (!queue) return queue.error();
    if (queue->empty()) {
        environment.say("no host is in state " + options.filter.state);
        return Exit::Ok;
    }
    ReviewWalk walk(std::move(*queue), options.why);
    Grants grants(**database, walk, options.filter.state, environment.actor);
    const Result<> walked = walk_through(walk, grants);
    environment.say(walk.summary());
    if (!walked) return walked.error();
    return Exit::Ok;
}

} // namespace

void add_mapping_review_command(CLI::App& mapping, Environment& environment) {
    const auto options = std::make_shared<ReviewOptions>();
    auto* command = mapping.add_subcommand(
        "review", "walks through the hosts that wait for a person, one key a decision"
    );
    command->footer(
        "Each host is shown with the staff members whom it could be, and how many appointments "
        "would go to each. Keys: 1 to 9 link, a another (by name, mailbox or number), s skip, d "
        "put away, u undo the last, h history, ? help, q quit. What somebody else has decided "
        "meanwhile is said and left alone. Where input or output is no terminal, each line of the "
        "input is one key, or the text that was asked for.\nExamples:\n  calfleet mapping review "
        "--company 1\n  printf '1\\ns\\nq\\n' | calfleet mapping review --state unmatched"
    );
    command->add_option("--company", options->filter.company, "only this company");
    command->add_option("--state", options->filter.state, "review or unmatched")
        ->check(CLI::IsMember({"review", "unmatched"}))
        ->capture_default_str();
    command
        ->add_option(
            "--limit", options->filter.limit, "hosts at most, those with most bookings first"
        )
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    command->add_option("--why", options->why, "reason of every decision, kept in the audit")
        ->type_name("TEXT")
        ->capture_default_str();
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return review(environment, *options); };
    });
}

} // namespace calfleet::cli
