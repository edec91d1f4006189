#include "workers/calfleet/mapping_review_store.h"

#include "workers/calfleet/mapping_candidates.h"
#include "workers/calfleet/mapping_description_store.h"

#include "common/core/text.h"
#include "common/postgres/columns.h"

#include <array>
#include <span>

namespace calfleet::cli {
namespace {

using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kQueue{"calfleet.review_queue", R"sql(
    select m.id
    from platform.calcom_host_mappings m
    cross join lateral (
        select count(*) as bookings from platform.appointments a
        where a.company_id = m.company_id and a.calcom_host_id = m.calcom_host_id
          and a.assignment in ('review', 'unmatched') and a.status in ('pending', 'accepted')
          and (a.starts_at is null or a.starts_at > now())
    ) waiting
    where m.state = $2 and m.state in ('review', 'unmatched') and ($1::bigint is null or m.company_id = $1)
    order by waiting.bookings desc, m.company_id, m.id
    limit $3::bigint
)sql"};

constexpr Statement kListStaff{"calfleet.list_staff", R"sql(
    select s.id, s.name, s.email, coalesce(b.name, s.branch_id::text), s.is_active, s.branch_id
    from platform.staff s
    left join platform.branches b on b.company_id = s.company_id and b.id = s.branch_id
    where s.company_id = $1 order by s.id
)sql"};

constexpr Statement kFindStaff{"calfleet.find_staff_by_words", R"sql(
    select s.id, s.name, s.email, coalesce(b.name, s.branch_id::text), s.is_active, s.branch_id
    from platform.staff s
    left join platform.branches b on b.company_id = s.company_id and b.id = s.branch_id
    where s.company_id = $1
      and (s.id = $2::bigint
           or not exists (select 1 from unnest($3::text[]) as w (word)
                          where position(lower(w.word) in lower(s.name || ' ' || coalesce(s.email, ''))) = 0))
    order by s.id = $2::bigint desc nulls last, s.is_active desc, s.name, s.id
    limit $4::bigint
)sql"};

constexpr std::array kCatalogue{kQueue, kListStaff, kFindStaff};

std::vector<StaffEntry> entries_of(const postgres::Rows& rows) {
    std::vector<StaffEntry> entries;
    for (const Row row : rows)
        entries.push_back(
            {.staff = StaffId{row.int64(0)},
             .name = std::string(row.text(1)),
             .email = row.optional_text(2),
             .branch = row.optional_text(3),
             .is_active = row.boolean(4),
             .branch_number = row.optional_int64(5)}
        );
    return entries;
}

/// Whom the host could be, from its names and the company's whole staff.
void add_candidates(
    postgres::Transaction& transaction,
    HostCard& card,
    std::string_view branch,
    const std::optional<std::string>& proposed
) {
    const std::vector<StaffEntry> staff = list_staff(transaction, card.company);
    std::vector<matching::StaffMember> members;
    for (const StaffEntry& each : staff)
        members.push_back(
            {.id = std::to_string(each.staff.value),
             .name = each.name,
             .email = each.email.value_or(""),
             .branch = each.branch_number ? std::to_string(*each.branch_number) : "",
             .is_active = each.is_active}
        );
    const matching::Host host{
        .id = card.host,
        .name = card.name.value_or(""),
        .email = card.email.value_or(""),
        .username = card.username.value_or("")};
    for (const RankedStaff& ranked : rank_candidates(members, host, branch, proposed)) {
        for (const StaffEntry& each : staff) {
            if (std::to_string(each.staff.value) != ranked.staff_id) continue;
            card.candidates.push_back(
                {.staff = each.staff,
                 .name = each.name,
                 .email = each.email,
                 .branch = each.branch,
                 .is_active = each.is_active,
                 .is_proposed = ranked.is_proposed,
                 .score = ranked.score,
                 .reasons = ranked.reasons}
            );
        }
    }
}

} // namespace

postgres::Catalogue mapping_review_catalogue() {
    return kCatalogue;
}

std::vector<MappingId>
review_queue(postgres::Transaction& transaction, const ReviewFilter& filter) {
    std::vector<MappingId> queue;
    for (const Row row :
         transaction.exec(kQueue, params(filter.company, filter.state, filter.limit)))
        queue.push_back(MappingId{row.int64(0)});
    return queue;
}

std::optional<HostCard>
review_card(postgres::Transaction& transaction, MappingId mapping, std::string_view state) {
    const auto described = describe_mappings(transaction, std::span(&mapping, 1));
    if (described.empty() || described.front().state != state) return std::nullopt;
    const MappingDescription& row = described.front();
    HostCard card{
        .mapping = mapping,
        .seen = row.decided_at,
        .company = row.company,
        .company_name = row.company_name,
        .host = row.host,
        .name = row.host_name,
        .email = row.host_email,
        .username = row.host_username,
        .time_zone = row.time_zone,
        .branch = row.branch,
        .event_type = row.event_type,
        .state = row.state,
        .waiting = row.waiting,
        .first_seen = row.first_seen,
        .last_seen = row.last_seen};
    for (const std::string_view reason : split(row.reasons, '\n'))
        if (!reason.empty()) card.reasons.emplace_back(reason);
    add_candidates(
        transaction,
        card,
        row.branch_number ? std::to_string(*row.branch_number) : "",
        row.staff ? std::optional(std::to_string(*row.staff)) : std::nullopt
    );
    return card;
}

std::vector<StaffEntry> list_staff(postgres::Transaction& transaction, CompanyId company) {
    return entries_of(transaction.exec(kListStaff, params(company.value)));
}

std::vector<StaffEntry>
find_staff(postgres::Transaction& transaction, CompanyId company, std::string_view text) {
    postgres::Array words;
    for (const std::string_view word : split(text, ' '))
        if (!trim(word).empty()) words.add(trim(word));
    return entries_of(transaction.exec(
        kFindStaff,
        params(
            company.value,
            parse_int64(trim(text)),
            words,
            static_cast<std::int64_t>(kMostCandidates)
        )
    ));
}

} // namespace calfleet::cli
