#include "common/matching/decision.h"

#include <algorithm>

namespace calfleet::matching {
namespace {

constexpr int kMailboxScore = 95;

// -------------------------------------------------------------------------------------------

/// Whose of the people behind one mailbox the name is; rank is comparable among
/// them.
int name_rank(const Candidate& c) {
    return static_cast<int>(c.name.level) * 10000 + c.name.score * 100 + c.name.exactness * 10 +
           (c.same_branch ? 1 : 0);
}

bool name_is_a_form_of_the_handle(const Evidence& evidence, const Candidate& chosen) {
    const auto& name = evidence.host.name;
    if (name.kind != NameKind::Person || name.readings.front().tokens.size() != 1) return false;
    const auto& token = name.readings.front().tokens.front();
    return !token.forms.empty() &&
           handle_fit(token.forms.front(), chosen.staff->name) != HandleFit::None;
}

bool mailbox_has_word(std::string_view local, const std::string& word) {
    return !word.empty() && local.find(word) != std::string_view::npos;
}

/// The name the mailbox's owner goes by, against the one on the staff list.
void weigh_name_of_owner(const Evidence& evidence, const Candidate& chosen, Case& found) {
    const auto& name = evidence.host.name;
    if (name.kind == NameKind::Organisation) {
        found.against("name.organisation", "the host's name is that of a business");
        return;
    }
    if (chosen.name.marks_differ)
        found.against("name.marks_differ", "marks or initials of the two names differ");
    if (chosen.name.given_name_differs)
        found.against(
            "name.other_given_name", "the given names differ in a letter and may be two people's"
        );
    if (chosen.name.level == NameLevel::Conflict) {
        const bool renamed = chosen.name.same_given_name &&
                             handle_fit(evidence.host.mailbox.local, name) == HandleFit::Whole;
        if (mailbox_has_word(evidence.host.mailbox.local, chosen.name.likely_short_form))
            found.for_it("name.short_form", "the given name may be a short form of the person's");
        else if (renamed)
            found.for_it("name.in_mailbox", "the mailbox is named after the host's present name");
        else if (name_is_a_form_of_the_handle(evidence, chosen))
            found.for_it(
                "name.is_handle", "the host's name is a user name made of the person's name"
            );
        else
            found.against(
                "name.conflict", "the host's name is plainly another one than the person's"
            );
    } else if (chosen.name.level == NameLevel::Unknown && name.kind == NameKind::Person) {
        found.for_it("name.incomparable", "the two names cannot be compared across their scripts");
    }
}

/// Colleagues, present or departed, whose name the host bears more clearly than
/// the mailbox's owner does.
void weigh_namesakes_of_owner(const Evidence& evidence, const Candidate& chosen, Case& found) {
    const auto better = [&](const Candidate& other) {
        if (other.staff == chosen.staff) return false;
        if (chosen.name.level == NameLevel::Full) {
            return other.name.level == NameLevel::Full && other.staff->is_active &&
                   !other.name.marks_differ &&
                   (other.name.exactness > chosen.name.exactness ||
                    (chosen.name.mark_on_one_side && !other.name.mark_on_one_side));
        }
        return other.name.level == NameLevel::Full || other.name.score >= chosen.name.score + 15;
    };
    for (const auto* group : {&evidence.active, &evidence.departed}) {
        for (const auto& other : *group) {
            if (!better(other)) continue;
            found.against(
                "name.equals_colleague", "the host's name is that of colleague " + named(other)
            );
            return;
        }
    }
    for (const auto& other : evidence.departed) {
        if (other.has_mailbox && chosen.name.level != NameLevel::Full) {
            found.against(
                "mailbox.departed", "the mailbox was also that of departed " + named(other)
            );
            return;
        }
    }
}

/// The same person listed once for every branch, and the booking's branch says
/// which entry.
bool is_one_person_in_branches(
    const std::vector<const Candidate*>& owners, const Candidate& chosen
) {
    return chosen.same_branch &&
           std::all_of(owners.begin(), owners.end(), [&](const Candidate* owner) {
               return owner->name.level == NameLevel::Full &&
                      (owner == &chosen || owner->other_branch);
           });
}

} // namespace

Match decide_by_mailbox(const Evidence& evidence) {
    std::vector<const Candidate*> owners;
    for (const auto& candidate : evidence.active) {
        if (candidate.has_mailbox) owners.push_back(&candidate);
    }
    const auto& chosen =
        **std::max_element(owners.begin(), owners.end(), [](const auto* a, const auto* b) {
            return name_rank(*a) < name_rank(*b);
        });
    Case found;
    found.for_it("mailbox.equal", "the mailbox is the person's");
    say_name(chosen, found);
    if (owners.size() > 1) {
        const auto exact = std::count_if(owners.begin(), owners.end(), [&](const auto* o) {
            return o->staff->mailbox.exact == evidence.host.mailbox.exact;
        });
        const bool tag_tells = exact == 1 &&
                               chosen.staff->mailbox.exact == evidence.host.mailbox.exact &&
                               chosen.name.level == NameLevel::Full;
        if (!tag_tells && !is_one_person_in_branches(owners, chosen))
            found.against(
                "mailbox.shared",
                "the mailbox is shared by " + std::to_string(owners.size()) + " people"
            );
    }
    if (evidence.host.mailbox.is_role)
        found.against("mailbox.role", "the mailbox belongs to a role, not to a person");
    weigh_name_of_owner(evidence, chosen, found);
    weigh_namesakes_of_owner(evidence, chosen, found);
    weigh_handles(evidence, chosen, found);
    weigh_display_name(evidence, chosen, found);
    return conclude(evidence, chosen, kMailboxScore, Source::Email, std::move(found));
}

} // namespace calfleet::matching
