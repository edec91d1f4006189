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
    select w.position, c.is_active as company_active, c.divergence_policy = 'keep' as keeps, s.id, s.version, s.name, s.description, s.duration_minutes,
           s.is_active, s.minimum_booking_notice_minutes, s.buffer_before_minutes, s.buffer_after_minutes,
           s.calcom_schedule_id, s.requires_confirmation, s.disable_guests, s.price_cents, coalesce(s.currency, '') as currency,
           s.calcom_event_type_id, s.calcom_team_id, s.pushed, s.slug, s.locations, s.booking_fields, s.metadata,
           s.duration_options, o.slug as organization_slug
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

std::optional<bool> optional_boolean(const Row& row, const char* column) {
    if (row.is_null(column)) return std::nullopt;
    return row.boolean(column);
}

std::optional<Pushed> optional_pushed(const Row& row, const char* column) {
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
    service.id = ServiceId{row.int64("id")};
    service.version = row.int64("version");
    service.wanted = {
        .title = clean_line(row.text("name")),
        .description = clean_description(row.optional_text("description")),
        .length_minutes = row.optional_int64("duration_minutes"),
        .active = row.boolean("is_active"),
        .minimum_notice_minutes = row.optional_int64("minimum_booking_notice_minutes"),
        .buffer_before_minutes = row.optional_int64("buffer_before_minutes"),
        .buffer_after_minutes = row.optional_int64("buffer_after_minutes"),
        .schedule = row.optional_int64("calcom_schedule_id"),
        .requires_confirmation = optional_boolean(row, "requires_confirmation"),
        .guests_disabled = optional_boolean(row, "disable_guests")};
    if (const auto amount = row.optional_int64("price_cents"))
        service.price = Price{*amount, std::string(row.text("currency"))};
    if (const auto id = row.optional_int64("calcom_event_type_id"))
        service.event_type = calcom::EventTypeId{*id};
    if (const auto team = row.optional_int64("calcom_team_id"))
        service.team = calcom::TeamId{*team};
    service.pushed = optional_pushed(row, "pushed");
    service.wanted.slug = row.optional_text("slug");
    if (!row.is_null("locations"))
        service.wanted.locations = events::locations_of(row.text("locations"));
    if (!row.is_null("booking_fields"))
        service.wanted.booking_fields = events::booking_fields_of(row.text("booking_fields"));
    if (!row.is_null("duration_options"))
        service.wanted.length_options = events::duration_options_of(row.text("duration_options"));
    if (!row.is_null("metadata")) service.metadata = comparable_json(row.text("metadata"));
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
        Facts& facts = all[static_cast<std::size_t>(row.int64("position") - 1)];
        facts.company_active = row.boolean("company_active");
        if (row.boolean("keeps")) facts.foreign_edits = ForeignEdits::Kept;
        if (!row.is_null("id")) facts.service = read_service(row);
        if (!row.is_null("organization_slug"))
            facts.organization_slug = row.text("organization_slug");
    }
    return all;
}

} // namespace calfleet::service_pusher
