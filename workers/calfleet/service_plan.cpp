#include "workers/calfleet/service_plan.h"

#include "common/core/text.h"
#include "common/events/booking_fields.h"
#include "common/events/duration_options.h"
#include "common/events/locations.h"
#include "common/service_fields/consequences.h"
#include "common/service_fields/snapshot.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Row;
using postgres::Statement;
using service_fields::Field;

constexpr Statement kFacts{"calfleet.push_facts", R"sql(
    select s.id, s.company_id, s.name, s.calcom_event_type_id is null, c.is_active, m.snapshot::text, m.seen_at,
           coalesce(m.scheduling_type = 'managed', false), coalesce(jsonb_array_length(m.hosts), 0), s.is_active
    from platform.services s
    join platform.companies c on c.id = s.company_id
    left join platform.team_event_type_mappings m
           on m.company_id = s.company_id and m.calcom_event_type_id = s.calcom_event_type_id and m.state = 'active'
    where ($1::bigint is null or s.company_id = $1) and ($2::bigint[] is null or s.id = any($2))
    order by s.company_id, s.id
)sql"};

// NULL in a column: the platform has no opinion, and nothing is sent.
constexpr Statement kDiffering{"calfleet.differing_fields", R"sql(
    select f.key, (to_jsonb(s) -> f.key)::text, f.value::text, to_jsonb(s) -> f.key not in ('null', f.value)
    from platform.services s cross join jsonb_each($2::jsonb) f
    where s.id = $1
    order by f.key
)sql"};

constexpr std::array kCatalogue{kFacts, kDiffering};

std::string refusal_of(const Row& row) {
    if (!row.boolean(4)) return "the company is switched off";
    if (row.boolean(3)) return "it has no event type";
    if (row.is_null(5))
        return "no sync has read its event type yet: run calfleet sync team --company " +
               std::to_string(row.int64(1));
    return {};
}

/// Lists that mean the same, however they are written.
bool says_the_same(Field field, const FieldChange& change) {
    if (field == Field::Locations)
        return events::locations_of(change.platform) == events::locations_of(change.calcom);
    if (field == Field::BookingFields)
        return events::booking_fields_of(change.platform) ==
               events::booking_fields_of(change.calcom);
    if (field == Field::DurationOptions)
        return events::duration_options_of(change.platform) ==
               events::duration_options_of(change.calcom);
    return false;
}

class Planning {
public:
    explicit Planning(const Row& row)
        : deactivated_(!row.boolean(9)) {
        plan_.service = ServiceId{row.int64(0)};
        plan_.company = CompanyId{row.int64(1)};
        plan_.name = row.text(2);
        plan_.snapshot_at = row.optional_instant(6);
        plan_.refusal = refusal_of(row);
        push_.managed = row.boolean(7);
        push_.hosts = static_cast<std::size_t>(row.int64(8));
        if (!row.is_null(5)) snapshot_ = row.text(5);
    }

    PushPlan plan(postgres::Transaction& transaction) {
        if (!plan_.refusal.empty()) return std::move(plan_);
        const auto columns = service_fields::columns_of_snapshot(snapshot_);
        if (!columns) {
            plan_.refusal = "its snapshot cannot be read: " + columns.error().message;
            return std::move(plan_);
        }
        const auto rows = transaction.exec(kDiffering, params(plan_.service.value, *columns));
        for (const Row row : rows)
            add(row);
        push_.deactivates = deactivated_;
        plan_.goes_along = service_fields::consequences(push_);
        return std::move(plan_);
    }

private:
    void add(const Row& row) {
        const auto field = service_fields::field_of(row.text(0));
        if (!field || service_fields::rule_of(*field).owner != service_fields::Owner::Platform)
            return;
        FieldChange change{
            std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))};
        const std::string& then = change.platform == "null" ? change.calcom : change.platform;
        if (*field == Field::Duration) push_.length = parse_int64(then).value_or(0);
        if (*field == Field::DurationOptions)
            push_.options = events::duration_options_of(then).minutes;
        if (!row.boolean(3) || says_the_same(*field, change)) return;
        push_.fields.push_back(*field);
        plan_.changes.push_back(std::move(change));
    }

    PushPlan plan_;
    service_fields::PlannedPush push_;
    std::string snapshot_;
    bool deactivated_;
};

} // namespace

postgres::Catalogue service_plan_catalogue() {
    return kCatalogue;
}

std::vector<PushPlan> plan_pushes(postgres::Transaction& transaction, const ServiceChoice& choice) {
    require_chosen(transaction, choice);
    std::vector<Planning> chosen;
    const auto rows = transaction.exec(kFacts, choice_params(choice));
    for (const Row row : rows)
        chosen.emplace_back(row);
    std::vector<PushPlan> plans;
    for (Planning& planning : chosen)
        plans.push_back(planning.plan(transaction));
    return plans;
}

} // namespace calfleet::cli
