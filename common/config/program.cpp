#include "common/config/program.h"

#include "common/core/redaction.h"
#include "common/core/text.h"

#include <cstdio>
#include <vector>

namespace calfleet::config {
namespace {

std::string usage(const Reader& reader, std::string_view purpose) {
    return std::string(purpose) + "\n\nUsage: " + reader.program() +
           " [--help | --version | --settings | --settings-markdown]\n\n"
           "  --help               this text\n"
           "  --version            the version of this build\n"
           "  --settings           the settings in force, secrets starred, then exit\n"
           "  --settings-markdown  the table of all settings as Markdown\n\n" +
           help_table(reader) +
           "\nExit codes: 0 drained cleanly, 1 gave up (start it again), 78 bad configuration "
           "(correct it first)\n";
}

} // namespace

std::string_view version() {
    return CALFLEET_VERSION;
}

std::optional<Answer> answer(
    const Reader& reader, std::string_view purpose, std::span<const std::string_view> arguments
) {
    if (!arguments.empty()) {
        const std::string_view option = arguments.front();
        if (option == "--help" || option == "-h") return Answer{0, usage(reader, purpose), {}};
        if (option == "--version")
            return Answer{0, reader.program() + " " + std::string(version()) + "\n", {}};
        if (option == "--settings-markdown") return Answer{0, markdown_table(reader), {}};
        if (option != "--settings")
            return Answer{
                kExitBadConfiguration,
                {},
                reader.program() + ": unknown option '" + printable(without_keys(option).text, 80) +
                    "'; --help lists what there is\n"};
    }
    const std::string report = complaint_report(reader);
    if (!arguments.empty())
        return Answer{
            report.empty() ? 0 : kExitBadConfiguration, effective_settings(reader), report};
    if (!report.empty()) return Answer{kExitBadConfiguration, {}, report};
    return std::nullopt;
}

std::optional<int>
answer_and_print(const Reader& reader, std::string_view purpose, int argc, char** argv) {
    std::vector<std::string_view> arguments;
    for (int i = 1; i < argc; ++i)
        arguments.emplace_back(argv[i]);
    const auto reply = answer(reader, purpose, arguments);
    if (!reply) return std::nullopt;
    std::fwrite(reply->output.data(), 1, reply->output.size(), stdout);
    std::fwrite(reply->errors.data(), 1, reply->errors.size(), stderr);
    std::fflush(stdout);
    return reply->exit_code;
}

} // namespace calfleet::config
