#pragma once
// Bytes in, a fully validated JSON document out.

#include "common/core/result.h"
#include "common/json/value.h"

#include <cstddef>
#include <memory>
#include <string_view>

namespace calfleet::json {

struct Limits {
    std::size_t max_bytes{1024 * 1024};
    std::size_t max_depth{64}; ///< objects and arrays inside each other; a lone object is depth 1
};

/// Keeps its memory from one document to the next (about 15 bytes per byte of the largest one), so
/// that parsing does not allocate after warm-up. One per thread; not thread-safe. Uses the simdjson
/// DOM and not its on-demand reader, because on-demand does not validate what it skips: a record
/// must be wholly right or refused.
class Parser {
public:
    Parser();
    ~Parser();
    Parser(Parser&&) noexcept;
    Parser& operator=(Parser&&) noexcept;

    /// What is right is read as it is, at no extra cost. What is wrong in a way that syntax.h can
    /// mend is read with U+FFFD for half a character and so on: a field that nobody reads must not
    /// decide about a document. For documents that others wrote.
    Result<Value> parse_leniently(std::string_view bytes, Limits limits = Limits());

    /// The bytes are copied; they may go away afterwards. The result is valid until the next
    /// parse(). Error Invalid says what is wrong and, where it is known, at which byte: "not JSON:
    /// expected ':' at byte 17". Numbers that fit neither 64 bits nor a finite double make the
    /// document invalid, wherever they stand.
    Result<Value> parse(std::string_view bytes, Limits limits = Limits());

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::json
