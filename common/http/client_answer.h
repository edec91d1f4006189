#pragma once
// Reads one HTTP/1.1 answer from whatever pieces arrive, and believes nothing.

#include "common/http/call.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace calfleet::http {

struct AnswerLimits {
    std::size_t max_header_bytes{64 * 1024};
    std::size_t max_body_bytes{4 * 1024 * 1024};
};

/// Interim answers (1xx) are passed over. Holds what could not be used yet, at most the header's
/// limit.
class AnswerReader {
public:
    enum class State { Reading, Done, Failed };

    explicit AnswerReader(AnswerLimits limits);
    ~AnswerReader();
    AnswerReader(const AnswerReader&) = delete;
    AnswerReader& operator=(const AnswerReader&) = delete;

    /// The next bytes; none after Done or Failed.
    State feed(std::string_view bytes);
    /// The connection has ended in order: complete only for a body that lasts until then.
    State end();

    /// A byte has come.
    bool begun() const;
    /// After Failed.
    FailureReason reason() const;
    const std::string& text() const;
    /// The server keeps the connection open and sent nothing beyond the answer.
    bool reusable() const;

    /// 0 before the head was whole.
    int status() const;
    Headers take_headers();
    std::string take_body();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::http
