#pragma once
// Starts the programs of brisk_worker.h.

#include "common/core/secret.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/process.h"

namespace calfleet::chaos {

struct WorkerStart {
    std::string program; ///< "service_pusher_worker"
    Secret<std::string> dsn;
    std::string calcom_url;
    std::string key_file;
    std::string owner;               ///< also names the files of its output
    std::filesystem::path directory; ///< where they are
    std::string crash{};             ///< "J5:2"; empty: it lives
};

inline std::unique_ptr<test_support::Process> start_worker(const WorkerStart& start) {
    test_support::ProcessOptions options;
    options.argv = {
        CALFLEET_BIN_DIR "/" + start.program,
        start.dsn.reveal_for_use(),
        start.calcom_url,
        start.key_file,
        start.owner};
    if (!start.crash.empty()) options.environment["CALFLEET_CRASH"] = start.crash;
    options.directory = start.directory;
    options.name = start.owner;
    return std::make_unique<test_support::Process>(std::move(options));
}

} // namespace calfleet::chaos
