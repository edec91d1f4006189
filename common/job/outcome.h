#pragma once
// The closed vocabulary of results: what a job says, and what the runtime then does.

#include <chrono>
#include <string>
#include <variant>

namespace calfleet::job {

/// Short stable word for grouping and filtering dead letters and metrics ("schema",
/// "unknown_company", "crash_loop"); text says which field, which value, and what to do. Never a
/// payload, a secret or personal data.
struct Reason {
    std::string code;
    std::string text;
};

struct Completed {};
/// This event failed: an attempt is used, the next is due after the retry policy's delay; the last
/// becomes a DeadLetter.
struct Retry {
    Reason reason;
};
/// Whether this is the event's fault is not known (a statement took too long) or it is certainly
/// not (outage, limit, pause, a key that nobody has entered).
enum class Blame { Nobody, Unknown };
/// Due again after the delay, no attempt used. Nobody's fault: for as long as it takes. Unknown:
/// less and less often, and from the job's deadline on every time is a failure.
struct Snooze {
    std::chrono::milliseconds delay;
    Reason reason;
    Blame blame{Blame::Nobody};
};
/// Expected and final: nothing to do, counted.
struct Discard {
    Reason reason;
};
/// No retry can mend it: a person should look.
struct DeadLetter {
    Reason reason;
};

using Outcome = std::variant<Completed, Retry, Snooze, Discard, DeadLetter>;

/// For std::visit: Match{ [](const Retry&) {...}, ... }; a forgotten case does not compile.
template <class... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

} // namespace calfleet::job
