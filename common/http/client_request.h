#pragma once
// The bytes of one request, in memory that is wiped when it goes.

#include "common/core/result.h"
#include "common/http/call.h"
#include "common/http/url.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace calfleet::http {

/// Allocated once at its full size, so that no copy of a key stays behind in memory that grew.
class RequestBytes {
public:
    explicit RequestBytes(std::size_t capacity);
    ~RequestBytes();
    RequestBytes(RequestBytes&& other) noexcept;
    RequestBytes& operator=(RequestBytes&& other) noexcept;

    /// At most the capacity in all.
    void append(std::string_view bytes);
    void end_of_head() { head_size_ = size_; }

    std::string_view view() const { return {bytes_.get(), size_}; }
    std::size_t size() const { return size_; }
    /// With the empty line: a server that has fewer bytes has no request.
    std::size_t head_size() const { return head_size_; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_{0};
    std::size_t size_{0};
    std::size_t head_size_{0};
};

/// Error Bug: the call breaks the rules of Call; the text names the field, never its value.
Result<RequestBytes>
request_bytes(const Call& call, const Origin& origin, std::string_view user_agent);

} // namespace calfleet::http
