#pragma once
// What a push decides, without touching anything: a state machine from facts to rows.
//
//     begin() ──► Settled                    nothing to push
//        │
//     Looking ──► Settled                    nothing differs, or Cal.com refused
//        │ GET answered
//     Asking ───► Asking                     what the change would take away: one question at a
//     time
//        │
//     Changing ─► Changing                   Cal.com refused: its parts one by one
//        └──────► Settled                    what the PATCH came to
//
// The event type is read before every change: Cal.com has neither versions nor change times, so
// only its content tells whether somebody else edited it, and a change that changes nothing must
// not be sent (to a managed parent it would reset every child). What cannot be written, or would
// take something away that nobody named, is left out and said; the rest is sent.

#include "workers/service-pusher/fields.h"

#include "common/calcom/event_type.h"
#include "common/calcom/event_type_patch.h"
#include "common/calcom/gate_outcome.h"
#include "common/calcom/raw_booking_fields.h"
#include "common/calcom/requests.h"
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
    std::string organization_slug{};  ///< of the team; empty outside of an organization
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

/// Ask what the change would do beside what it says. Reads.
struct Question {
    enum class What {
        Copy,   ///< a member's copy of a managed event type, by its name: can it be seen?
        Taken,  ///< an event type of a member's own that has the new slug, shown
        Hidden, ///< the same, hidden: it cannot be read, but it has slots
        Losses, ///< what questions have that a change of them takes away
    };
    What what{What::Copy};
    calcom::UserSlug name{};          ///< of the first three
    calcom::UserId host{};            ///< of the first three
    calcom::EventTypeId event_type{}; ///< of the last
    friend bool operator==(const Question& a, const Question& b) {
        return a.what == b.what && a.host == b.host && a.name.event_slug == b.name.event_slug;
    }
};

/// Of Copy and Taken: what is there; of Hidden: whether it is; of Losses: which.
using Learnt =
    std::variant<std::optional<calcom::EventType>, bool, calcom::RawQuestions, calcom::Denied>;

/// PATCH it, after writing down what is about to be overwritten and what is about to be sent.
struct Change {
    Endpoint endpoint;
    Fields sent;
    std::vector<Divergence> overwrites;
    std::optional<Pushed> intent; ///< to be written first; nothing: no need, or never pushed
    std::optional<calcom::Confirmation> policy{}; ///< that requires_confirmation stands for
    std::string note{}; ///< what goes along, to be said before; empty: nothing
};

enum class SyncEnd {
    Unchanged, ///< Cal.com has it all
    Changed,   ///< now it has
    Failed,    ///< the row says why; nothing is tried again before somebody edits something
};

/// A member's copy of a managed event type, as a change of the parent tells it.
struct Copy {
    calcom::UserId owner;
    calcom::EventTypeId event_type;
};

/// What to write about a push that came to an end.
struct SyncResult {
    SyncEnd end{SyncEnd::Failed};
    std::string error; ///< of Failed; else what went along with the change, if anything
    Endpoint endpoint;
    std::optional<Pushed> pushed; ///< nothing: stays as it is
    Fields before, after;         ///< at Cal.com, the fields that were sent
    std::optional<Price> reported;
    std::vector<Divergence> kept;         ///< foreign edits left alone by policy
    std::vector<Divergence> open;         ///< differences that no push can mend
    std::vector<std::string> overwritten; ///< fields
    std::vector<std::string> agreed;      ///< fields in which both sides are equal now
    std::vector<Copy> copies;             ///< whoever made the change fills them in
};

struct Settled {
    job::Outcome outcome;
    std::optional<SyncResult> result; ///< nothing: the rows stay as they are
};

using Step = std::variant<Look, Question, Change, Settled>;

/// A refusal, and what is known of the key.
struct Refused {
    calcom::Setback setback;
    calcom::KeyState key{calcom::KeyState::Unknown};
};
using Answer = std::variant<calcom::EventType, Refused>;

/// Where a push stands.
enum class State { New, Looking, Asking, Changing, Ended };
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
    /// What the answer to the last Question leads to.
    Step learn(const Learnt& learnt);

private:
    struct Problem {
        std::string text;
        std::string logged; ///< empty: the same
    };

    Step after_look(const Answer& answer);
    Step after_change(const Answer& answer);
    Step settle(Settled settled);
    Step fail(job::Outcome outcome, std::string error);
    Step refuse(const Refused& refused);
    /// The part of the change that was sent last was refused: its parts one by one, or it is left
    /// out.
    Step send_apart(const calcom::Definite& refusal, job::Outcome outcome);

    void remember_policy();
    void leave_out_what_cannot_be_written();
    /// logged: the same without names of people; empty: as it is.
    void leave_out(const Fields& fields, std::string why, std::string logged = {});
    void ask_what_goes_along();
    Step next_question();
    /// All questions are answered.
    Step decide();
    Step send(Fields part);
    Step finish();

    /// now: the fields of at_calcom.
    SyncResult result(SyncEnd end, const calcom::EventType& at_calcom, const Fields& now) const;
    void compare_price(const calcom::EventType& at_calcom, SyncResult& result) const;
    void compare_metadata(const calcom::EventType& at_calcom, SyncResult& result) const;
    std::string text_of_problems(std::string Problem::*text) const;
    /// Foreign edits that stay: kept, or open where the platform was edited since.
    void sort_foreign(SyncResult& result) const;
    std::string note() const;
    /// Why a service that is not to be booked can be all the same; empty: it cannot.
    std::string still_bookable() const;

    Facts facts_;
    State state_{State::New};
    Endpoint endpoint_;
    calcom::EventType found_;   ///< as it was answered last
    Fields there_;              ///< as it was found
    Fields sent_;               ///< the whole change
    Fields part_;               ///< of it, what was sent last
    std::vector<Fields> parts_; ///< of it, what is still to be sent
    Fields refused_;            ///< of it, what Cal.com refused
    Fields kept_;               ///< wanted values of foreign edits that stay
    std::vector<Divergence> foreign_;
    std::vector<Question> questions_;
    std::size_t asked_{0};
    Fields left_out_; ///< of what differs, what is not sent
    std::vector<Problem> problems_;
    std::optional<job::Outcome> refusal_;
    /// Own event types of members that a slug would delete; names of people in them.
    std::vector<Problem> takers_;
    bool losses_unseen_{false}; ///< nobody could say what a change of questions takes away
    /// The policy that asked for confirmation last: what "confirm" is taken for.
    std::optional<calcom::Confirmation> policy_;
    std::vector<calcom::UserId> hidden_copies_; ///< that a change shows again
};

/// Fields in which Cal.com has neither what we pushed, nor what we sent since, nor what the
/// platform wants: somebody else's.
Fields foreign_edits(const Service& service, const Fields& found);

} // namespace calfleet::service_pusher
