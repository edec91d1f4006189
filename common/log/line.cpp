#include "common/log/line.h"

#include "common/core/text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace calfleet::log {
namespace {

constexpr std::string_view kTruncated = R"(,"truncated":true)";

void append_text(std::string& line, std::string_view text) {
    // printable() leaves neither control characters nor broken UTF-8: two escapes remain.
    line += '"';
    for (const char c : printable(text, kMaxTextBytes)) {
        if (c == '"' || c == '\\') line += '\\';
        line += c;
    }
    line += '"';
}

template <class Number>
void append_number(std::string& line, Number number) {
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    line.append(digits.data(), end);
}

struct AppendValue {
    std::string& line;
    void operator()(std::string_view text) const { append_text(line, text); }
    void operator()(std::int64_t number) const { append_number(line, number); }
    void operator()(std::uint64_t number) const { append_number(line, number); }
    void operator()(double number) const {
        if (std::isfinite(number))
            append_number(line, number);
        else
            line += "null";
    }
    void operator()(bool truth) const { line += truth ? "true" : "false"; }
};

bool belongs_to_every_line(std::string_view name) {
    return name == "ts" || name == "level" || name == "worker" || name == "event";
}

} // namespace

void append_field(std::string& line, const Field& field) {
    line += ',';
    append_text(line, field.name());
    if (belongs_to_every_line(field.name())) line.insert(line.size() - 1, "_");
    line += ':';
    std::visit(AppendValue{line}, field.value());
}

std::string make_line(
    Instant now,
    std::string_view level,
    std::string_view worker,
    std::string_view event,
    std::string_view context,
    std::span<const Field> fields
) {
    std::string line;
    line.reserve(256);
    // Microseconds are noise in a log; the instant's text ends with "315000Z".
    const std::string ts = format_instant(now);
    line.append(R"({"ts":")").append(ts, 0, ts.size() - 4).append(R"(Z","level":")").append(level);
    line += R"(","worker":)";
    append_text(line, worker);
    line += R"(,"event":)";
    append_text(line, event);
    bool whole = line.size() + context.size() <= kMaxLineBytes;
    if (whole) line += context;
    for (const Field& field : fields) {
        const std::size_t before = line.size();
        append_field(line, field);
        if (line.size() + kTruncated.size() + 1 <= kMaxLineBytes) continue;
        line.resize(before);
        whole = false;
    }
    if (!whole) line += kTruncated;
    line += '}';
    return line;
}

} // namespace calfleet::log
