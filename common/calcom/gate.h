#pragma once
// Everything between a job and a call to Cal.com: key, quota, breakers, the call, and what it
// taught.
//
//     claim ─► facts + enter() ─► call_through() ─► facts to write + write_news() ─► settled
//              one transaction     no transaction    one transaction
//
// A company without a key, an empty bucket, an open breaker: the job waits, and nobody is to blame.
// There is no key of last resort: a company's work is done with its own key or not at all.

#include "common/calcom/client.h"
#include "common/calcom/credential.h"
#include "common/calcom/gate_outcome.h"
#include "common/calcom/quota.h"
#include "common/core/crash_point.h"
#include "common/http/client.h"
#include "common/metrics/registry.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace calfleet::calcom {

struct GateSettings {
    http::ClientSettings http;
    std::vector<std::string> key_files; ///< newest first
};
/// CALCOM_BASE_URL and its companions, KEY_FILES.
GateSettings read_gate_settings(config::Reader& reader);

/// Leave to make one call, with the key to make it with. Used once, soon.
struct Pass {
    CallRequest request;
    Ticket ticket;
    ApiKey key;
};
/// Or why not now: a Snooze, so that no attempt is used.
using Entry = std::variant<Pass, job::Snooze>;

/// What a call came to, and what is known of the key after a refusal.
template <class T>
struct Passage {
    Reply<T> reply;
    KeyState key{KeyState::Unknown};

    /// Of a setback only.
    job::Outcome outcome() const { return outcome_of(*reply.setback(), key); }
};

postgres::Catalogue gate_catalogue();

/// One per process. enter() and write_news() from any thread; everything else on the event loop
/// that the client's calls run on.
class Gate {
public:
    /// Error: a key file or the CA file is missing or wrong: bad configuration.
    static Result<std::unique_ptr<Gate>> create(
        GateSettings settings, std::string owner, const Clock& clock, metrics::Registry& metrics
    );
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    Client& client();

    /// What is known without a transaction: the host is away, say.
    std::optional<job::Snooze> refuse_at_once(const CallRequest& request);

    /// Takes a token for each request and opens the companies' keys, in a transaction that was
    /// opened for the companies (Access::companies) and goes on as such. Entries in the order of
    /// the requests. Call it last: the keys' buckets are locked until the commit. Throws
    /// DatabaseError. Safe to be run again after a rollback.
    std::vector<Entry>
    enter(postgres::Transaction& transaction, std::span<const CallRequest> requests);
    Entry enter(postgres::Transaction& transaction, const CallRequest& request);

    void note(const Pass& pass, const CallReport& report);
    /// A refusal of this call with 401 or 403 leaves no doubt about the key: the call itself asked
    /// for nothing else, or the key was refused a moment ago.
    bool refusal_is_of_key(const Pass& refused) const;

    /// What calls taught about keys and breakers, on its way into the database. Goes back to be
    /// written later unless somebody says that it was committed.
    class News {
    public:
        News(News&&) = default;
        News& operator=(News&&) = delete;
        ~News();
        bool empty() const { return news_ == nullptr; }
        void committed() { news_ = nullptr; }

    private:
        friend class Gate;
        News(Quota& quota, std::shared_ptr<const Quota::News> news)
            : quota_(&quota)
            , news_(std::move(news)) {}
        Quota* quota_;
        std::shared_ptr<const Quota::News> news_;
    };
    /// Empty unless something should be written now.
    News take_news();
    /// In a transaction for a company, as its last act. Does nothing with empty news.
    void write_news(postgres::Transaction& transaction, const News& news);

private:
    struct Impl;
    explicit Gate(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Waits on the event loop of whoever awaits it.
boost::asio::awaitable<void> pause(std::chrono::milliseconds time);

/// After a refusal that only an empty bucket explains: waits for the next token, so that neither
/// what was read is lost nor the jobs of a busy company are claimed and put back all the time.
/// True: try again. False: something else is missing, or it does not come before `until`.
template <class Context>
boost::asio::awaitable<bool>
wait_for_token(Context& context, const std::optional<Entry>& entry, Monotonic until) {
    const auto* later = entry ? std::get_if<job::Snooze>(&*entry) : nullptr;
    if (later == nullptr || later->reason.code != name(NotNowWhy::Bucket)) co_return false;
    if (context.clock().monotonic() + later->delay > until || !context.may_begin()) co_return false;
    context.progress();
    co_await pause(later->delay);
    co_return context.may_begin();
}

/// The request that asks whether a key is known at all.
inline constexpr std::string_view kProbeOperation = "me.get";
/// How long it waits for a token: without an answer a job would come to the same refusal again.
inline constexpr std::chrono::seconds kProbePatience{std::chrono::minutes{2}};

/// Context: a CallContext (calls.h).
template <class Context>
boost::asio::awaitable<KeyState> confirm_key(Gate& gate, Context& context, const Pass& refused) {
    if (gate.refusal_is_of_key(refused)) co_return KeyState::Refused;
    CallRequest request = refused.request;
    request.operation = kProbeOperation;
    const auto enter = [&gate, &request](postgres::Transaction& transaction) {
        return gate.enter(transaction, request);
    };
    const Monotonic until = context.clock().monotonic() + kProbePatience;
    std::optional<Entry> entry;
    do {
        auto entered = co_await context.database(postgres::Access::company(request.company), enter);
        entry.reset();
        if (entered) entry = std::move(*entered);
    } while (co_await wait_for_token(context, entry, until));
    // Meanwhile another job may have found out.
    if (gate.refusal_is_of_key(refused)) co_return KeyState::Refused;
    if (!entry || !std::holds_alternative<Pass>(*entry) || !context.may_begin())
        co_return KeyState::Unknown;
    const Pass& pass = std::get<Pass>(*entry);
    const Reply<Me> reply = co_await gate.client().me(pass.key, context.safe_until());
    gate.note(pass, report_of(reply));
    if (reply.value()) co_return KeyState::Good;
    co_return std::holds_alternative<Credential>(*reply.setback()) ? KeyState::Refused
                                                                   : KeyState::Unknown;
}

/// Makes the call that the pass is for and notes what it taught. send(const ApiKey&, Until) ->
/// awaitable<Reply<T>>. After a refusal of the key one more request asks whether the key itself is
/// meant.
template <class T, class Context, class Send>
boost::asio::awaitable<Passage<T>>
call_through(Gate& gate, Context& context, const Pass& pass, Send send) {
    crash_point("J3");
    // Apart: GCC 12 destroys a temporary twice when co_await stands inside braces.
    Reply<T> reply = co_await send(pass.key, context.safe_until());
    crash_point("J8");
    Passage<T> passage{std::move(reply)};
    CallReport report = report_of(passage.reply);
    const Setback* setback = passage.reply.setback();
    if (setback != nullptr && std::holds_alternative<Credential>(*setback)) {
        passage.key = co_await confirm_key(gate, context, pass);
        if (passage.key == KeyState::Refused) report.end = CallEnd::KeyRefused;
    }
    gate.note(pass, report);
    co_return passage;
}

} // namespace calfleet::calcom
