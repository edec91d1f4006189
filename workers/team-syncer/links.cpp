#include "workers/team-syncer/links.h"

#include "common/core/text.h"

#include <algorithm>

namespace calfleet::team_syncer {

std::string_view name(LinkState state) {
    switch (state) {
    case LinkState::Linked:
        return "linked";
    case LinkState::Review:
        return "review";
    case LinkState::Unmatched:
        return "unmatched";
    }
    return "unmatched";
}

LinkState link_state(std::string_view word) {
    if (word == "linked") return LinkState::Linked;
    return word == "review" ? LinkState::Review : LinkState::Unmatched;
}

std::optional<Link> known_link(const LinkFacts& facts) {
    constexpr int kCertain = 100;
    if (facts.known && by_person(facts.known->source)) {
        Link link = *facts.known;
        if (link.state == LinkState::Linked && !facts.known_staff_active)
            link.state = LinkState::Review;
        return link;
    }
    if (facts.mapping) {
        Link link{LinkState::Linked, facts.mapping->staff, "mapping", facts.mapping->score};
        if (by_person(facts.mapping->source))
            link.score = kCertain;
        else if (facts.account_of && facts.account_of != facts.mapping->staff)
            link.state = LinkState::Review;
        return link;
    }
    if (facts.account_of) return Link{LinkState::Linked, facts.account_of, "mapping", kCertain};
    if (!facts.known) return std::nullopt;
    if (facts.known->state == LinkState::Linked)
        return facts.known_staff_active ? facts.known : std::nullopt;
    return facts.known_is_outdated ? std::nullopt : facts.known;
}

Link link_of(const matching::Match& match, bool person_decided) {
    const auto staff = parse_int64(match.staff_id);
    if (match.decision == matching::Decision::None || !staff) return {};
    Link link{
        .state = LinkState::Review,
        .staff = StaffId{*staff},
        .source = std::string(text(match.source)),
        .score = std::clamp(match.score, 0, 100)};
    if (match.decision == matching::Decision::Link && !person_decided)
        link.state = LinkState::Linked;
    return link;
}

Link TakenStaff::settle(Link link, calcom::UserId user) {
    if (link.state != LinkState::Linked || !link.staff) return link;
    const auto [held, fresh] = users_.try_emplace(*link.staff, user);
    if (!fresh && held->second != user) link.state = LinkState::Review;
    return link;
}

} // namespace calfleet::team_syncer
