#include "tests/bench/scale/letters.h"

#include "workers/calfleet/dead_letter_store.h"

#include "common/core/clock.h"
#include "common/core/uuid.h"
#include "common/messaging/dead_letter_store.h"

#include <span>

namespace calfleet::bench {

using postgres::Access;
using postgres::Transaction;

std::vector<Figure> Letters::run() {
    return {
        measure("list of dead letters", [this] { list(); }),
        measure("list of a class without dead letters", [this] { list("rare"); }),
        measure("new dead letter", [this] { bury(++number_); }),
        measure("dead letter known already", [this] { bury(1); }),
        measure("replaying dead letter opened again", [this] { take_and_bury(); }),
        measure("progress of a replay", [this] { progress(); })};
}

void Letters::list(const std::optional<std::string>& reason_class) {
    cli::DeadLetterFilter filter;
    filter.worker = "bench";
    filter.reason_class = reason_class;
    operator_
        .transact(
            Access::login(),
            [&](Transaction& transaction) {
                return cli::list_dead_letters(transaction, filter, std::string("open"), 50);
            }
        )
        .value();
}
void Letters::bury(std::int64_t number) {
    messaging::DeadLetterRecord letter;
    letter.keys.key = letter.keys.former = name_uuid({"bench", std::to_string(number)});
    letter.company = CompanyId{1};
    letter.reason = {"test", "no"};
    letter.attempts = 1;
    letter.first_failed_at = letter.last_failed_at = system_clock().now();
    letter.job_kind = "noop";
    letter.entity = "e";
    desk_
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
void Letters::take_and_bury() {
    const std::string key = to_string(name_uuid({"bench", "0"}));
    static constexpr postgres::Statement kTake{
        "bench.take",
        "update calfleet.dead_letters set state = 'replaying', replay_run = $1::uuid, "
        "decided_at = now() where worker = 'bench' and letter_key = $1::uuid"};
    operator_
        .transact(
            Access::login(),
            [&](Transaction& transaction) { transaction.exec(kTake, postgres::params(key)); }
        )
        .value();
    bury(0);
}
void Letters::progress() {
    operator_
        .transact(
            Access::login(),
            [](Transaction& transaction) {
                return cli::replay_progress(transaction, name_uuid({"bench", "run"}));
            }
        )
        .value();
}

Figure Letters::measure(const std::string& what, const std::function<void()>& call) {
    server_.sql("truncate calfleet.dead_letters; truncate calfleet.outbox");
    Figure figure{.what = what + ", beside open ones: " + std::to_string(rows_)};
    const std::string insert =
        "insert into calfleet.dead_letters (worker, letter_key, company_id, reason_class, "
        "reason, first_failed_at, last_failed_at) select 'bench', gen_random_uuid(), 1, "
        "'test', 'no', now(), now() from";
    insert_rows(server_, insert, 100); // a page of the list
    figure.empty_ms = median_ms(call);
    insert_rows(server_, insert, rows_);
    bury(0);
    server_.sql("vacuum analyze calfleet.dead_letters");
    figure.first_ms = figure.full_ms = median_ms(call);
    return figure;
}

} // namespace calfleet::bench
