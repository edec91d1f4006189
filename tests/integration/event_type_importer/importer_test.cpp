#include "tests/integration/event_type_importer/importer_test.h"

#include "common/core/clock.h"

namespace calfleet::event_type_importer {
namespace {

Instant minute_of_a_day(int minute) {
    return Instant{std::chrono::days{20'000}} + std::chrono::minutes{minute};
}

} // namespace

int minute_of_now(std::chrono::minutes later) {
    const auto passed = system_clock().now() + later - minute_of_a_day(0);
    return static_cast<int>(std::chrono::floor<std::chrono::minutes>(passed).count());
}

Told updated(std::int64_t event_type, int minute, const std::string& members) {
    // A member that is told replaces the usual one.
    const auto usual = [&](const std::string& name, const std::string& value) {
        const std::string key = "\"" + name + "\":";
        return members.find(key) != std::string::npos ? std::string() : "," + key + value;
    };
    return {
        .minute = minute,
        .data = R"({"change":"updated","event_type":{"id":)" + std::to_string(event_type) +
                usual("title", R"("Haircut")") + usual("slug", R"("haircut")") +
                usual("lengthInMinutes", "45") + (members.empty() ? "" : "," + members) + "}}"};
}

Told deleted(std::int64_t event_type, int minute) {
    return {
        .minute = minute,
        .data = R"({"change":"deleted","event_type":{"id":)" + std::to_string(event_type) + "}}"};
}

Told of_company(std::int64_t company, Told told) {
    told.company = company;
    return told;
}

Lane::Lane(const postgres::TestDatabase& database)
    : session_({.dsn = database.dsn("calfleet_event_type_importer")}, this) {}

std::string Lane::apply(const std::vector<Told>& events) {
    batch_.clear();
    std::vector<CompanyId> companies;
    std::vector<std::uint32_t> chosen;
    for (const Told& told : events) {
        intake::Event event;
        event.envelope.id = told.id;
        event.envelope.company = CompanyId{told.company};
        event.envelope.time = minute_of_a_day(told.minute);
        event.envelope.data = told.data;
        if (told.written) event.record.timestamp = minute_of_a_day(*told.written);
        if (const auto entity = batch_.add(event); !entity) return "!" + entity.error().message;
        companies.push_back(event.envelope.company);
        chosen.push_back(static_cast<std::uint32_t>(chosen.size()));
    }
    std::vector<intake::Verdict> verdicts(events.size());
    const auto done =
        session_.transact(postgres::Access::companies(companies), [&](postgres::Transaction& t) {
            batch_.apply(t, chosen, verdicts, postgres::time_of(t));
        });
    if (!done) return "!" + done.error().message;
    std::string letters;
    for (const intake::Verdict& verdict : verdicts)
        letters += std::holds_alternative<intake::Applied>(verdict) ? 'A' : 'S';
    return letters;
}

void ImporterTest::prepare() {
    database().migrate();
    run("insert into platform.companies (id, name) select c, 'Company ' || c from "
        "generate_series(1, 3) c");
}

std::string ImporterTest::services(const std::string& columns) const {
    return ask(
        "select coalesce(string_agg(concat_ws('|', " + columns +
        "), E'\\n' order by calcom_event_type_id), '') from platform.services where company_id = 1"
    );
}

std::string ImporterTest::divergences() const {
    return ask("select coalesce(string_agg(concat_ws(' ', case when resolved_at is not null then "
               "'-' || resolution end, field, platform_value, calcom_value), E'\\n' order by field "
               "collate \"C\", id), '') from platform.service_divergences where company_id = 1");
}

void ImporterTest::platform_changes(std::int64_t event_type, const std::string& assignments) const {
    run("update platform.services set " + assignments +
        " where company_id = 1 and calcom_event_type_id = " + std::to_string(event_type));
}

} // namespace calfleet::event_type_importer
