#include "workers/host-mapper/handler.h"

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
    people.host = {
        .company = company,
        .key = sighting.own.host,
        .id = booking.host.id,
        .name = booking.host.name,
        .email = booking.host.email,
        .username = booking.host.username,
        .branch = booking.branch,
        .as_of = booking.as_of,
        .event_id = envelope_id};
    if (booking.customer)
        people.customer = {
            .company = company,
            .key = sighting.own.customer,
            .name = booking.customer->name,
            .email = booking.customer->email,
            .phone = booking.customer->phone,
            .time_zone = booking.customer->time_zone,
            .as_of = booking.as_of};
    return arena_.keep("booking:" + std::string(booking.uid));
}

void BookingBatch::apply(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<intake::Verdict> verdicts,
    Instant now
) {
    const std::vector<EventSightings> sightings = sound_sightings(transaction, chosen, now);
    const Fold folded = fold(sightings);

    Hosts hosts = find_hosts(chosen, folded);
    hosts.settled = desk_.resolve(transaction, hosts.sightings);
    std::vector<AppointmentWrite> writes;
    writes.reserve(folded.bookings.size());
    for (const Sighting& booking : folded.bookings)
        writes.push_back({.booking = &booking});
    assign(hosts, writes);
    refer_to_customers(transaction, chosen, writes);
    refer_to_services(transaction, writes);
    const std::vector<Written> written = write_appointments(transaction, writes);

    assign_waiting_of(transaction, hosts);

    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (had_effect(folded, folded.traces[i], written)) {
            verdicts[i] = intake::Applied{};
        } else {
            verdicts[i] = intake::Superseded{};
            metrics_.superseded.add();
        }
    }
    for (std::size_t i = 0; i < writes.size(); ++i)
        if (written[i]) metrics_.assignment(writes[i].assignment.how).add();
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

BookingBatch::Hosts
BookingBatch::find_hosts(std::span<const std::uint32_t> chosen, const Fold& fold) const {
    Hosts hosts;
    hosts.sightings.reserve(chosen.size());
    for (const std::uint32_t number : chosen)
        if (!people_[number].host.key.empty()) hosts.sightings.push_back(people_[number].host);
    auto& all = hosts.sightings;
    const auto older = [](const HostSighting& left, const HostSighting& right) {
        return host_order(left) < host_order(right);
    };
    std::stable_sort(all.begin(), all.end(), older);
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
        const auto found = std::lower_bound(
            all.begin(),
            all.end(),
            std::tuple(booking.company, booking.host),
            [](const HostSighting& host, const auto& wanted) {
                return std::tuple(host.company, host.key) < wanted;
            }
        );
        hosts.of_booking[i] = static_cast<std::uint32_t>(found - all.begin());
        found->wants_staff |= booking.wants_staff;
    }
    return hosts;
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
    for (std::size_t i = 0; i < hosts.settled.size(); ++i) {
        const MappingDesk::Settled& settled = hosts.settled[i];
        if (settled.decided_now && settled.row->state == MappingState::Active)
            newly_linked.push_back({hosts.sightings[i].company, hosts.sightings[i].key});
    }
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

void BookingBatch::refer_to_customers(
    postgres::Transaction& transaction,
    std::span<const std::uint32_t> chosen,
    std::span<AppointmentWrite> writes
) const {
    std::vector<CustomerSighting> all;
    all.reserve(chosen.size());
    for (const std::uint32_t number : chosen)
        if (!people_[number].customer.key.empty()) all.push_back(people_[number].customer);
    const auto before = [](const CustomerSighting& left, const CustomerSighting& right) {
        return std::tuple(left.company, left.key) < std::tuple(right.company, right.key);
    };
    std::stable_sort(all.begin(), all.end(), before);
    std::vector<CustomerSighting> customers;
    customers.reserve(all.size());
    for (const CustomerSighting& seen : all) {
        if (customers.empty() || before(customers.back(), seen))
            customers.push_back(seen);
        else
            merge(customers.back(), seen);
    }
    const std::vector<std::int64_t> ids = keep_customers(transaction, customers);
    for (AppointmentWrite& write : writes) {
        if (write.booking->customer.empty()) continue;
        const CustomerSighting wanted{
            .company = write.booking->company, .key = write.booking->customer};
        const auto found = std::lower_bound(customers.begin(), customers.end(), wanted, before);
        // 0: an erasure keeps this sighting of the customer out.
        const std::int64_t id = ids[static_cast<std::size_t>(found - customers.begin())];
        if (id != 0) write.customer = id;
    }
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
