#include "common/calcom/gate.h"

#include "common/calcom/gate_metrics.h"
#include "common/calcom/settings.h"
#include "common/calcom/waiting_reasons.h"
#include "common/core/random.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;

// Buckets and breakers belong to the runtime role, facts and sealed keys to the worker within its
// companies. One transaction serves both: set_config('role') is SET LOCAL ROLE as a statement that
// can be prepared.
constexpr postgres::Statement kAsRuntime{
    "gate.as_runtime", "select set_config('role', current_setting('app.runtime_role'), true)"};
constexpr postgres::Statement kAsWorker{
    "gate.as_worker", "select set_config('role', 'none', true)"};

constexpr std::array kCatalogue{kAsRuntime, kAsWorker};

/// A failed transaction takes the role back by itself.
template <class Body>
auto as_runtime(postgres::Transaction& transaction, Body body) {
    transaction.exec(kAsRuntime);
    auto result = body();
    transaction.exec(kAsWorker);
    return result;
}

/// A key that cannot be opened is a fault of the installation or of that company's row; trying
/// again soon helps nobody.
constexpr auto kSealedPause = 5min;

} // namespace

postgres::Catalogue gate_catalogue() {
    return kCatalogue;
}

GateSettings read_gate_settings(config::Reader& reader) {
    return {.http = read_client_settings(reader), .key_files = read_key_files(reader)};
}

struct Gate::Impl {
    Impl(
        std::unique_ptr<http::Client> http_in,
        std::unique_ptr<CredentialVault> vault_in,
        QuotaSettings quota_in,
        const Clock& clock,
        metrics::Registry& registry
    )
        : http(std::move(http_in))
        , client(*http, clock)
        , vault(std::move(vault_in))
        , quota(std::move(quota_in), Random::from_system(), clock)
        , metrics(registry) {}

    job::Snooze refuse(const NotNow& wait) const {
        metrics.waits.at(wait.why).add();
        return snooze(wait);
    }

    static Entry pass(const CallRequest& request, Ticket ticket, Result<ApiKey> key) {
        if (!key)
            return job::Snooze{
                kSealedPause, {std::string(waiting_for::kSealedKey), key.error().message}};
        return Pass{request, std::move(ticket), std::move(*key)};
    }

    std::unique_ptr<http::Client> http;
    Client client;
    std::unique_ptr<CredentialVault> vault;
    Quota quota;
    GateMetrics metrics;
};

Result<std::unique_ptr<Gate>> Gate::create(
    GateSettings settings, std::string owner, const Clock& clock, metrics::Registry& metrics
) {
    QuotaSettings quota{.host = settings.http.origin.host, .owner = std::move(owner)};
    auto vault = CredentialVault::create(std::move(settings.key_files), clock);
    if (!vault) return vault.error();
    auto http = http::Client::create(std::move(settings.http), clock, metrics);
    if (!http) return http.error();
    return std::unique_ptr<Gate>(new Gate(std::make_unique<Impl>(
        std::move(*http), std::move(*vault), std::move(quota), clock, metrics
    )));
}

Gate::Gate(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

Gate::~Gate() = default;

Client& Gate::client() {
    return impl_->client;
}

std::optional<job::Snooze> Gate::refuse_at_once(const CallRequest& request) {
    const auto wait = impl_->quota.refuse_at_once(request);
    if (!wait) return std::nullopt;
    return impl_->refuse(*wait);
}

std::vector<Entry>
Gate::enter(postgres::Transaction& transaction, std::span<const CallRequest> requests) {
    if (requests.empty()) return {};
    std::vector<Verdict> verdicts =
        as_runtime(transaction, [&] { return impl_->quota.admit(transaction, requests); });
    std::vector<CredentialVault::Name> names;
    for (std::size_t i = 0; i < requests.size(); ++i)
        if (const auto* ticket = std::get_if<Ticket>(&verdicts[i]))
            names.push_back({requests[i].company, ticket->fingerprint});
    std::vector<Result<ApiKey>> keys = impl_->vault->fetch(transaction, names);
    std::vector<Entry> entries;
    entries.reserve(requests.size());
    auto key = keys.begin();
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (auto* ticket = std::get_if<Ticket>(&verdicts[i]))
            entries.push_back(impl_->pass(requests[i], std::move(*ticket), std::move(*key++)));
        else
            entries.push_back(impl_->refuse(std::get<NotNow>(verdicts[i])));
    }
    return entries;
}

Entry Gate::enter(postgres::Transaction& transaction, const CallRequest& request) {
    return std::move(enter(transaction, std::span(&request, 1)).front());
}

void Gate::note(const Pass& pass, const CallReport& report) {
    if (report.end == CallEnd::KeyRefused) impl_->metrics.key_refused.add();
    impl_->quota.note(pass.request, pass.ticket, report);
}

bool Gate::refusal_is_of_key(const Pass& refused) const {
    // Let through to find out about the key, and found out.
    for (const Ticket::Probe& probe : refused.ticket.probes)
        if (probe.breaker.scope == BreakerScope::Credential) return true;
    return refused.request.operation == kProbeOperation ||
           impl_->quota.was_refused(refused.ticket.fingerprint);
}

Gate::News::~News() {
    if (news_ != nullptr) quota_->give_back(std::move(news_));
}

Gate::News Gate::take_news() {
    return {impl_->quota, impl_->quota.has_news() ? impl_->quota.take_news() : nullptr};
}

void Gate::write_news(postgres::Transaction& transaction, const News& news) {
    if (news.empty()) return;
    as_runtime(transaction, [&] {
        impl_->quota.write(transaction, *news.news_);
        return true;
    });
}

boost::asio::awaitable<void> pause(std::chrono::milliseconds time) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

} // namespace calfleet::calcom
