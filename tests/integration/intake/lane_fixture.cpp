#include "tests/integration/intake/lane_fixture.h"

#include "common/intake/position_store.h"

namespace calfleet::intake {
namespace {

using namespace std::chrono_literals;

constexpr postgres::Statement kEffect{"test.effect", R"sql(
    insert into calfleet.effects (company_id, event_id) select * from unnest($1::bigint[], $2::text[])
)sql"};

} // namespace

void HeardFromLane::on_committed(
    const IntakeBatch&, const BatchRange& range, const BatchReceipt&, std::chrono::nanoseconds
) {
    latest.store(range.entries.size());
    if (range.entries.size() > largest.load()) largest.store(range.entries.size());
}

void HeardFromLane::on_waiting(const Error& error, std::chrono::milliseconds) {
    {
        std::lock_guard lock(mutex_);
        last_error_ = error.message;
    }
    ++waits;
}

void HeardFromLane::on_split(const Error& error, std::size_t) {
    {
        std::lock_guard lock(mutex_);
        last_error_ = error.message;
    }
    ++splits;
}

std::string HeardFromLane::last_error() const {
    std::lock_guard lock(mutex_);
    return last_error_;
}

void EffectBatch::clear() {
    events_.clear();
}

Result<std::string_view> EffectBatch::add(const Event& event) {
    if (!event.envelope.data.starts_with("{")) return invalid("data: not an object");
    events_.emplace_back(event.envelope.company, std::string(event.envelope.id));
    return event.record.key.value_or("");
}

void EffectBatch::apply(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<Verdict> verdicts,
    Instant /*now*/
) {
    postgres::Array companies, ids;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        companies.add(events_[chosen[i]].first.value);
        ids.add(events_[chosen[i]].second);
        verdicts[i] = Applied{};
        if (pause_ > 0ms) never_.wait_for(pause_);
    }
    transaction.exec(kEffect, postgres::params(companies, ids));
}

kafka::RawRecord sound_record(int number, std::int64_t company) {
    return {
        .topic = kLaneTopic,
        .key = std::to_string(company) + ":" + std::to_string(number),
        .value = "{}",
        .headers = {
            {"ce_specversion", "1.0"},
            {"ce_id", "e-" + std::to_string(number)},
            {"ce_source", "/test"},
            {"ce_type", kLaneTopic},
            {"ce_time", format_instant(system_clock().now())},
            {"ce_companyid", std::to_string(company)}}};
}

void LaneTest::prepare() {
    database().migrate();
    run("insert into platform.companies (id, name) select c, 'Company ' || c from "
        "generate_series(1, 3) c");
    run("create table calfleet.effects (company_id bigint, event_id text)");
    run("grant select, insert on calfleet.effects to calfleet_worker");
    run("do $$ begin perform calfleet.maintain_inbox(current_date, 3, 35); "
        "exception when undefined_function then null; end $$");
    cluster_.create_topic(kLaneTopic, 1);
    kafka::ConsumerSettings settings =
        kafka::consumer_settings(cluster_.brokers(), kLaneTopic, "reader");
    settings.session_timeout = 30s;
    consumer_ = kafka::consumer(settings, kept_);
}

void LaneTest::TearDown() {
    lane_.reset();
    consumer_.reset();
}

void LaneTest::start_lane(
    LaneSettings settings, postgres::Settings timeouts, std::chrono::milliseconds pause
) {
    settings.worker = kLaneWorker;
    timeouts.dsn = database().dsn("calfleet_worker");
    postgres::Session session({.dsn = timeouts.dsn});
    const kafka::TopicPartition partition{kLaneTopic, 0};
    const auto positions =
        session.transact(postgres::Access::companies({}), [&](postgres::Transaction& transaction) {
            return fence_positions(transaction, kLaneWorker, "test", std::span(&partition, 1));
        });
    if (!positions) throw std::runtime_error(positions.error().message);
    ticket_ = book_.open(positions->front());
    lane_ = std::make_unique<IntakeLane>(
        settings,
        book_,
        std::make_unique<EffectBatch>(pause),
        timeouts,
        nullptr,
        heard,
        system_clock(),
        Random(7)
    );
}

void LaneTest::feed(const std::vector<kafka::RawRecord>& records) {
    kafka::publish_raw(cluster_.brokers(), records);
    std::size_t offered = 0;
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (offered < records.size()) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "records do not arrive";
        auto polled = consumer_->poll(100ms);
        ASSERT_TRUE(polled) << polled.error().message;
        if (!*polled) continue;
        Delivery delivery{std::move(**polled), *ticket_};
        while (!lane_->offer(delivery, 100ms))
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the lane stays full";
        ++offered;
    }
}

void LaneTest::feed_sound(int first, int count) {
    std::vector<kafka::RawRecord> records;
    for (int i = 0; i < count; ++i)
        records.push_back(sound_record(first + i));
    feed(records);
}

bool LaneTest::eventually(const std::function<bool()>& holds, std::chrono::seconds limit) {
    const StopSignal never;
    for (const auto deadline = std::chrono::steady_clock::now() + limit; !holds();) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        never.wait_for(20ms);
    }
    return true;
}

bool LaneTest::arrives(std::int64_t wanted) {
    return eventually([&] { return position() == wanted; });
}

std::int64_t LaneTest::position() const {
    return std::stoll(ask("select next_offset from calfleet.consumer_positions"));
}

std::int64_t LaneTest::effects() const {
    return std::stoll(ask("select count(*) from calfleet.effects"));
}

void LaneTest::disturb(const std::string& body) const {
    run("create or replace function calfleet.disturb() returns trigger language plpgsql as "
        "$$ begin " +
        body + " return null; end $$");
    run("create trigger disturb after insert on calfleet.effects referencing new table as fresh "
        "for each statement execute function calfleet.disturb()");
}

void LaneTest::calm_down() const {
    run("drop trigger disturb on calfleet.effects");
}

} // namespace calfleet::intake
