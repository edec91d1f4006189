#include "tests/bench/scale/relay.h"

#include <chrono>

namespace calfleet::bench {

using namespace std::chrono_literals;
using postgres::Access;
using postgres::Transaction;
using Steady = std::chrono::steady_clock;

/// One event comes, is read and deleted.
void Relay::publish(outbox_relay::Store& store, outbox_relay::Cursors& cursors) const {
    masses_.desk()
        .transact(
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

std::size_t Relay::read(outbox_relay::Store& store, outbox_relay::Cursors& cursors) const {
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
    store.settle(held_, batch->rows, reports, outbox_relay::settle(batch->rows, reports)).value();
    for (const auto& window : batch->reads)
        cursors.apply(
            cursors.advance(window, std::nullopt, batch->oldest_running), batch->oldest_running
        );
    cursors.looked(
        std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - start), batch->last_id
    );
    return batch->rows.size();
}

void Relay::read_all(
    outbox_relay::Store& store, outbox_relay::Cursors& cursors, const Preparation& prepare
) const {
    cursors = {};
    cursors.hold(held_);
    prepare(cursors);
    while (!cursors.caught_up())
        read(store, cursors);
}

Figure Relay::reads(
    const std::string& what, const std::function<void()>& fill, const Preparation& prepare
) {
    masses_.sql("truncate calfleet.outbox");
    outbox_relay::Store store(
        {.dsn = Secret<std::string>(masses_.dsn("calfleet_worker"))}, nullptr
    );
    held_ = store.keep_leases("bench", 600s, outbox_relay::Sharing::Give).value();
    Figure figure{.what = what};
    outbox_relay::Cursors cursors;
    read_all(store, cursors, [](outbox_relay::Cursors&) {});
    figure.empty_ms = usual_ms([&] { publish(store, cursors); });
    fill();
    figure.first_ms = ms_of([&] { read_all(store, cursors, prepare); });
    figure.full_ms = usual_ms([&] { publish(store, cursors); });
    return figure;
}

Figure Relay::beside_a_blocked_topic() {
    return reads(
        "event read beside rows of a missing topic: " + masses_.count(1),
        [&] {
            masses_.insert_rows(
                "insert into calfleet.outbox (shard, topic, record_headers) select n % 16, "
                "'missing', '[]' from",
                masses_.rows()
            );
        },
        [](outbox_relay::Cursors& cursors) { cursors.set_aside("missing", {}); }
    );
}

Figure Relay::beside_dead_rows() {
    Figure figure;
    masses_.under_old_snapshot([&] {
        figure = reads(
            "event read beside dead rows under an old snapshot: " + masses_.count(1),
            [&] {
                masses_.insert_rows(
                    "insert into calfleet.outbox (shard, topic, record_headers) select n % 16, "
                    "'events', '[]' from",
                    masses_.rows()
                );
                masses_.sql("delete from calfleet.outbox");
            },
            [](outbox_relay::Cursors&) {}
        );
    });
    return figure;
}

} // namespace calfleet::bench
