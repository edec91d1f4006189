#pragma once
// A consumed record without a copy: the bytes stay in librdkafka's buffer until the Message is
// destroyed.

#include "common/core/record_view.h"
#include "common/core/time.h"
#include "common/kafka/record.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace calfleet::kafka {

/// Move-only. Views are valid as long as the Message. Destroy on any thread, but before the
/// Consumer it came from. One kept Message keeps the whole buffer of its fetch (up to
/// fetch_message_max_bytes) alive.
class Message {
public:
    std::string_view topic() const;
    std::int32_t partition() const;
    std::int64_t offset() const;
    /// Nothing when the broker keeps no timestamp for it. Whoever produced it may have written any
    /// number: Instant::max() stands for all that an Instant cannot hold.
    std::optional<Instant> timestamp() const;
    std::optional<std::string_view> key() const;
    /// Nothing for a tombstone.
    std::optional<std::string_view> value() const;
    /// The last header of that name (as CloudEvents readers do); nothing when absent or null.
    std::optional<std::string_view> header(std::string_view name) const;
    /// All headers in order, copied.
    std::vector<Header> headers() const;
    /// Appends views of all headers in order. The first look at a message's headers parses them
    /// (inside librdkafka).
    void headers_into(std::vector<HeaderView>& out) const;
    /// The whole record as views; headers is the memory for its header views and is cleared first.
    /// The view lives as long as the Message and headers do.
    RecordView view(std::vector<HeaderView>& headers) const;
    /// What it keeps in memory: key, value, and the headers twice, because librdkafka copies them
    /// at the first look, which this is.
    std::size_t size_bytes() const;
    std::size_t header_bytes() const;

private:
    friend class Consumer;
    friend class Admin;
    friend class LogReader;
    struct Destroy {
        void operator()(void* message) const noexcept;
    };
    explicit Message(void* message)
        : message_(message) {}
    std::unique_ptr<void, Destroy> message_;
};

} // namespace calfleet::kafka
