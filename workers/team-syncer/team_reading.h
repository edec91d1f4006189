#pragma once
// Everything that Cal.com says about one team, read page by page, and how far it can be trusted.

#include "workers/team-syncer/calls.h"
#include "workers/team-syncer/job.h"
#include "workers/team-syncer/snapshot.h"

#include "common/core/clock.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace calfleet::team_syncer {

struct TeamReading {
    calcom::Team team;
    /// The event types of the key's owner alone: of no team, and without members.
    std::optional<calcom::UserId> personal{};
    std::vector<calcom::Membership> members{}; ///< one per account, by account
    bool members_read{false};
    /// Read to the end and no page overlapped: who is not in it, is gone.
    bool members_certain{false};
    std::vector<SeenEventType> event_types{};
    bool event_types_read{false};
    Instant read_at{}; ///< before the event types were asked for
    std::vector<std::string> problems{};
};

class TeamReader {
public:
    template <class T>
    using Awaitable = boost::asio::awaitable<T>;

    /// Both outlive the reader.
    TeamReader(Calls& calls, const Clock& clock)
        : calls_(calls)
        , clock_(clock) {}

    /// What cannot be read becomes a problem; the rest is read all the same. An outcome: the job
    /// ends now.
    Awaitable<std::variant<TeamReading, job::Outcome>> read(calcom::Team team);

    /// A second reading of the list: an event type that is missing once may have been left out.
    struct Second {
        std::set<calcom::EventTypeId> ids;
        Instant read_at{};
    };
    Awaitable<Answer<Second>> read_again(const TeamReading& first);

    /// What the key's owner sells alone, hidden ones included; members' copies of managed event
    /// types are no such. Cal.com shows it to nobody else.
    Awaitable<std::variant<TeamReading, job::Outcome>> read_personal();

private:
    Awaitable<std::optional<job::Outcome>> read_members(TeamReading& reading);
    Awaitable<std::optional<job::Outcome>> read_event_types(TeamReading& reading);
    Awaitable<Answer<std::vector<calcom::EventType>>> list(const TeamReading& reading);

    Calls& calls_;
    const Clock& clock_;
};

} // namespace calfleet::team_syncer
