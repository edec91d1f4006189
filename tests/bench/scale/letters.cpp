#include "tests/bench/scale/letters.h"

#include "common/core/clock.h"
#include "common/core/uuid.h"
#include "common/messaging/dead_letter_store.h"

#include <chrono>
#include <optional>
#include <span>

namespace calfleet::bench {

using postgres::Access;
using postgres::Transaction;

std::vector<Letters::Case> Letters::cases() {
    return {
        listing("", {}),
        listing(" of a class without any", {.reason_class = "rare"}),
        listing(" of a company without any", {.company = 17}),
        listing(" of an event without any", {.event_id = "none"}),
        listing(" of a key without any", {.key = "none"}),
        listing(
            " since an instant without any", {.since = system_clock().now() + std::chrono::days(1)}
        ),
        listing(
            " until an instant without any", {.until = system_clock().now() - std::chrono::days(1)}
        ),
        {"list of dead letters in a state without any", [this] { list({}, "superseded"); }},
        {"dead letters to replay", [this] { find_replayable(); }},
        {"new dead letter", [this] { bury(++number_); }},
        {"dead letter known already", [this] { bury(1); }},
        {"replaying dead letter opened again", [this] { take_and_bury(); }},
        {"progress of a replay", [this] { progress(); }}};
}

Letters::Case Letters::listing(const std::string& of, const cli::DeadLetterFilter& filter) const {
    return {"list of dead letters" + of, [this, filter] { list(filter, "open"); }};
}

std::vector<Figure> Letters::run() {
    masses_.sql("truncate calfleet.dead_letters; truncate calfleet.outbox");
    std::vector<Figure> figures;
    insert(0, 100, "open"); // a page of the list
    for (const auto& [what, call] : cases()) {
        figures.push_back({.what = what + ", beside " + std::to_string(rows_)});
        figures.back().empty_ms = usual_ms(call);
    }
    // The older half is closed: it stands before all that is open.
    masses_.sql("truncate calfleet.dead_letters; truncate calfleet.outbox");
    insert(0, rows_ / 2, "discarded");
    insert(rows_ / 2, rows_ / 2, "open");
    bury(0);
    masses_.sql("vacuum analyze calfleet.dead_letters");
    std::size_t index = 0;
    for (const auto& [what, call] : cases()) {
        figures[index].first_ms = ms_of(call);
        figures[index++].full_ms = usual_ms(call);
    }
    return figures;
}

void Letters::insert(std::int64_t first_number, std::int64_t rows, const std::string& state) const {
    const std::string number = "(" + std::to_string(first_number) + " + n)";
    masses_.insert_rows(
        "insert into calfleet.dead_letters (worker, letter_key, company_id, state, reason_class, "
        "reason, first_failed_at, last_failed_at, event_id, record_topic, record_partition, "
        "record_offset, record_key, record_headers) select 'bench', gen_random_uuid(), 1, '" +
            state + "', 'test', 'no', now(), now(), 'event-' || " + number + ", 'events', 0, " +
            number + ", convert_to('key-' || " + number + ", 'UTF8'), '[]' from",
        rows
    );
}

void Letters::list(const cli::DeadLetterFilter& filter, const std::string& state) const {
    masses_.operator_session()
        .transact(
            Access::login(),
            [&](Transaction& transaction) {
                return cli::list_dead_letters(transaction, filter, state, 50);
            }
        )
        .value();
}

void Letters::find_replayable() const {
    masses_.operator_session()
        .transact(
            Access::login(),
            [](Transaction& transaction) { return cli::find_replayable(transaction, {}, 50); }
        )
        .value();
}

void Letters::bury(std::int64_t number) const {
    messaging::DeadLetterRecord letter;
    letter.keys.key = letter.keys.former = name_uuid({"bench", std::to_string(number)});
    letter.company = CompanyId{1};
    letter.reason = {"test", "no"};
    letter.attempts = 1;
    letter.first_failed_at = letter.last_failed_at = system_clock().now();
    letter.job_kind = "noop";
    letter.entity = "e";
    masses_.desk()
        .transact(
            Access::company(CompanyId{1}),
            [&](Transaction& transaction) {
                messaging::record_dead_letters(
                    transaction, "bench", std::span(&letter, 1), system_clock().now()
                );
            }
        )
        .value();
}

// Of letter 0, which stands behind all others.
void Letters::take_and_bury() const {
    const std::string key = to_string(name_uuid({"bench", "0"}));
    static constexpr postgres::Statement kTake{
        "bench.take",
        "update calfleet.dead_letters set state = 'replaying', replay_run = $1::uuid, "
        "decided_at = now() where worker = 'bench' and letter_key = $1::uuid"};
    masses_.operator_session()
        .transact(
            Access::login(),
            [&](Transaction& transaction) { transaction.exec(kTake, postgres::params(key)); }
        )
        .value();
    bury(0);
}

void Letters::progress() const {
    masses_.operator_session()
        .transact(
            Access::login(),
            [](Transaction& transaction) {
                return cli::replay_progress(transaction, name_uuid({"bench", "run"}));
            }
        )
        .value();
}

} // namespace calfleet::bench
