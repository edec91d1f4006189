#pragma once
// When to stop calling, who may try again, and when all may: decided here without touching
// anything.
//
// Breaker of         key            opens on                                  closes after
//   a credential      fingerprint    2 refusals of the key that me() confirmed, 1 good probe
//                                    or a second 429 within 30 min
//   a host            host           half of at least 20 calls in 60 s failed, 3 good probes, then
//                                    those of 3 companies (of all, but at least  10 % to 100 % of
//                                    2, when fewer than 3 call)                calls in 60 s
//   an operation      host and kind  the same, of that kind alone
//
// One row each in PostgreSQL, so that the fleet agrees; open means that the work parks and nobody
// is to blame. At retry_at one process, by a lease, lets one call through: a good one asks for the
// next at once, a bad one doubles the pause. Refusals of a request (4xx) never count.

#include "common/core/ids.h"
#include "common/core/time.h"

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace calfleet::calcom {

enum class BreakerScope { Credential, Host, Operation };
std::string_view name(BreakerScope scope); ///< "credential"
/// Nothing for a scope of a newer release.
std::optional<BreakerScope> breaker_scope(std::string_view text);

struct BreakerKey {
    BreakerScope scope{BreakerScope::Host};
    std::string key;
    friend auto operator<=>(const BreakerKey&, const BreakerKey&) = default;
};
/// "api.cal.com event-type.patch".
BreakerKey operation_breaker(std::string_view host, std::string_view operation);

struct BreakerPolicy {
    int least_calls{20};
    double failing_share{0.5};
    std::size_t companies{3};
    std::size_t least_companies{2}; ///< however few call
    int strikes{2};
    std::chrono::minutes strike_memory{30};
    std::chrono::seconds first_pause{60}; ///< of a host or an operation
    std::chrono::seconds longest_pause{300};
    int good_probes{3};
    std::chrono::seconds ramp{60};
    double ramp_from{0.1};
    std::chrono::minutes key_first_pause{5}; ///< of a credential
    std::chrono::minutes key_longest_pause{30};
    std::chrono::seconds probe_lease{45}; ///< longer than any call
    int fast_open_after{5};               ///< connect failures in a row in one process
    std::chrono::seconds fast_open_for{10};
};

/// The last minute in slots of ten seconds, and who called in it.
struct CallWindow {
    static constexpr std::size_t kSlots = 6;
    static constexpr std::size_t kMostCompanies = 16;
    struct Seen {
        CompanyId company;
        std::int64_t slot{0};
        friend bool operator==(const Seen&, const Seen&) = default;
    };
    std::int64_t slot{0}; ///< number of ten seconds since 1970 of the newest, which is calls[0]
    std::array<int, kSlots> calls{};
    std::array<int, kSlots> failures{};
    /// Companies seen last; more than kMostCompanies are not needed to know that they are many.
    std::vector<Seen> callers;
    std::vector<Seen> failing;
    friend bool operator==(const CallWindow&, const CallWindow&) = default;
};

struct Breaker {
    bool open{false};
    std::string reason;
    Instant opened_at;
    Instant retry_at;
    std::chrono::seconds pause{0}; ///< that the last opening or failed probe set
    int successes{0};              ///< good probes in a row
    int strikes{0};
    std::optional<Instant> struck_at{};
    std::optional<Instant> closed_at{};
    Instant probe_until;
    std::int64_t probe_epoch{0};
    CallWindow window;
    friend bool operator==(const Breaker&, const Breaker&) = default;
};

/// What happened to the calls that one breaker watches, folded; order does not matter.
struct BreakerNews {
    int calls{0};
    int failures{0};
    std::set<CompanyId> callers{};
    std::set<CompanyId> failing{};
    int strikes{0};            ///< credential: refusals of the key
    bool worked{false};        ///< credential: a call went through
    bool refused_again{false}; ///< credential: second 429
    /// Of a call that was let through to find out.
    struct Probe {
        std::int64_t epoch{0};
        bool good{false};
        friend bool operator==(const Probe&, const Probe&) = default;
    };
    std::optional<Probe> probe{};
};

enum class BreakerEvent { None, Opened, Closed, ProbeFailed, ProbeSucceeded };

struct BreakerChange {
    Breaker breaker;
    BreakerEvent event{BreakerEvent::None};
};

/// While it is open only its probe counts; what else comes in was on its way before.
BreakerChange apply(
    BreakerScope scope,
    const Breaker& breaker,
    const BreakerNews& news,
    Instant now,
    const BreakerPolicy& policy = {}
);

/// What a breaker says to a call that wants to be made.
struct GoOn {};
struct Hold {
    std::chrono::milliseconds delay;
};
struct MayProbe {}; ///< if the lease can be had
using BreakerSays = std::variant<GoOn, Hold, MayProbe>;

/// dice: uniform in [0, 1); decides who goes while a closed breaker's ramp lasts.
BreakerSays ask(const Breaker& breaker, Instant now, double dice, const BreakerPolicy& policy = {});

/// After a few connect failures in a row this process waits on its own, without asking anybody:
/// the database may be slower to agree than the network to fail. Not thread-safe.
class FastOpen {
public:
    explicit FastOpen(const BreakerPolicy& policy = {})
        : after_(policy.fast_open_after)
        , pause_(policy.fast_open_for) {}
    /// How long to wait; nothing: go, and say so with going().
    std::optional<std::chrono::milliseconds> wait(std::chrono::steady_clock::time_point now) const;
    /// A call begins. After a pause it goes alone: the others wait for what it finds.
    void going(std::chrono::steady_clock::time_point now);
    void connected() { *this = FastOpen(after_, pause_); }
    void failed(std::chrono::steady_clock::time_point now);

private:
    FastOpen(int after, std::chrono::seconds pause)
        : after_(after)
        , pause_(pause) {}
    int after_;
    std::chrono::seconds pause_;
    int failures_{0};
    std::chrono::steady_clock::time_point open_until_{};
};

} // namespace calfleet::calcom
