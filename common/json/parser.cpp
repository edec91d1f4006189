#include "common/json/parser.h"

#include "common/json/access.h"
#include "common/json/syntax.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

namespace calfleet::json {
namespace {

constexpr std::size_t kFirstCapacity = 4096;

Error refused(const Mistake& mistake) {
    return invalid("not JSON: " + mistake.what + " at byte " + std::to_string(mistake.offset));
}

Error refused(std::string_view bytes, simdjson::error_code code, const Limits& limits) {
    if (code == simdjson::MEMALLOC)
        return unavailable("no memory to parse " + std::to_string(bytes.size()) + " bytes of JSON");
    if (code == simdjson::DEPTH_ERROR)
        return invalid(
            "not acceptable JSON: nested deeper than " + std::to_string(limits.max_depth) +
            " levels"
        );
    if (const auto mistake = find_mistake(bytes)) return refused(*mistake);
    return invalid(std::string("not JSON: ") + simdjson::error_message(code));
}

} // namespace

struct Parser::Impl {
    simdjson::dom::parser parser;
    std::vector<char> padded;
    std::size_t max_depth{0};

    simdjson::error_code make_room(std::size_t size, std::size_t wanted_depth) {
        const std::size_t capacity = std::max(kFirstCapacity, std::bit_ceil(size));
        if (padded.size() < capacity + simdjson::SIMDJSON_PADDING)
            padded.resize(capacity + simdjson::SIMDJSON_PADDING);
        if (parser.capacity() >= capacity && max_depth == wanted_depth) return simdjson::SUCCESS;
        max_depth = wanted_depth;
        // simdjson refuses at the level it is given, we at the one behind it.
        return parser.allocate(std::max(capacity, parser.capacity()), wanted_depth + 1);
    }
};

Parser::Parser()
    : impl_(std::make_unique<Impl>()) {}
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

Result<Value> Parser::parse(std::string_view bytes, Limits limits) {
    if (bytes.size() > limits.max_bytes) {
        return invalid(
            std::to_string(bytes.size()) + " bytes of JSON, at most " +
            std::to_string(limits.max_bytes) + " are accepted"
        );
    }
    if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return invalid("not JSON: empty");
    // simdjson 3.0 refuses a byte order mark, 3.12 skips it: the same bytes must mean the same
    // everywhere.
    if (bytes.starts_with("\xEF\xBB\xBF"))
        return invalid("not JSON: starts with a byte order mark");
    auto code = impl_->make_room(bytes.size(), limits.max_depth);
    if (code != simdjson::SUCCESS) return refused(bytes, code, limits);
    char* buffer = impl_->padded.data();
    std::memcpy(buffer, bytes.data(), bytes.size());
    std::memset(buffer + bytes.size(), ' ', simdjson::SIMDJSON_PADDING);
    simdjson::dom::element root;
    code = impl_->parser.parse(buffer, bytes.size(), false).get(root);
    if (code != simdjson::SUCCESS) return refused(bytes, code, limits);
    return Access::value(root);
}

Result<Value> Parser::parse_leniently(std::string_view bytes, Limits limits) {
    Result<Value> parsed = parse(bytes, limits);
    if (parsed || parsed.error().kind != ErrorKind::Invalid || bytes.size() > limits.max_bytes)
        return parsed;
    std::vector<Mend> mends;
    const auto mistake = find_mistake(bytes, mends);
    if (mends.empty()) return parsed;
    if (mistake) return refused(*mistake);
    const std::string text = mended(bytes, mends);
    limits.max_bytes = std::max(limits.max_bytes, text.size());
    return parse(text, limits);
}

} // namespace calfleet::json
