#include "workers/calfleet/mapping_verdict.h"

namespace calfleet::cli {
namespace {

Verdict refused(std::string why_not) {
    return {Verdict::Kind::Refused, std::move(why_not)};
}

bool is_done(const SeenDecision& decision, const MappingFacts& facts) {
    const bool by_person = facts.source == "manual" || facts.source == "admin";
    if (!by_person) return false;
    if (decision.verb == MappingVerb::PutAway) return facts.state == "inactive";
    return facts.state == "active" && decision.staff && facts.staff == decision.staff->value;
}

std::string as_it_stands(const MappingFacts& facts) {
    std::string text = facts.state;
    if (facts.state == "active" && facts.staff)
        text += " for staff member " + std::to_string(*facts.staff);
    return text + ", by " + facts.decided_by + " at " + format_instant(facts.decided_at);
}

} // namespace

Verdict judge(const SeenDecision& decision, const std::optional<MappingFacts>& facts) {
    const std::string which = "mapping " + std::to_string(decision.mapping.value);
    if (!facts) return refused("there is no " + which + "; see calfleet mapping list");
    if (is_done(decision, *facts)) return {Verdict::Kind::Already};
    if (facts->decided_at != decision.seen)
        return refused(
            which + " was decided meanwhile: " + as_it_stands(*facts) + "; look at it again"
        );
    if (facts->state == "inactive")
        return refused(which + " is inactive; its host is decided about with its next booking");
    if (decision.verb == MappingVerb::PutAway) return {};
    if (!decision.staff) return refused(which + " has no candidate; assign somebody");
    const std::string who = "staff member " + std::to_string(decision.staff->value) +
                            " of company " + std::to_string(facts->company.value);
    if (decision.verb == MappingVerb::Approve &&
        (facts->state != "review" || facts->staff != decision.staff->value))
        return refused(
            which + " is " + facts->state + " and no question about " + who + "; assign them"
        );
    if (!facts->staff_in_company) return refused("there is no " + who);
    if (!facts->staff_active)
        return refused(who + " is not active; activate them first (calfleet staff import)");
    return {};
}

} // namespace calfleet::cli
