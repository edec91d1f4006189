#include "workers/host-mapper/mapping_desk.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace calfleet::host_mapper {
namespace {

HostKey key_of(const HostSighting& host) {
    return {host.company, host.key};
}

/// As the event tells it, else as it was known.
std::string_view username_of(const HostSighting& host, const std::optional<MappingRow>& before) {
    return host.username.empty() && before ? std::string_view(before->host_username)
                                           : host.username;
}

/// What the matcher sees: the event's words, and for those it leaves out what was known before.
matching::Host described(const HostSighting& host, const std::optional<MappingRow>& before) {
    const auto pick = [&](std::string_view told, std::string MappingRow::*known) {
        return told.empty() && before ? (*before).*known : std::string(told);
    };
    return {
        std::string(host.id),
        pick(host.name, &MappingRow::host_name),
        pick(host.email, &MappingRow::host_email),
        pick(host.username, &MappingRow::host_username)};
}

bool keeps_row(Move move) {
    return move == Move::Redecide || move == Move::Doubt;
}

std::string branch_text(const HostSighting& host, const std::optional<MappingRow>& before) {
    if (host.branch) return std::to_string(host.branch->value);
    if (before && before->branch) return std::to_string(before->branch->value);
    return {};
}

/// The row as it stands after our own write.
MappingRow row_of(MappingId id, const Conclusion& conclusion) {
    MappingRow row;
    row.id = id;
    row.state = conclusion.state;
    row.staff = conclusion.staff;
    row.source = conclusion.source;
    row.score = conclusion.score;
    // The matcher proposes only active staff of the company.
    row.staff_in_company = row.staff_active = conclusion.state == MappingState::Active;
    return row;
}

/// Two lanes may race for a host; the loser reads again. More rounds than this mean that somebody
/// keeps changing the row, and the batch had better start anew.
constexpr int kRounds = 3;

} // namespace

std::vector<MappingDesk::Settled>
MappingDesk::resolve(postgres::Transaction& transaction, std::span<const HostSighting> hosts) {
    begun_ = clock_.monotonic();
    has_found_ = false;
    std::vector<Case> cases;
    std::vector<std::size_t> waiting;
    std::vector<Settled> settled = look(transaction, hosts, cases, waiting);
    for (int round = 0; !cases.empty(); ++round) {
        if (round == kRounds)
            throw postgres::DatabaseError(
                {ErrorKind::Timeout, "the mappings of this batch keep changing under it"}, "40001"
            );
        decide(transaction, hosts, cases);
        write(transaction, hosts, cases);
        std::vector<HostSighting> lost;
        std::vector<std::size_t> places;
        for (const Case& done : cases) {
            if (done.written) {
                settled[done.host] = {
                    row_of(*done.written, done.conclusion), true, done.kin.former_key};
            } else {
                lost.push_back(hosts[done.host]);
                places.push_back(done.host);
            }
        }
        cases.clear();
        std::vector<std::size_t> lost_waiting;
        const std::vector<Settled> again = look(transaction, lost, cases, lost_waiting);
        for (std::size_t i = 0; i < again.size(); ++i)
            settled[places[i]] = again[i];
        for (const std::size_t index : lost_waiting)
            waiting.push_back(places[index]);
        for (Case& open : cases)
            open.host = places[open.host];
    }
    // A booking that is about to wait must not miss the decision that ends the waiting: the
    // decider assigns the waiting bookings that it sees. So either we hold its row until ours is
    // written, or we see what it decided.
    std::sort(waiting.begin(), waiting.end());
    std::vector<HostKey> keys;
    for (const std::size_t index : waiting)
        keys.push_back(key_of(hosts[index]));
    std::vector<HostFacts> held = hold_hosts(transaction, keys);
    for (std::size_t i = 0; i < held.size(); ++i)
        settled[waiting[i]].row = std::move(held[i].row);
    note_seen(transaction, hosts, settled);
    return settled;
}

void MappingDesk::note_seen(
    postgres::Transaction& transaction,
    std::span<const HostSighting> hosts,
    std::span<const Settled> settled
) {
    std::vector<HostSeen> seen;
    std::vector<AccountSeen> accounts;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const std::optional<MappingRow>& row = settled[i].row;
        // What was decided now says so already.
        if (!row || settled[i].decided_now) continue;
        const AccountNews news = account_news(*row, hosts[i]);
        if (!news.empty()) accounts.push_back({row->id, &hosts[i], news});
        if (!news.empty() || is_news(*row, hosts[i])) seen.push_back({row->id, &hosts[i]});
    }
    note_accounts(transaction, accounts);
    note_hosts_seen(transaction, seen);
}

std::vector<MappingDesk::Settled> MappingDesk::look(
    postgres::Transaction& transaction,
    std::span<const HostSighting> hosts,
    std::vector<Case>& cases,
    std::vector<std::size_t>& waiting
) {
    std::vector<HostKey> keys;
    keys.reserve(hosts.size());
    for (const HostSighting& host : hosts)
        keys.push_back(key_of(host));
    std::vector<HostFacts> facts = find_hosts(transaction, keys);
    std::vector<HostKin> kin = kin_of(transaction, hosts, facts);
    std::vector<Settled> settled(hosts.size());
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        HostFacts& fact = facts[i];
        const Move move =
            next_move(fact.row, kin[i], next_move(fact.row, hosts[i], fact.staff_version));
        if (move == Move::Use && fact.row->state != MappingState::Active) waiting.push_back(i);
        if (move == Move::Use || move == Move::Leave) {
            settled[i].row = std::move(fact.row);
            continue;
        }
        cases.push_back(
            {.host = i,
             .move = move,
             .staff_version = fact.staff_version,
             .auto_threshold = fact.auto_threshold,
             .before = std::move(fact.row),
             .kin = std::move(kin[i])}
        );
    }
    return settled;
}

/// One per host; asked for those only for whom it matters, which is hardly ever.
std::vector<HostKin> MappingDesk::kin_of(
    postgres::Transaction& transaction,
    std::span<const HostSighting> hosts,
    std::span<const HostFacts> facts
) {
    std::vector<HostSighting> wanted;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const Move move = next_move(facts[i].row, hosts[i], facts[i].staff_version);
        if (!may_have_kin(facts[i].row, hosts[i], move)) continue;
        wanted.push_back(hosts[i]);
        places.push_back(i);
    }
    std::vector<HostKin> kin(hosts.size());
    std::vector<HostKin> found = find_kin(transaction, wanted);
    for (std::size_t i = 0; i < found.size(); ++i)
        kin[places[i]] = std::move(found[i]);
    return kin;
}

void MappingDesk::decide(
    postgres::Transaction& transaction, std::span<const HostSighting> hosts, std::span<Case> cases
) {
    std::vector<HostKey> keys;
    for (const Case& open : cases)
        keys.push_back(key_of(hosts[open.host]));
    const std::vector<bool> person = find_person_decided(transaction, keys);
    for (std::size_t i = 0; i < cases.size(); ++i)
        cases[i].person_decided = person[i] || (cases[i].before && by_person(*cases[i].before)) ||
                                  (cases[i].kin.former && by_person(*cases[i].kin.former));
    // As many companies at a time as the cache holds; cases are in the order of their companies.
    for (std::size_t from = 0; from < cases.size();) {
        std::size_t to = from;
        std::size_t companies = 0;
        CompanyId last;
        for (; to < cases.size(); ++to) {
            const CompanyId company = hosts[cases[to].host].company;
            if (company != last && ++companies > StaffCache::kAtOnce) break;
            last = company;
        }
        decide_some(transaction, hosts, cases.subspan(from, to - from));
        from = to;
    }
}

void MappingDesk::decide_some(
    postgres::Transaction& transaction, std::span<const HostSighting> hosts, std::span<Case> cases
) {
    std::vector<StaffCache::Wanted> wanted;
    for (const Case& open : cases) {
        const CompanyId company = hosts[open.host].company;
        if (wanted.empty() || wanted.back().company != company)
            wanted.push_back({company, open.staff_version, open.auto_threshold});
    }
    const auto lists = staff_.get(transaction, wanted);
    std::size_t at = 0;
    for (Case& open : cases) {
        const HostSighting& host = hosts[open.host];
        while (wanted[at].company != host.company)
            ++at;
        if (auto known = conclude(open.kin, open.person_decided)) {
            open.conclusion = std::move(*known);
            continue;
        }
        matching::Match found;
        if (const StaffCache::Entry* list = lists[at]) {
            open.staff_version = list->staff_version;
            found = match(*list, host, open.before);
        }
        open.is_matched = true;
        open.conclusion = open.move == Move::Doubt
                              ? conclude_doubt(std::move(found), *open.before)
                              : conclude(std::move(found), open.person_decided);
    }
    weigh(transaction, hosts, cases);
}

/// Asked for the links alone that are about to be made, which are few once hosts are known.
void MappingDesk::weigh(
    postgres::Transaction& transaction, std::span<const HostSighting> hosts, std::span<Case> cases
) {
    std::vector<Case*> links;
    std::vector<HostSighting> wanted;
    for (Case& open : cases) {
        if (!open.is_matched || open.conclusion.state != MappingState::Active) continue;
        links.push_back(&open);
        wanted.push_back(hosts[open.host]);
    }
    const auto types = find_event_type_hosts(transaction, wanted);
    for (std::size_t i = 0; i < links.size(); ++i)
        weigh_event_types(
            links[i]->conclusion, wanted[i], username_of(wanted[i], links[i]->before), types[i]
        );
}

matching::Match MappingDesk::match(
    const StaffCache::Entry& list, const HostSighting& host, const std::optional<MappingRow>& before
) {
    const matching::Host shown = described(host, before);
    const std::string branch = branch_text(host, before);
    const MatchQuestion question{
        list.company, list.staff_version, list.index.auto_threshold(), shown, branch};
    if (const matching::Match* known = memory_.find(question)) return *known;
    stop_if_late();
    const Monotonic begun = clock_.monotonic();
    matching::Match found = matching::match(list.index, shown, branch);
    metrics_.matching.observe(std::chrono::duration<double>(clock_.monotonic() - begun).count());
    has_found_ = true;
    return memory_.keep(question, std::move(found));
}

/// Not before something was found: whatever is tried again then gets further.
void MappingDesk::stop_if_late() {
    if (!has_found_ || clock_.monotonic() - begun_ < portion_) return;
    throw postgres::DatabaseError(
        {ErrorKind::Timeout,
         "matching the hosts of this batch takes longer than a transaction may be kept open"},
        {}
    );
}

void MappingDesk::write(
    postgres::Transaction& transaction, std::span<const HostSighting> hosts, std::span<Case> cases
) {
    std::vector<Case*> invalidations, updates, inserts;
    std::vector<MappingId> put_away;
    for (Case& open : cases) {
        if (open.move == Move::Invalidate) {
            invalidations.push_back(&open);
            put_away.push_back(open.before->id);
        }
        (keeps_row(open.move) ? updates : inserts).push_back(&open);
    }
    std::vector<AuditWrite> audits;
    std::vector<Conclusion> endings;
    endings.reserve(invalidations.size()); // the audits point into it
    const std::vector<bool> gone = invalidate_mappings(transaction, put_away);
    for (std::size_t i = 0; i < invalidations.size(); ++i) {
        const Case& open = *invalidations[i];
        if (!gone[i]) {
            std::erase(inserts, &open);
            continue;
        }
        const MappingRow& before = *open.before;
        endings.push_back(
            {MappingState::Inactive,
             before.staff,
             before.source,
             before.score,
             {invalidation_reason(before)}}
        );
        audits.push_back(
            {before.id, audit_of(Move::Invalidate, hosts[open.host], before, endings.back())}
        );
        metrics_.invalidated.add();
    }

    const auto write_of = [&](const Case& open) {
        MappingWrite write{&hosts[open.host], &open.conclusion, open.staff_version, {}, {}};
        if (open.before) {
            write.id = open.before->id;
            write.replaces_decision_of = open.before->decided_at;
        }
        return write;
    };
    std::vector<MappingWrite> writes;
    for (const Case* open : updates)
        writes.push_back(write_of(*open));
    const std::vector<bool> updated = update_mappings(transaction, writes);
    for (std::size_t i = 0; i < updates.size(); ++i)
        if (updated[i]) updates[i]->written = updates[i]->before->id;
    writes.clear();
    for (const Case* open : inserts)
        writes.push_back(write_of(*open));
    const auto inserted = insert_mappings(transaction, writes);
    for (std::size_t i = 0; i < inserts.size(); ++i)
        inserts[i]->written = inserted[i];

    for (const Case& open : cases) {
        if (!open.written) continue;
        const bool redecided = keeps_row(open.move);
        audits.push_back(
            {*open.written,
             audit_of(
                 redecided ? open.move : Move::Decide,
                 hosts[open.host],
                 redecided ? open.before : std::nullopt,
                 open.conclusion
             )}
        );
        metrics_.decision(text(open.conclusion.state)).add();
        log_.host(hosts[open.host], *open.written, open.conclusion);
    }
    std::vector<Conclusion> handed_over;
    put_away_former(transaction, hosts, cases, audits, handed_over);
    write_audits(transaction, audits);
}

/// One host has one mapping: what it was known by before its id ends.
void MappingDesk::put_away_former(
    postgres::Transaction& transaction,
    std::span<const HostSighting> hosts,
    std::span<const Case> cases,
    std::vector<AuditWrite>& audits,
    std::vector<Conclusion>& endings
) {
    std::vector<const Case*> known;
    std::vector<MappingId> former;
    for (const Case& done : cases) {
        if (!done.written || !done.kin.former) continue;
        known.push_back(&done);
        former.push_back(done.kin.former->id);
    }
    const std::vector<bool> gone = put_away_mappings(transaction, former);
    endings.reserve(known.size()); // the audits point into it
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (!gone[i]) continue;
        const Case& done = *known[i];
        const MappingRow& before = *done.kin.former;
        endings.push_back(
            {MappingState::Inactive,
             before.staff,
             "none",
             before.score,
             {{true,
               "mapping.same_host",
               "known by Cal.com's user id " + std::string(hosts[done.host].id) + " now"}}}
        );
        Audit audit = audit_of(Move::Invalidate, hosts[done.host], before, endings.back());
        audit.host = done.kin.former_key;
        audit.source = before.source;
        audits.push_back({before.id, audit});
    }
}

} // namespace calfleet::host_mapper
