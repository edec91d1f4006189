#pragma once
// The gate before every remote call: has the company a key, may the key be used now, does the
// remote answer at all? One short statement before the call and, seldom, one after it.
//
//     const auto verdict = co_await context.database(Access::runtime(), [&](Transaction& t) {
//         return quota.admit(t, request); });
//     if (const auto* wait = std::get_if<NotNow>(&verdict)) co_return snooze(*wait); // no attempt
//     const Ticket& ticket = std::get<Ticket>(verdict);
//     ... vault.open(company, ticket.fingerprint), call ...
//     quota.note(request, ticket, report_of(reply));
//     if (quota.has_news()) co_await quota_news(context, quota); // see write()
//
// admit(): in a transaction of its own or in the one that claims the jobs; many calls cost what one
// costs. A token that was taken and not used is lost, never given back: a crash slows down, it
// never exceeds. note() keeps what it is told; good answers are written once a second at most, bad
// ones ask for a write at once.

#include "common/calcom/breaker.h"
#include "common/calcom/rate_bucket.h"
#include "common/calcom/reply.h"
#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/core/random.h"
#include "common/job/outcome.h"
#include "common/postgres/session.h"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace calfleet::calcom {

struct CallRequest {
    CompanyId company{};
    CallLane lane{CallLane::Sync};
    /// A short stable word, "event-type.patch": its breaker stops this kind of call alone.
    std::string_view operation{};
};

/// Leave to make one call, now.
struct Ticket {
    std::string fingerprint; ///< of the key to use
    std::int64_t grant{0};   ///< the key's how-manieth call it is
    struct Probe {
        BreakerKey breaker;
        std::int64_t epoch{0};
    };
    std::vector<Probe> probes; ///< breakers that wait for this call's result
};

enum class NotNowWhy {
    NoKey,             ///< nobody set one: stays so until calfleet company set-key
    CredentialBreaker, ///< the key is refused
    HostBreaker,
    OperationBreaker,
    Frozen,  ///< the remote answered 429
    Ceiling, ///< the remote counts more calls than we made
    Bucket,  ///< too many calls in the last minute
    Offline, ///< this process cannot connect
};
std::string_view name(NotNowWhy why); ///< "no_api_key", "bucket_empty", ...: a reason's code

struct NotNow {
    NotNowWhy why{NotNowWhy::Bucket};
    std::chrono::milliseconds delay{0}; ///< not before; at least 1 ms
    std::string text;                   ///< for the job's row
};
using Verdict = std::variant<Ticket, NotNow>;

/// No attempt used; parked when the delay is long (job::kParkFrom).
job::Snooze snooze(const NotNow& wait);

enum class CallEnd {
    Answered,   ///< the remote did its work with this key, also by refusing the request
    KeyDoubted, ///< 401 or 403, which may mean the key or only the request
    Refused,    ///< 429
    KeyRefused, ///< 401 or 403, and me() confirmed that it is the key
    Failed,     ///< 5xx, time-out, cut or senseless answer
    NotSent,    ///< no connection
};

struct CallReport {
    CallEnd end{CallEnd::Answered};
    RateLimits limits{};
};

/// One refusal of the key proves nothing: KeyDoubted. Whoever confirmed it sets `end` to
/// KeyRefused.
CallReport report_of(const Setback* setback, const RateLimits& limits);
template <class T>
CallReport report_of(const Reply<T>& reply) {
    return report_of(reply.setback(), reply.limits);
}

struct QuotaSettings {
    std::string host{};  ///< "api.cal.com"
    std::string owner{}; ///< of this process, as its leases have it
    BucketPolicy buckets{};
    BreakerPolicy breakers{};
    std::chrono::milliseconds look_again{1000};  ///< how old the view of the breakers may be
    std::chrono::milliseconds write_after{1000}; ///< how long good news may wait
    std::chrono::milliseconds no_key_delay{std::chrono::minutes{15}};
};

postgres::Catalogue quota_catalogue();

/// One per process; thread-safe.
class Quota {
public:
    Quota(QuotaSettings settings, Random random, const Clock& clock = system_clock());
    ~Quota();
    Quota(const Quota&) = delete;
    Quota& operator=(const Quota&) = delete;

    /// What can be said without asking anybody; nothing: ask admit(). For jobs whose host is away:
    /// no transaction is needed to know.
    std::optional<NotNow> refuse_at_once(const CallRequest& call);

    /// Verdicts in the order of the calls; of one lane, the first come first. Access::runtime().
    /// Throws DatabaseError. Safe to be run again after a rollback.
    std::vector<Verdict>
    admit(postgres::Transaction& transaction, std::span<const CallRequest> calls);
    Verdict admit(postgres::Transaction& transaction, const CallRequest& call);

    /// Remembers how a call ended; no I/O.
    void note(const CallRequest& call, const Ticket& ticket, const CallReport& report);
    /// The key was refused here (KeyRefused), and no call with it has worked since: one more
    /// refusal needs no confirmation.
    bool was_refused(std::string_view fingerprint) const;
    /// Something should be written now.
    bool has_news() const;

    struct News;
    /// Takes what is to be written. Outside the transaction, which may be run again:
    ///     auto news = quota.take_news();
    ///     const auto done = session.transact(Access::runtime(), [&](Transaction& t) {
    ///         quota.write(t, *news); });
    ///     if (!done) quota.give_back(std::move(news));
    std::shared_ptr<const News> take_news();
    void write(postgres::Transaction& transaction, const News& news);
    void give_back(std::shared_ptr<const News> news);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::calcom
