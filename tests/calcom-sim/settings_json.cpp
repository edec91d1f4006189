#include "tests/calcom-sim/settings_json.h"

#include "tests/calcom-sim/json_fields.h"
#include "tests/calcom-sim/state.h"

namespace calfleet::calcom_sim {
namespace {

void get_limit(Fields& fields, std::string_view name, Limit& into) {
    if (!fields.has(name)) return;
    json::object text;
    fields.get(name, text);
    auto limit = limit_from(json::value(std::move(text)), "settings." + std::string(name), into);
    if (limit)
        into = std::move(*limit);
    else
        fields.complain(name, limit.error().message);
}

void get_probability(Fields& fields, std::string_view name, double& into) {
    double value = into;
    fields.get(name, value);
    if (value < 0 || value > 1)
        fields.complain(name, "a probability from 0 to 1");
    else
        into = value;
}

void get_size(Fields& fields, std::string_view name, std::size_t& into) {
    std::uint64_t number = into;
    fields.get(name, number);
    into = number;
}

} // namespace

json::object to_json(const Settings& settings) {
    return {
        {"limiter", settings.limiter},
        {"keyLimit", to_json(settings.key_limit)},
        {"tokenLimit", to_json(settings.token_limit)},
        {"addressLimit", to_json(settings.address_limit)},
        {"lockAccounts", settings.lock_accounts},
        {"excessesUntilLock", settings.excesses_until_lock},
        {"lockMemoryMs", settings.lock_memory.count()},
        {"latencyMs", settings.latency.count()},
        {"latencyJitterMs", settings.latency_jitter.count()},
        {"replicaLagMs", settings.replica_lag.count()},
        {"raceWindowMs", settings.race_window.count()},
        {"webhookLoss", settings.webhook_loss},
        {"webhookDuplicates", settings.webhook_duplicates},
        {"webhookReordering", settings.webhook_reordering},
        {"webhookHoldMs", settings.webhook_hold.count()},
        {"webhookDelayMs", settings.webhook_delay.count()},
        {"cancelWebhookFirst", settings.cancel_webhook_first},
        {"webhookOrganizerIds", settings.webhook_organizer_ids},
        {"ledgerEntries", settings.ledger_entries},
        {"ledgerBodyBytes", settings.ledger_body_bytes},
        {"idleTimeoutMs", settings.idle_timeout.count()},
        {"bodyLimitBytes", settings.body_limit}};
}

Result<Settings> settings_from(const json::value& text, Settings settings) {
    Fields fields(text, "settings");
    fields.get("limiter", settings.limiter);
    get_limit(fields, "keyLimit", settings.key_limit);
    get_limit(fields, "tokenLimit", settings.token_limit);
    get_limit(fields, "addressLimit", settings.address_limit);
    fields.get("lockAccounts", settings.lock_accounts);
    fields.get("excessesUntilLock", settings.excesses_until_lock);
    fields.get_milliseconds("lockMemoryMs", settings.lock_memory);
    fields.get_milliseconds("latencyMs", settings.latency);
    fields.get_milliseconds("latencyJitterMs", settings.latency_jitter);
    fields.get_milliseconds("replicaLagMs", settings.replica_lag);
    fields.get_milliseconds("raceWindowMs", settings.race_window);
    get_probability(fields, "webhookLoss", settings.webhook_loss);
    get_probability(fields, "webhookDuplicates", settings.webhook_duplicates);
    get_probability(fields, "webhookReordering", settings.webhook_reordering);
    fields.get_milliseconds("webhookHoldMs", settings.webhook_hold);
    fields.get_milliseconds("webhookDelayMs", settings.webhook_delay);
    fields.get("cancelWebhookFirst", settings.cancel_webhook_first);
    fields.get("webhookOrganizerIds", settings.webhook_organizer_ids);
    get_size(fields, "ledgerEntries", settings.ledger_entries);
    get_size(fields, "ledgerBodyBytes", settings.ledger_body_bytes);
    fields.get_milliseconds("idleTimeoutMs", settings.idle_timeout);
    get_size(fields, "bodyLimitBytes", settings.body_limit);
    if (const auto wrong = fields.finish()) return *wrong;
    return settings;
}

} // namespace calfleet::calcom_sim
