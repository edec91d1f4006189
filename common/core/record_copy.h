#pragma once
// A record that owns its bytes, all in one block.

#include "common/core/record_view.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace calfleet {

/// For records that wait. What a Kafka client hands out keeps the whole fetch answer alive that it
/// came in, megabytes for the sake of one record; a copy keeps itself. Move-only; a moved-from
/// copy holds nothing. One thread at a time.
class RecordCopy {
public:
    /// Throws std::length_error when the record has more bytes than a Kafka record can (2 GiB).
    explicit RecordCopy(const RecordView& record);

    /// headers is the memory for the header views and is cleared first. The view lives as long as
    /// this and headers do.
    RecordView view(std::vector<HeaderView>& headers) const;
    /// Key and value; headers are not counted.
    std::size_t size_bytes() const;

private:
    /// In the block: the sizes below for each header, then topic, key, value, and name and value of
    /// each header.
    struct HeaderSizes {
        std::uint32_t name;
        std::int32_t value; ///< kNull for a null value
    };
    static constexpr std::int32_t kNull = -1;

    std::unique_ptr<std::byte[]> block_;
    std::int64_t offset_{0};
    std::optional<Instant> timestamp_;
    std::int32_t partition_{0};
    std::uint32_t headers_{0};
    std::uint32_t topic_{0};
    std::int32_t key_{kNull};
    std::int32_t value_{kNull};
};

} // namespace calfleet
