#include "common/matching/decision.h"

#include <algorithm>

namespace calfleet::matching {
namespace {

constexpr int kHandleScore = 55;
/// Weaker than this is not worth a person's minute.
constexpr int kLeastScore = 45;
/// Fuzzy candidates closer than this are equally good.
constexpr int kTie = 6;

// ----------------------------------------------------------------------------------------------

bool names_branch(const Evidence& evidence, const Candidate& candidate) {
    const auto& words = evidence.host.name.decorations;
    return !candidate.staff->branch.empty() &&
           std::find(words.begin(), words.end(), candidate.staff->branch) != words.end();
}

int closeness(const Candidate& c) {
    return c.name.exactness + (c.name.mark_on_one_side ? 0 : 20);
}

/// Among namesakes, the one whose branch is the booking's or is named beside
/// the host's name.
const Candidate*
separated_by_branch(const Evidence& evidence, const std::vector<const Candidate*>& namesakes) {
    std::vector<const Candidate*> here, named_here;
    for (const auto* c : namesakes) {
        if (c->same_branch) here.push_back(c);
        if (names_branch(evidence, *c)) named_here.push_back(c);
    }
    if (here.size() == 1 && (named_here.empty() || named_here == here)) return here.front();
    return here.empty() && named_here.size() == 1 ? named_here.front() : nullptr;
}

struct Choice {
    const Candidate* candidate{nullptr};
    bool by_branch{false};
    bool ambiguous{false};
};

Choice choose_namesake(const Evidence& evidence, const std::vector<const Candidate*>& full) {
    if (full.size() == 1) return {full.front()};
    const auto* best =
        *std::max_element(full.begin(), full.end(), [](const auto* a, const auto* b) {
            return closeness(*a) < closeness(*b);
        });
    std::vector<const Candidate*> close;
    for (const auto* c : full) {
        const int gap = closeness(*best) - closeness(*c);
        const bool only_order = gap == 1 && evidence.host.name.readings.front().family_first;
        const bool distinct = gap >= 2 || only_order;
        if (c == best || !distinct || c->name.host_says_less ||
            (c->name.mark_on_one_side && !best->name.mark_on_one_side &&
             evidence.host.name.readings.front().marks.empty())) {
            close.push_back(c);
        }
    }
    if (close.size() == 1) return {best};
    if (const auto* here = separated_by_branch(evidence, close)) return {here, true};
    return {best, false, true};
}

/// A departed person of the same name may be the one whose account this is.
void weigh_departed(
    const Evidence& evidence, const Candidate& chosen, bool by_branch, Case& found
) {
    for (const auto& gone : evidence.departed) {
        if (gone.staff->mailbox && gone.staff->mailbox.key == chosen.staff->mailbox.key &&
            gone.name.level == NameLevel::Full)
            continue;
        if (gone.has_mailbox) {
            found.against("mailbox.departed", "the mailbox is that of departed " + named(gone));
            return;
        }
        const bool elsewhere = (by_branch || chosen.same_branch) && gone.other_branch;
        if (gone.name.level == NameLevel::Full && !elsewhere &&
            closeness(gone) + 1 >= closeness(chosen)) {
            found.against(
                "name.departed_namesake", "departed " + named(gone) + " has the same name"
            );
            return;
        }
    }
}

/// Colleagues whose fuller name the host's may be short for.
void weigh_near_namesakes(const Evidence& evidence, const Candidate& chosen, Case& found) {
    for (const auto& other : evidence.active) {
        if (other.staff == chosen.staff || other.name.level != NameLevel::Fuzzy ||
            other.name.marks_differ)
            continue;
        const auto code = other.name.code;
        const bool another_form =
            code == "name.initial" || code == "name.part" || code == "name.nickname";
        const bool vague = (chosen.name.single_word || chosen.name.has_initial) && another_form;
        const bool longer_form = other.name.host_says_less && !other.name.single_word &&
                                 (code == "name.part" || code == "name.initial");
        if (!vague && !longer_form) continue;
        if (chosen.same_branch && other.other_branch && !vague) continue;
        found.against(
            "name.near_namesake", "the name may also be short for that of colleague " + named(other)
        );
        return;
    }
}

void weigh_branch(const Evidence& evidence, const Candidate& chosen, Case& found) {
    if (!chosen.other_branch) return;
    const auto& host = evidence.host;
    const bool mailbox_supports =
        host.mailbox && (evidence.company.owns_domain(host.mailbox.domain) ||
                         handle_fit(host.mailbox.local, chosen.staff->name) >= HandleFit::Part);
    const bool username_supports =
        !host.username.empty() && handle_fit(host.username, chosen.staff->name) == HandleFit::Whole;
    if (!mailbox_supports && !username_supports) {
        found.against("branch.other", "works in another branch, and nothing but the name agrees");
    }
}

Match decide_by_full_name(const Evidence& evidence, const std::vector<const Candidate*>& full) {
    const auto choice = choose_namesake(evidence, full);
    const auto& chosen = *choice.candidate;
    Case found;
    say_name(chosen, found);
    if (choice.ambiguous)
        found.against("name.namesakes", std::to_string(full.size()) + " people have this name");
    if (evidence.host.name.kind == NameKind::Organisation)
        found.against("name.organisation", "the host's name is that of a business");
    if (chosen.name.mark_on_one_side)
        found.against(
            "name.mark_missing", "only one of the two names has a mark like Jr. or a number"
        );
    weigh_departed(evidence, chosen, choice.by_branch, found);
    weigh_near_namesakes(evidence, chosen, found);
    weigh_handles(evidence, chosen, found);
    weigh_display_name(evidence, chosen, found);
    weigh_branch(evidence, chosen, found);
    return conclude(evidence, chosen, chosen.name.score, Source::Name, std::move(found));
}

/// "Anna" with anna.schmidt@ is not Anna Müller.
bool handle_completes_to_somebody_else(const Evidence& evidence, const Candidate& chosen) {
    const auto& host = evidence.host;
    for (const std::string_view handle :
         {std::string_view{host.mailbox.local}, std::string_view{host.username}}) {
        if (handle.empty() || (handle == host.mailbox.local && host.mailbox.is_role)) continue;
        if (looks_like_full_name(handle) &&
            handle_fit(handle, chosen.staff->name) < HandleFit::Whole)
            return true;
    }
    return false;
}

Match decide_by_fuzzy_name(const Evidence& evidence) {
    const auto strength = [](const Candidate& c) {
        return c.name.score * 10 + (c.same_branch ? 5 : 0) - (c.other_branch ? 5 : 0);
    };
    const auto& chosen = *std::max_element(
        evidence.active.begin(),
        evidence.active.end(),
        [&](const auto& a, const auto& b) { return strength(a) < strength(b); }
    );
    if (chosen.name.score < kLeastScore)
        return nobody("name.too_weak", "nobody's name is close enough");
    for (const auto& gone : evidence.departed) {
        const bool longer =
            chosen.name.code == "name.part" && !chosen.name.single_word && !gone.has_mailbox;
        if (gone.name.level == NameLevel::Full && !longer)
            return nobody("name.departed", "the host is departed " + named(gone));
        if (gone.has_mailbox)
            return nobody("mailbox.departed", "the mailbox is that of departed " + named(gone));
    }
    if (evidence.host.name.kind == NameKind::Organisation)
        return nobody("host.organisation", "the host is a business");
    if (chosen.name.single_word && handle_completes_to_somebody_else(evidence, chosen)) {
        return nobody(
            "name.completed_differently",
            "mailbox or user name completes the name to somebody else's"
        );
    }
    Case found;
    say_name(chosen, found);
    for (const auto& other : evidence.active) {
        if (other.staff == chosen.staff || other.name.score + kTie < chosen.name.score) continue;
        if (chosen.same_branch && other.other_branch && other.name.score <= chosen.name.score)
            continue;
        found.against(
            "name.several_candidates", "colleague " + named(other) + " is about as likely"
        );
        break;
    }
    if (chosen.name.single_word)
        found.against("name.single_word", "one word is too little of a name");
    if (chosen.name.mark_on_one_side || chosen.name.marks_differ)
        found.against("name.marks_differ", "marks or initials of the two names differ");
    weigh_handles(evidence, chosen, found);
    weigh_display_name(evidence, chosen, found);
    weigh_branch(evidence, chosen, found);
    return conclude(evidence, chosen, chosen.name.score, Source::Fuzzy, std::move(found));
}

/// No name: a mailbox or user name that is made of somebody's full name is
/// worth a look.
Match decide_by_handle(const Evidence& evidence) {
    const auto& host = evidence.host;
    const auto local = read_handle(host.mailbox && !host.mailbox.is_role ? host.mailbox.local : "");
    const auto username = read_handle(host.username);
    const FoldedStaff* only = nullptr;
    for (const auto& staff : evidence.company.staff()) {
        const bool fits = handle_fit(local, staff.name) == HandleFit::Whole ||
                          handle_fit(username, staff.name) == HandleFit::Whole;
        if (!fits) continue;
        if (only) return nobody("handle.several", "mailbox or user name fits several people");
        only = &staff;
    }
    if (!only || !only->is_active)
        return nobody("host.unknown", "no active staff member has this mailbox or name");
    Case found;
    found.for_it("handle.fits_name", "mailbox or user name is made of the person's name");
    found.against("name.missing", "the host has no name that could confirm it");
    return conclude(evidence, {.staff = only}, kHandleScore, Source::Fuzzy, std::move(found));
}

} // namespace

Match decide_by_name(const Evidence& evidence) {
    std::vector<const Candidate*> full;
    bool any_fuzzy = false;
    for (const auto& candidate : evidence.active) {
        if (candidate.name.level == NameLevel::Full && !candidate.name.marks_differ)
            full.push_back(&candidate);
        any_fuzzy |= candidate.name.level == NameLevel::Fuzzy;
    }
    if (!full.empty()) return decide_by_full_name(evidence, full);
    if (any_fuzzy) return decide_by_fuzzy_name(evidence);
    if (!evidence.departed.empty())
        return nobody("staff.inactive", "only departed staff fits the host");
    if (evidence.host.name.kind == NameKind::Empty || evidence.host.name_is_handle)
        return decide_by_handle(evidence);
    return nobody("host.unknown", "no active staff member has this mailbox or name");
}

} // namespace calfleet::matching
