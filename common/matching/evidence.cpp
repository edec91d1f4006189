#include "common/matching/evidence.h"

#include "common/matching/vocabulary.h"

#include <algorithm>

namespace calfleet::matching {
namespace {

std::string quoted(const FoldedStaff& staff) {
    return "\"" + staff.id + "\"";
}

bool is_missing(std::string_view field) {
    const auto text = to_utf8(clean(field, 32));
    return text.empty() || is_placeholder(text);
}

/// The colleague whom the handle names outright, other than the candidate.
const FoldedStaff*
named_colleague(const Evidence& evidence, const Candidate& candidate, std::string_view text) {
    const auto handle = read_handle(text);
    for (const auto& staff : evidence.company.staff()) {
        if (&staff == candidate.staff) continue;
        if (handle_fit(handle, staff.name) == HandleFit::Whole &&
            compare(staff.name, candidate.staff->name).level != NameLevel::Full) {
            return &staff;
        }
    }
    return nullptr;
}

/// The colleague whose given name the whole handle is ("emre"), when the
/// candidate's is another.
const FoldedStaff*
colleague_called(const Evidence& evidence, const Candidate& candidate, std::string_view handle) {
    if (handle_fit(handle, candidate.staff->name) != HandleFit::None ||
        handle_fit(handle, evidence.host.name) != HandleFit::None)
        return nullptr;
    const auto word = fold_branch(handle);
    for (const auto& staff : evidence.company.staff()) {
        if (&staff == candidate.staff || !staff.is_active || staff.name.readings.empty()) continue;
        for (const auto& token : staff.name.readings.front().tokens) {
            if (std::find(token.forms.begin(), token.forms.end(), word) != token.forms.end() &&
                word.size() >= 3)
                return &staff;
        }
    }
    return nullptr;
}

void weigh_local_part(const Evidence& evidence, const Candidate& candidate, Case& found) {
    const auto& mailbox = evidence.host.mailbox;
    if (!mailbox || candidate.has_mailbox) return;
    if (mailbox.is_role) {
        found.against("mailbox.role", "the host's mailbox belongs to a role, not to a person");
        return;
    }
    const auto fit = std::max(
        handle_fit(mailbox.local, candidate.staff->name),
        handle_fit(mailbox.local, evidence.host.name)
    );
    if (fit == HandleFit::Whole) {
        found.for_it("mailbox.fits_name", "the host's mailbox is named after the person");
        return;
    }
    if (const auto* colleague = named_colleague(evidence, candidate, mailbox.local)) {
        found.against(
            "mailbox.names_colleague",
            "the host's mailbox is named after colleague " + quoted(*colleague)
        );
        return;
    }
    if (const auto* colleague = colleague_called(evidence, candidate, mailbox.local)) {
        found.against(
            "mailbox.names_colleague",
            "the host's mailbox is named after colleague " + quoted(*colleague)
        );
        return;
    }
    const bool own_domain = evidence.company.owns_domain(mailbox.domain);
    if (own_domain && has_other_initial(mailbox.local, candidate.staff->name)) {
        found.against(
            "mailbox.other_initial", "the host's mailbox has the family name with another initial"
        );
    } else if (own_domain && fit == HandleFit::Part && looks_like_full_name(mailbox.local)) {
        found.against(
            "mailbox.other_family_name", "the host's mailbox shares only a part of the name"
        );
    } else if (fit == HandleFit::None && own_domain &&
             (looks_like_full_name(mailbox.local) ||
              looks_like_one_name(mailbox.local))) {
        found.against(
            "mailbox.other_name",
            "the host's mailbox in the company's "
            "domain is named after somebody else"
        );
    } else if (fit == HandleFit::None && looks_like_full_name(mailbox.local) &&
             !is_fancy_handle(mailbox.local)) {
        found.against("mailbox.other_name", "the host's mailbox is named after somebody else");
    }
}

void weigh_username(const Evidence& evidence, const Candidate& candidate, Case& found) {
    const auto& username = evidence.host.username;
    if (username.empty() || read_mailbox(username)) return;
    const auto fit = std::max(
        handle_fit(username, candidate.staff->name), handle_fit(username, evidence.host.name)
    );
    if (fit == HandleFit::Whole) {
        if (handle_fit(username, candidate.staff->name) == HandleFit::Whole) {
            found.for_it("username.fits_name", "the user name is made of the person's name");
        }
        return;
    }
    if (const auto* colleague = named_colleague(evidence, candidate, username)) {
        if (colleague->is_active || !candidate.has_mailbox) {
            found.against(
                "username.names_colleague",
                "the user name is that of colleague " + quoted(*colleague)
            );
        }
        return;
    }
    if (const auto* colleague = colleague_called(evidence, candidate, username)) {
        found.against(
            "username.names_colleague", "the user name is that of colleague " + quoted(*colleague)
        );
        return;
    }
    if (fit != HandleFit::None ||
        (candidate.has_mailbox && candidate.name.level == NameLevel::Full))
        return;
    const auto dash = username.find_first_of("._-");
    if (looks_like_full_name(username) && is_known_given_name(username.substr(0, dash))) {
        found.against("username.other_name", "the user name is somebody else's name");
    }
}

} // namespace

std::string fold_branch(std::string_view branch) {
    std::string folded;
    std::u32string word;
    const auto finish = [&] {
        if (word.empty()) return;
        const auto script = script_of(word.front());
        const auto forms = latin_forms(word, script == Script::None ? Script::Latin : script);
        if (!folded.empty()) folded += ' ';
        folded += forms.empty() ? to_utf8(word) : forms.front();
        word.clear();
    };
    for (const char32_t c : clean(branch, 80)) {
        if (is_letter(c) || is_digit(c))
            word.push_back(c);
        else
            finish();
    }
    finish();
    return folded;
}

FoldedHost fold_host(const Host& host, std::string_view branch) {
    FoldedHost folded;
    folded.name = read_display_name(host.name);
    if (!is_missing(host.email)) folded.mailbox = read_mailbox(host.email);
    if (!folded.mailbox && !folded.name.mailbox.empty())
        folded.mailbox = read_mailbox(folded.name.mailbox);
    if (!is_missing(host.username)) folded.username = host.username.substr(0, 120);
    folded.branch = fold_branch(branch);
    if (folded.name.kind == NameKind::Person && folded.name.readings.size() == 1 &&
        folded.name.readings.front().tokens.size() == 1) {
        const auto& token = folded.name.readings.front().tokens.front();
        const auto text = token.forms.empty() ? token.exact : token.forms.front();
        const auto same_as = [&](std::string_view handle) { return fold_branch(handle) == text; };
        folded.name_is_handle =
            token.script == Script::Latin &&
            (same_as(folded.username) || (folded.mailbox && same_as(folded.mailbox.local)));
    }
    return folded;
}

Evidence gather(const CompanyIndex& company, const FoldedHost& host) {
    Evidence evidence{.company = company, .host = host, .active = {}, .departed = {}};
    for (const auto& staff : company.staff()) {
        Candidate candidate{.staff = &staff, .name = compare(host.name, staff.name)};
        candidate.has_mailbox =
            host.mailbox && staff.mailbox && host.mailbox.key == staff.mailbox.key;
        candidate.same_branch = !host.branch.empty() && host.branch == staff.branch;
        candidate.other_branch =
            !host.branch.empty() && !staff.branch.empty() && host.branch != staff.branch;
        if (!candidate.has_mailbox && candidate.name.level < NameLevel::Fuzzy) continue;
        (staff.is_active ? evidence.active : evidence.departed).push_back(candidate);
    }
    return evidence;
}

void weigh_handles(const Evidence& evidence, const Candidate& candidate, Case& found) {
    weigh_local_part(evidence, candidate, found);
    weigh_username(evidence, candidate, found);
}

void weigh_display_name(const Evidence& evidence, const Candidate& candidate, Case& found) {
    const auto& name = evidence.host.name;
    if (name.several_people && !candidate.staff->name.several_people)
        found.against("name.several_people", "the host's name joins several people");
    if (name.absent)
        found.against(
            "name.absent", "the host's name speaks of a substitute or of somebody who left"
        );
    if (name.resource_beside)
        found.against("name.resource_beside", "the host's name names a room beside the person");
    if (name.mixed_scripts)
        found.against(
            "name.mixed_scripts",
            "a word of the host's name mixes look-alike letters of two scripts"
        );
    for (const auto& other : name.others) {
        for (const auto& staff : evidence.company.staff()) {
            const bool other_person =
                &staff != candidate.staff &&
                std::any_of(
                    staff.name.readings.begin(),
                    staff.name.readings.end(),
                    [&](const auto& r) { return compare(other, r).level == NameLevel::Full; }
                );
            if (other_person) {
                found.against(
                    "name.names_colleague", "the host's name also names colleague " + quoted(staff)
                );
                return;
            }
        }
        if (std::none_of(
                candidate.staff->name.readings.begin(),
                candidate.staff->name.readings.end(),
                [&](const auto& r) { return compare(other, r).level == NameLevel::Full; }
            ))
            continue;
        if (compare(name.readings.front(), candidate.staff->name.readings.front()).level <
            NameLevel::Fuzzy) {
            found.against("name.second_person", "the host's name begins with another person");
            return;
        }
    }
}

} // namespace calfleet::matching
