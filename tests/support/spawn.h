#pragma once
// The system calls below Process: fork, become a user, redirect, exec.

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace calfleet::test_support {

struct SpawnRequest {
    std::vector<std::string> argv{};
    std::map<std::string, std::string> environment{}; ///< on top of ours
    std::vector<std::string> without{};               ///< names of ours that are left out
    std::filesystem::path out{};                      ///< appended to
    std::filesystem::path err{};                      ///< appended to
    std::string user{};                               ///< empty: as we are
    int death_signal{};                               ///< sent to the child when we end
};

/// The child's pid. Throws std::system_error. Any thread may call it and end afterwards.
pid_t spawn(SpawnRequest request);

} // namespace calfleet::test_support
