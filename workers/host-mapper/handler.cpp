#include "workers/host-mapper/handler.h"

#include "workers/host-mapper/reassignment_store.h"

#include "common/job/kinds.h"
#include "common/jobs/job_store.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace calfleet::host_mapper {
namespace {

auto host_order(const HostSighting& host) {
    return std::tuple(host.company, host.key, host.as_of);
}

bool same_host(const HostSighting& left, const HostSighting& right) {
    return left.company == right.company && left.key == right.key;
}

std::vector<NumberOfCompany> distinct(std::vector<NumberOfCompany> numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

std::size_t index_in(std::span<const NumberOfCompany> sorted, const NumberOfCompany& number) {
    return static_cast<std::size_t>(
        std::lower_bound(sorted.begin(), sorted.end(), number) - sorted.begin()
    );
}

bool customer_order(const CustomerSighting& left, const CustomerSighting& right) {
    return std::tuple(left.company, left.key) < std::tuple(right.company, right.key);
}

} // namespace

void BookingBatch::clear() {
    arena_.clear();
    sightings_.clear();
    people_.clear();
}

Result<std::string_view> BookingBatch::add(const intake::Event& event) {
    const Result<events::BookingEvent> booking = decoder_.decode(event.envelope, arena_);
    if (!booking) return booking.error();
    return add_booking(
        event.envelope.company,
        *booking,
        event.envelope.id,
        {.written = event.record.timestamp, .happened = event.envelope.time}
    );
}

std::string_view BookingBatch::add_booking(
    CompanyId company,
    const events::BookingEvent& booking,
    std::string_view envelope_id,
    const Arrival& arrival
) {
    const EventSightings& sighting =
        sightings_.emplace_back(sightings_of(company, booking, arena_));
    People& people = people_.emplace_back();
    people.arrival = arrival;
    const auto host_sighting = [&](const events::BookingHost& host, std::string_view key) {
        return HostSighting{
            .company = company,
            .key = key,
            .id = host.id,
            .name = host.name,
            .email = host.email,
            .username = host.username,
            .time_zone = host.time_zone,
            .branch = booking.branch,
            .event_type = booking.event_type_id,
            .as_of = booking.as_of,
            .event_id = envelope_id};
    };
    people.host = host_sighting(booking.host, sighting.own.host);
    people.other_hosts.reserve(booking.other_hosts.size());
    for (const events::BookingHost& host : booking.other_hosts)
        if (const std::string_view key = host_key(host, arena_); !key.empty())
            people.other_hosts.push_back(host_sighting(host, key));
    if (booking.customer)
        people.customer =
            customer_sighting(company, *booking.customer, sighting.own.customer, booking.as_of);
    if (booking.seats) keep_seats(people, company, booking);
    people.recurs = booking.is_recurring;
    people.series = booking.series;
    people.recurs_every = booking.recurs_every;
    people.ends_series = ends_series(booking);
    return arena_.keep("booking:" + std::string(booking.uid));
}

void BookingBatch::apply(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<intake::Verdict> verdicts,
    Instant now
) {
    std::vector<EventSightings> sightings = sound_sightings(transaction, chosen, now);
    identify_hosts(transaction, chosen, sightings);
    identify_customers(transaction, chosen, sightings);
    const Fold folded = fold(sightings);

    Hosts hosts = find_hosts(chosen, sightings, folded);
    hosts.settled = desk_.resolve(transaction, hosts.sightings);
    std::vector<AppointmentWrite> writes;
    writes.reserve(folded.bookings.size());
    for (const Sighting& booking : folded.bookings)
        writes.push_back({.booking = &booking});
    assign(hosts, writes);
    const Customers customers = find_customers(transaction, chosen);
    refer_to_customers(customers, writes);
    refer_to_services(transaction, writes);
    const std::vector<Written> written = write_appointments(transaction, writes);
    keep_reassignments(transaction, writes);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (had_effect(folded, folded.traces[i], written))
            verdicts[i] = intake::Applied{};
        else
            verdicts[i] = intake::Superseded{};
    }
    write_all_seats(transaction, chosen, sightings, customers, verdicts);
    write_all_hosts(transaction, chosen, sightings, hosts);
    write_all_series(transaction, chosen, sightings);
    assign_waiting_of(transaction, hosts);

    for (const intake::Verdict& verdict : verdicts)
        if (std::holds_alternative<intake::Superseded>(verdict)) metrics_.superseded.add();
    for (std::size_t i = 0; i < writes.size(); ++i) {
        if (!written[i]) continue;
        metrics_.assignment(writes[i].assignment.found_by).add();
        log_.booking(*writes[i].booking, writes[i].assignment);
    }
}

std::vector<EventSightings> BookingBatch::sound_sightings(
    postgres::Transaction& transaction, std::span<const std::uint32_t> chosen, Instant now
) {
    std::vector<EventSightings> sightings = bounded_sightings(chosen, now);
    drop_foreign_branches(transaction, chosen, sightings);
    return sightings;
}

std::vector<EventSightings>
BookingBatch::bounded_sightings(std::span<const std::uint32_t> chosen, Instant now) {
    std::vector<EventSightings> sightings;
    sightings.reserve(chosen.size());
    for (const std::uint32_t number : chosen) {
        Sighting& own = sightings.emplace_back(sightings_[number]).own;
        People& people = people_[number];
        const Instant latest = latest_tellable(people.arrival, now);
        bound_claim(own, latest);
        if (own.bounded_at) metrics_.future_claims.add();
        people.host.as_of = std::min(people.host.as_of, latest);
        people.customer.as_of = std::min(people.customer.as_of, latest);
        for (HostSighting& host : people.other_hosts)
            host.as_of = std::min(host.as_of, latest);
        for (Seat& seat : people.seats)
            seat.person.as_of = std::min(seat.person.as_of, latest);
    }
    return sightings;
}

/// A wrong branch is upstream's addition gone wrong; to lose the booking for it would be the
/// greater harm, and the branch only ranks candidates.
void BookingBatch::drop_foreign_branches(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<EventSightings> sightings
) {
    std::vector<NumberOfCompany> branches;
    for (const EventSightings& event : sightings)
        if (event.own.branch) branches.push_back({event.own.company, event.own.branch->value});
    if (branches.empty()) return;
    branches = distinct(std::move(branches));
    const std::vector<bool> known = find_branches(transaction, branches);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        Sighting& own = sightings[i].own;
        if (!own.branch || known[index_in(branches, {own.company, own.branch->value})]) continue;
        own.branch.reset();
        people_[chosen[i]].host.branch.reset();
        metrics_.ignored_branches.add();
    }
}

BookingBatch::Hosts BookingBatch::find_hosts(
    std::span<const std::uint32_t> chosen,
    std::span<const EventSightings> sightings,
    const Fold& fold
) const {
    Hosts hosts;
    hosts.sightings.reserve(chosen.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const People& people = people_[chosen[i]];
        if (!people.host.key.empty()) hosts.sightings.push_back(people.host);
        for (HostSighting host : people.other_hosts) {
            host.wants_staff = sightings[i].own.wants_staff;
            hosts.sightings.push_back(host);
        }
    }
    auto& all = hosts.sightings;
    const auto older = [](const HostSighting& left, const HostSighting& right) {
        return host_order(left) < host_order(right);
    };
    std::stable_sort(all.begin(), all.end(), older);
    for (std::size_t i = 1; i < all.size(); ++i)
        if (same_host(all[i - 1], all[i])) all[i].wants_staff |= all[i - 1].wants_staff;
    // Of each host the last, which is the newest, and of the newest the one that came last.
    const auto kept = std::unique(all.rbegin(), all.rend(), same_host).base();
    all.erase(all.begin(), kept);

    hosts.of_booking.assign(fold.bookings.size(), Fold::kNone);
    for (std::size_t i = 0; i < fold.bookings.size(); ++i) {
        const Sighting& booking = fold.bookings[i];
        if (booking.host.empty()) {
            if (booking.wants_staff) metrics_.nameless_hosts.add();
            continue;
        }
        hosts.of_booking[i] = hosts.index_of(booking.company, booking.host);
        all[hosts.of_booking[i]].wants_staff |= booking.wants_staff;
    }
    return hosts;
}

std::uint32_t BookingBatch::Hosts::index_of(CompanyId company, std::string_view key) const {
    const auto found = std::lower_bound(
        sightings.begin(),
        sightings.end(),
        std::tuple(company, key),
        [](const HostSighting& host, const auto& wanted) {
            return std::tuple(host.company, host.key) < wanted;
        }
    );
    return static_cast<std::uint32_t>(found - sightings.begin());
}

void BookingBatch::assign(const Hosts& hosts, std::span<AppointmentWrite> writes) const {
    static const std::optional<MappingRow> kNobody;
    for (std::size_t i = 0; i < writes.size(); ++i) {
        const std::uint32_t host = hosts.of_booking[i];
        const bool wants_staff = writes[i].booking->wants_staff;
        if (host == Fold::kNone) {
            writes[i].assignment = assignment(kNobody, false, wants_staff);
        } else {
            const MappingDesk::Settled& settled = hosts.settled[host];
            writes[i].assignment = assignment(settled.row, settled.decided_now, wants_staff);
        }
    }
}

void BookingBatch::assign_waiting_of(postgres::Transaction& transaction, const Hosts& hosts) {
    std::vector<HostKey> newly_linked;
    std::vector<RenamedHost> renamed;
    for (std::size_t i = 0; i < hosts.settled.size(); ++i) {
        const MappingDesk::Settled& settled = hosts.settled[i];
        if (!settled.former_key.empty())
            renamed.push_back(
                {{hosts.sightings[i].company, hosts.sightings[i].key}, settled.former_key}
            );
        if (settled.decided_now && settled.row->state == MappingState::Active)
            newly_linked.push_back({hosts.sightings[i].company, hosts.sightings[i].key});
    }
    rename_waiting(transaction, renamed);
    if (!assign_waiting(transaction, newly_linked).more) return;
    std::vector<std::string> entities;
    std::vector<jobs::NewJob> wanted;
    entities.reserve(newly_linked.size());
    for (const HostKey& host : newly_linked) {
        entities.push_back(job::entity_of(job::kRematchHost, host.key));
        wanted.push_back(
            {.kind = job::kRematchHost.name,
             .company = host.company,
             .entity = entities.back(),
             .lane = jobs::Lane::Bulk}
        );
    }
    jobs::use_indexes(transaction);
    jobs::enqueue_jobs(transaction, job::kRematchHost.worker, wanted);
}

BookingBatch::Customers BookingBatch::find_customers(
    postgres::Transaction& transaction, std::span<const std::uint32_t> chosen
) const {
    std::vector<CustomerSighting> all;
    all.reserve(chosen.size());
    for (const std::uint32_t number : chosen) {
        const People& people = people_[number];
        if (!people.customer.key.empty()) all.push_back(people.customer);
        for (const Seat& seat : people.seats)
            if (!seat.person.key.empty()) all.push_back(seat.person);
    }
    std::stable_sort(all.begin(), all.end(), customer_order);
    Customers customers;
    customers.sightings.reserve(all.size());
    for (const CustomerSighting& seen : all) {
        if (customers.sightings.empty() || customer_order(customers.sightings.back(), seen))
            customers.sightings.push_back(seen);
        else
            merge(customers.sightings.back(), seen);
    }
    customers.ids = keep_customers(transaction, customers.sightings);
    return customers;
}

std::optional<std::int64_t>
BookingBatch::Customers::find(CompanyId company, std::string_view key) const {
    const CustomerSighting wanted{.company = company, .key = key};
    const auto found = std::lower_bound(sightings.begin(), sightings.end(), wanted, customer_order);
    const std::int64_t id = ids[static_cast<std::size_t>(found - sightings.begin())];
    return id == 0 ? std::nullopt : std::optional(id);
}

void BookingBatch::refer_to_customers(
    const Customers& customers, std::span<AppointmentWrite> writes
) {
    for (AppointmentWrite& write : writes)
        if (!write.booking->customer.empty())
            write.customer = customers.find(write.booking->company, write.booking->customer);
}

void BookingBatch::refer_to_services(
    postgres::Transaction& transaction, std::span<AppointmentWrite> writes
) {
    std::vector<NumberOfCompany> event_types;
    event_types.reserve(writes.size());
    for (const AppointmentWrite& write : writes)
        if (write.booking->event_type_id)
            event_types.push_back({write.booking->company, *write.booking->event_type_id});
    event_types = distinct(std::move(event_types));
    const auto services = find_services(transaction, event_types);
    for (AppointmentWrite& write : writes)
        if (write.booking->event_type_id)
            write.service = services[index_in(
                event_types, {write.booking->company, *write.booking->event_type_id}
            )];
}

} // namespace calfleet::host_mapper
