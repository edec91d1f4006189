#pragma once
// What every worker program answers on its command line, and when it refuses to start.

#include "common/config/reader.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace calfleet::config {

/// Bad configuration: the supervisor should not start the program again (sysexits.h EX_CONFIG).
inline constexpr int kExitBadConfiguration = 78;

struct Answer {
    int exit_code{0};
    std::string output; ///< for standard output
    std::string errors; ///< for standard error
};

/// After every setting was asked for: nothing when the program may go on, else what to print and
/// the exit code. --help, --version, --settings (what is in force), --settings-markdown (the
/// README's table); these answer even when the configuration is wrong. purpose: one sentence.
std::optional<Answer>
answer(const Reader& reader, std::string_view purpose, std::span<const std::string_view> arguments);

/// The same for a main(): prints, and returns the exit code.
std::optional<int>
answer_and_print(const Reader& reader, std::string_view purpose, int argc, char** argv);

/// Of this build: "0.1.0".
std::string_view version();

} // namespace calfleet::config
