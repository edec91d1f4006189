#include "common/matching/decide.h"

#include <algorithm>

namespace calfleet::matching {
namespace {

constexpr int kHandleScore = 55;

bool is_whole_name(const Handle& handle, const FoldedStaff& staff) {
    return handle_fit(handle, staff.name) == HandleFit::Whole;
}

/// "anjali"
bool is_word_of_name(const Handle& handle, const FoldedStaff& staff) {
    constexpr std::size_t kShortest = 4;
    if (handle.letters.size() < kShortest || staff.name.readings.empty()) return false;
    const auto& tokens = staff.name.readings.front().tokens;
    return std::any_of(tokens.begin(), tokens.end(), [&](const Token& token) {
        return std::find(token.forms.begin(), token.forms.end(), handle.letters) !=
               token.forms.end();
    });
}

/// Whom a mailbox or user name means. Who is here comes before who left.
struct Found {
    const FoldedStaff* only{nullptr};
    const FoldedStaff* other{nullptr};

    template <class Means>
    void look(const CompanyIndex& company, const Handle& handle, Means means) {
        for (const auto place : company.words().within(handle)) {
            const auto& staff = company.staff()[place];
            if (&staff == only || !means(handle, staff)) continue;
            if (!only || (!only->is_active && staff.is_active))
                only = &staff;
            else if (!other && staff.is_active)
                other = &staff;
        }
    }
};

} // namespace

Match decide_by_handle(const CompanyIndex& company, const FoldedHost& host) {
    const auto local = read_handle(host.mailbox && !host.mailbox.is_role ? host.mailbox.local : "");
    const auto username = read_handle(host.username);
    auto found = Found{};
    for (const auto* handle : {&local, &username})
        found.look(company, *handle, is_whole_name);
    if (!found.only)
        for (const auto* handle : {&local, &username})
            found.look(company, *handle, is_word_of_name);
    const auto* only = found.only;
    const auto* other = found.other;
    if (!only || !only->is_active)
        return nobody("host.unknown", "no active staff member has this mailbox or name");
    Match match;
    match.decision = Decision::Review;
    match.staff_id = only->id;
    match.score = kHandleScore;
    match.source = Source::Fuzzy;
    match.reasons = {
        {true,
         "handle.fits_name",
         "mailbox or user name is made of the person's name",
         kHandleWeight},
        {false, "name.missing", "the host has no name that could confirm it", kContradiction}};
    if (other) {
        match.runner_up = other->id;
        match.reasons.push_back(
            {false, "handle.several", "mailbox or user name fits several people", kContradiction}
        );
    }
    return match;
}

} // namespace calfleet::matching
