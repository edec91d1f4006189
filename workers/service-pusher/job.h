#pragma once
// What a push decides, without touching anything: a state machine from facts to rows.
//
//     begin() ──► Settled                    nothing to push
//        │
//     Looking ──► Settled                    nothing differs, or Cal.com refused
//        │ GET answered
//     Changing ─► Settled                    what the PATCH came to
//
// The event type is read before every change: Cal.com has neither versions nor change times, so
// only its content tells whether somebody else edited it, and a change that changes nothing must
// not be sent (to a managed parent it would reset every child).

#include "workers/service-pusher/fields.h"

#include "common/calcom/event_type.h"
#include "common/calcom/event_type_patch.h"
#include "common/calcom/gate_outcome.h"
#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/job/outcome.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace calfleet::service_pusher {

/// What becomes of an edit that somebody made at Cal.com.
enum class ForeignEdits { Overwritten, Kept };

struct Price {
    std::int64_t minor_units{0};
    std::string currency; ///< "EUR"; empty: not said
    friend bool operator==(const Price&, const Price&) = default;
};

/// The service's row as it is now.
struct Service {
    ServiceId id;
    std::int64_t version{1};
    Fields wanted;
    std::optional<Price> price;
    std::optional<std::string> metadata{}; ///< comparable_json(); nothing: no opinion
    std::optional<calcom::EventTypeId> event_type;
    std::optional<calcom::TeamId> team; ///< nothing: a personal event type
    std::optional<Pushed> pushed;       ///< nothing: never pushed or imported
};

struct Facts {
    bool company_active{false};
    ForeignEdits foreign_edits{ForeignEdits::Overwritten};
    std::optional<Service> service{}; ///< nothing: it is gone
};

struct Endpoint {
    calcom::EventTypeId event_type;
    std::optional<calcom::TeamId> team;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// A field that somebody changed at Cal.com; values as JSON.
struct Divergence {
    std::string field;
    std::optional<std::string> platform;
    std::optional<std::string> calcom;
    friend bool operator==(const Divergence&, const Divergence&) = default;
};

/// GET it.
struct Look {
    Endpoint endpoint;
};

/// PATCH it, after writing down what is about to be overwritten and what is about to be sent.
struct Change {
    Endpoint endpoint;
    Fields sent;
    std::vector<Divergence> overwrites;
    std::optional<Pushed> intent; ///< to be written first; nothing: no need, or never pushed
};

enum class SyncEnd {
    Unchanged, ///< Cal.com has it all
    Changed,   ///< now it has
    Failed,    ///< the row says why; nothing is tried again before somebody edits something
};

/// What to write about a push that came to an end.
struct SyncResult {
    SyncEnd end{SyncEnd::Failed};
    std::string error; ///< of Failed
    Endpoint endpoint;
    std::optional<Pushed> pushed; ///< nothing: stays as it is
    Fields before, after;         ///< at Cal.com, the fields that were sent
    std::optional<Price> reported;
    std::vector<Divergence> kept;         ///< foreign edits left alone by policy
    std::vector<Divergence> open;         ///< differences that no push can mend
    std::vector<std::string> overwritten; ///< fields
    std::vector<std::string> agreed;      ///< fields in which both sides are equal now
};

struct Settled {
    job::Outcome outcome;
    std::optional<SyncResult> result; ///< nothing: the rows stay as they are
};

using Step = std::variant<Look, Change, Settled>;

/// A refusal, and what is known of the key.
struct Refused {
    calcom::Setback setback;
    calcom::KeyState key{calcom::KeyState::Unknown};
};
using Answer = std::variant<calcom::EventType, Refused>;

/// Where a push stands.
enum class State { New, Looking, Changing, Ended };
std::string_view name(State state); ///< "looking"

class Push {
public:
    explicit Push(Facts facts);

    State state() const { return state_; }
    const Facts& facts() const { return facts_; }

    /// The first step. Once.
    Step begin();
    /// What the answer to the last Look or Change leads to.
    Step resume(const Answer& answer);

private:
    Step after_look(const Answer& answer);
    Step after_change(const Answer& answer);
    Step settle(Settled settled);
    Step fail(job::Outcome outcome, std::string error);
    Step cannot_hold(const Error& error);
    Step refuse(const Refused& refused);
    /// now: the fields of at_calcom.
    SyncResult result(SyncEnd end, const calcom::EventType& at_calcom, const Fields& now) const;
    void compare_price(const calcom::EventType& at_calcom, SyncResult& result) const;
    void compare_metadata(const calcom::EventType& at_calcom, SyncResult& result) const;

    Facts facts_;
    State state_{State::New};
    Endpoint endpoint_;
    bool managed_{false}; ///< what was found is a managed event type or the child of one
    Fields there_;        ///< what was found
    Fields sent_;
    Fields kept_; ///< wanted values of foreign edits that stay
    std::vector<Divergence> foreign_;
};

/// Fields in which Cal.com has neither what we pushed, nor what we sent since, nor what the
/// platform wants: somebody else's.
Fields foreign_edits(const Service& service, const Fields& found);

} // namespace calfleet::service_pusher
