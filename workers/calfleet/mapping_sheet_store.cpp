#include "workers/calfleet/mapping_sheet_store.h"

#include "common/postgres/columns.h"

#include <array>
#include <unordered_map>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kPage{"calfleet.page_of_mappings", R"sql(
    select m.id
    from platform.calcom_host_mappings m
    where (m.company_id, m.id) > ($1::bigint, $2::bigint) and ($3::bigint is null or m.company_id = $3)
      and (m.state = $4 or ($4::text is null and m.state <> 'inactive'))
    order by m.company_id, m.id
    limit $5::bigint
)sql"};

constexpr std::array kCatalogue{kPage};

/// Appointments that a decision would touch; held: those of its mapping.
std::int64_t touched(
    const SeenDecision& decision,
    const MappingFacts& facts,
    const std::vector<HeldAppointments>& held
) {
    if (decision.staff) return touched_by(held, decision.mapping, *decision.staff);
    std::int64_t taken_off = 0;
    for (const HeldAppointments& each : held)
        if (facts.state == "active" && each.staff && each.staff->value == facts.staff)
            taken_off += each.appointments;
    return taken_off;
}

} // namespace

postgres::Catalogue mapping_sheet_catalogue() {
    return kCatalogue;
}

std::vector<MappingDescription>
next_page(postgres::Transaction& transaction, const SheetFilter& filter, const SheetPlace& behind) {
    std::vector<MappingId> ids;
    for (const Row row : transaction.exec(
             kPage,
             params(
                 behind.company.value,
                 behind.mapping.value,
                 filter.company,
                 filter.state,
                 kSheetPage
             )
         ))
        ids.push_back(MappingId{row.int64(0)});
    return describe_mappings(transaction, ids);
}

std::vector<LineCheck>
check_lines(postgres::Transaction& transaction, std::span<const SheetLine> lines) {
    std::vector<SeenDecision> decisions;
    std::vector<MappingId> mappings;
    for (const SheetLine& line : lines) {
        decisions.push_back(line.decision);
        mappings.push_back(line.decision.mapping);
    }
    const auto facts = look_at_mappings(transaction, decisions);
    std::unordered_map<std::int64_t, std::vector<HeldAppointments>> held;
    for (const HeldAppointments& each : held_appointments(transaction, mappings))
        held[each.mapping.value].push_back(each);
    std::vector<LineCheck> checks;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        LineCheck& check = checks.emplace_back();
        check.verdict = judge(lines[i], facts[i]);
        if (check.verdict.kind == Verdict::Kind::Do)
            check.appointments =
                touched(decisions[i], *facts[i], held[lines[i].decision.mapping.value]);
    }
    return checks;
}

} // namespace calfleet::cli
