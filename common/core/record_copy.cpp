#include "common/core/record_copy.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace calfleet {
namespace {

std::size_t length(std::int32_t size) {
    return static_cast<std::size_t>(std::max(size, 0));
}

std::optional<std::string_view> text(const char* place, std::int32_t size) {
    if (size < 0) return std::nullopt;
    return std::string_view(place, length(size));
}

} // namespace

RecordCopy::RecordCopy(const RecordView& record)
    : offset_(record.offset)
    , timestamp_(record.timestamp)
    , partition_(record.partition)
    , headers_(static_cast<std::uint32_t>(record.headers.size())) {
    std::size_t bytes = record.headers.size() * sizeof(HeaderSizes);
    const auto sized = [&](std::optional<std::string_view> part) {
        bytes += part.value_or("").size();
        if (bytes > std::numeric_limits<std::int32_t>::max())
            throw std::length_error("a record of more than 2 GiB");
        return part ? static_cast<std::int32_t>(part->size()) : kNull;
    };
    topic_ = static_cast<std::uint32_t>(sized(record.topic));
    key_ = sized(record.key);
    value_ = sized(record.value);
    for (const HeaderView& header : record.headers) {
        sized(header.name);
        sized(header.value);
    }
    block_ = std::make_unique_for_overwrite<std::byte[]>(bytes);
    std::byte* place = block_.get();
    const auto put = [&](const void* from, std::size_t size) {
        if (size > 0) std::memcpy(place, from, size);
        place += size;
    };
    for (const HeaderView& header : record.headers) {
        const HeaderSizes sizes{
            static_cast<std::uint32_t>(header.name.size()),
            header.value ? static_cast<std::int32_t>(header.value->size()) : kNull};
        put(&sizes, sizeof sizes);
    }
    const auto put_text = [&](std::string_view part) { put(part.data(), part.size()); };
    put_text(record.topic);
    put_text(record.key.value_or(""));
    put_text(record.value.value_or(""));
    for (const HeaderView& header : record.headers) {
        put_text(header.name);
        put_text(header.value.value_or(""));
    }
}

RecordView RecordCopy::view(std::vector<HeaderView>& headers) const {
    headers.clear();
    const char* place =
        reinterpret_cast<const char*>(block_.get()) + headers_ * sizeof(HeaderSizes);
    RecordView record;
    record.partition = partition_;
    record.offset = offset_;
    record.timestamp = timestamp_;
    record.topic = {place, topic_};
    record.key = text(place += topic_, key_);
    record.value = text(place += length(key_), value_);
    place += length(value_);
    for (std::uint32_t i = 0; i < headers_; ++i) {
        HeaderSizes sizes;
        std::memcpy(&sizes, block_.get() + i * sizeof sizes, sizeof sizes);
        headers.push_back({{place, sizes.name}, text(place + sizes.name, sizes.value)});
        place += sizes.name + length(sizes.value);
    }
    record.headers = headers;
    return record;
}

std::size_t RecordCopy::size_bytes() const {
    return length(key_) + length(value_);
}

} // namespace calfleet
