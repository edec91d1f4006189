#include "tests/fleet/fleet.h"

#include "common/core/text.h"
#include "common/kafka/admin.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

namespace calfleet::fleet {
namespace {

using namespace std::chrono_literals;
using test_support::Process;

constexpr std::size_t kMostComplaints = 20;

std::string binary(const std::string& program) {
    return std::string(CALFLEET_BIN_DIR) + "/" + program;
}

std::string prefix_of(const std::string& program) {
    std::string prefix = program;
    for (char& c : prefix)
        c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return prefix + "_";
}

// A worker's own; a program of a test has the one that all may use.
std::string login_of(const std::string& program) {
    static constexpr std::array<std::string_view, 5> kWorkers{
        "event-type-importer", "host-mapper", "outbox-relay", "service-pusher", "team-syncer"};
    if (std::find(kWorkers.begin(), kWorkers.end(), program) == kWorkers.end())
        return "calfleet_worker";
    std::string login = "calfleet_" + program;
    std::replace(login.begin(), login.end(), '-', '_');
    return login;
}

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

} // namespace

Fleet::Fleet(FleetOptions options)
    : options_(std::move(options)) {
    postgres_ = std::make_unique<test_support::PostgresServer>(test_support::PostgresOptions{
        .durability = options_.durability, .settings = options_.postgres_settings});
    kafka_ = std::make_unique<test_support::KafkaServer>();
    prepare_database();
    const auto topics =
        cli({"topics", "apply", "--partitions", std::to_string(options_.partitions)});
    if (topics.exit.code != 0) throw std::runtime_error("topics apply: " + topics.err);
    producer_ =
        must(kafka::Producer::create({.brokers = kafka_->bootstrap(), .client_id = "fleet"}));
}

void Fleet::prepare_database() {
    const auto migrated =
        cli({"migrate", "--migrations", std::string(CALFLEET_SOURCE_DIR) + "/migrations"});
    if (migrated.exit.code != 0) throw std::runtime_error("migrate: " + migrated.err);
    if (options_.keeps_effects) keep_effects();
    // psql takes a command as one argument, which the kernel limits: a few companies at a time.
    constexpr int kCompaniesAtOnce = 40;
    std::ostringstream sql;
    const Population& population = options_.population;
    for (int company = 1; company <= population.companies; ++company) {
        sql << "insert into platform.companies (id, name) values (" << company << ", 'Company "
            << company << "');\n"
            << "insert into platform.staff (id, company_id, reference, name, email) values ";
        for (int member = 0; member < population.staff_per_company; ++member)
            sql << (member == 0 ? "" : ", ") << "(" << population.staff_id(company, member) << ", "
                << company << ", 'm" << member << "', '" << population.staff_name(company, member)
                << "', '" << population.staff_email(company, member) << "')";
        sql << ";\n";
        if (company % kCompaniesAtOnce == 0 || company == population.companies) {
            postgres_->sql(sql.str());
            sql.str({});
        }
    }
}

void Fleet::keep_effects() {
    postgres_->sql(
        "create schema fleet; create table fleet.effects (company_id bigint, uid text, made text);"
        "create function fleet.keep() returns trigger language plpgsql security definer as $$ "
        "begin "
        "insert into fleet.effects values (new.company_id, new.calcom_booking_uid,"
        " md5((to_jsonb(new) - 'updated_at')::text)); return null; end $$;"
        "create trigger fleet_keeps after insert or update on platform.appointments"
        " for each row execute function fleet.keep()"
    );
}

Process& Fleet::start(const std::string& program, std::map<std::string, std::string> settings) {
    const std::string prefix = prefix_of(program);
    const std::string login = login_of(program);
    const std::string dsn = options_.database_port != 0
                                ? postgres_->dsn_through(options_.database_port, login)
                                : postgres_->dsn(login);
    std::map<std::string, std::string> environment{
        {prefix + "KAFKA_BROKERS", kafka_->bootstrap()},
        {prefix + "POSTGRES_URL", dsn},
        {prefix + "HTTP_ADDRESS", "127.0.0.1"},
        {prefix + "HTTP_PORT", "0"}};
    for (auto& [name, value] : settings)
        environment[name] = value;
    const int number = ++started_[program];
    processes_.push_back(std::make_unique<Process>(test_support::ProcessOptions{
        .argv = {binary(program)},
        .environment = std::move(environment),
        .directory = directory_.path(),
        .name = program + "-" + std::to_string(number)}));
    return *processes_.back();
}

bool Fleet::wait_assigned(Process& worker, std::chrono::milliseconds within) {
    return worker.wait_for_line("partitions\\.assigned", within).has_value();
}

void Fleet::publish(const std::vector<kafka::OutgoingRecord>& records) {
    std::optional<Error> failure;
    for (const kafka::OutgoingRecord& record : records) {
        for (;;) {
            const Result<> queued =
                producer_->send(record, [&](const Result<kafka::Delivered>& report) {
                    if (!report) failure = report.error();
                });
            if (queued) break;
            if (queued.error().kind != ErrorKind::Unavailable)
                throw std::runtime_error(queued.error().message);
            producer_->poll(50ms);
        }
        producer_->poll(0ms);
    }
    if (!producer_->flush(60s))
        throw std::runtime_error("the broker did not acknowledge everything in 60 s");
    if (failure) throw std::runtime_error("publish: " + failure->message);
}

Fleet::Reader Fleet::host_mapper() {
    return {"host-mapper", {"booking-created", "booking-rescheduled", "booking-cancelled"}};
}

bool Fleet::drained(const Reader& reader) {
    auto admin = kafka::Admin::create(kafka_->bootstrap(), "fleet-admin");
    if (!admin) return false;
    std::int64_t produced = 0;
    for (const std::string& topic : reader.topics)
        for (int partition = 0; partition < options_.partitions; ++partition) {
            const auto marks = (*admin)->watermarks({topic, partition}, 10s);
            if (!marks) return false;
            produced += marks->high;
        }
    try {
        return count(
                   "select coalesce(sum(next_offset), 0) from calfleet.consumer_positions where "
                   "worker = '" +
                   reader.worker + "'"
               ) >= produced &&
               count("select count(*) from calfleet.jobs") == 0;
    } catch (const std::exception&) {
        return false; // the server is being restarted
    }
}

bool Fleet::wait_drained(std::chrono::milliseconds within, const Reader& reader) {
    return test_support::eventually(within, [&] { return drained(reader); });
}

std::string Fleet::ask(const std::string& sql) const {
    std::string text = postgres_->sql("copy (" + sql + ") to stdout");
    return std::string(trim(text.substr(0, text.find('\n'))));
}

std::int64_t Fleet::count(const std::string& sql) const {
    const auto number = parse_int64(ask(sql));
    if (!number) throw std::runtime_error("no number from: " + sql);
    return *number;
}

test_support::Finished Fleet::cli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), binary("calfleet"));
    return test_support::run(
        {.argv = std::move(arguments),
         .environment =
             {{"CALFLEET_POSTGRES_URL", postgres_->dsn("calfleet_operator")},
              {"CALFLEET_ADMIN_URL", postgres_->dsn()},
              {"CALFLEET_KAFKA_BROKERS", kafka_->bootstrap()}},
         .directory = directory_.path(),
         .name = "calfleet"},
        120s
    );
}

std::vector<std::string> Fleet::audit(
    const std::map<std::string, ExpectedAppointment>& expected, std::int64_t events
) const {
    std::vector<std::string> complaints;
    const auto complain = [&](std::string what) {
        if (complaints.size() < kMostComplaints) complaints.push_back(std::move(what));
    };
    std::map<std::string, std::vector<std::string_view>> rows;
    const std::string text = postgres_->sql(
        "copy (select calcom_booking_uid, company_id, status, coalesce(staff_id, "
        "0), coalesce(rescheduled_from_uid, '-'),"
        " coalesce(rescheduled_to_uid, '-') from platform.appointments where company_id <= " +
        std::to_string(options_.population.companies) + ") to stdout"
    );
    for (const std::string_view line : split(text, '\n')) {
        if (line.empty()) continue;
        const auto fields = split(line, '\t');
        rows.emplace(fields[0], fields);
    }
    for (const auto& [uid, want] : expected) {
        const auto found = rows.find(uid);
        if (found == rows.end()) {
            complain("booking " + uid + " is lost");
            continue;
        }
        const auto& row = found->second;
        if (row[1] != std::to_string(want.company))
            complain(uid + ": company " + std::string(row[1]));
        if (row[2] != want.status)
            complain(uid + ": status " + std::string(row[2]) + ", expected " + want.status);
        if (want.status == "accepted" && row[3] != std::to_string(want.staff_id))
            complain(
                uid + ": staff " + std::string(row[3]) + ", expected " +
                std::to_string(want.staff_id)
            );
        if (!want.rescheduled_to.empty() && row[5] != want.rescheduled_to)
            complain(uid + ": rescheduled to " + std::string(row[5]));
    }
    if (rows.size() != expected.size())
        complain(
            std::to_string(rows.size()) + " appointments, expected " +
            std::to_string(expected.size())
        );
    const std::int64_t seen = count("select count(*) from calfleet.inbox");
    if (seen != events)
        complain(
            std::to_string(seen) + " events in the inbox, " + std::to_string(events) + " were sent"
        );
    for (std::string& repetition : audit_repetitions())
        complain(std::move(repetition));
    return complaints;
}

std::vector<std::string> Fleet::audit_repetitions() const {
    struct Rule {
        const char* rows;
        const char* what;
    };
    static constexpr std::array kNone{
        Rule{
            "platform.calcom_host_mappings where state <> 'inactive' group by company_id, "
            "calcom_host_id having count(*) > 1",
            "hosts have two current mappings"},
        Rule{
            "platform.appointments a join platform.staff s on s.id = a.staff_id where s.company_id "
            "<> a.company_id",
            "appointments have another company's staff"},
        Rule{
            "platform.calcom_host_mapping_audits group by company_id, mapping_id having count(*) > "
            "1",
            "mappings were decided more than once"},
        Rule{
            "platform.calcom_host_mappings m where not exists (select from "
            "platform.calcom_host_mapping_audits a where a.mapping_id = m.id)",
            "mappings have no audit"},
        Rule{
            "platform.customers c where not exists (select from platform.appointments a where "
            "a.company_id = c.company_id and a.customer_id = c.id)",
            "customers have no appointment"},
        Rule{
            "fleet.effects group by company_id, uid, made having count(*) > 1",
            "appointments were written again with what they held already"}};
    std::vector<std::string> complaints;
    for (const Rule& rule : kNone) {
        if (!options_.keeps_effects && std::string_view(rule.rows).starts_with("fleet.")) continue;
        const std::int64_t found =
            count("select count(*) from (select 1 from " + std::string(rule.rows) + ") found");
        if (found != 0) complaints.push_back(std::to_string(found) + " " + rule.what);
    }
    return complaints;
}

} // namespace calfleet::fleet
