#pragma once
// Certificates of one test, made by tests/support/make-certificates.

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/wait.h"

namespace calfleet::test_support {

/// ca.crt signs server.{crt,key,pem} (for 127.0.0.1 and db.example), expired.{crt,key} and for each
/// subject SUBJECT.{crt,key}; other-ca.crt signs none of them. Removed by the destructor.
class Certificates {
public:
    explicit Certificates(const std::vector<std::string>& subjects = {});

    std::string path(const std::string& file) const { return directory_.path() / file; }
    const std::filesystem::path& folder() const { return directory_.path(); }

private:
    TemporaryDirectory directory_{"certificates"};
};

} // namespace calfleet::test_support
