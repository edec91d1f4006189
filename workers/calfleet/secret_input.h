#pragma once
// Secrets from a person or a file descriptor: never from the command line, which everybody on the
// machine can read.

#include "common/core/result.h"
#include "common/core/secret.h"

#include <string>
#include <string_view>

namespace calfleet::cli {

inline constexpr std::size_t kMostSecretInput = 4096;

/// Everything up to the end of the descriptor, without one line break at its end. Error Invalid:
/// it cannot be read, is empty, or gives more than kMostSecretInput bytes.
Result<Secret<std::string>> read_secret_from(int descriptor, std::string_view option);

/// One line from the terminal on standard input, not shown while it is typed. Error Invalid when
/// there is no terminal, or when the person gave up (Ctrl-C, Ctrl-D).
Result<Secret<std::string>> ask_secret(std::string_view prompt, std::string_view option);

/// Fit to be sent in a header: 8 to 512 visible ASCII characters. The error quotes none of them.
Result<> check_api_key(const Secret<std::string>& key);

} // namespace calfleet::cli
