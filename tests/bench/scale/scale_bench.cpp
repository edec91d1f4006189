// What the fleet's most frequent statements cost beside masses of rows that are none of their
// business, each beside its figure on an empty table: at most twice as much is allowed.
//   scale_bench [ROWS] [RESULT.json] [letters]
// ROWS: 2 000 000; the counts of the others go with it. letters: those alone. Needs PostgreSQL's
// server.

#include "workers/host-mapper/mapping_store.h"
#include "workers/outbox-relay/store.h"

#include "common/core/random.h"
#include "common/jobs/due_bound.h"
#include "common/jobs/job_store.h"
#include "common/json/writer.h"
#include "common/postgres/migrator.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/machine.h"
#include "tests/bench/scale/figure.h"
#include "tests/bench/scale/letters.h"
#include "tests/support/postgres_server.h"

namespace calfleet::bench {
namespace {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;
using Steady = std::chrono::steady_clock;

constexpr double kBound = 2.0;

class Bench {
public:
    explicit Bench(std::int64_t rows)
        : rows_(rows) {
        auto files =
            postgres::read_migrations(std::string(CALFLEET_SOURCE_DIR) + "/migrations").value();
        postgres::Migrator({.dsn = Secret<std::string>(server_.dsn())}, std::move(files))
            .apply()
            .value();
        desk_ = session("calfleet_worker");
        operator_ = session("calfleet_operator");
    }

    std::vector<Figure> run() {
        std::vector<Figure> figures = rest();
        for (Figure& figure : letters())
            figures.push_back(std::move(figure));
        return figures;
    }
    std::vector<Figure> letters() { return Letters(server_, *desk_, *operator_, rows_ / 2).run(); }

private:
    std::vector<Figure> rest() {
        return {
            claims_beside_jobs_due_later(),
            claims_beside_dead_entries(),
            claims_of_many_beside_dead_entries(),
            reads_beside_a_blocked_topic(),
            reads_beside_dead_rows(),
            assignments(),
        };
    }

    std::unique_ptr<postgres::Session> session(const std::string& role) const {
        return std::make_unique<postgres::Session>(postgres::Settings{
            .dsn = Secret<std::string>(server_.dsn(role)),
            .application_name = "bench",
            .statement_timeout = 10min});
    }
    void sql(const std::string& text) const { server_.sql(text); }
    void insert_rows(const std::string& insert_from, std::int64_t rows) const {
        bench::insert_rows(server_, insert_from, rows);
    }
    std::string count(std::int64_t share) const { return std::to_string(rows_ / share); }

    /// One job comes and is claimed.
    void claim() {
        sql_job_();
        const Monotonic began = system_clock().monotonic();
        const Instant since = bound_.from(began);
        const auto claim = desk_->transact(Access::runtime(), [&](Transaction& transaction) {
            jobs::use_indexes(transaction);
            return jobs::claim_due(
                transaction, {.worker = "bench", .owner = "bench", .due_since = since}
            );
        });
        if (claim.value().jobs.size() != 1) std::abort();
        if (claim->none_before)
            bound_.looked(since, *claim->none_before, began, system_clock().monotonic());
    }
    void sql_job_() {
        const std::string entity = "e" + std::to_string(++number_);
        const jobs::NewJob job{.kind = "noop", .company = CompanyId{number_}, .entity = entity};
        desk_
            ->transact(
                Access::company(job.company),
                [&](Transaction& transaction) {
                    jobs::enqueue_jobs(transaction, "bench", std::span(&job, 1));
                }
            )
            .value();
    }

    Figure claims(const std::string& what, const std::function<void()>& fill) {
        sql("truncate calfleet.jobs");
        bound_ = {};
        Figure figure{.what = what};
        figure.empty_ms = median_ms([this] { claim(); });
        fill();
        const auto start = Steady::now();
        bound_ = {};
        claim();
        figure.first_ms = std::chrono::duration<double, std::milli>(Steady::now() - start).count();
        figure.full_ms = median_ms([this] { claim(); });
        return figure;
    }

    Figure claims_beside_jobs_due_later() {
        return claims("job claimed beside companies whose jobs are due later: " + count(20), [&] {
            insert_rows(
                "insert into calfleet.jobs (worker, kind, company_id, entity, run_at, deadline_at) "
                "select 'bench', 'noop', 1000000 + n, 'e', now() + interval '1 hour', now() + "
                "interval '3 days' from",
                rows_ / 20
            );
        });
    }

    Figure claims_beside_dead_entries() {
        const auto reader = session("postgres");
        Figure figure;
        reader
            ->transact(
                Access::login(),
                [&](Transaction& snapshot) {
                    snapshot.exec_text("set transaction isolation level repeatable read");
                    snapshot.exec_text("set local idle_in_transaction_session_timeout = 0");
                    snapshot.exec_text("select 1 from calfleet.schema_migrations limit 1");
                    figure = claims("job claimed beside dead entries: " + count(1), [&] {
                        insert_rows(
                            "insert into calfleet.jobs (worker, kind, company_id, entity, "
                            "deadline_at) select 'bench', 'noop', 1000000 + n % 1000, 'e' || n, "
                            "now() + interval '3 days' from",
                            rows_
                        );
                        sql("delete from calfleet.jobs");
                    });
                }
            )
            .value();
        return figure;
    }

    /// Of many due jobs a few are claimed and deleted, by the executor's rules.
    void claim_of_many() {
        const Monotonic began = system_clock().monotonic();
        const Instant since = bound_.from(began);
        const bool all = looks_.due(began);
        const auto claim = desk_->transact(Access::runtime(), [&](Transaction& transaction) {
            jobs::use_indexes(transaction);
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

    Figure claims_of_many_beside_dead_entries() {
        const auto reader = session("postgres");
        Figure figure{.what = "32 of many due jobs claimed beside dead entries: " + count(1)};
        const auto insert = [&](const std::string& companies, std::int64_t rows) {
            insert_rows(
                "insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) select "
                "'bench', 'noop', " +
                    companies + ", 'm' || n, now() + interval '3 days' from",
                rows
            );
            sql("analyze calfleet.jobs");
        };
        reader
            ->transact(
                Access::login(),
                [&](Transaction& snapshot) {
                    snapshot.exec_text("set transaction isolation level repeatable read");
                    snapshot.exec_text("set local idle_in_transaction_session_timeout = 0");
                    snapshot.exec_text("select 1 from calfleet.schema_migrations limit 1");
                    sql("truncate calfleet.jobs");
                    bound_ = {};
                    insert("1 + n % 200", 6000);
                    figure.empty_ms = median_ms([this] { claim_of_many(); });
                    sql("truncate calfleet.jobs");
                    bound_ = {};
                    insert("1000000 + n % 1000", rows_);
                    sql("delete from calfleet.jobs");
                    insert("1 + n % 200", 6000);
                    const auto start = Steady::now();
                    claim_of_many();
                    figure.first_ms =
                        std::chrono::duration<double, std::milli>(Steady::now() - start).count();
                    figure.full_ms = median_ms([this] { claim_of_many(); });
                }
            )
            .value();
        return figure;
    }

    /// One event comes, is read and deleted.
    void publish(outbox_relay::Store& store, outbox_relay::Cursors& cursors) {
        desk_
            ->transact(
                Access::runtime(),
                [](Transaction& transaction) {
                    transaction.exec_text("insert into outbox (shard, topic, record_headers) "
                                          "values (3, 'events', '[]')");
                }
            )
            .value();
        while (read(store, cursors) == 0) {
        }
    }
    std::size_t read(outbox_relay::Store& store, outbox_relay::Cursors& cursors) {
        const auto start = Steady::now();
        const auto batch =
            store.read({.windows = cursors.windows(), .aside = cursors.aside(), .turn = 0});
        if (!batch) {
            cursors.timed_out(std::int64_t{1} << 20);
            return 0;
        }
        std::vector<outbox_relay::Report> reports(
            batch->rows.size(), {outbox_relay::Fate::Delivered, {}}
        );
        store.settle(held_, batch->rows, reports, outbox_relay::settle(batch->rows, reports))
            .value();
        for (const auto& window : batch->reads)
            cursors.apply(
                cursors.advance(window, std::nullopt, batch->oldest_running), batch->oldest_running
            );
        cursors.looked(
            std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - start),
            batch->last_id
        );
        return batch->rows.size();
    }

    Figure reads(
        const std::string& what,
        const std::function<void()>& fill,
        const std::function<void(outbox_relay::Cursors&)>& prepare
    ) {
        sql("truncate calfleet.outbox");
        outbox_relay::Store store(
            {.dsn = Secret<std::string>(server_.dsn("calfleet_worker"))}, nullptr
        );
        held_ = store.keep_leases("bench", 600s, outbox_relay::Sharing::Give).value();
        const auto fresh = [&] {
            outbox_relay::Cursors cursors;
            cursors.hold(held_);
            while (!cursors.caught_up())
                read(store, cursors);
            return cursors;
        };
        Figure figure{.what = what};
        outbox_relay::Cursors cursors = fresh();
        figure.empty_ms = median_ms([&] { publish(store, cursors); });
        fill();
        const auto start = Steady::now();
        cursors = {};
        cursors.hold(held_);
        prepare(cursors);
        while (!cursors.caught_up())
            read(store, cursors);
        figure.first_ms = std::chrono::duration<double, std::milli>(Steady::now() - start).count();
        figure.full_ms = median_ms([&] { publish(store, cursors); });
        return figure;
    }

    Figure reads_beside_a_blocked_topic() {
        return reads(
            "event read beside rows of a missing topic: " + count(1),
            [&] {
                insert_rows(
                    "insert into calfleet.outbox (shard, topic, record_headers) select n % 16, "
                    "'missing', '[]' from",
                    rows_
                );
            },
            [](outbox_relay::Cursors& cursors) { cursors.set_aside("missing", {}); }
        );
    }

    Figure reads_beside_dead_rows() {
        const auto reader = session("postgres");
        Figure figure;
        reader
            ->transact(
                Access::login(),
                [&](Transaction& snapshot) {
                    snapshot.exec_text("set transaction isolation level repeatable read");
                    snapshot.exec_text("set local idle_in_transaction_session_timeout = 0");
                    snapshot.exec_text("select 1 from calfleet.schema_migrations limit 1");
                    figure = reads(
                        "event read beside dead rows under an old snapshot: " + count(1),
                        [&] {
                            insert_rows(
                                "insert into calfleet.outbox (shard, topic, record_headers) select "
                                "n % 16, 'events', '[]' from",
                                rows_
                            );
                            sql("delete from calfleet.outbox");
                        },
                        [](outbox_relay::Cursors&) {}
                    );
                }
            )
            .value();
        return figure;
    }

    /// One portion of the bookings that wait for a host, of few and of many.
    Figure assignments() {
        sql("insert into platform.companies (id, name) overriding system value values (1, "
            "'Bench'); "
            "insert into platform.staff (id, company_id, reference, name) overriding system value "
            "values (1, "
            "1, 'a', 'Anna Albrecht'); insert into platform.calcom_host_mappings (company_id, "
            "calcom_host_id, state, staff_id, source, score, staff_version, decided_by, "
            "decided_at) values (1, '7', 'active', 1, 'manual', 100, 1, 'bench', now())");
        const auto wait = [&](const std::string& bookings) {
            sql("insert into platform.appointments (company_id, calcom_booking_uid, "
                "calcom_host_id, status, assignment, source_updated_at) select 1, " +
                std::to_string(++number_) +
                " || '-' || n, '7', 'accepted', 'review', now() from "
                "generate_series(1, " +
                bookings + ") n");
        };
        const auto assign = [this] {
            const host_mapper::HostKey host{CompanyId{1}, "7"};
            const auto start = Steady::now();
            desk_
                ->transact(
                    Access::company(CompanyId{1}),
                    [&](Transaction& transaction) {
                        host_mapper::assign_waiting(transaction, std::span(&host, 1));
                    }
                )
                .value();
            return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
        };
        Figure figure{.what = "portion of a host's waiting bookings, of " + count(10)};
        std::vector<double> few, many;
        for (int i = 0; i < 15; ++i) {
            wait("500");
            few.push_back(assign());
        }
        wait(count(10));
        sql("vacuum analyze platform.appointments");
        figure.first_ms = assign();
        for (int i = 0; i < 15; ++i)
            many.push_back(assign());
        std::sort(few.begin(), few.end());
        std::sort(many.begin(), many.end());
        figure.empty_ms = few[few.size() / 2];
        figure.full_ms = many[many.size() / 2];
        return figure;
    }

    std::int64_t rows_;
    std::int64_t number_{0};
    jobs::DueBound bound_;
    jobs::CompanyLooks looks_;
    CompanyId cursor_;
    std::vector<outbox_relay::HeldShard> held_;
    test_support::PostgresServer server_{
        {.durability = test_support::Durability::Quick,
         .settings = {"shared_buffers = 512MB", "max_wal_size = 4GB", "autovacuum = off"}}};
    std::unique_ptr<postgres::Session> desk_, operator_;
};

int run(std::int64_t rows, const char* result_file, bool letters_only) {
    Bench bench(rows);
    std::printf("%s\n", machine().c_str());
    json::Writer json;
    json.begin_object().field("benchmark", "scale").field("machine", machine()).field("rows", rows);
    json.key("figures").begin_array();
    bool kept = true;
    for (const Figure& figure : letters_only ? bench.letters() : bench.run()) {
        kept = kept && figure.ratio() <= kBound;
        std::printf(
            "  %-75s empty %8.2f ms, full %8.2f ms, ratio %5.2f (bound %.0f), first %8.1f ms%s\n",
            figure.what.c_str(),
            figure.empty_ms,
            figure.full_ms,
            figure.ratio(),
            kBound,
            figure.first_ms,
            figure.ratio() <= kBound ? "" : "  ABOVE THE BOUND"
        );
        json.begin_object()
            .field("what", figure.what)
            .field("empty_ms", figure.empty_ms)
            .field("full_ms", figure.full_ms)
            .field("first_ms", figure.first_ms)
            .field("ratio", figure.ratio())
            .field("bound", kBound)
            .end_object();
    }
    json.end_array().end_object();
    if (result_file != nullptr) std::ofstream(result_file) << json.view() << "\n";
    return kept ? 0 : 1;
}

} // namespace
} // namespace calfleet::bench

int main(int argc, char** argv) {
    const std::int64_t rows = argc > 1 ? std::atoll(argv[1]) : 2'000'000;
    if (rows < 1000) {
        std::fprintf(
            stderr, "scale_bench [ROWS] [RESULT.json] [letters]: ROWS must be 1000 or more\n"
        );
        return 78;
    }
    return calfleet::bench::run(rows, argc > 2 ? argv[2] : nullptr, argc > 3);
}
