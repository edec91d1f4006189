#include "workers/team-syncer/team_reading.h"

#include <algorithm>
#include <utility>

namespace calfleet::team_syncer {
namespace {

constexpr std::string_view kMemberships = "memberships.list";
constexpr std::string_view kEventTypes = "team-event-types.list";
constexpr std::string_view kOwnEventTypes = "event-types.list";
/// Pages without an order may overlap; a list that is small enough never does.
constexpr int kMemberReadings = 3;

std::string about(const calcom::Team& team, std::string_view what, std::string_view why) {
    return "team " + std::to_string(team.id.value) + ", " + std::string(what) + ": " +
           std::string(why);
}

/// One per account, of the team asked for; an accepted membership before an invitation.
std::vector<calcom::Membership> tidy(std::vector<calcom::Membership> members, calcom::TeamId team) {
    std::erase_if(members, [&](const calcom::Membership& one) { return one.team != team; });
    std::sort(
        members.begin(),
        members.end(),
        [](const calcom::Membership& a, const calcom::Membership& b) {
            return std::tuple(a.user, b.accepted, a.id) < std::tuple(b.user, a.accepted, b.id);
        }
    );
    const auto same = [](const calcom::Membership& a, const calcom::Membership& b) {
        return a.user == b.user;
    };
    members.erase(std::unique(members.begin(), members.end(), same), members.end());
    return members;
}

} // namespace

boost::asio::awaitable<std::variant<TeamReading, job::Outcome>> TeamReader::read(calcom::Team team
) {
    TeamReading reading{.team = std::move(team)};
    if (auto end = co_await read_members(reading)) co_return std::move(*end);
    if (auto end = co_await read_event_types(reading)) co_return std::move(*end);
    co_return reading;
}

boost::asio::awaitable<std::optional<job::Outcome>> TeamReader::read_members(TeamReading& reading) {
    const calcom::TeamId team = reading.team.id;
    for (int round = 0; round < kMemberReadings && !reading.members_certain; ++round) {
        calcom::MembershipCollector collector;
        while (!collector.complete()) {
            const auto send = [&](calcom::Client& client, const auto& key, calcom::Until until) {
                return client.memberships(key, team, collector.next_skip(), until);
            };
            using Page = std::vector<calcom::Membership>;
            Answer<Page> answer = co_await calls_.ask<Page>(kMemberships, send);
            if (auto* end = std::get_if<job::Outcome>(&answer)) co_return std::move(*end);
            if (const auto* denied = std::get_if<Denied>(&answer)) {
                reading.problems.push_back(about(
                    reading.team,
                    "members",
                    denied->text + "; the key's owner must be an admin of the team"
                ));
                co_return std::nullopt;
            }
            const Result<> added = collector.add(std::move(std::get<Page>(answer)));
            if (!added) {
                reading.problems.push_back(about(reading.team, "members", added.error().message));
                co_return std::nullopt;
            }
        }
        reading.members_certain = collector.certain();
        reading.members = tidy(collector.take(), team);
        reading.members_read = true;
    }
    if (!reading.members_certain)
        reading.problems.push_back(
            about(reading.team, "members", "the pages of the list overlap: nobody is called gone")
        );
    co_return std::nullopt;
}

/// Those that belong to what was read, whoever else's are in the list.
boost::asio::awaitable<Answer<std::vector<calcom::EventType>>>
TeamReader::list(const TeamReading& reading) {
    using List = std::vector<calcom::EventType>;
    const calcom::TeamId team = reading.team.id;
    const bool personal = reading.personal.has_value();
    const auto send = [&](calcom::Client& client, const auto& key, calcom::Until until) {
        return personal ? client.own_event_types(key, until)
                        : client.team_event_types(key, team, until);
    };
    Answer<List> answer = co_await calls_.ask<List>(personal ? kOwnEventTypes : kEventTypes, send);
    if (auto* types = std::get_if<List>(&answer))
        std::erase_if(*types, [&](const calcom::EventType& one) {
            if (personal)
                return one.managed || one.team.has_value() ||
                       (one.owner && *one.owner != *reading.personal);
            return one.team && *one.team != team;
        });
    co_return answer;
}

boost::asio::awaitable<std::optional<job::Outcome>>
TeamReader::read_event_types(TeamReading& reading) {
    using List = std::vector<calcom::EventType>;
    reading.read_at = clock_.now();
    Answer<List> answer = co_await list(reading);
    if (auto* end = std::get_if<job::Outcome>(&answer)) co_return std::move(*end);
    if (const auto* denied = std::get_if<Denied>(&answer)) {
        reading.problems.push_back(
            reading.personal ? "event types of the key's owner: " + denied->text
                             : about(reading.team, "event types", denied->text)
        );
        co_return std::nullopt;
    }
    for (calcom::EventType& event_type : std::get<List>(answer)) {
        if (!event_type.unfit.empty()) {
            const std::string which = "event type " + std::to_string(event_type.id.value);
            reading.problems.push_back(
                reading.personal ? which + ": " + event_type.unfit
                                 : about(reading.team, which, event_type.unfit)
            );
            continue;
        }
        if (reading.personal)
            event_type.owner = reading.personal;
        else
            event_type.team = reading.team.id;
        reading.event_types.push_back(seen(std::move(event_type)));
    }
    reading.event_types_read = true;
    co_return std::nullopt;
}

boost::asio::awaitable<Answer<TeamReader::Second>> TeamReader::read_again(const TeamReading& first
) {
    using List = std::vector<calcom::EventType>;
    Second second{.ids = {}, .read_at = clock_.now()};
    Answer<List> answer = co_await list(first);
    if (auto* end = std::get_if<job::Outcome>(&answer)) co_return std::move(*end);
    if (auto* denied = std::get_if<Denied>(&answer)) co_return std::move(*denied);
    for (const calcom::EventType& event_type : std::get<List>(answer))
        second.ids.insert(event_type.id);
    co_return second;
}

boost::asio::awaitable<std::variant<TeamReading, job::Outcome>> TeamReader::read_personal() {
    TeamReading reading;
    const auto send = [](calcom::Client& client, const auto& key, calcom::Until until) {
        return client.me(key, until);
    };
    Answer<calcom::Me> answer = co_await calls_.ask<calcom::Me>(calcom::kProbeOperation, send);
    if (auto* end = std::get_if<job::Outcome>(&answer)) co_return std::move(*end);
    if (const auto* denied = std::get_if<Denied>(&answer)) {
        reading.problems.push_back("the key's owner: " + denied->text);
        co_return reading;
    }
    reading.personal = std::get<calcom::Me>(answer).id;
    if (auto end = co_await read_event_types(reading)) co_return std::move(*end);
    co_return reading;
}

} // namespace calfleet::team_syncer
