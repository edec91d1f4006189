#pragma once
// What one try of a batch is going to write; built anew for each try.

#include "common/intake/event_job_store.h"
#include "common/intake/intake_transaction.h"
#include "common/messaging/dead_letter_replays.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace calfleet::intake {

inline job::Reason raced() {
    return {
        "raced",
        "each time somebody else was first with this event, and what they wrote cannot be seen: "
        "find out who writes events of another company under this identity, then replay"};
}

/// What becomes of an event besides its fate.
struct IntakeTransaction::Passage {
    bool remembered{true};                ///< the inbox keeps the event
    bool again{false};                    ///< it passes the inbox a second time, as a replay
    std::optional<DeadLetterId> letter{}; ///< whose replay it is, verified
};

/// Everything of one try; built anew for each, so that a rolled-back try leaves nothing behind.
struct IntakeTransaction::Work {
    std::string_view worker;
    IntakeBatch& batch;
    const BatchRange& range;
    const Aside* aside; ///< put the only entry aside instead of applying it
    Instant started;    ///< by the clock that made the run_at of aside
    Instant now{};      ///< by the database's clock
    BatchReceipt receipt{};

    std::vector<messaging::InboxRow> seen_first{};        ///< to insert
    std::vector<messaging::InboxRow> seen_after_replay{}; ///< to change from DeadLetter
    std::vector<messaging::DeadLetterRecord> letters{};
    std::vector<EventJob> jobs{};
    std::vector<messaging::ReplayEnd> replays{};

    const Entry& entry(std::size_t position) const {
        return batch.entries()[range.entries[position]];
    }

    void remember(const Entry& entry, messaging::InboxOutcome outcome, const Passage& passage) {
        if (!passage.remembered) return;
        (passage.again ? seen_after_replay : seen_first)
            .push_back({entry.key, *entry.bucket, outcome});
    }

    void bury(std::size_t position, job::Reason reason, int attempts, const Passage& passage) {
        const Entry& dead = entry(position);
        letters.push_back(
            {.keys = passage.remembered
                         ? messaging::letter_keys_of(dead.key)
                         : messaging::letter_keys_of(worker, dead.identity, dead.record),
             .event_key = passage.remembered ? std::optional(dead.key.event) : std::nullopt,
             .company = dead.identity.company,
             .reason = reason,
             .attempts = attempts,
             .first_failed_at = now,
             .last_failed_at = now,
             .event_source = dead.identity.source,
             .event_id = dead.identity.id,
             .event_type = dead.identity.type,
             .job_kind = {},
             .entity = dead.entity,
             .record = dead.record,
             .replay_of = passage.letter,
             .may_be_read_again = !passage.remembered && !passage.letter}
        );
        remember(dead, messaging::InboxOutcome::DeadLetter, passage);
        receipt.fates[position] = Fate::DeadLetter;
        receipt.reasons[position] = std::move(reason);
    }

    /// A letter that no other letter and no inbox row can get into the way of.
    void bury_apart(std::size_t position, job::Reason reason, bool bare) {
        const Entry& dead = entry(position);
        RecordView record = dead.record;
        if (bare) {
            record = {};
            record.topic = dead.record.topic;
            record.partition = dead.record.partition;
            record.offset = dead.record.offset;
        }
        messaging::DeadLetterRecord& letter = letters.emplace_back();
        letter.keys = messaging::letter_keys_of(
            worker, bare ? events::PartialIdentity{} : dead.identity, dead.record
        );
        letter.may_be_read_again = true;
        letter.company = dead.identity.company;
        letter.reason = reason;
        letter.attempts = 1;
        letter.first_failed_at = letter.last_failed_at = now;
        if (!bare) {
            letter.event_source = dead.identity.source;
            letter.event_id = dead.identity.id;
            letter.event_type = dead.identity.type;
            letter.entity = dead.entity;
        }
        letter.record = record;
        receipt.fates[position] = Fate::DeadLetter;
        receipt.reasons[position] = std::move(reason);
    }

    void queue(std::size_t position, std::optional<job::Reason> failure, const Passage& passage) {
        const Entry& waiting = entry(position);
        jobs.push_back(
            {.company = waiting.identity.company,
             .entity = waiting.entity,
             .event_key = waiting.key.event,
             .event_id = waiting.identity.id,
             .record = waiting.record,
             .replay_of = passage.letter,
             .failure = failure,
             .run_at = aside ? aside->run_at : Instant{}}
        );
        remember(waiting, messaging::InboxOutcome::Job, passage);
        receipt.fates[position] = Fate::Queued;
        if (failure) receipt.reasons[position] = std::move(*failure);
    }

    void put_aside(std::size_t position, const Passage& passage) {
        const Error& why = aside->why;
        if (aside->raced)
            bury_apart(position, raced(), false);
        else if (why.kind == ErrorKind::Invalid)
            bury(position, {"database_refused", why.message}, 1, passage);
        else
            queue(position, job::Reason{std::string(name(why.kind)), why.message}, passage);
    }

    /// Dealt with before, or the same event stands earlier in the range. A letter whose event waits
    /// in a job is settled with the job.
    void skip(
        std::size_t position,
        std::optional<messaging::InboxOutcome> before,
        std::optional<DeadLetterId> of
    ) {
        receipt.fates[position] = Fate::Duplicate;
        if (of && before && messaging::is_done(*before))
            replays.push_back({*of, entry(position).identity.company, true});
    }

    void finish(std::size_t position, const Verdict& verdict, const Passage& passage) {
        const Entry& done = entry(position);
        const auto end_replay = [&](bool superseded) {
            if (passage.letter)
                replays.push_back({*passage.letter, done.identity.company, superseded});
        };
        std::visit(
            job::Match{
                [&](const Applied&) {
                    receipt.fates[position] = Fate::Applied;
                    remember(done, messaging::InboxOutcome::Applied, passage);
                    end_replay(false);
                },
                [&](const Superseded&) {
                    receipt.fates[position] = Fate::Superseded;
                    remember(done, messaging::InboxOutcome::Superseded, passage);
                    end_replay(true);
                },
                [&](const job::Discard& discard) {
                    receipt.fates[position] = Fate::Discarded;
                    receipt.reasons[position] = discard.reason;
                    remember(done, messaging::InboxOutcome::Discarded, passage);
                    end_replay(true);
                },
                [&](const job::DeadLetter& dead) { bury(position, dead.reason, 1, passage); },
            },
            verdict
        );
    }
};

} // namespace calfleet::intake
