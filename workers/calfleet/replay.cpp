#include "workers/calfleet/replay.h"

#include "common/core/clock.h"
#include "common/core/random.h"
#include "common/core/stop_signal.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace calfleet::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{200};

/// The letters of one run on their way, a few at a time.
class Run {
public:
    Run(const Environment& environment, const ReplayOptions& options, postgres::Session& session)
        : environment_(environment)
        , options_(options)
        , session_(session) {
        Random random = Random::from_system();
        run_ = make_uuid_v7(system_clock().now(), random);
    }

    Result<Exit> operator()(std::vector<DeadLetterId> letters) {
        Progress progress(environment_, "replayed");
        const auto total = static_cast<std::int64_t>(letters.size());
        std::int64_t sent = 0;
        while (sent < total) {
            const std::int64_t step = sent == 0 ? std::min(kCanary, total) : batch_size();
            const auto begin = letters.begin() + sent;
            const auto end = begin + std::min<std::int64_t>(step, total - sent);
            const Result<> done = send({begin, end});
            if (!done) return done.error();
            sent = end - letters.begin();
            // The canary must have settled before anything follows; later letters only may not fail
            // too often.
            const Result<bool> good = sent <= kCanary ? wait_until_settled() : look();
            if (!good) return good.error();
            if (!*good) return stopped(total - sent);
            progress.update(sent, total);
            pause_.wait_for(milliseconds{
                static_cast<std::int64_t>(1000.0 * static_cast<double>(step) / options_.rate)});
        }
        const Result<bool> good = wait_until_settled();
        if (!good) return good.error();
        return *good ? finished() : stopped(0);
    }

private:
    std::int64_t batch_size() const {
        return std::max<std::int64_t>(1, std::llround(options_.rate / 5));
    }

    Result<> send(std::vector<DeadLetterId> letters) {
        const auto taken =
            session_.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
                return start_replay(transaction, run_, environment_.actor, letters);
            });
        if (!taken) return taken.error();
        taken_ += *taken;
        return {};
    }

    Result<bool> look() {
        const auto progress =
            session_.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
                return replay_progress(transaction, run_);
            });
        if (!progress) return progress.error();
        progress_ = *progress;
        return !must_stop(progress_);
    }

    Result<bool> wait_until_settled() {
        const auto deadline = std::chrono::steady_clock::now() + options_.patience;
        for (;;) {
            const Result<bool> good = look();
            if (!good || !*good) return good;
            if (progress_.settled() >= taken_) return true;
            if (std::chrono::steady_clock::now() >= deadline) return give_up();
            pause_.wait_for(kLook);
        }
    }

    Result<bool> give_up() {
        const auto back =
            session_.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
                return give_back(transaction, run_);
            });
        if (!back) return back.error();
        std::string text;
        if (back->opened > 0)
            text = std::to_string(back->opened) + " letters were sent and nobody answered within " +
                   humanize(options_.patience) +
                   "; they are open again. Do outbox-relay and the worker run?";
        if (back->still_tried > 0)
            text += (text.empty() ? "" : " ") + std::to_string(back->still_tried) +
                    " wait in jobs (calfleet jobs list), which close them or open them again.";
        return Error{ErrorKind::Timeout, std::move(text)};
    }

    Result<Exit> stopped(std::int64_t left) {
        print("stopped: more than 5 % failed again");
        environment_.say(
            "stopped: " + std::to_string(progress_.failed_again) + " of " +
            std::to_string(progress_.settled()) + " failed again, " + std::to_string(left) +
            " were not sent. Mend the cause first (calfleet dlq list)."
        );
        return Exit::Refused;
    }

    Result<Exit> finished() {
        print("done");
        return progress_.failed_again == 0 ? Exit::Ok : Exit::Failed;
    }

    void print(const std::string& end) const {
        print_replay_account(
            environment_,
            options_,
            {.columns = {"run", "sent", "replayed", "superseded", "failed_again", "end"},
             .rows =
                 {{to_string(run_),
                   taken_,
                   progress_.replayed,
                   progress_.superseded,
                   progress_.failed_again,
                   end}},
             .single = true}
        );
    }

    const Environment& environment_;
    const ReplayOptions& options_;
    postgres::Session& session_;
    Uuid run_;
    std::int64_t taken_{0};
    ReplayProgress progress_;
    StopSignal pause_;
};

} // namespace

void print_replay_account(
    const Environment& environment, const ReplayOptions& options, const Listing& account
) {
    if (options.also.empty()) return environment.print(account);
    std::vector<std::pair<std::string, Listing>> parts{{"replay", account}};
    parts.insert(parts.end(), options.also.begin(), options.also.end());
    environment.print_parts(parts);
}

void print_replay_plan(
    const Environment& environment,
    const ReplayOptions& options,
    const std::vector<ReplayCandidate>& candidates
) {
    struct Counts {
        std::int64_t replay{0}, done{0}, tried{0};
    };
    std::map<std::tuple<std::string, std::string>, Counts> groups;
    for (const ReplayCandidate& candidate : candidates) {
        Counts& counts = groups[{candidate.worker, candidate.reason_class}];
        ++(candidate.already_done  ? counts.done
           : candidate.being_tried ? counts.tried
                                   : counts.replay);
    }
    Listing listing{
        .columns = {"worker", "class", "would_replay", "already_done", "being_tried"},
        .rows = {},
        .empty_text = "no open dead letters match"};
    for (const auto& [group, counts] : groups)
        listing.add(
            {std::get<0>(group), std::get<1>(group), counts.replay, counts.done, counts.tried}
        );
    print_replay_account(environment, options, listing);
}

bool must_stop(const ReplayProgress& progress) {
    return static_cast<double>(progress.failed_again) >
           kFailureLimit * static_cast<double>(progress.settled());
}

Result<Exit> replay_from_database(const Environment& environment, const ReplayOptions& options) {
    auto database = environment.database();
    if (!database) return database.error();
    postgres::Session& session = **database;
    const auto candidates =
        session.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return find_replayable(transaction, options.filter, options.limit);
        });
    if (!candidates) return candidates.error();
    if (options.dry_run) {
        print_replay_plan(environment, options, *candidates);
        return Exit::Ok;
    }
    std::vector<DeadLetterId> letters, done_before;
    std::int64_t being_tried = 0;
    for (const ReplayCandidate& candidate : *candidates) {
        if (candidate.being_tried)
            ++being_tried;
        else
            (candidate.already_done ? done_before : letters).push_back(candidate.id);
    }
    const auto closed =
        session.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return close_superseded(transaction, environment.actor, done_before);
        });
    if (!closed) return closed.error();
    if (*closed > 0)
        environment.say(
            std::to_string(*closed) + " were dealt with before and are closed as superseded"
        );
    if (being_tried > 0)
        environment.say(
            std::to_string(being_tried) +
            " are still being tried by jobs, which close them or open them again"
        );
    if (letters.empty()) {
        environment.say("nothing to replay");
        if (environment.json || !options.also.empty())
            print_replay_account(
                environment,
                options,
                {.columns = {"sent"}, .rows = {{std::int64_t{0}}}, .single = true}
            );
        return Exit::Ok;
    }
    return Run(environment, options, session)(std::move(letters));
}

} // namespace calfleet::cli
