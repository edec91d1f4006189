#pragma once
// A consumed record without a copy: the bytes stay in librdkafka's buffer until the Message is destroyed.

#include "common/core/time.h"
#include "common/kafka/record.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace calfleet::kafka {

/// Move-only. Views are valid as long as the Message. Destroy on any thread.
class Message {
public:
    std::string_view topic() const;
    std::int32_t partition() const;
    std::int64_t offset() const;
    /// Nothing when the broker keeps no timestamp for it.
    std::optional<Instant> timestamp() const;
    std::optional<std::string_view> key() const;
    /// Nothing for a tombstone.
    std::optional<std::string_view> value() const;
    /// The last header of that name (as CloudEvents readers do); nothing when absent or null.
    std::optional<std::string_view> header(std::string_view name) const;
    /// All headers in order, copied.
    std::vector<Header> headers() const;
    std::size_t size_bytes() const;

private:
    friend class Consumer;
    struct Destroy {
        void operator()(void* message) const noexcept;
    };
    explicit Message(void* message) : message_(message) {}
    std::unique_ptr<void, Destroy> message_;
};

} // namespace calfleet::kafka
