#pragma once
// Input files, with "-" for standard input.

#include "common/core/result.h"

#include <functional>
#include <string>
#include <string_view>

namespace calfleet::cli {

/// The whole file, at most 64 MiB. Error NotFound or Invalid names the path and the system's
/// reason.
Result<std::string> read_file(const std::string& path);

/// Made or replaced, readable by its owner alone. Error Invalid says why not.
Result<> write_private_file(const std::string& path, std::string_view content);

/// Calls body with each line (without its end) and its number from 1; an Error of the body ends the
/// reading.
Result<> for_each_line(
    const std::string& path, const std::function<Result<>(std::string_view line, int number)>& body
);

} // namespace calfleet::cli
