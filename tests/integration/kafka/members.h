#pragma once
// What the Kafka tests share: a listener that keeps positions, clients for a cluster, and waiting
// for a condition.

#include "common/kafka/consumer.h"
#include "common/kafka/producer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace calfleet::kafka {

using namespace std::chrono_literals;

/// Starts partitions at the kept position, 0 without one; notes everything it is told.
struct KeptPositions : AssignmentListener {
    struct Revoked {
        std::vector<TopicPartition> partitions;
        bool lost;
    };

    Result<std::vector<std::int64_t>> on_assigned(std::span<const TopicPartition> partitions
    ) override {
        ++asked;
        if (refusals > 0) {
            --refusals;
            return unavailable("the positions cannot be read just now");
        }
        std::vector<std::int64_t> starts;
        for (const TopicPartition& each : partitions) {
            starts.push_back(position[each]);
            held.push_back(each);
        }
        return starts;
    }
    void on_revoked(std::span<const TopicPartition> partitions, bool lost) override {
        revoked.push_back({{partitions.begin(), partitions.end()}, lost});
        for (const TopicPartition& each : partitions)
            std::erase(held, each);
    }

    std::map<TopicPartition, std::int64_t> position;
    std::vector<TopicPartition> held;
    std::vector<Revoked> revoked;
    int asked{0};
    int refusals{0};
};

inline ConsumerSettings
consumer_settings(const std::string& brokers, const std::string& topic, const std::string& client) {
    return {
        .brokers = brokers,
        .group = "group-of-" + topic,
        .client_id = client,
        .topics = {topic},
        .session_timeout = 4000ms, // above the 3 s that a first join takes on the mock cluster
        .statistics_interval = 100ms,
        .log =
            [](LogLevel, std::string_view facility, std::string_view text) {
                if (std::getenv("CALFLEET_TEST_VERBOSE"))
                    std::clog << facility << ": " << text << '\n';
            },
    };
}

inline std::unique_ptr<Consumer> consumer(ConsumerSettings settings, AssignmentListener& listener) {
    auto made = Consumer::create(std::move(settings), listener);
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
}

inline std::unique_ptr<Producer> producer(ProducerSettings settings) {
    auto made = Producer::create(std::move(settings));
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
}

/// Publishes and waits for every report; the offsets in order.
inline std::vector<std::int64_t>
publish(const std::string& brokers, const std::vector<OutgoingRecord>& records) {
    auto sender = producer({.brokers = brokers, .client_id = "test-publisher", .linger = 0ms});
    std::vector<std::int64_t> offsets(records.size(), -1);
    for (std::size_t i = 0; i < records.size(); ++i) {
        const Result<> queued =
            sender->send(records[i], [&offsets, i](const Result<Delivered>& result) {
                EXPECT_TRUE(result) << (result ? "" : result.error().message);
                if (result) offsets[i] = result->offset;
            });
        EXPECT_TRUE(queued) << (queued ? "" : queued.error().message);
    }
    EXPECT_TRUE(sender->flush(20s));
    return offsets;
}

/// Polls all members in turn until done() holds or 30 s have passed; errors go to on_error or fail
/// the test.
struct PollLoop {
    std::vector<Consumer*> members;
    std::function<void(Consumer&, const Message&)> on_message = [](Consumer&, const Message&) {};
    std::function<void(Consumer&, const Error&)> on_error = [](Consumer&, const Error& error) {
        ADD_FAILURE() << error.message;
    };

    bool until(const std::function<bool()>& done, std::chrono::seconds limit = 30s) {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        while (!done()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            for (Consumer* member : members) {
                auto polled = member->poll(20ms);
                if (!polled)
                    on_error(*member, polled.error());
                else if (*polled)
                    on_message(*member, **polled);
            }
        }
        return true;
    }
};

} // namespace calfleet::kafka
