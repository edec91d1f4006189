#include "common/config/reader.h"

#include <algorithm>

namespace calfleet::config {
namespace {

std::string default_text(const Setting& setting) {
    if (setting.required) return "required";
    if (!setting.fallback || setting.fallback->empty()) return "none";
    return *setting.fallback;
}

// A bar would end the cell; a line break the row.
std::string cell(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        if (c == '|') safe += '\\';
        safe += c == '\n' ? ' ' : c;
    }
    return safe;
}

std::string type_text(const Setting& setting) {
    return setting.range.empty() ? setting.type : setting.type + ", " + setting.range;
}

} // namespace

std::string complaint_report(const Reader& reader) {
    const auto complaints = reader.complaints();
    if (complaints.empty()) return {};
    std::string report = reader.program() + ": configuration has " +
                         std::to_string(complaints.size()) +
                         (complaints.size() == 1 ? " problem\n" : " problems\n");
    for (const std::string& complaint : complaints)
        report += "  " + complaint + "\n";
    return report;
}

std::string help_table(const Reader& reader) {
    std::size_t widest = 0;
    for (const Setting& setting : reader.settings())
        widest = std::max(widest, setting.name.size());
    std::string table = "Settings (environment variables):\n";
    for (const Setting& setting : reader.settings()) {
        table += "  " + setting.name + std::string(widest - setting.name.size() + 2, ' ') +
                 setting.help + "\n";
        table += std::string(widest + 4, ' ') + type_text(setting) +
                 "; default: " + default_text(setting) + "\n";
        if (setting.secret)
            table += std::string(widest + 4, ' ') + "or " + setting.name +
                     "_FILE: path of a file with the value\n";
    }
    return table;
}

std::string effective_settings(const Reader& reader) {
    std::string lines;
    for (const Setting& setting : reader.settings())
        lines += setting.name + "=" + setting.effective + "\n";
    return lines;
}

std::string markdown_table(const Reader& reader) {
    std::string table = "| Setting | Type | Default | Range | Meaning |\n|---|---|---|---|---|\n";
    for (const Setting& setting : reader.settings()) {
        const std::string fallback = default_text(setting);
        const bool value = !setting.required && fallback != "none";
        table += "| `" + setting.name + "`" +
                 (setting.secret ? " or `" + setting.name + "_FILE`" : "") + " | " + setting.type +
                 " | " + (value ? "`" + cell(fallback) + "`" : fallback) + " | " +
                 cell(setting.range) + " | " + cell(setting.help) + " |\n";
    }
    return table;
}

} // namespace calfleet::config
