#include "workers/host-mapper/people_store.h"

#include "common/postgres/columns.h"

#include <algorithm>
#include <array>

namespace calfleet::host_mapper {
namespace {

using postgres::add_text_or_null;
using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

// A seat that is known by its uid only is the one of the person who has it. Of several words about
// one seat the latest counts.
constexpr Statement kWriteSeats{"host_mapper.write_seats", R"sql(
    with told as (
        select t.*, coalesce('customer:' || t.customer_id,
                             case when t.seat_uid is not null then
                                  coalesce((select x.person from platform.appointment_attendees x
                                            where x.company_id = t.company_id and x.calcom_booking_uid = t.uid
                                              and x.seat_uid = t.seat_uid limit 1),
                                           'customer:' || max(t.customer_id) over (partition by company_id, uid, seat_uid),
                                           'seat:' || t.seat_uid) end) as person
        from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
             with ordinality as t (company_id, uid, customer_id, seat_uid, state, moved_to, as_of, position)
    ), newest as (
        select distinct on (company_id, uid, person) company_id, uid, person,
               coalesce(customer_id, substring(person from '^customer:([0-9]+)$')::bigint) as customer_id,
               seat_uid, state, moved_to,
               min(as_of) over (partition by company_id, uid, person) as seated_at, as_of
        from told where person is not null
        order by company_id, uid, person, as_of desc, position desc
    )
    insert into platform.appointment_attendees as held
        (company_id, calcom_booking_uid, person, customer_id, seat_uid, state, moved_to_uid, seated_at, as_of)
    select company_id, uid, person, customer_id, seat_uid, state, moved_to, seated_at, as_of from newest
    on conflict (company_id, calcom_booking_uid, person) do update
    set customer_id = coalesce(held.customer_id, excluded.customer_id),
        seat_uid = case when excluded.as_of >= held.as_of then coalesce(excluded.seat_uid, held.seat_uid)
                        else coalesce(held.seat_uid, excluded.seat_uid) end,
        state = case when excluded.as_of >= held.as_of then excluded.state else held.state end,
        moved_to_uid = case when excluded.as_of >= held.as_of then excluded.moved_to_uid else held.moved_to_uid end,
        seated_at = least(held.seated_at, excluded.seated_at),
        as_of = greatest(held.as_of, excluded.as_of),
        updated_at = now()
    where excluded.as_of > held.as_of or (excluded.as_of = held.as_of and excluded.state <> held.state)
       or (held.seat_uid is null and excluded.seat_uid is not null) or excluded.seated_at < held.seated_at
    returning company_id, calcom_booking_uid
)sql"};

// "Ended by seats" is an end that a seat can undo; an end that was told of the booking itself is
// not.
constexpr Statement kSettleSeats{"host_mapper.settle_seats", R"sql(
    with told as (
        select * from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::boolean[])
               as t (company_id, uid, listed_at, ended)
    ), held as (
        select a.id, a.company_id, a.calcom_booking_uid, greatest(a.seats_listed_at, t.listed_at) as listed_at,
               t.ended or (a.status not in ('pending', 'accepted') and a.ended_by_seats is not true) as whole
        from told t join platform.appointments a on a.company_id = t.company_id and a.calcom_booking_uid = t.uid
        order by a.company_id, a.calcom_booking_uid
        for update of a
    ), gone as (
        update platform.appointment_attendees x
        set state = 'cancelled', updated_at = now()
        from held h
        where x.company_id = h.company_id and x.calcom_booking_uid = h.calcom_booking_uid
          and x.state = 'booked' and (h.whole or x.as_of < h.listed_at)
        returning 1
    ), left_over as (
        select h.id, h.listed_at, h.whole, count(x.id) as known,
               count(*) filter (where x.state = 'booked' and not h.whole
                                      and (h.listed_at is null or x.as_of >= h.listed_at)) as sitting,
               case when count(*) filter (where x.state <> 'rescheduled') = 0 then max(x.moved_to_uid collate "C") end as moved_to,
               (array_agg(x.customer_id order by x.state = 'booked' and not h.whole
                                                          and (h.listed_at is null or x.as_of >= h.listed_at) desc,
                                                 x.seated_at, x.id)
                filter (where x.customer_id is not null))[1] as customer_id
        from held h
        left join platform.appointment_attendees x
          on x.company_id = h.company_id and x.calcom_booking_uid = h.calcom_booking_uid
        group by h.id, h.listed_at, h.whole
    ), next as (
        select a.id, l.listed_at, coalesce(l.customer_id, a.customer_id) as customer_id, e.*
        from left_over l join platform.appointments a on a.id = l.id,
             lateral (select case when l.whole then a.status
                                  when l.known > 0 and l.sitting = 0
                                  then case when l.moved_to is null then 'cancelled' else 'rescheduled' end
                                  when a.ended_by_seats and l.sitting > 0 then 'accepted'
                                  else a.status end as status,
                             case when l.whole then false
                                  when l.known > 0 then l.sitting = 0
                                  else a.ended_by_seats end as ended_by_seats,
                             case when l.whole then a.rescheduled_to_uid
                                  when l.known > 0 and l.sitting = 0 then l.moved_to
                                  when a.ended_by_seats then null
                                  else a.rescheduled_to_uid end as moved_to) e
    )
    update platform.appointments a
    set has_seats = true, seats_listed_at = n.listed_at, customer_id = n.customer_id, status = n.status,
        ended_by_seats = n.ended_by_seats, rescheduled_to_uid = n.moved_to, updated_at = now()
    from next n
    where a.id = n.id
      and (a.has_seats is not true or a.status <> n.status
           or (a.seats_listed_at, a.customer_id, a.ended_by_seats, a.rescheduled_to_uid)
              is distinct from (n.listed_at, n.customer_id, n.ended_by_seats, n.moved_to))
    returning a.company_id, a.calcom_booking_uid
)sql"};

// What an older event lists says nothing beside a newer list.
constexpr Statement kWriteHosts{"host_mapper.write_hosts", R"sql(
    with told as (
        select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[])
               as t (company_id, uid, host, staff_id, assignment, as_of)
    ), written as (
        insert into platform.appointment_hosts as held
            (company_id, calcom_booking_uid, calcom_host_id, staff_id, assignment, as_of)
        select t.* from told t
        where not exists (select from platform.appointment_hosts h
                          where h.company_id = t.company_id and h.calcom_booking_uid = t.uid and h.as_of > t.as_of)
        on conflict (company_id, calcom_booking_uid, calcom_host_id) do update
        set staff_id = coalesce(held.staff_id, excluded.staff_id),
            assignment = case when held.staff_id is null then excluded.assignment else held.assignment end,
            as_of = excluded.as_of, updated_at = now()
        where excluded.as_of > held.as_of or (held.staff_id is null and excluded.staff_id is not null)
        returning 1
    ), gone as (
        delete from platform.appointment_hosts h using (select distinct company_id, uid, as_of from told) t
        where h.company_id = t.company_id and h.calcom_booking_uid = t.uid and h.as_of < t.as_of
          and not exists (select from told o where o.company_id = h.company_id and o.uid = h.calcom_booking_uid
                            and o.host = h.calcom_host_id)
        returning 1
    )
    select (select count(*) from written) + (select count(*) from gone)
)sql"};

constexpr Statement kMarkSeries{"host_mapper.mark_series", R"sql(
    update platform.appointments a
    set recurs = true, series_uid = coalesce(a.series_uid, t.series_uid),
        series_ended_at = case when t.ends then greatest(a.series_ended_at, t.as_of) else a.series_ended_at end
    from unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[])
         as t (company_id, uid, series_uid, ends, as_of)
    where a.company_id = t.company_id and a.calcom_booking_uid = t.uid
      and (a.recurs is not true or (a.series_uid is null and t.series_uid is not null)
           or (t.ends and (a.series_ended_at is null or a.series_ended_at < t.as_of)))
)sql"};

// Webhooks do not say which series: then it is the customer's bookings of the same event type and
// host that are whole periods apart (an hour is what clocks are changed by).
constexpr Statement kEndSeries{"host_mapper.end_series", R"sql(
    with told as (
        select t.ends, t.as_of, t.period, a.id, a.company_id, a.status, a.starts_at, a.source_updated_at, a.series_uid,
               a.customer_id, a.calcom_event_type_id, a.calcom_host_id
        from unnest($1::bigint[], $2::text[], $3::boolean[], $4::timestamptz[], $5::bigint[])
             as t (company_id, uid, ends, as_of, period)
        join platform.appointments a on a.company_id = t.company_id and a.calcom_booking_uid = t.uid
        where a.starts_at is not null
    ), kin as (
        select t.id as told_id, k.*
        from told t cross join lateral (
            select c.id, c.status, c.starts_at, c.series_ended_at
            from platform.appointments c
            where c.company_id = t.company_id and c.series_uid = t.series_uid and c.id <> t.id
            union
            select c.id, c.status, c.starts_at, c.series_ended_at
            from platform.appointments c
            where c.company_id = t.company_id and c.customer_id = t.customer_id and c.id <> t.id and c.recurs
              and (c.series_uid is null or t.series_uid is null)
              and c.calcom_event_type_id = t.calcom_event_type_id
              and c.calcom_host_id is not distinct from t.calcom_host_id
              and (abs(extract(epoch from c.starts_at - t.starts_at))::bigint + 3600) % t.period <= 7200
        ) k
    ), doomed as (
        select k.id from told t join kin k on k.told_id = t.id
        where t.ends and k.status in ('pending', 'accepted')
          and (k.starts_at >= t.starts_at
               or (k.starts_at > t.as_of
                   and not exists (select from kin l where l.told_id = t.id and l.starts_at > t.starts_at)))
        union
        select t.id from told t join kin k on k.told_id = t.id
        where t.status in ('pending', 'accepted') and k.series_ended_at >= t.source_updated_at
          and k.starts_at <= t.starts_at
    ), locked as (
        select a.id from doomed d join platform.appointments a on a.id = d.id
        order by a.company_id, a.calcom_booking_uid
        for update of a
    )
    update platform.appointments a
    set status = 'cancelled', updated_at = now()
    from locked l
    where a.id = l.id and a.status in ('pending', 'accepted')
)sql"};

// The booking's own host is meant unless something that is known of it says otherwise.
constexpr Statement kFindHostIds{"host_mapper.find_host_ids", R"sql(
    select w.position, coalesce(e.calcom_host_id, u.calcom_host_id, o.calcom_host_id)
    from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) with ordinality
         as w (company_id, uid, email, username, position)
    left join lateral (
        select m.calcom_host_id from platform.calcom_host_mappings m
        where m.company_id = w.company_id and lower(m.host_email collate "C") = w.email
          and m.state <> 'inactive' and m.host_email is not null and m.calcom_host_id ~ '^[0-9]+$'
        order by m.state = 'active' desc, m.decided_at desc limit 1
    ) e on true
    left join lateral (
        select m.calcom_host_id from platform.calcom_host_mappings m
        where m.company_id = w.company_id and lower(m.host_username collate "C") = w.username
          and m.state <> 'inactive' and m.host_username is not null and m.calcom_host_id ~ '^[0-9]+$'
        order by m.state = 'active' desc, m.decided_at desc limit 1
    ) u on true
    left join lateral (
        select a.calcom_host_id from platform.appointments a
        left join platform.calcom_host_mappings m
          on m.company_id = a.company_id and m.calcom_host_id = a.calcom_host_id and m.state <> 'inactive'
        where a.company_id = w.company_id and a.calcom_booking_uid = w.uid and a.calcom_host_id ~ '^[0-9]+$'
          and coalesce(lower(m.host_email collate "C") = w.email, true)
          and coalesce(lower(m.host_username collate "C") = w.username, true)
        limit 1
    ) o on true
)sql"};

constexpr Statement kFindZones{"host_mapper.find_zones", R"sql(
    select w.position, c.time_zone
    from unnest($1::bigint[]) with ordinality as w (company_id, position)
    join platform.companies c on c.id = w.company_id
)sql"};

constexpr std::array kCatalogue{
    kWriteSeats, kSettleSeats, kWriteHosts, kMarkSeries, kEndSeries, kFindHostIds, kFindZones};

struct BookingColumns {
    Array companies, uids;
    void add(const BookingKey& booking) {
        companies.add(booking.company.value);
        uids.add(booking.uid);
    }
};

using Touched = std::vector<std::pair<std::int64_t, std::string>>;

void note(const Rows& rows, Touched& touched) {
    for (const Row row : rows)
        touched.emplace_back(row.int64(0), std::string(row.text(1)));
}

} // namespace

postgres::Catalogue people_catalogue() {
    return kCatalogue;
}

Touched write_seats(
    postgres::Transaction& transaction,
    std::span<const SeatWrite> seats,
    std::span<const SeatedBooking> bookings
) {
    Touched touched;
    if (!seats.empty()) {
        BookingColumns keys;
        Array customers, uids, states, moved, as_of;
        for (const SeatWrite& seat : seats) {
            keys.add(seat.booking);
            customers.add(seat.customer);
            add_text_or_null(uids, seat.seat_uid);
            states.add(seat.state);
            add_text_or_null(moved, seat.moved_to);
            as_of.add(seat.as_of);
        }
        note(
            transaction.exec(
                kWriteSeats,
                params(keys.companies, keys.uids, customers, uids, states, moved, as_of)
            ),
            touched
        );
    }
    if (!bookings.empty()) {
        BookingColumns keys;
        Array listed, ended;
        for (const SeatedBooking& booking : bookings) {
            keys.add(booking.booking);
            listed.add(booking.listed_at);
            ended.add(booking.ended);
        }
        note(
            transaction.exec(kSettleSeats, params(keys.companies, keys.uids, listed, ended)),
            touched
        );
    }
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    return touched;
}

bool write_hosts(postgres::Transaction& transaction, std::span<const HostWrite> hosts) {
    if (hosts.empty()) return false;
    BookingColumns keys;
    Array names, staff, assignments, as_of;
    for (const HostWrite& host : hosts) {
        keys.add(host.booking);
        names.add(host.host);
        if (host.assignment.staff)
            staff.add(host.assignment.staff->value);
        else
            staff.add_null();
        assignments.add(host.assignment.how);
        as_of.add(host.as_of);
    }
    const Rows rows = transaction.exec(
        kWriteHosts, params(keys.companies, keys.uids, names, staff, assignments, as_of)
    );
    return rows[0].int64(0) > 0;
}

bool write_series(postgres::Transaction& transaction, std::span<const SeriesWrite> series) {
    if (series.empty()) return false;
    BookingColumns keys;
    Array names, ends, as_of, periods;
    for (const SeriesWrite& one : series) {
        keys.add(one.booking);
        add_text_or_null(names, one.series);
        ends.add(one.ends);
        as_of.add(one.as_of);
        periods.add(std::int64_t{one.period.count()});
    }
    transaction.exec(kMarkSeries, params(keys.companies, keys.uids, names, ends, as_of));
    return transaction.exec(kEndSeries, params(keys.companies, keys.uids, ends, as_of, periods))
               .affected() > 0;
}

std::vector<std::string>
find_zones(postgres::Transaction& transaction, std::span<const CompanyId> companies) {
    std::vector<std::string> zones(companies.size());
    if (companies.empty()) return zones;
    Array ids;
    for (const CompanyId company : companies)
        ids.add(company.value);
    const Rows rows = transaction.exec(kFindZones, params(ids));
    for (const Row row : rows)
        zones.at(static_cast<std::size_t>(row.int64(0) - 1)) = std::string(row.text(1));
    return zones;
}

std::vector<std::string>
find_host_ids(postgres::Transaction& transaction, std::span<const NamelessHost> hosts) {
    std::vector<std::string> ids(hosts.size());
    if (hosts.empty()) return ids;
    BookingColumns keys;
    Array emails, usernames;
    for (const NamelessHost& host : hosts) {
        keys.add(host.booking);
        add_text_or_null(emails, host.email);
        add_text_or_null(usernames, host.username);
    }
    const Rows rows =
        transaction.exec(kFindHostIds, params(keys.companies, keys.uids, emails, usernames));
    for (const Row row : rows)
        if (!row.is_null(1))
            ids.at(static_cast<std::size_t>(row.int64(0) - 1)) = std::string(row.text(1));
    return ids;
}

} // namespace calfleet::host_mapper
