#include "common/log/line.h"

#include "common/core/text.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace calfleet::log {
namespace {

constexpr std::size_t kLongestText = 2000;

std::string_view name(Level level) {
    switch (level) {
    case Level::Debug:
        return "debug";
    case Level::Info:
        return "info";
    case Level::Warn:
        return "warn";
    case Level::Error:
        return "error";
    }
    return "error";
}

// printable() leaves no control characters and no invalid bytes: only the two characters special to
// JSON remain.
void append_text(std::string& line, std::string_view text) {
    line.push_back('"');
    for (const char c : printable(text, kLongestText)) {
        if (c == '"' || c == '\\') line.push_back('\\');
        line.push_back(c);
    }
    line.push_back('"');
}

void append_value(std::string& line, const Field& field) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        append_text(line, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        line += std::to_string(*number);
    } else if (const auto* truth = std::get_if<bool>(&field.value)) {
        line += *truth ? "true" : "false";
    } else {
        const double real = std::get<double>(field.value);
        if (!std::isfinite(real)) {
            line += "null";
            return;
        }
        std::array<char, 40> buffer{};
        const int length = std::snprintf(buffer.data(), buffer.size(), "%.6g", real);
        line.append(buffer.data(), static_cast<std::size_t>(length));
    }
}

} // namespace

std::string make_line(
    Instant now,
    Level level,
    std::string_view worker,
    std::string_view event,
    std::initializer_list<Field> fields
) {
    std::string line = R"({"ts":")" + format_instant(now) + R"(","level":")";
    line.append(name(level)).append(R"(","worker":)");
    append_text(line, worker);
    line += R"(,"event":)";
    append_text(line, event);
    for (const Field& field : fields) {
        line.push_back(',');
        append_text(line, field.name);
        line.push_back(':');
        append_value(line, field);
    }
    line.push_back('}');
    return line;
}

} // namespace calfleet::log
