#include "tests/calcom-sim/webhooks_send.h"

#include "common/core/digest.h"
#include "common/core/text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "tests/calcom-sim/shapes.h"

namespace calfleet::calcom_sim {
namespace {

constexpr std::string_view kVersion = "2021-10-20";

bool wants(const Webhook& webhook, std::string_view trigger) {
    return webhook.active && std::find(webhook.triggers.begin(), webhook.triggers.end(), trigger) !=
                                 webhook.triggers.end();
}

const json::value* part_of(const json::value& value, std::string_view name) {
    if (const json::object* object = value.if_object()) return object->if_contains(name);
    const json::array* const list = value.if_array();
    const auto at = list == nullptr ? std::nullopt : parse_int64(name);
    if (!at || *at < 0 || static_cast<std::size_t>(*at) >= list->size()) return nullptr;
    return &(*list)[static_cast<std::size_t>(*at)];
}

// A value as JavaScript makes text of it.
std::string javascript_text(const json::value& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_object()) return "[object Object]";
    if (!value.is_array()) return json::serialize(value);
    std::string text;
    for (const json::value& element : value.get_array())
        text += (text.empty() ? "" : ",") + javascript_text(element);
    return text;
}

// The value at "attendees.0.name".
std::string value_at(const json::value& within, std::string_view path) {
    const json::value* value = &within;
    for (const std::string_view part : split(path, '.')) {
        value = part_of(*value, part);
        if (value == nullptr) return {};
    }
    return javascript_text(*value);
}

// As the template engine writes a value into what it takes for HTML; quotes are put back later.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text)
        switch (letter) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '\'':
            result += "&#x27;";
            break;
        case '`':
            result += "&#x60;";
            break;
        case '=':
            result += "&#x3D;";
            break;
        default:
            result.push_back(letter);
        }
    return result;
}

// What a template sees: the payload's properties beside those of the envelope.
json::value seen_by_template(const json::object& body) {
    const json::value* const payload = body.if_contains("payload");
    if (payload == nullptr || !payload->is_object()) return body;
    json::object seen = payload->get_object();
    for (const char* name : {"triggerEvent", "createdAt"})
        if (const json::value* value = body.if_contains(name)) seen[name] = *value;
    return seen;
}

std::string filled(std::string_view pattern, const json::object& body) {
    const json::value seen = seen_by_template(body);
    std::string text;
    while (!pattern.empty()) {
        const auto open = pattern.find("{{");
        const bool raw = open != pattern.npos && pattern.substr(open).starts_with("{{{");
        const std::string_view ending = raw ? "}}}" : "}}";
        const auto close = open == pattern.npos ? pattern.npos : pattern.find(ending, open);
        text.append(pattern.substr(0, close == pattern.npos ? pattern.npos : open));
        if (close == pattern.npos) break;
        const auto from = open + ending.size();
        const std::string value = value_at(seen, trim(pattern.substr(from, close - from)));
        text += raw ? value : escaped(value);
        pattern.remove_prefix(close + ending.size());
    }
    return text;
}

// A template that is JSON is filled as text and must still be JSON then: if it is not, because a
// value held a quote, say, the word false is sent.
std::string as_json(const std::string& text) {
    boost::system::error_code wrong;
    const json::value parsed = json::parse(text, wrong);
    return wrong ? "false" : json::serialize(parsed);
}

bool is_json(std::string_view text) {
    boost::system::error_code wrong;
    const json::value parsed = json::parse(json::string_view(text.data(), text.size()), wrong);
    // What JavaScript takes for nothing is no template of JSON either.
    return !wrong && !parsed.is_null() && parsed != false && parsed != 0 && parsed != "";
}

} // namespace

std::string signature(std::string_view secret, std::string_view body) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    ::HMAC(
        ::EVP_sha256(),
        secret.data(),
        static_cast<int>(secret.size()),
        reinterpret_cast<const unsigned char*>(body.data()),
        body.size(),
        digest.data(),
        &length
    );
    return to_hex(std::span(digest.data(), length));
}

std::vector<const Webhook*>
subscribers(const World& world, const Booking& booking, std::string_view trigger) {
    const EventType* const type =
        booking.event_type_id ? world.event_types.find(*booking.event_type_id) : nullptr;
    const EventType* const parent =
        type != nullptr && type->parent_id ? world.event_types.find(*type->parent_id) : nullptr;
    const bool of_team = type != nullptr && type->team_id.has_value();
    const std::optional<Id> team = of_team             ? type->team_id
                                   : parent != nullptr ? parent->team_id
                                                       : std::nullopt;
    std::array<std::vector<const Webhook*>, 3> scopes; // the user's, the event type's, the team's
    for (const auto& [id, webhook] : world.webhooks.rows()) {
        if (!wants(webhook, trigger)) continue;
        if (webhook.user_id) {
            const bool told = !of_team || trigger == kBookingRejected;
            if (told && *webhook.user_id == booking.host_user_id) scopes[0].push_back(&webhook);
        } else if (webhook.event_type_id) {
            const bool own = type != nullptr && *webhook.event_type_id == type->id;
            const bool of_parent = parent != nullptr && *webhook.event_type_id == parent->id;
            if (own || of_parent) scopes[1].push_back(&webhook);
        } else if (webhook.team_id && webhook.team_id == team) {
            scopes[2].push_back(&webhook);
        }
    }
    std::vector<const Webhook*> found;
    for (const auto& scope : scopes)
        found.insert(found.end(), scope.begin(), scope.end());
    return found;
}

Outbound delivery_to(const Webhook& webhook, std::string_view trigger, const json::object& body) {
    Outbound delivery{.url = webhook.subscriber_url, .name = std::string(trigger)};
    const bool templated = webhook.payload_template && !webhook.payload_template->empty();
    const bool of_json = !templated || is_json(*webhook.payload_template);
    delivery.body = templated ? filled(*webhook.payload_template, body) : json::serialize(body);
    if (templated && of_json) delivery.body = as_json(delivery.body);
    delivery.headers = {
        {"Content-Type", of_json ? "application/json" : "application/x-www-form-urlencoded"},
        {"X-Cal-Signature-256",
         webhook.secret && !webhook.secret->empty() ? signature(*webhook.secret, delivery.body)
                                                    : "no-secret-provided"},
        {"X-Cal-Webhook-Version", std::string(kVersion)}};
    return delivery;
}

std::vector<Outbound>
afflicted(std::vector<Outbound> deliveries, const Settings& settings, Random& dice) {
    std::vector<Outbound> result;
    for (Outbound& delivery : deliveries) {
        delivery.after = settings.webhook_delay;
        if (settings.webhook_loss > 0 && dice.unit() < settings.webhook_loss) continue;
        const bool held =
            settings.webhook_reordering > 0 && dice.unit() < settings.webhook_reordering;
        if (held && settings.webhook_hold.count() > 0)
            delivery.after += std::chrono::milliseconds(
                1 + dice.below(static_cast<std::uint64_t>(settings.webhook_hold.count()))
            );
        if (settings.webhook_duplicates > 0 && dice.unit() < settings.webhook_duplicates)
            result.push_back(delivery);
        result.push_back(std::move(delivery));
    }
    return result;
}

std::vector<Outbound> announce(
    const Context& context,
    std::string_view trigger,
    const Booking& booking,
    const json::object& payload
) {
    std::vector<Outbound> deliveries;
    for (const Webhook* webhook : subscribers(context.world, booking, trigger))
        deliveries.push_back(delivery_to(
            *webhook,
            trigger,
            {{"triggerEvent", trigger},
             {"createdAt", javascript_time(context.moment())},
             {"payload", payload}}
        ));
    return afflicted(std::move(deliveries), context.settings, context.world.random);
}

} // namespace calfleet::calcom_sim
