#include "common/matching/decide.h"

namespace calfleet::matching {
namespace {

constexpr int kHandleScore = 55;

} // namespace

Match decide_by_handle(const CompanyIndex& company, const FoldedHost& host) {
    const auto local = read_handle(host.mailbox && !host.mailbox.is_role ? host.mailbox.local : "");
    const auto username = read_handle(host.username);
    const FoldedStaff* only = nullptr;
    const FoldedStaff* other = nullptr;
    for (const auto* handle : {&local, &username}) {
        for (const auto place : company.words().within(*handle)) {
            const auto& staff = company.staff()[place];
            if (handle_fit(*handle, staff.name) != HandleFit::Whole || &staff == only) continue;
            // Who is here comes before who left.
            if (!only || (!only->is_active && staff.is_active))
                only = &staff;
            else if (!other && staff.is_active)
                other = &staff;
        }
    }
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
