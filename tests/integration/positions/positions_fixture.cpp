#include "tests/integration/positions/positions_fixture.h"

#include "workers/calfleet/position_store.h"

#include "tests/integration/kafka/members.h"

namespace calfleet::intake {
namespace {

using namespace std::chrono_literals;

constexpr postgres::Statement kNote{
    "test.note", "insert into calfleet.effects (event) select unnest($1::text[])"};

class NotingBatch final : public Batch {
public:
    void clear() override { ids_.clear(); }
    Result<std::string_view> add(const Event& event) override {
        ids_.emplace_back(event.envelope.id);
        return event.record.key.value_or("");
    }
    void apply(
        postgres::Transaction& transaction,
        std::span<const std::uint32_t> chosen,
        std::span<Verdict>,
        Instant
    ) override {
        postgres::Array names;
        for (const std::uint32_t number : chosen)
            names.add(ids_[number]);
        transaction.exec(kNote, postgres::params(names));
    }

private:
    std::vector<std::string> ids_;
};

} // namespace

void NotingObserver::on_kafka_error(const Error& error) {
    std::lock_guard lock(mutex_);
    errors_.push_back(error.message);
}

void NotingObserver::on_standstill(const Standstill& standstill, bool lasting) {
    std::lock_guard lock(mutex_);
    standstills_.push_back((lasting ? "lasting " : "") + standstill.what + ": " + standstill.why);
}

std::vector<std::string> NotingObserver::errors() const {
    std::lock_guard lock(mutex_);
    return errors_;
}

std::vector<std::string> NotingObserver::standstills() const {
    std::lock_guard lock(mutex_);
    return standstills_;
}

RunningIntake::RunningIntake(IntakeSettings settings, BatchFactory& handlers)
    : intake_(std::move(settings), handlers, seen, nullptr, system_clock())
    , thread_([this] {
        const Result<> ended = intake_.run(stop_);
        EXPECT_TRUE(ended) << ended.error().message;
    }) {}

RunningIntake::~RunningIntake() {
    stop();
}

void RunningIntake::stop() {
    stop_.request();
    if (thread_.joinable()) thread_.join();
}

std::int64_t RunningIntake::lag() const {
    const auto known = intake_.lag();
    if (known.empty()) return -1;
    std::int64_t sum = 0;
    for (const auto& [partition, behind] : known)
        sum += behind;
    return sum;
}

void PositionsTest::prepare() {
    database().migrate();
    database().run("insert into platform.companies (id, name) overriding system value "
                   "values (1, 'Company');"
                   "create table calfleet.effects (event text not null);"
                   "grant insert on calfleet.effects to calfleet_worker;"
                   "select calfleet.maintain_inbox(current_date, 3, 35);");
    handlers_ = std::make_unique<BatchesOf<NotingBatch>>();
}

IntakeSettings PositionsTest::settings(const std::string& brokers) const {
    IntakeSettings settings;
    settings.worker = kReader;
    settings.owner = "test";
    settings.kafka = kafka::consumer_settings(brokers, kTopic, "test-member");
    settings.kafka.group = kReader;
    settings.database = {
        .dsn = database().dsn("calfleet_worker"), .application_name = "positions test"};
    settings.lanes = 1;
    settings.patience = 3s;
    return settings;
}

std::unique_ptr<RunningIntake> PositionsTest::start(const std::string& brokers) {
    return start(settings(brokers));
}

std::unique_ptr<RunningIntake> PositionsTest::start(IntakeSettings settings) {
    return std::make_unique<RunningIntake>(std::move(settings), *handlers_);
}

std::vector<kafka::OutgoingRecord> PositionsTest::events(const std::string& name, int count) {
    std::vector<kafka::OutgoingRecord> records;
    for (int i = 0; i < count; ++i)
        records.push_back(
            {.topic = kTopic,
             .key = "1:" + name,
             .value = "{}",
             .headers =
                 {{"ce_specversion", "1.0"},
                  {"ce_id", name + "-" + std::to_string(i)},
                  {"ce_source", "/test"},
                  {"ce_type", kTopic},
                  {"ce_time", format_instant(system_clock().now())},
                  {"ce_companyid", "1"}}}
        );
    return records;
}

void PositionsTest::publish(const std::string& brokers, const std::string& name, int count) const {
    kafka::publish(brokers, events(name, count));
}

std::int64_t PositionsTest::count(const std::string& sql) const {
    return std::stoll(database().ask(sql));
}

std::int64_t PositionsTest::applied(const std::string& name) const {
    return count("select count(*) from calfleet.effects where event like '" + name + "-%'");
}

std::int64_t PositionsTest::position(int partition) const {
    return count(
        "select coalesce((select next_offset from calfleet.consumer_positions where worker = '" +
        std::string(kReader) + "' and partition = " + std::to_string(partition) + "), -1)"
    );
}

void PositionsTest::reset_position(std::int64_t next_offset) const {
    postgres::Session operators(
        {.dsn = database().dsn("calfleet_operator"), .application_name = "operator"}
    );
    const auto done =
        operators.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            cli::reset_position(
                transaction,
                {.worker = kReader,
                 .topic = kTopic,
                 .owner = {},
                 .next_offset = next_offset,
                 .updated_at = {}},
                "test"
            );
        });
    ASSERT_TRUE(done) << done.error().message;
}

} // namespace calfleet::intake
