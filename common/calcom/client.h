#pragma once
// Cal.com's API v2 in types: one function for each thing we ask, one reply that says what it came
// to.

#include "common/calcom/event_type.h"
#include "common/calcom/event_type_patch.h"
#include "common/calcom/raw_booking_fields.h"
#include "common/calcom/reply.h"
#include "common/calcom/requests.h"
#include "common/calcom/team.h"
#include "common/core/clock.h"
#include "common/http/client.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <vector>

namespace calfleet::calcom {

/// When a request must have ended, whatever it came to: the job's lease, say.
using Until = Monotonic;

/// A managed parent answers with its children, ids and all; others with none.
struct PatchedTeamEventType {
    EventType event_type;
    std::vector<EventType> children;
};

/// Each function sends exactly one request (a GET a second time only when the pooled connection it
/// took had died), and never looks at quota or breakers: that is done before. Event loop thread
/// only; keys are read during the call and not kept. A cancelled coroutine throws
/// operation_aborted.
///
/// A 2xx whose data is not what was asked for is Unknown: the server, or somebody on the way, is
/// not well. One whose data is larger than what is kept (bounds.h) is Definite TooLarge: it stays
/// so until somebody changes it at Cal.com.
class Client {
public:
    /// http and clock outlive this.
    Client(http::Client& http, const Clock& clock);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    template <class T>
    using Awaitable = boost::asio::awaitable<Reply<T>>;

    /// Whose key it is; also the probe that tells a revoked key from a passing 401.
    Awaitable<Me> me(const ApiKey& key, Until until);
    Awaitable<std::vector<Team>> teams(const ApiKey& key, Until until);
    /// One page; see MembershipCollector.
    Awaitable<std::vector<Membership>>
    memberships(const ApiKey& key, TeamId team, std::size_t skip, Until until);

    Awaitable<std::vector<EventType>> own_event_types(const ApiKey& key, Until until);
    Awaitable<EventType> event_type(const ApiKey& key, EventTypeId id, Until until);
    Awaitable<std::vector<EventType>> team_event_types(const ApiKey& key, TeamId team, Until until);
    Awaitable<EventType>
    team_event_type(const ApiKey& key, TeamId team, EventTypeId id, Until until);
    /// Nothing when that person has no visible event type of that slug.
    Awaitable<std::optional<EventType>>
    user_event_type(const ApiKey& key, const UserSlug& slug, Until until);
    /// True: that person has an event type of that slug, be it hidden. One that there is none for
    /// is Definite NotFound.
    Awaitable<bool> user_slots(const ApiKey& key, const UserSlug& slug, Until until);
    /// What a change of the questions would take away.
    Awaitable<RawQuestions> raw_questions(const ApiKey& key, EventTypeId id, Until until);

    /// Error-free patches only (check()): a patch that is not comes back as Definite Invalid with
    /// status 0 and nothing sent. What the server dropped is told by compare().
    Awaitable<EventType>
    patch_event_type(const ApiKey& key, EventTypeId id, const EventTypePatch& patch, Until until);
    Awaitable<PatchedTeamEventType> patch_team_event_type(
        const ApiKey& key, TeamId team, EventTypeId id, const EventTypePatch& patch, Until until
    );

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::calcom
