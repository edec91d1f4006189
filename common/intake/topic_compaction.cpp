#include "common/intake/topic_compaction.h"

#include <chrono>

namespace calfleet::intake {
namespace {

constexpr std::chrono::seconds kAnswerWait{5};

} // namespace

Result<bool> TopicCompaction::is_compacted(const std::string& topic) {
    std::lock_guard lock(mutex_);
    if (!admin_) {
        auto made = kafka::Admin::create(
            settings_.brokers, settings_.client_id + "-topics", settings_.connection
        );
        if (!made) return made.error();
        admin_ = std::move(*made);
    }
    const auto config = admin_->config_of(topic, kAnswerWait);
    if (!config) return config.error();
    const auto policy = config->find("cleanup.policy"); // "compact", "delete", or both
    return policy != config->end() && policy->second.find("compact") != std::string::npos;
}

} // namespace calfleet::intake
