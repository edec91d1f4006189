#include "workers/host-mapper/store.h"

#include "workers/host-mapper/kin_store.h"
#include "workers/host-mapper/mapping_store.h"
#include "workers/host-mapper/people_store.h"
#include "workers/host-mapper/sighting_store.h"

#include "common/postgres/columns.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace calfleet::host_mapper {
namespace {

using postgres::add_text_or_null;
using postgres::Array;
using postgres::ordinal;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

// LATERAL ... LIMIT 1: see mapping_store.cpp. A member's copy of a managed event type has the
// service of its parent; it is looked for only when nobody sells the copy itself.
constexpr Statement kFindServices{"host_mapper.find_services", R"sql(
    select w.position, s.id
    from unnest($1::bigint[], $2::bigint[]) with ordinality as w (company_id, event_type_id, position)
    cross join lateral (
        select s.id from platform.services s
        where s.company_id = w.company_id and s.calcom_event_type_id = w.event_type_id
        union all
        select s.id from platform.calcom_event_map m
        join platform.services s on s.company_id = m.company_id and s.calcom_event_type_id = m.parent_event_type_id
        where m.company_id = w.company_id and m.child_event_type_id = w.event_type_id
        limit 1
    ) s
)sql"};

constexpr Statement kFindBranches{"host_mapper.find_branches", R"sql(
    select w.position
    from unnest($1::bigint[], $2::bigint[]) with ordinality as w (company_id, branch_id, position)
    cross join lateral (
        select b.id from platform.branches b where b.company_id = w.company_id and b.id = w.branch_id limit 1
    ) b
)sql"};

constexpr Statement kFindCustomers{"host_mapper.find_customers", R"sql(
    select w.position, c.id, c.name, c.phone, c.time_zone,
           case when c.seen_at > now() + interval '1 second' then 'epoch' else c.seen_at end
    from unnest($1::bigint[], $2::text[]) with ordinality as w (company_id, customer_key, position)
    cross join lateral (
        select * from platform.customers c
        where c.company_id = w.company_id and c.customer_key = w.customer_key limit 1
    ) c
)sql"};

// The guard says again what changes() says: another lane may have written the row since it was
// read. A row of the future (former releases wrote what events claimed) counts as older than all.
constexpr Statement kWriteCustomers{"host_mapper.write_customers", R"sql(
    insert into platform.customers as held (company_id, customer_key, name, email, phone, time_zone, seen_at)
    select w.company_id, w.customer_key, coalesce(w.name, ''), w.email, w.phone, w.time_zone, w.seen_at
    from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
         as w (company_id, customer_key, name, email, phone, time_zone, seen_at)
    on conflict (company_id, customer_key) do update
    set (name, email, phone, time_zone, seen_at) =
        (select case when excluded.name = '' or (not r.newer and held.name <> '') then held.name else excluded.name end,
                coalesce(held.email, excluded.email),
                case when r.newer then coalesce(excluded.phone, held.phone)
                     else coalesce(held.phone, excluded.phone) end,
                case when r.newer then coalesce(excluded.time_zone, held.time_zone)
                     else coalesce(held.time_zone, excluded.time_zone) end,
                greatest(r.seen_at, excluded.seen_at)
         from (select h.seen_at, excluded.seen_at >= h.seen_at as newer
               from (select case when held.seen_at > now() + interval '1 second' then 'epoch'
                                 else held.seen_at end as seen_at) as h) as r)
    where excluded.seen_at > held.seen_at or held.seen_at > now() + interval '1 second'
       or (excluded.seen_at = held.seen_at
           and (coalesce(nullif(excluded.name, ''), held.name) <> held.name
                or coalesce(excluded.phone <> held.phone, false)
                or coalesce(excluded.time_zone <> held.time_zone, false)))
       or (held.name = '' and excluded.name <> '')
       or (held.phone is null and excluded.phone is not null)
       or (held.time_zone is null and excluded.time_zone is not null)
    returning id, company_id, customer_key
)sql"};

// merge() and the assignment of a booking, once more, in SQL: only here is the row known and
// locked. `newer` is replaces_description() of job.cpp. A row of the future (former releases wrote
// what events claimed) has the least rank. An ended booking keeps the staff member it had; its
// staff is only filled in, or follows a host that turns out to be another.
constexpr Statement kWriteAppointments{"host_mapper.write_appointments", R"sql(
    insert into platform.appointments as held
        (company_id, calcom_booking_uid, calcom_booking_id, calcom_event_type_id, calcom_host_id, status, staff_id,
         assignment, service_id, branch_id, customer_id, starts_at, ends_at, rescheduled_from_uid, rescheduled_to_uid,
         source_updated_at, bounded_at)
    select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[],
                         $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::timestamptz[],
                         $13::timestamptz[], $14::text[], $15::text[], $16::timestamptz[], $17::timestamptz[])
    on conflict (company_id, calcom_booking_uid) do update
    set (calcom_booking_id, calcom_event_type_id, service_id, rescheduled_from_uid, rescheduled_to_uid,
         source_updated_at, bounded_at, starts_at, ends_at, calcom_host_id, branch_id, customer_id, status, staff_id,
         assignment, updated_at) =
        (select greatest(held.calcom_booking_id, excluded.calcom_booking_id),
                greatest(held.calcom_event_type_id, excluded.calcom_event_type_id),
                coalesce(held.service_id, excluded.service_id),
                greatest(held.rescheduled_from_uid collate "C", excluded.rescheduled_from_uid collate "C"),
                greatest(held.rescheduled_to_uid collate "C", excluded.rescheduled_to_uid collate "C"),
                greatest(c.held_rank, excluded.source_updated_at),
                case when c.newer then excluded.bounded_at else held.bounded_at end,
                case when c.new_times then excluded.starts_at else held.starts_at end,
                case when c.new_times then excluded.ends_at else held.ends_at end,
                case when c.newer then coalesce(excluded.calcom_host_id, held.calcom_host_id)
                     else coalesce(held.calcom_host_id, excluded.calcom_host_id) end,
                case when c.newer then coalesce(excluded.branch_id, held.branch_id)
                     else coalesce(held.branch_id, excluded.branch_id) end,
                case when c.newer then coalesce(excluded.customer_id, held.customer_id)
                     else coalesce(held.customer_id, excluded.customer_id) end,
                case when c.held_end = 0 and c.end_rank = 0
                     then case when c.newer then excluded.status else held.status end
                     when c.end_rank > c.held_end then excluded.status
                     else held.status end,
                case when s.takes then excluded.staff_id else held.staff_id end,
                case when s.takes and excluded.staff_id is distinct from held.staff_id then excluded.assignment
                     when s.takes and held.staff_id is null then excluded.assignment
                     else held.assignment end,
                now()
         from (select o.held_rank, o.newer,
                      case when o.newer then excluded.starts_at is not null
                           else held.starts_at is null end as new_times,
                      excluded.calcom_host_id <> held.calcom_host_id as other_host,
                      case excluded.status when 'rescheduled' then 3 when 'cancelled' then 2
                                           when 'rejected' then 1 else 0 end as end_rank,
                      case held.status when 'rescheduled' then 3 when 'cancelled' then 2
                                       when 'rejected' then 1 else 0 end as held_end
               from (select r.held_rank,
                            case when r.reach <> r.held_rank then r.reach > r.held_rank
                                 when r.reach = 'epoch'
                                 then (coalesce(excluded.starts_at, '-infinity'), coalesce(excluded.ends_at, '-infinity')) >
                                      (coalesce(held.starts_at, '-infinity'), coalesce(held.ends_at, '-infinity'))
                                 else (excluded.starts_at is not null
                                           and (excluded.starts_at, excluded.ends_at) is distinct from
                                               (held.starts_at, held.ends_at))
                                      or coalesce(excluded.calcom_host_id <> held.calcom_host_id, excluded.calcom_host_id is not null)
                                      or coalesce(excluded.customer_id <> held.customer_id, excluded.customer_id is not null)
                                      or coalesce(excluded.branch_id <> held.branch_id, excluded.branch_id is not null)
                                      or (excluded.status <> held.status and excluded.status in ('pending', 'accepted')) end as newer
                     from (select coalesce(excluded.bounded_at, excluded.source_updated_at) as reach,
                                  case when held.source_updated_at > now() + interval '1 second'
                                       then timestamptz '1970-01-01 00:00:00.000001+00'
                                       else held.source_updated_at end as held_rank) as r) as o) as c,
              lateral (select held.assignment <> 'manual' and
                              ((c.newer and ((c.held_end = 0 and c.end_rank = 0
                                              and (excluded.calcom_host_id is not null or held.calcom_host_id is null))
                                             or coalesce(c.other_host, false)))
                               or ((held.assignment = 'none'
                                    or (held.calcom_host_id is null and excluded.calcom_host_id is not null))
                                   and excluded.assignment <> 'none' and not coalesce(c.other_host, false))) as takes)
              as s)
    where coalesce(excluded.bounded_at, excluded.source_updated_at) > held.source_updated_at
       or held.source_updated_at > now() + interval '1 second'
       or (coalesce(excluded.bounded_at, excluded.source_updated_at) = held.source_updated_at
           and case when held.source_updated_at = 'epoch'
                    then (coalesce(excluded.starts_at, '-infinity'), coalesce(excluded.ends_at, '-infinity')) >
                         (coalesce(held.starts_at, '-infinity'), coalesce(held.ends_at, '-infinity'))
                    else (excluded.starts_at is not null
                          and (excluded.starts_at, excluded.ends_at) is distinct from (held.starts_at, held.ends_at))
                         or coalesce(excluded.calcom_host_id <> held.calcom_host_id, false)
                         or coalesce(excluded.customer_id <> held.customer_id, false)
                         or coalesce(excluded.branch_id <> held.branch_id, false)
                         or (excluded.status <> held.status and excluded.status in ('pending', 'accepted')
                             and held.status in ('pending', 'accepted')) end)
       or (excluded.status <> held.status and held.status <> 'rescheduled'
           and (excluded.status in ('cancelled', 'rescheduled')
                or (excluded.status = 'rejected' and held.status <> 'cancelled')))
       or (held.assignment = 'none' and excluded.assignment <> 'none'
           and coalesce(excluded.calcom_host_id = held.calcom_host_id, true))
       or num_nulls(held.calcom_host_id, held.branch_id, held.customer_id, held.service_id, held.starts_at) >
          num_nulls(coalesce(held.calcom_host_id, excluded.calcom_host_id), coalesce(held.branch_id, excluded.branch_id),
                    coalesce(held.customer_id, excluded.customer_id), coalesce(held.service_id, excluded.service_id),
                    coalesce(held.starts_at, excluded.starts_at))
       or coalesce(excluded.calcom_booking_id > held.calcom_booking_id, held.calcom_booking_id is null
                   and excluded.calcom_booking_id is not null)
       or coalesce(excluded.calcom_event_type_id > held.calcom_event_type_id, held.calcom_event_type_id is null
                   and excluded.calcom_event_type_id is not null)
       or coalesce(excluded.rescheduled_from_uid collate "C" > held.rescheduled_from_uid collate "C",
                   held.rescheduled_from_uid is null and excluded.rescheduled_from_uid is not null)
       or coalesce(excluded.rescheduled_to_uid collate "C" > held.rescheduled_to_uid collate "C",
                   held.rescheduled_to_uid is null and excluded.rescheduled_to_uid is not null)
    returning company_id, calcom_booking_uid, status
)sql"};

constexpr std::array kOwn{
    kFindServices, kFindBranches, kFindCustomers, kWriteCustomers, kWriteAppointments};

std::optional<Status> status_from(std::string_view word) {
    for (const Status status :
         {Status::Pending,
          Status::Accepted,
          Status::Rejected,
          Status::Cancelled,
          Status::Rescheduled})
        if (text(status) == word) return status;
    return std::nullopt;
}

Rows find_numbers(
    postgres::Transaction& transaction,
    const Statement& statement,
    std::span<const NumberOfCompany> numbers
) {
    Array companies, values;
    for (const NumberOfCompany& number : numbers) {
        companies.add(number.company.value);
        values.add(number.number);
    }
    return transaction.exec(statement, params(companies, values));
}

/// Indexes of the sightings whose rows must be written; fills in the ids of known customers.
std::vector<std::size_t> find_customers(
    postgres::Transaction& transaction,
    std::span<const CustomerSighting> customers,
    std::vector<std::int64_t>& ids
) {
    Array companies, keys;
    for (const CustomerSighting& customer : customers) {
        companies.add(customer.company.value);
        keys.add(customer.key);
    }
    std::vector<bool> settled(customers.size());
    const Rows rows = transaction.exec(kFindCustomers, params(companies, keys));
    for (const Row row : rows) {
        const std::size_t at = ordinal(row, 0);
        const auto nullable = [&](int column) {
            return row.is_null(column) ? std::string_view{} : row.text(column);
        };
        const CustomerRow known{
            row.int64(1), nullable(2), nullable(3), nullable(4), row.instant(5)};
        ids.at(at) = known.id;
        settled.at(at) = !changes(known, customers[at]);
    }
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < settled.size(); ++i)
        if (!settled[i]) open.push_back(i);
    return open;
}

void write_customers(
    postgres::Transaction& transaction,
    std::span<const CustomerSighting> customers,
    std::span<const std::size_t> chosen,
    std::vector<std::int64_t>& ids
) {
    Array companies, keys, names, emails, phones, zones, seen;
    for (const std::size_t index : chosen) {
        const CustomerSighting& customer = customers[index];
        companies.add(customer.company.value);
        keys.add(customer.key);
        add_text_or_null(names, customer.name);
        add_text_or_null(emails, customer.email);
        add_text_or_null(phones, customer.phone);
        add_text_or_null(zones, customer.time_zone);
        seen.add(customer.as_of);
    }
    const Rows rows = transaction.exec(
        kWriteCustomers, params(companies, keys, names, emails, phones, zones, seen)
    );
    // In the order written, with gaps where another lane left nothing to change.
    std::size_t next = 0;
    for (const Row row : rows) {
        while (next < chosen.size() && (customers[chosen[next]].company.value != row.int64(1) ||
                                        customers[chosen[next]].key != row.text(2)))
            ++next;
        ids.at(chosen[next++]) = row.int64(0);
    }
}

struct AppointmentArrays {
    Array companies, uids, booking_ids, event_types, hosts, statuses, staff, assignments, services,
        branches, customers, starts, ends, replaces, replaced_by, as_of, bounded_at;

    explicit AppointmentArrays(std::span<const AppointmentWrite> appointments) {
        for (const AppointmentWrite& write : appointments)
            add(write);
    }

    void add(const AppointmentWrite& write) {
        const Sighting& booking = *write.booking;
        companies.add(booking.company.value);
        uids.add(booking.uid);
        booking_ids.add(booking.booking_id);
        event_types.add(booking.event_type_id);
        add_text_or_null(hosts, booking.host);
        statuses.add(text(booking.status));
        if (write.assignment.staff)
            staff.add(write.assignment.staff->value);
        else
            staff.add_null();
        assignments.add(write.assignment.how);
        services.add(write.service);
        if (booking.branch)
            branches.add(booking.branch->value);
        else
            branches.add_null();
        customers.add(write.customer);
        starts.add(booking.starts_at);
        ends.add(booking.ends_at);
        add_text_or_null(replaces, booking.replaces);
        add_text_or_null(replaced_by, booking.replaced_by);
        as_of.add(booking.as_of);
        bounded_at.add(booking.bounded_at);
    }
};

std::vector<Statement> all_statements() {
    std::vector<Statement> all(kOwn.begin(), kOwn.end());
    for (const postgres::Catalogue& others :
         {mapping_catalogue(), sighting_catalogue(), kin_catalogue(), people_catalogue()})
        all.insert(all.end(), others.begin(), others.end());
    return all;
}

} // namespace

postgres::Catalogue host_mapper_catalogue() {
    static const std::vector<Statement> all = all_statements();
    return all;
}

std::vector<std::optional<std::int64_t>>
find_services(postgres::Transaction& transaction, std::span<const NumberOfCompany> event_types) {
    std::vector<std::optional<std::int64_t>> services(event_types.size());
    if (event_types.empty()) return services;
    const Rows rows = find_numbers(transaction, kFindServices, event_types);
    for (const Row row : rows)
        services.at(ordinal(row, 0)) = row.int64(1);
    return services;
}

std::vector<bool>
find_branches(postgres::Transaction& transaction, std::span<const NumberOfCompany> branches) {
    std::vector<bool> known(branches.size());
    if (branches.empty()) return known;
    const Rows rows = find_numbers(transaction, kFindBranches, branches);
    for (const Row row : rows)
        known.at(ordinal(row, 0)) = true;
    return known;
}

std::vector<std::int64_t>
keep_customers(postgres::Transaction& transaction, std::span<const CustomerSighting> customers) {
    std::vector<std::int64_t> ids(customers.size());
    if (customers.empty()) return ids;
    const std::vector<std::size_t> open = find_customers(transaction, customers, ids);
    if (open.empty()) return ids;
    write_customers(transaction, customers, open, ids);
    // Another lane made the row between our look and our write, and knows as much: look again.
    if (std::find(ids.begin(), ids.end(), 0) != ids.end())
        find_customers(transaction, customers, ids);
    return ids;
}

std::vector<Written> write_appointments(
    postgres::Transaction& transaction, std::span<const AppointmentWrite> appointments
) {
    std::vector<Written> written(appointments.size());
    if (appointments.empty()) return written;
    const AppointmentArrays a(appointments);
    const Rows rows = transaction.exec(
        kWriteAppointments,
        params(
            a.companies,
            a.uids,
            a.booking_ids,
            a.event_types,
            a.hosts,
            a.statuses,
            a.staff,
            a.assignments,
            a.services,
            a.branches,
            a.customers,
            a.starts,
            a.ends,
            a.replaces,
            a.replaced_by,
            a.as_of,
            a.bounded_at
        )
    );
    std::size_t next = 0;
    for (const Row row : rows) {
        const auto is_this = [&](const Sighting& booking) {
            return booking.company.value == row.int64(0) && booking.uid == row.text(1);
        };
        while (next < appointments.size() && !is_this(*appointments[next].booking))
            ++next;
        written.at(next++) = status_from(row.text(2));
    }
    return written;
}

} // namespace calfleet::host_mapper
