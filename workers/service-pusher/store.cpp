#include "workers/service-pusher/store.h"

#include "common/core/clean_text.h"
#include "common/json/parser.h"

#include <array>
#include <string>

namespace calfleet::service_pusher {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kFindServices{"service_pusher.find_services", R"sql(
    select w.position, s.calcom_event_type_id is not null, coalesce(s.pushed_version, 0)
    from unnest($1::bigint[], $2::bigint[]) with ordinality as w (company_id, service_id, position)
    cross join lateral (
        select calcom_event_type_id, pushed_version from platform.services
        where company_id = w.company_id and id = w.service_id limit 1
    ) s
)sql"};

constexpr Statement kFacts{"service_pusher.facts", R"sql(
    select w.position, c.is_active, c.divergence_policy = 'keep', s.id, s.version, s.name, s.description, s.duration_minutes,
           s.is_active, s.minimum_booking_notice_minutes, s.buffer_before_minutes, s.buffer_after_minutes,
           s.calcom_schedule_id, s.requires_confirmation, s.disable_guests, s.price_cents, coalesce(s.currency, ''),
           s.calcom_event_type_id, s.calcom_team_id, s.pushed, s.slug, s.locations, s.booking_fields, s.metadata,
           s.duration_options, o.slug
    from unnest($1::bigint[], $2::bigint[]) with ordinality as w (company_id, service_id, position)
    join platform.companies c on c.id = w.company_id
    left join platform.services s on s.company_id = w.company_id and s.id = w.service_id
    left join lateral (
        select o.slug from platform.calcom_teams t
        join platform.calcom_teams o on o.company_id = t.company_id and o.is_organization
                                     and o.calcom_team_id in (t.parent_team_id, t.calcom_team_id)
        where t.company_id = s.company_id and t.calcom_team_id = s.calcom_team_id
        order by o.calcom_team_id limit 1
    ) o on true
)sql"};

constexpr std::array kCatalogue{kFindServices, kFacts};

std::optional<bool> optional_boolean(const Row& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return row.boolean(column);
}

std::optional<Pushed> optional_pushed(const Row& row, int column) {
    const auto text = row.optional_text(column);
    if (!text) return std::nullopt;
    json::Parser parser;
    const Result<json::Value> value = parser.parse(*text);
    // jsonb is JSON; what is too large for the parser says nothing that we wrote.
    if (!value) return std::nullopt;
    return read_pushed(*value);
}

std::optional<std::string> clean_description(const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    return clean_lines(*text);
}

Service read_service(const Row& row) {
    Service service;
    service.id = ServiceId{row.int64(3)};
    service.version = row.int64(4);
    service.wanted = {
        .title = clean_line(row.text(5)),
        .description = clean_description(row.optional_text(6)),
        .length_minutes = row.optional_int64(7),
        .active = row.boolean(8),
        .minimum_notice_minutes = row.optional_int64(9),
        .buffer_before_minutes = row.optional_int64(10),
        .buffer_after_minutes = row.optional_int64(11),
        .schedule = row.optional_int64(12),
        .requires_confirmation = optional_boolean(row, 13),
        .guests_disabled = optional_boolean(row, 14)};
    if (const auto amount = row.optional_int64(15))
        service.price = Price{*amount, std::string(row.text(16))};
    if (const auto id = row.optional_int64(17)) service.event_type = calcom::EventTypeId{*id};
    if (const auto team = row.optional_int64(18)) service.team = calcom::TeamId{*team};
    service.pushed = optional_pushed(row, 19);
    service.wanted.slug = row.optional_text(20);
    if (!row.is_null(21)) service.wanted.locations = events::locations_of(row.text(21));
    if (!row.is_null(22)) service.wanted.booking_fields = events::booking_fields_of(row.text(22));
    if (!row.is_null(24)) service.wanted.length_options = events::duration_options_of(row.text(24));
    if (!row.is_null(23)) service.metadata = comparable_json(row.text(23));
    return service;
}

struct NameColumns {
    Array companies, services;

    explicit NameColumns(std::span<const ServiceName> names) {
        for (const ServiceName& name : names) {
            companies.add(name.company.value);
            services.add(name.service.value);
        }
    }
};

} // namespace

postgres::Catalogue store_catalogue() {
    return kCatalogue;
}

std::vector<KnownService>
find_services(postgres::Transaction& transaction, std::span<const ServiceName> names) {
    std::vector<KnownService> known(names.size());
    if (names.empty()) return known;
    const NameColumns columns(names);
    for (const Row row :
         transaction.exec(kFindServices, params(columns.companies, columns.services)))
        known[static_cast<std::size_t>(row.int64(0) - 1)] = {
            .exists = true, .has_event_type = row.boolean(1), .pushed_version = row.int64(2)};
    return known;
}

std::vector<Facts>
load_facts(postgres::Transaction& transaction, std::span<const ServiceName> names) {
    std::vector<Facts> all(names.size());
    if (names.empty()) return all;
    const NameColumns columns(names);
    for (const Row row : transaction.exec(kFacts, params(columns.companies, columns.services))) {
        Facts& facts = all[static_cast<std::size_t>(row.int64(0) - 1)];
        facts.company_active = row.boolean(1);
        if (row.boolean(2)) facts.foreign_edits = ForeignEdits::Kept;
        if (!row.is_null(3)) facts.service = read_service(row);
        if (!row.is_null(25)) facts.organization_slug = row.text(25);
    }
    return all;
}

} // namespace calfleet::service_pusher
