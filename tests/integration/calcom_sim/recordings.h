#pragma once
// Answers of a real Cal.com, recorded one JSON file a scenario, in the order in which they
// happened.

#include "common/core/time.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace calfleet::calcom_sim {

/// The folder's name; unset: there are no recordings here and their test is skipped.
inline constexpr const char* kRecordingsVariable = "CALFLEET_CALCOM_RECORDINGS";

struct RecordedRequest {
    std::string method{};
    std::string target{};
    std::map<std::string, std::string> headers{}; ///< names in lower case
    std::string body{};
};

struct RecordedAnswer {
    int status{};
    std::map<std::string, std::string> headers{}; ///< names in lower case
    boost::json::value body{};
};

/// One request with its answer; `at` is when it was sent. Status 0: the answer was not recorded.
struct Recorded {
    std::string scenario{};
    Instant at{};
    RecordedRequest request{};
    RecordedAnswer answer{};
};

/// A scenario of several requests: sent at the same moment, or a row of equal ones of which only
/// some answers were kept.
struct RecordedSeries {
    struct Part {
        int number{};          ///< from 1, with gaps where answers were not kept
        Microseconds after{0}; ///< since the first
        Recorded recorded{};
    };
    std::string scenario{};
    Instant at{};
    std::vector<Part> parts{};
};

/// By time. A series is placed by its first part.
struct Recordings {
    std::vector<Recorded> single{};
    std::vector<RecordedSeries> series{};
};

/// Throws std::runtime_error when a file is not of this format. Files that hold webhook deliveries
/// are left out. A series without any time in it gets the epoch.
Recordings read_recordings(const std::string& folder);

} // namespace calfleet::calcom_sim
