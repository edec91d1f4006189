#include "workers/team-syncer/member_store.h"

#include <array>
#include <string>

namespace calfleet::team_syncer {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr Statement kStaff{"team_syncer.staff", R"sql(
    select c.staff_version, c.auto_threshold, s.id, s.name, s.email, s.branch_id, s.is_active, s.calcom_user_id
    from platform.companies c left join platform.staff s on s.company_id = c.id
    where c.id = $1 order by s.id
)sql"};

constexpr Statement kLinks{"team_syncer.links", R"sql(
    select w.position, k.link_state, k.staff_id, k.link_source, k.link_score, coalesce(known.is_active, false) as is_active,
           k.staff_version is distinct from $6::bigint
               or (coalesce(k.name, ''), coalesce(k.email, ''), coalesce(k.username, ''))
                  is distinct from (w.name, w.email, w.username) as is_outdated,
           m.staff_id as mapped_to, m.source as mapped_by, m.score as mapped_score, a.id as account_of,
           exists (select 1 from platform.calcom_host_mapping_audits d
                   where d.company_id = $1 and d.calcom_host_id = w.user_id::text
                     and d.source in ('manual', 'admin') and d.action <> 'appointment_reassigned') as person_decided
    from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) with ordinality
         as w (user_id, name, email, username, position)
    left join lateral (
        select * from platform.calcom_team_members k
        where k.company_id = $1 and k.calcom_user_id = w.user_id
        order by k.link_source in ('manual', 'admin') desc, k.link_state = 'linked' desc, k.calcom_team_id
        limit 1
    ) k on true
    left join platform.staff known on known.company_id = $1 and known.id = k.staff_id
    left join lateral (
        select m.staff_id, m.source, m.score from platform.calcom_host_mappings m
        join platform.staff s on s.company_id = $1 and s.id = m.staff_id and s.is_active
        where m.company_id = $1 and m.calcom_host_id = w.user_id::text and m.state = 'active' limit 1
    ) m on true
    left join lateral (
        select min(s.id) as id from platform.staff s
        where s.company_id = $1 and s.calcom_user_id = w.user_id and s.is_active having count(*) = 1
    ) a on true
)sql"};

constexpr Statement kWriteMembers{"team_syncer.write_members", R"sql(
    insert into platform.calcom_team_members as held
        (company_id, calcom_team_id, calcom_user_id, calcom_membership_id, name, email, username, role, accepted,
         staff_id, link_state, link_source, link_score, staff_version, seen_at)
    select $1, w.team_id, w.user_id, w.membership_id, nullif(w.name, ''), nullif(w.email, ''), nullif(w.username, ''),
           w.role, w.accepted, w.staff_id, w.link_state, w.link_source, w.link_score::smallint, $13, now()
    from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::boolean[], $10::bigint[], $11::text[], $12::text[], $14::bigint[])
         as w (team_id, user_id, membership_id, name, email, username, role, accepted, staff_id, link_state,
               link_source, link_score)
    order by w.team_id, w.user_id
    on conflict (company_id, calcom_team_id, calcom_user_id) do update
    set calcom_membership_id = excluded.calcom_membership_id, name = excluded.name, email = excluded.email,
        username = excluded.username, role = excluded.role, accepted = excluded.accepted, seen_at = excluded.seen_at,
        removed_at = null, staff_version = excluded.staff_version,
        (staff_id, link_state, link_source, link_score) =
            (select (case when theirs then held.staff_id else excluded.staff_id end),
                    (case when theirs then held.link_state else excluded.link_state end),
                    (case when theirs then held.link_source else excluded.link_source end),
                    (case when theirs then held.link_score else excluded.link_score end)
             from (select held.link_source in ('manual', 'admin')
                          and excluded.link_source not in ('manual', 'admin') as theirs) as decided)
)sql"};

constexpr Statement kWriteRemoved{"team_syncer.write_removed_members", R"sql(
    update platform.calcom_team_members set removed_at = now()
    where company_id = $1 and calcom_team_id = $2 and calcom_user_id = any($3::bigint[]) and removed_at is null
)sql"};

constexpr Statement kWriteAccounts{"team_syncer.write_accounts", R"sql(
    update platform.staff s set calcom_user_id = w.user_id, updated_at = now()
    from unnest($2::bigint[], $3::bigint[]) as w (staff_id, user_id)
    where s.company_id = $1 and s.id = w.staff_id and s.calcom_user_id is null
      and not exists (select 1 from platform.staff o where o.company_id = $1 and o.calcom_user_id = w.user_id)
)sql"};

constexpr std::array kCatalogue{kStaff, kLinks, kWriteMembers, kWriteRemoved, kWriteAccounts};

std::optional<std::int64_t> number(const std::optional<StaffId>& staff) {
    return staff ? std::optional(staff->value) : std::nullopt;
}

LinkFacts read_link(const Row& row) {
    LinkFacts facts;
    if (!row.is_null("link_state")) {
        Link& known = facts.known.emplace();
        known.state = link_state(row.text("link_state"));
        if (const auto staff = row.optional_int64("staff_id")) known.staff = StaffId{*staff};
        known.source = row.text("link_source");
        known.score = static_cast<int>(row.int64("link_score"));
        facts.known_staff_active = row.boolean("is_active");
        facts.known_is_outdated = row.boolean("is_outdated");
    }
    if (const auto staff = row.optional_int64("mapped_to"))
        facts.mapping = Link{
            LinkState::Linked,
            StaffId{*staff},
            std::string(row.text("mapped_by")),
            static_cast<int>(row.int64("mapped_score"))};
    if (const auto staff = row.optional_int64("account_of")) facts.account_of = StaffId{*staff};
    facts.person_decided = row.boolean("person_decided");
    return facts;
}

std::string_view role_word(calcom::Membership::Role role) {
    return role == calcom::Membership::Role::Other ? "member" : calcom::name(role);
}

} // namespace

postgres::Catalogue member_catalogue() {
    return kCatalogue;
}

StaffFacts load_staff(postgres::Transaction& transaction, CompanyId company) {
    StaffFacts facts;
    for (const Row row : transaction.exec(kStaff, params(company.value))) {
        facts.version = row.int64("staff_version");
        facts.staff.auto_threshold = static_cast<int>(row.int64("auto_threshold"));
        if (row.is_null("id")) continue;
        matching::StaffMember& member = facts.staff.staff.emplace_back();
        member.id = row.text("id");
        member.name = row.text("name");
        member.email = row.optional_text("email").value_or("");
        member.branch = row.optional_text("branch_id").value_or("");
        member.is_active = row.boolean("is_active");
        const auto account = row.optional_int64("calcom_user_id");
        if (account && member.is_active)
            facts.accounts.emplace_back(StaffId{row.int64("id")}, calcom::UserId{*account});
    }
    return facts;
}

std::vector<LinkFacts> load_links(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const calcom::Membership> members,
    std::int64_t staff_version
) {
    std::vector<LinkFacts> facts(members.size());
    if (members.empty()) return facts;
    Array users, names, emails, usernames;
    for (const calcom::Membership& member : members) {
        users.add(member.user.value);
        names.add(member.name);
        emails.add(member.email);
        usernames.add(member.username);
    }
    const Rows rows = transaction.exec(
        kLinks, params(company.value, users, names, emails, usernames, staff_version)
    );
    for (const Row row : rows)
        facts.at(static_cast<std::size_t>(row.int64("position") - 1)) = read_link(row);
    return facts;
}

void write_members(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const calcom::Membership> members,
    std::span<const Link> links,
    std::int64_t staff_version
) {
    if (members.empty()) return;
    Array teams, users, ids, names, emails, usernames, roles, accepted, staff, states, sources,
        scores;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const calcom::Membership& member = members[i];
        teams.add(member.team.value);
        users.add(member.user.value);
        ids.add(member.id.value);
        names.add(member.name);
        emails.add(member.email);
        usernames.add(member.username);
        roles.add(role_word(member.role));
        accepted.add(member.accepted);
        staff.add(number(links[i].staff));
        states.add(name(links[i].state));
        sources.add(links[i].source);
        scores.add(links[i].score);
    }
    postgres::Params values = params(company.value, teams, users, ids, names, emails, usernames);
    values.add(roles).add(accepted).add(staff).add(states).add(sources).add(staff_version);
    transaction.exec(kWriteMembers, values.add(scores));
}

void write_removed_members(
    postgres::Transaction& transaction,
    CompanyId company,
    calcom::TeamId team,
    std::span<const calcom::UserId> users
) {
    if (users.empty()) return;
    Array ids;
    for (const calcom::UserId user : users)
        ids.add(user.value);
    transaction.exec(kWriteRemoved, params(company.value, team.value, ids));
}

void write_accounts(
    postgres::Transaction& transaction,
    CompanyId company,
    std::span<const calcom::Membership> members,
    std::span<const Link> links
) {
    Array staff, users;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (links[i].state != LinkState::Linked || !members[i].accepted) continue;
        staff.add(links[i].staff->value);
        users.add(members[i].user.value);
    }
    if (staff.size() != 0) transaction.exec(kWriteAccounts, params(company.value, staff, users));
}

} // namespace calfleet::team_syncer
