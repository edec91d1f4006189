#include "common/matching/decide.h"

#include "common/matching/opaque_names.h"
#include "common/matching/vocabulary.h"

#include <algorithm>
#include <tuple>

namespace calfleet::matching {
namespace {

constexpr int kMailboxScore = 95;
constexpr int kNameScore = 75;
constexpr int kLeastScore = 40;
/// What it costs not to have the mailbox that a colleague has: as much as another name.
constexpr int kWithoutMailbox = 60;

bool has_mailbox(const Candidate& candidate) {
    return candidate.has_mailbox;
}

int capped(int cost) {
    return std::min(cost, kWithoutMailbox + 1);
}

class Judgement {
public:
    Judgement(const CompanyIndex& company, const FoldedHost& host, const Candidates& all)
        : company_{company}
        , host_{host}
        , all_{all}
        , owned_{std::any_of(all.active.begin(), all.active.end(), has_mailbox)} {}

    Match match() {
        choose();
        by_mailbox_ = chosen_->has_mailbox && !is_one_of_a_shared_mailbox();
        if (is_somebody_else())
            return nobody("host.unknown", "one word fits, and the rest is another person's");
        if (is_stranger_in_a_shared_mailbox())
            return nobody("host.unknown", "the mailbox is everybody's and the name nobody's");
        if (by_mailbox_)
            weigh_owner();
        else
            weigh_name();
        weigh_branch();
        weigh_departed();
        weigh_handles(company_, host_, *chosen_, found_);
        weigh_display_name(company_, host_, *chosen_, found_);
        return conclude();
    }

private:
    int farness(const Candidate& c) const {
        return capped(c.name.cost) + (owned_ && !c.has_mailbox ? kWithoutMailbox : 0);
    }

    bool better(const Candidate& a, const Candidate& b) const {
        const auto rank = [&](const Candidate& c) {
            return std::tuple{
                farness(c), c.other_branch, !c.same_branch, std::string_view{c.staff->id}};
        };
        return rank(a) < rank(b);
    }

    void choose() {
        for (const auto& candidate : all_.active) {
            if (!chosen_ || better(candidate, *chosen_)) chosen_ = &candidate;
        }
        for (const auto& candidate : all_.active) {
            if (&candidate == chosen_) continue;
            if (!next_ || candidate.name.cost < next_->name.cost ||
                (candidate.name.cost == next_->name.cost && better(candidate, *next_)))
                next_ = &candidate;
        }
    }

    /// "Anna" with anna.krause@, "Webb Consulting" beside Mark Webb.
    bool is_somebody_else() const {
        if (chosen_->has_mailbox || !chosen_->name.single_word) return false;
        if (host_.name.kind == NameKind::Organisation) return true;
        // "max.ink" completes no name.
        const auto is_name = [](std::string_view word) {
            return is_common_family_name(word) || is_known_given_name(word);
        };
        const auto completes = [&](std::string_view handle) {
            const auto words = read_handle(handle).words;
            return !handle.empty() && !is_fancy_handle(handle) && !is_role_mailbox(handle) &&
                   words.size() == 2 && is_name(words.front()) && is_name(words.back()) &&
                   looks_like_full_name(handle) &&
                   handle_fit(handle, chosen_->staff->name) < HandleFit::Whole;
        };
        return completes(host_.mailbox.local) || completes(host_.username);
    }

    /// The mailbox is the chosen person's: does anything say that it is somebody else who uses it?
    void weigh_owner() {
        found_.for_it("mailbox.equal", kMailboxWeight, "the mailbox is the person's");
        say_name();
        weigh_sharing();
        const auto& tag = chosen_->staff->mailbox;
        const bool own_tag =
            tag.exact == host_.mailbox.exact && tag.exact.find('+') != std::string::npos;
        // "zora.milz.yoga@" has a word of desks in it, and is Zora Milz's.
        const bool own_name =
            handle_fit(host_.mailbox.local, chosen_->staff->name) == HandleFit::Whole;
        if (host_.mailbox.is_role && !own_tag && !own_name && !chosen_->name.full())
            found_.against("mailbox.role", "the mailbox belongs to a role, not to a person");
        weigh_name_of_owner();
        for (const auto& other : all_.active)
            if (weigh_nearer(other)) break;
    }

    /// One person, listed once for every branch.
    bool is_listed_by_branch() const {
        return chosen_->same_branch &&
               std::all_of(all_.active.begin(), all_.active.end(), [&](const Candidate& c) {
                   return !c.has_mailbox || (c.name.full() && (&c == chosen_ || c.other_branch));
               });
    }

    /// A mailbox of several people says nothing of who it is; the full name of one of them does.
    bool is_one_of_a_shared_mailbox() const {
        return chosen_->shares_mailbox && chosen_->name.full() && !is_listed_by_branch();
    }

    /// A calendar of the desk, a course, somebody who is not on the list. What cannot be compared,
    /// or is too long to be, is none of these.
    bool is_stranger_in_a_shared_mailbox() const {
        constexpr std::size_t kMostWords = 6;
        const auto comparable = [&](const PersonName& reading) {
            return reading.tokens.size() <= kMostWords;
        };
        const auto& readings = host_.name.readings;
        return host_.name.kind != NameKind::Empty && chosen_->shares_mailbox &&
               !names_are_opaque() && std::all_of(readings.begin(), readings.end(), comparable) &&
               std::none_of(all_.active.begin(), all_.active.end(), [](const Candidate& c) {
                   return c.name.near() || c.name.a_word_is_shared;
               });
    }

    std::string sharing() const {
        const auto owners = std::count_if(all_.active.begin(), all_.active.end(), has_mailbox);
        return "the mailbox is shared by " + std::to_string(owners) + " people";
    }

    void weigh_sharing() {
        if (chosen_->shares_mailbox && !is_listed_by_branch())
            found_.against("mailbox.shared", sharing());
    }

    bool weigh_nearer(const Candidate& other) {
        if (&other == chosen_ || !other.name.near() ||
            other.name.cost + kMailboxLead >= capped(chosen_->name.cost))
            return false;
        // Whoever has the same name and mailbox in another branch is the same person.
        if (other.has_mailbox && other.name.full() && chosen_->name.full()) return false;
        found_.against(
            "name.equals_colleague",
            "the host's name is nearer to that of colleague " + named(*other.staff)
        );
        return true;
    }

    void weigh_name_of_owner() {
        const auto& name = host_.name;
        if (name.kind == NameKind::Organisation) {
            found_.against("name.organisation", "the host's name is that of a business");
            return;
        }
        if (name.kind != NameKind::Person) return;
        const auto& steps = chosen_->name.steps;
        if (chosen_->name.near()) {
            if (chosen_->name.given_differs)
                found_.against(
                    "name.other_given_name", "the names differ in a letter and may be two people's"
                );
            if (steps.has(Step::GenerationDiffers) || steps.has(Step::GenerationMissing) ||
                steps.has(Step::GenerationAdded))
                found_.against("name.marks_differ", "marks or initials of the two names differ");
        } else if (names_are_opaque()) {
            found_.for_it(
                "name.incomparable", 0, "the two names cannot be compared across their scripts"
            );
        } else if (chosen_->name.given_equal && fits_mailbox()) {
            found_.for_it(
                "name.other_surname", 0, "the given name is the person's, the surname has changed"
            );
        } else if (name_is_part_of_handle()) {
            found_.for_it(
                "name.is_handle", 0, "the host's name is a user name made of the person's name"
            );
        } else {
            found_.against(
                "name.conflict", "the host's name is plainly another one than the person's"
            );
        }
    }

    bool names_are_opaque() const {
        const auto& mine = host_.name.readings;
        const auto& theirs = chosen_->staff->name.readings;
        if (mine.empty() || theirs.empty()) return true;
        if (mine.front().tokens.empty() || theirs.front().tokens.empty()) return true;
        return cannot_be_compared(mine.front(), theirs.front(), chosen_->name.a_word_is_shared);
    }

    /// The mailbox is named after the person or after the name that the host bears now.
    bool fits_mailbox() const {
        const auto handle = read_handle(host_.mailbox.local);
        return std::max(handle_fit(handle, host_.name), handle_fit(handle, chosen_->staff->name)) >=
               HandleFit::Part;
    }

    bool name_is_part_of_handle() const {
        const auto& tokens = host_.name.readings.front().tokens;
        return tokens.size() == 1 && !tokens.front().forms.empty() &&
               handle_fit(tokens.front().forms.front(), chosen_->staff->name) != HandleFit::None;
    }

    /// Nobody active has the mailbox, or not the one whose name it is, or several have it.
    void weigh_name() {
        say_name();
        if (chosen_->shares_mailbox)
            found_.for_it("mailbox.shared", 0, sharing() + " and does not count");
        else if (owned_)
            found_.against("mailbox.of_colleague", "the mailbox is that of a colleague");
        if (host_.name.kind == NameKind::Organisation)
            found_.against("name.organisation", "the host's name is that of a business");
        if (chosen_->name.single_word)
            found_.against("name.single_word", "one word is too little of a name");
        if (chosen_->name.steps.has(Step::GenerationMissing) ||
            chosen_->name.steps.has(Step::GenerationAdded))
            found_.against(
                "name.mark_missing", "only one of the two names has a mark like Jr. or a number"
            );
        if (!chosen_->shares_mailbox) weigh_shared_box();
        for (const auto& other : all_.active) {
            if (&other == chosen_) continue;
            const int gap = other.name.cost - chosen_->name.cost;
            const int needed = needed_margin(other);
            const bool elsewhere = (chosen_->same_branch && other.other_branch) ||
                                   (chosen_->named_branch && !other.named_branch);
            if (other.named_branch && !chosen_->named_branch) {
                found_.against(
                    "branch.other_named",
                    "the host's name names the branch of colleague " + named(*other.staff)
                );
                return;
            }
            if (gap >= (elsewhere ? 0 : needed)) continue;
            if (gap == 0 && other.name.full())
                found_.against(
                    "name.namesakes", "colleague " + named(*other.staff) + " has the same name"
                );
            else
                found_.against(
                    "name.near_namesake",
                    "colleague " + named(*other.staff) + " is only " + std::to_string(gap) +
                        " points farther, " + std::to_string(needed) + " are needed",
                    needed - gap
                );
            return;
        }
    }

    /// "Francois" between François and Françoise: no word of the host is the colleague's more than
    /// the chosen one's, and one is another given name.
    bool has_another_given_name(const Candidate& other) const {
        const auto& mine = chosen_->name;
        const auto& theirs = other.name;
        if (mine.words_joined || theirs.words_joined || mine.host_reading != theirs.host_reading)
            return false;
        bool differs = false;
        for (std::size_t i = 0; i < mine.of_word.size(); ++i) {
            if (rule(mine.of_word[i]).cost > rule(theirs.of_word[i]).cost) return false;
            differs |= theirs.of_word[i] == Step::OtherName && mine.of_word[i] != Step::OtherName;
        }
        return differs;
    }

    int needed_margin(const Candidate& other) const {
        const auto& steps = other.name.steps;
        const bool fuller = steps.has(Step::Initial) || steps.has(Step::OnlyOneWord) ||
                            steps.has(Step::ShortForm) || steps.has(Step::CutForm);
        if (chosen_->name.vague && fuller) return kMarginOfVagueName;
        const bool exact = chosen_->name.cost < rule(Step::Turned).cost;
        return exact || has_another_given_name(other) ? kMarginOfExactName : kMargin;
    }

    /// One account for several people, told apart by tags on the record but not by the host.
    void weigh_shared_box() {
        if (!host_.mailbox) return;
        for (const auto place : company_.words().with_mailbox(host_.mailbox.key)) {
            const auto& staff = company_.staff()[place];
            if (staff.mailbox.key != host_.mailbox.key || !staff.is_active) continue;
            found_.against("mailbox.shared", "the mailbox is also that of " + named(staff));
            return;
        }
    }

    void weigh_branch() {
        if (chosen_->other_branch)
            found_.against("branch.other", "works in another branch than the booking's");
        else if (chosen_->same_branch)
            found_.for_it("branch.same", kBranchWeight, "works in the booking's branch");
    }

    /// Somebody who left may be the one whose account this is.
    void weigh_departed() {
        for (const auto& gone : all_.departed) {
            const bool same_mailbox =
                gone.staff->mailbox && gone.staff->mailbox.key == chosen_->staff->mailbox.key;
            if (same_mailbox && gone.name.cost >= chosen_->name.cost) continue;
            if (gone.has_mailbox && !chosen_->has_mailbox) {
                found_.against(
                    "mailbox.departed", "the mailbox is that of departed " + named(*gone.staff)
                );
                return;
            }
            const bool elsewhere = chosen_->same_branch && gone.other_branch;
            const int gap = gone.name.cost - capped(chosen_->name.cost);
            const bool nearer = chosen_->has_mailbox ? gap < -kMailboxLead : gap <= kMailboxLead;
            if (gone.name.near() && nearer && !elsewhere) {
                found_.against(
                    "name.departed_namesake",
                    "departed " + named(*gone.staff) + " has the same name"
                );
                return;
            }
        }
    }

    void say_name() {
        const auto& name = chosen_->name;
        if (!name.near()) return;
        const auto dearest = rule(name.steps.dearest());
        const auto code =
            name.full() ? std::string{"name.full"} : "name." + std::string{dearest.code};
        std::string text =
            name.cost == 0 ? "the full name is equal" : std::string{dearest.sentence};
        if (name.cost > 0)
            text = "the name is " + std::to_string(name.cost) + " points away: " + text;
        found_.for_it(code, std::max(0, kNameWeight - name.cost), std::move(text));
    }

    int score() const {
        if (by_mailbox_) return kMailboxScore;
        const int cost = chosen_->name.cost;
        return chosen_->name.full() ? kNameScore : std::max(kLeastScore, 79 - cost * 3 / 4);
    }

    Match conclude() {
        const int threshold = company_.auto_threshold();
        const int reached = score();
        if (reached < threshold)
            found_.against(
                "score.below_threshold",
                "score " + std::to_string(reached) + " is below the company's threshold " +
                    std::to_string(threshold),
                threshold - reached
            );
        Match match;
        match.decision = found_.contradicted() ? Decision::Review : Decision::Link;
        match.staff_id = chosen_->staff->id;
        match.score = reached;
        match.source = by_mailbox_            ? Source::Email
                       : chosen_->name.full() ? Source::Name
                                              : Source::Fuzzy;
        match.reasons = found_.take();
        if (next_) {
            match.runner_up = next_->staff->id;
            match.margin = capped(next_->name.cost) - capped(chosen_->name.cost);
        }
        return match;
    }

    const CompanyIndex& company_;
    const FoldedHost& host_;
    const Candidates& all_;
    const bool owned_;
    const Candidate* chosen_{nullptr};
    bool by_mailbox_{false};         ///< the mailbox is the chosen person's alone
    const Candidate* next_{nullptr}; ///< the nearest other by name
    Case found_;
};

} // namespace

Match nobody(std::string code, std::string text) {
    return {.reasons = {{false, std::move(code), std::move(text), kContradiction}}};
}

Match decide(const CompanyIndex& company, const FoldedHost& host, const Candidates& candidates) {
    return Judgement{company, host, candidates}.match();
}

} // namespace calfleet::matching
