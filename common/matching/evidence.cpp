#include "common/matching/evidence.h"

#include "common/matching/vocabulary.h"

#include <algorithm>
#include <array>

namespace calfleet::matching {
namespace {

HandleFit
fit_of_either(std::string_view handle, const FoldedHost& host, const Candidate& candidate) {
    const auto read = read_handle(handle);
    return std::max(handle_fit(read, candidate.staff->name), handle_fit(read, host.name));
}

/// The colleague whom the handle names: outright ("petra.schmidt"), or by the whole of it being
/// a word of the name ("emre") that neither the host nor the candidate has.
const FoldedStaff* named_colleague(
    const CompanyIndex& company,
    const FoldedHost& host,
    const Candidate& candidate,
    std::string_view text
) {
    const auto handle = read_handle(text);
    const bool fits_nobody_here = handle_fit(handle, candidate.staff->name) == HandleFit::None &&
                                  handle_fit(handle, host.name) == HandleFit::None;
    const FoldedStaff* called = nullptr;
    for (const auto place : company.words().within(handle)) {
        const auto& staff = company.staff()[place];
        if (&staff == candidate.staff) continue;
        if (handle_fit(handle, staff.name) == HandleFit::Whole &&
            !distance(staff.name, candidate.staff->name).full())
            return &staff;
        if (called || !fits_nobody_here || !staff.is_active || handle.letters.size() < 3 ||
            staff.name.readings.empty())
            continue;
        for (const auto& token : staff.name.readings.front().tokens)
            if (std::find(token.forms.begin(), token.forms.end(), handle.letters) !=
                token.forms.end())
                called = &staff;
    }
    return called;
}

void take_out(std::string& word, const DisplayName& name) {
    for (const auto& reading : name.readings)
        for (const auto& token : reading.tokens)
            for (const auto& form : token.forms)
                if (const auto at = word.find(form); form.size() >= 3 && at != std::string::npos)
                    word.erase(at, form.size());
}

/// The word of a domain stands for the person or for a home: "gross", "annagross", "familie",
/// "web"; not "reifengross".
bool is_private_word(std::string word, const FoldedHost& host, const Candidate& candidate) {
    if (is_organisation(word) || is_occupation(word)) return false;
    take_out(word, host.name);
    take_out(word, candidate.staff->name);
    return word.size() < 3 || is_private_domain_word(word);
}

/// A business of its own: neither ours nor a provider of private mailboxes, nor named after nobody
/// but the person. "reifen-gross.de" is the business of somebody of that name, "familie-gross.de"
/// a home.
bool is_of_another_business(
    const CompanyIndex& company, const FoldedHost& host, const Candidate& candidate
) {
    const auto& domain = host.mailbox.domain;
    const auto label = domain.substr(0, domain.rfind('.'));
    if (company.owns_label(label) || is_private_mail(domain)) return false;
    if (fit_of_either(label, host, candidate) == HandleFit::None) return true;
    const auto words = read_handle(label).words;
    return !std::all_of(words.begin(), words.end(), [&](const auto& word) {
        return is_private_word(word, host, candidate);
    });
}

void weigh_mailbox(
    const CompanyIndex& company, const FoldedHost& host, const Candidate& candidate, Case& found
) {
    const auto& mailbox = host.mailbox;
    if (!mailbox || candidate.has_mailbox) return;
    const auto fit = fit_of_either(mailbox.local, host, candidate);
    // "anna.kosmetik@" is Anna's, as "praxis.mueller@" is where everybody may have a mailbox.
    const auto words = read_handle(mailbox.local).words;
    const bool desk = is_role_word(words.front()) && !is_private_mail(mailbox.domain);
    if (mailbox.is_role && (desk || fit < HandleFit::Part)) {
        found.against("mailbox.role", "the host's mailbox belongs to a role, not to a person");
        return;
    }
    const bool business = is_of_another_business(company, host, candidate);
    if (business)
        found.against("mailbox.other_business", "the host's mailbox is of another business");
    if (fit == HandleFit::Whole) {
        if (!business)
            found.for_it(
                "mailbox.fits_name", kHandleWeight, "the host's mailbox is named after the person"
            );
        return;
    }
    if (const auto* colleague = named_colleague(company, host, candidate, mailbox.local)) {
        found.against(
            "mailbox.names_colleague",
            "the host's mailbox is named after colleague " + named(*colleague)
        );
        return;
    }
    const bool own_domain = company.owns_domain(mailbox.domain);
    const bool full_name = looks_like_full_name(mailbox.local);
    if (own_domain && has_other_initial(mailbox.local, candidate.staff->name)) {
        found.against(
            "mailbox.other_initial", "the host's mailbox has the family name with another initial"
        );
    } else if (own_domain && fit == HandleFit::Part && full_name) {
        found.against(
            "mailbox.other_family_name", "the host's mailbox shares only a part of the name"
        );
    } else if (fit == HandleFit::None && own_domain && (full_name || looks_like_one_name(mailbox.local))) {
        found.against(
            "mailbox.other_name",
            "the host's mailbox in the company's domain is named after somebody else"
        );
    } else if (fit == HandleFit::None && full_name && !is_fancy_handle(mailbox.local)) {
        found.against("mailbox.other_name", "the host's mailbox is named after somebody else");
    }
}

void weigh_username(
    const CompanyIndex& company, const FoldedHost& host, const Candidate& candidate, Case& found
) {
    const auto& username = host.username;
    if (username.empty() || read_mailbox(username)) return;
    const auto fit = fit_of_either(username, host, candidate);
    if (fit == HandleFit::Whole) {
        if (handle_fit(username, candidate.staff->name) == HandleFit::Whole)
            found.for_it(
                "username.fits_name", kHandleWeight, "the user name is made of the person's name"
            );
        return;
    }
    if (const auto* colleague = named_colleague(company, host, candidate, username)) {
        if (colleague->is_active || !candidate.has_mailbox)
            found.against(
                "username.names_colleague",
                "the user name is that of colleague " + named(*colleague)
            );
        return;
    }
    if (fit != HandleFit::None || (candidate.has_mailbox && candidate.name.full())) return;
    const auto dash = username.find_first_of("._-");
    if (looks_like_full_name(username) && is_known_given_name(username.substr(0, dash)))
        found.against("username.other_name", "the user name is somebody else's name");
}

bool begins_with_given_name(const PersonName& name) {
    return name.tokens.size() >= 2 && !name.tokens.front().facts.empty() &&
           name.tokens.front().facts.front().is_known_given_name;
}

/// Another person in the display name: a colleague, or whoever stands first.
void weigh_second_person(
    const CompanyIndex& company, const FoldedHost& host, const Candidate& candidate, Case& found
) {
    if (candidate.name.host_reading > 0 && candidate.name.near() &&
        host.name.readings[candidate.name.host_reading].steps.has(Step::Decorated) &&
        begins_with_given_name(host.name.readings.front())) {
        found.against("name.second_person", "the host's name begins with another person");
        return;
    }
    for (const auto& other : host.name.others) {
        DisplayName beside;
        beside.kind = NameKind::Person;
        beside.readings.push_back(other);
        for (const auto place : company.words().near(beside)) {
            const auto& staff = company.staff()[place];
            if (&staff == candidate.staff || !distance(beside, staff.name).full()) continue;
            found.against(
                "name.names_colleague", "the host's name also names colleague " + named(staff)
            );
            return;
        }
    }
}

} // namespace

std::string named(const FoldedStaff& staff) {
    return "\"" + staff.id + "\"";
}

void weigh_handles(
    const CompanyIndex& company, const FoldedHost& host, const Candidate& candidate, Case& found
) {
    weigh_mailbox(company, host, candidate, found);
    weigh_username(company, host, candidate, found);
}

void weigh_display_name(
    const CompanyIndex& company, const FoldedHost& host, const Candidate& candidate, Case& found
) {
    const auto& name = host.name;
    if (name.kind == NameKind::Resource)
        found.against("name.resource", "the record is called like the host, and may be no person");
    if (name.several_people && !candidate.staff->name.several_people)
        found.against("name.several_people", "the host's name joins several people");
    if (name.absent)
        found.against(
            "name.absent", "the host's name speaks of a substitute or of somebody who left"
        );
    if (name.resource_beside)
        found.against("name.resource_beside", "the host's name names a room beside the person");
    // A letter from the wrong keyboard in the person's own account is nobody else's name.
    const bool own = candidate.has_mailbox && !candidate.shares_mailbox && candidate.name.full();
    if (name.mixed_scripts && !own)
        found.against(
            "name.mixed_scripts",
            "a word of the host's name mixes look-alike letters of two scripts"
        );
    if (name.strange_tail)
        found.against(
            "name.strange_tail", "something stands behind the name that no person writes there"
        );
    weigh_second_person(company, host, candidate, found);
}

} // namespace calfleet::matching
