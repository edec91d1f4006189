#include "tests/integration/host_mapper/mapper_test.h"

namespace calfleet::host_mapper {

Lane::Lane(const postgres::TestDatabase& database)
    : session_({.dsn = database.dsn("calfleet_host_mapper")}) {}

std::string Lane::apply(const std::vector<TestEvent>& events) {
    batch_.clear();
    std::vector<CompanyId> companies;
    std::vector<std::uint32_t> chosen;
    for (const TestEvent& event : events) {
        chosen.push_back(static_cast<std::uint32_t>(chosen.size()));
        companies.push_back(CompanyId{event.company});
        batch_.add_booking(companies.back(), event.booking, event.id, event.arrival);
    }
    std::vector<intake::Verdict> verdicts(events.size());
    const auto done = session_.transact(
        postgres::Access::companies(companies),
        [&](postgres::Transaction& transaction) {
            batch_.apply(transaction, chosen, verdicts, postgres::time_of(transaction));
        }
    );
    if (!done) return "!" + done.error().message;
    std::string letters;
    for (const intake::Verdict& verdict : verdicts)
        letters += std::holds_alternative<intake::Applied>(verdict) ? 'A' : 'S';
    return letters;
}

std::string
Lane::apply(std::int64_t company, std::initializer_list<events::BookingEvent> bookings) {
    std::vector<TestEvent> events;
    for (const events::BookingEvent& booking : bookings)
        events.push_back({company, booking});
    return apply(events);
}

void MapperTest::prepare() {
    database().migrate();
    run(R"(
        insert into platform.companies (id, name) select c, 'Company ' || c from generate_series(1, 40) c;
        insert into platform.branches (id, company_id, name) select c, c, 'Mitte' from generate_series(1, 40) c;
        insert into platform.services (id, company_id, name, calcom_event_type_id)
            select c, c, 'Beratung', 7001 from generate_series(1, 40) c;
        insert into platform.staff (id, company_id, reference, name, email)
            select c * 10 + 1, c, 'anna', 'Anna Albrecht', 'anna@example.com' from generate_series(1, 40) c
            union all
            select c * 10 + 2, c, 'bruno', 'Bruno Brandt', 'bruno@example.com' from generate_series(1, 40) c)"
    );
}

std::string MapperTest::appointments(std::int64_t company) const {
    return ask(
        R"(
        select coalesce(string_agg(concat_ws(' ', a.calcom_booking_uid, a.status, 'as of', extract(epoch from a.source_updated_at),
                   'starts', extract(epoch from a.starts_at), 'ends', extract(epoch from a.ends_at),
                   'host', a.calcom_host_id, 'staff', s.reference, 'customer', c.customer_key, 'service', v.name,
                   'branch', b.name, 'number', a.calcom_booking_id, 'from', a.rescheduled_from_uid,
                   'to', a.rescheduled_to_uid), E'\n' order by a.calcom_booking_uid), '')
        from platform.appointments a
        left join platform.staff s on s.id = a.staff_id
        left join platform.customers c on c.id = a.customer_id
        left join platform.services v on v.id = a.service_id
        left join platform.branches b on b.id = a.branch_id
        where a.company_id = )" +
        std::to_string(company)
    );
}

} // namespace calfleet::host_mapper
