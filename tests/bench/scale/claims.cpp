#include "tests/bench/scale/claims.h"

#include "common/core/clock.h"
#include "common/jobs/job_store.h"

#include <cstdlib>
#include <span>

namespace calfleet::bench {

using postgres::Access;
using postgres::Transaction;

namespace {

constexpr int kLooks = 120; ///< of 32 jobs each: there are 6000

} // namespace

std::vector<Figure> Claims::run() {
    // First, while nobody has counted the rows of the table yet.
    Figure without_statistics = of_many_without_statistics();
    return {
        beside_jobs_due_later(),
        beside_dead_entries(),
        of_many_beside_dead_entries(),
        std::move(without_statistics)};
}

void Claims::start_anew() {
    masses_.sql("truncate calfleet.jobs");
    bound_ = {};
    looks_ = {};
    cursor_ = {};
}

void Claims::ask_for_a_job() {
    const std::string entity = "e" + std::to_string(++number_);
    const jobs::NewJob job{.kind = "noop", .company = CompanyId{number_}, .entity = entity};
    masses_.desk()
        .transact(
            Access::company(job.company),
            [&](Transaction& transaction) {
                jobs::enqueue_jobs(transaction, "bench", std::span(&job, 1));
            }
        )
        .value();
}

/// One job comes and is claimed.
void Claims::claim() {
    ask_for_a_job();
    const Monotonic began = system_clock().monotonic();
    const Instant since = bound_.from(began);
    const auto claim = masses_.desk().transact(Access::runtime(), [&](Transaction& transaction) {
        return jobs::claim_due(
            transaction, {.worker = "bench", .owner = "bench", .due_since = since}
        );
    });
    if (claim.value().jobs.size() != 1) std::abort();
    if (claim->none_before)
        bound_.looked(since, *claim->none_before, began, system_clock().monotonic());
}

/// Of many due jobs a few are claimed and deleted, by the executor's rules.
void Claims::claim_of_many() {
    const Monotonic began = system_clock().monotonic();
    const Instant since = bound_.from(began);
    const bool all = looks_.due(began);
    const auto claim = masses_.desk().transact(Access::runtime(), [&](Transaction& transaction) {
        auto claimed = jobs::claim_due(
            transaction,
            {.worker = "bench",
             .owner = "bench",
             .after = cursor_,
             .due_since = since,
             .all_companies = all}
        );
        transaction.exec_text("delete from jobs where worker = 'bench' and state = 'running'");
        return claimed;
    });
    if (claim.value().jobs.size() != 32) std::abort();
    cursor_ = jobs::cursor_behind(cursor_, claim->jobs);
    if (all) looks_.looked(began, system_clock().monotonic());
    if (claim->none_before)
        bound_.looked(since, *claim->none_before, began, system_clock().monotonic());
}

Figure Claims::beside(const std::string& what, const std::function<void()>& fill) {
    start_anew();
    Figure figure{.what = what};
    figure.empty_ms = usual_ms([this] { claim(); });
    fill();
    bound_ = {};
    figure.first_ms = ms_of([this] { claim(); });
    figure.full_ms = usual_ms([this] { claim(); });
    return figure;
}

Figure Claims::beside_jobs_due_later() {
    return beside(
        "job claimed beside companies whose jobs are due later: " + masses_.count(20),
        [&] {
            masses_.insert_rows(
                "insert into calfleet.jobs (worker, kind, company_id, entity, run_at, deadline_at) "
                "select 'bench', 'noop', 1000000 + n, 'e', now() + interval '1 hour', now() + "
                "interval '3 days' from",
                masses_.rows() / 20
            );
        }
    );
}

Figure Claims::beside_dead_entries() {
    Figure figure;
    masses_.under_old_snapshot([&] {
        figure = beside("job claimed beside dead entries: " + masses_.count(1), [&] {
            insert_due("1000000 + n % 1000", masses_.rows());
            masses_.sql("delete from calfleet.jobs");
        });
    });
    return figure;
}

void Claims::insert_due(const std::string& companies, std::int64_t rows) const {
    masses_.insert_rows(
        "insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) select 'bench', "
        "'noop', " +
            companies + ", 'm' || n, now() + interval '3 days' from",
        rows
    );
}

Figure Claims::of_many_beside_dead_entries() {
    Figure figure{.what = "32 of many due jobs claimed beside dead entries: " + masses_.count(1)};
    masses_.under_old_snapshot([&] {
        start_anew();
        insert_due("1 + n % 200", 6000);
        masses_.sql("analyze calfleet.jobs");
        figure.empty_ms = usual_ms([this] { claim_of_many(); }, kLooks);
        start_anew();
        insert_due("1000000 + n % 1000", masses_.rows());
        masses_.sql("delete from calfleet.jobs");
        insert_due("1 + n % 200", 6000);
        masses_.sql("analyze calfleet.jobs");
        figure.first_ms = ms_of([this] { claim_of_many(); });
        figure.full_ms = usual_ms([this] { claim_of_many(); }, kLooks);
    });
    return figure;
}

Figure Claims::of_many_without_statistics() {
    Figure figure{.what = "32 of due jobs that nobody has counted yet: " + masses_.count(20)};
    start_anew();
    insert_due("1 + n % 200", 6000);
    figure.empty_ms = usual_ms([this] { claim_of_many(); }, kLooks);
    start_anew();
    insert_due("1 + n % 200", masses_.rows() / 20);
    figure.first_ms = ms_of([this] { claim_of_many(); });
    figure.full_ms = usual_ms([this] { claim_of_many(); }, kLooks);
    return figure;
}

} // namespace calfleet::bench
