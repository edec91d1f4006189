#include "tests/support/certificates.h"

#include <chrono>
#include <stdexcept>

#include "tests/support/process.h"

namespace calfleet::test_support {

Certificates::Certificates(const std::vector<std::string>& subjects) {
    std::vector<std::string> words{
        std::string(CALFLEET_SOURCE_DIR) + "/tests/support/make-certificates",
        directory_.path().string()};
    words.insert(words.end(), subjects.begin(), subjects.end());
    const Finished done = run({.argv = std::move(words)}, std::chrono::seconds(60));
    if (done.exit != Exit{}) throw std::runtime_error("make-certificates: " + done.err + done.out);
}

} // namespace calfleet::test_support
