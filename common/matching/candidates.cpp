#include "common/matching/candidates.h"

#include "common/matching/vocabulary.h"

#include <algorithm>
#include <iterator>

namespace calfleet::matching {
namespace {

bool is_missing(std::string_view field) {
    const auto text = to_utf8(clean(field, 32));
    return text.empty() || is_placeholder(text);
}

bool is_tagged(const Mailbox& mailbox) {
    return mailbox.exact.find('+') < mailbox.exact.find('@');
}

/// A tag on the record is part of whose mailbox it is: info+ben@ is Ben's, not Lena's.
bool owns(const Mailbox& staff, const Mailbox& host) {
    if (!staff || !host || staff.key != host.key) return false;
    return !is_tagged(staff) || staff.exact == host.exact;
}

/// Who has the very address with its tag keeps it from those who have it without.
void prefer_tagged(Candidates& found, const Mailbox& host) {
    const auto has_it = [&](const Candidate& c) {
        return c.has_mailbox && is_tagged(c.staff->mailbox);
    };
    if (std::none_of(found.active.begin(), found.active.end(), has_it) || !host) return;
    for (auto& candidate : found.active)
        candidate.has_mailbox = has_it(candidate);
}

void mark_shared(Candidates& found) {
    const auto owners = std::count_if(found.active.begin(), found.active.end(), [](const auto& c) {
        return c.has_mailbox;
    });
    for (auto& candidate : found.active)
        candidate.shares_mailbox = candidate.has_mailbox && owners > 1;
}

/// Records that are no people ("Temp 2") and are called as the host is.
Places named_alike(const CompanyIndex& company, const DisplayName& host) {
    Places places;
    for (std::uint32_t place = 0; !host.resource.empty() && place < company.staff().size(); ++place)
        if (company.staff()[place].name.resource == host.resource) places.push_back(place);
    return places;
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
    // Cal.com makes the user name of the name: it says nothing more then.
    if (!folded.username.empty() && folded.name.kind != NameKind::Empty &&
        read_handle(folded.username).letters == read_handle(host.name.substr(0, 64)).letters)
        folded.username.clear();
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

Candidates gather(const CompanyIndex& company, const FoldedHost& host) {
    auto named = company.words().near(host.name);
    const auto alike = named_alike(company, host.name);
    named.insert(named.end(), alike.begin(), alike.end());
    std::sort(named.begin(), named.end());
    named.erase(std::unique(named.begin(), named.end()), named.end());
    const auto owners = host.mailbox ? company.words().with_mailbox(host.mailbox.key) : Places{};
    Places places;
    std::set_union(
        named.begin(), named.end(), owners.begin(), owners.end(), std::back_inserter(places)
    );
    const auto& words = host.name.decorations;
    Candidates found;
    for (const auto place : places) {
        const auto& staff = company.staff()[place];
        const bool role = staff.mailbox.is_role;
        Candidate candidate{
            .staff = &staff,
            .name = distance(host.name, staff.name, role ? "" : staff.mailbox.local)};
        if (!host.name.resource.empty() && staff.name.resource == host.name.resource)
            candidate.name.cost = 0;
        candidate.has_mailbox = owns(staff.mailbox, host.mailbox);
        if (!candidate.has_mailbox && !candidate.name.near()) continue;
        candidate.named_branch = !staff.branch.empty() &&
                                 std::find(words.begin(), words.end(), staff.branch) != words.end();
        candidate.same_branch =
            host.branch.empty() ? candidate.named_branch : host.branch == staff.branch;
        candidate.other_branch =
            !host.branch.empty() && !staff.branch.empty() && host.branch != staff.branch;
        (staff.is_active ? found.active : found.departed).push_back(candidate);
    }
    prefer_tagged(found, host.mailbox);
    mark_shared(found);
    return found;
}

} // namespace calfleet::matching
