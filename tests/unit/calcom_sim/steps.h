#pragma once
// A request taken apart: so that two can be between check and write at the same moment, and tests
// see which webhook goes out at which step.

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/calcom_sim/api.h"

namespace calfleet::calcom_sim {

/// Constructed: received and served, nothing of what comes later. One thread.
class Steps {
public:
    Steps(Api& api, RawRequest raw)
        : simulator_(api.simulator)
        , exchange_(simulator_.receive(std::move(raw))) {
        simulator_.execute(*exchange_);
        keep();
    }

    /// Makes what comes after the pause or the deliveries; false when nothing is left.
    bool advance() {
        if (!exchange_->outcome.next) return false;
        const auto next = std::move(exchange_->outcome.next);
        exchange_->outcome = next();
        keep();
        return true;
    }
    /// All that is left; the answer's status.
    int finish() {
        while (advance()) {
        }
        return exchange_->outcome.answer.status;
    }
    const std::string& body() const { return exchange_->outcome.answer.body; }

    /// The webhooks so far.
    std::vector<Outbound> sent{};

private:
    void keep() {
        for (Outbound& delivery : exchange_->outcome.deliveries)
            sent.push_back(std::move(delivery));
        exchange_->outcome.deliveries.clear();
    }

    Simulator& simulator_;
    std::unique_ptr<Exchange> exchange_;
};

/// A booking's POST as the simulator receives it, with the key of this name.
inline RawRequest
post_of(const std::string& target, const std::string& body, const std::string& key = "alice") {
    return {
        .method = "POST",
        .target = target,
        .version = "2024-08-13",
        .authorization = key.empty() ? "" : "Bearer cal_" + key,
        .content_type = "application/json",
        .body = body,
        .client_address = "127.0.0.1"};
}

/// The body of a booking by guest@example.com. More properties: R"(,"metadata":{})".
inline std::string wish(Id event_type, const std::string& start, const std::string& more = {}) {
    return R"({"start":")" + start + R"(","eventTypeId":)" + std::to_string(event_type) +
           R"(,"attendee":{"name":"Guest","email":"guest@example.com","timeZone":"Europe/Berlin"})" +
           more + "}";
}

} // namespace calfleet::calcom_sim
