#include "tests/checks/include_rules.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace calfleet::checks {
namespace {

using Folders = std::set<std::string, std::less<>>;

// Folder of common/ -> what it may include besides itself.
const std::map<std::string, Folders, std::less<>> kAllowed{
    {"core", {}},
    {"config", {"core"}},
    {"log", {"core"}},
    {"metrics", {"core"}},
    {"json", {"core"}},
    {"job", {"core"}},
    {"sealing", {"core"}},
    {"events", {"core", "json"}},
    {"service_fields", {"core", "json", "events"}},
    {"matching", {"core", "json"}},
    {"kafka", {"core", "config", "log", "metrics"}},
    {"postgres", {"core", "config", "log", "metrics"}},
    {"http", {"core", "config", "log", "metrics"}},
    {"statistics", {"core", "postgres", "calcom"}},
    {"calcom",
     {"core", "config", "log", "metrics", "json", "job", "events", "sealing", "postgres", "http"}},
    {"messaging", {"core", "json", "job", "events", "postgres"}},
    {"jobs", {"core", "log", "json", "job", "events", "postgres", "messaging"}},
    {"executor",
     {"core", "config", "log", "metrics", "json", "job", "postgres", "messaging", "jobs"}},
    {"intake",
     {"core",
      "config",
      "log",
      "metrics",
      "json",
      "job",
      "events",
      "kafka",
      "postgres",
      "messaging",
      "jobs"}},
    {"runtime",
     {"core",
      "config",
      "log",
      "metrics",
      "json",
      "job",
      "events",
      "kafka",
      "postgres",
      "http",
      "messaging",
      "jobs",
      "executor",
      "intake"}},
    {"testing",
     {"core",           "config",    "log",   "metrics",  "json",   "job",        "events",
      "service_fields", "matching",  "kafka", "postgres", "http",   "statistics", "sealing",
      "calcom",         "messaging", "jobs",  "executor", "intake", "runtime"}}};

// What a worker's job.{h,cpp} may include: it decides and touches nothing.
const Folders kPure{"core", "job", "events", "service_fields"};
// host-mapper's decision is a match of names; service-pusher's is about event types as values.
const std::map<std::string, Folders, std::less<>> kPureBesides{
    {"host-mapper", {"matching"}},
    {"service-pusher", {"calcom"}},
    {"team-syncer", {"calcom", "json"}}};

// Prefix of a third-party header -> path prefixes that may include it.
struct ThirdParty {
    std::string_view prefix;
    std::vector<std::string_view> places;
};
const std::vector<ThirdParty> kThirdParty{
    {"librdkafka/", {"common/kafka/", "tests/brokers/", "tests/integration/kafka/"}},
    {"pqxx/", {"common/postgres/"}},
    {"boost/beast", {"common/http/", "tests/calcom-sim/"}},
    {"boost/asio", {"common/http/", "common/executor/", "common/calcom/", "tests/"}},
    {"boost/json", {"common/json/", "tests/"}},
    {"boost/system/", {"common/core/"}},
    {"simdjson.h", {"common/json/", "tests/bench/"}},
    {"spdlog/", {"common/log/"}},
    {"prometheus/", {"common/metrics/"}},
    {"unicode/", {"common/matching/", "tests/calcom-sim/", "tests/unit/matching/"}},
    {"openssl/",
     {"common/core/digest.cpp",
      "common/http/",
      "common/sealing/",
      "tests/calcom-sim/",
      "tests/integration/calcom/"}},
    {"CLI/", {"workers/calfleet/"}},
    {"gtest/", {"tests/", "common/testing/"}},
    {"gmock/", {"tests/", "common/testing/"}},
    {"valijson/", {"tests/"}}};

constexpr std::array<std::string_view, 4> kSystemFolders{"sys/", "netinet/", "arpa/", "linux/"};

struct Include {
    std::string_view name;
    bool quoted{false};
};

std::optional<Include> include_in(std::string_view line) {
    static constexpr std::string_view kDirective = "#include";
    line = trim(line);
    if (!line.starts_with(kDirective)) return std::nullopt;
    line = trim(line.substr(kDirective.size()));
    if (line.size() < 3 || (line[0] != '"' && line[0] != '<')) return std::nullopt;
    const auto end = line.find(line[0] == '"' ? '"' : '>', 1);
    if (end == std::string_view::npos) return std::nullopt;
    return Include{line.substr(1, end - 1), line[0] == '"'};
}

std::string joined(const Folders& folders) {
    std::string text;
    for (const std::string& folder : folders)
        text += (text.empty() ? "" : ", ") + folder;
    return text.empty() ? "nothing" : text;
}

// "common/kafka/consumer.h" -> {"common", "kafka"}.
struct Place {
    std::string top;
    std::string folder;
};
Place place_of(std::string_view path) {
    const auto parts = split(path, '/');
    return {std::string(parts[0]), parts.size() > 2 ? std::string(parts[1]) : ""};
}

bool is_job(const SourceFile& file) {
    return file.path.ends_with("/job.h") || file.path.ends_with("/job.cpp");
}

// Empty when the include is allowed.
std::string project_objection(const SourceFile& file, std::string_view name) {
    const Place from = place_of(file.path);
    const Place to = place_of(name);
    if (to.folder.empty() || (to.top != "common" && to.top != "workers" && to.top != "tests"))
        return "name it from the root, like \"common/core/result.h\"";
    if (from.top == "tests") return {};
    if (to.top == "tests") return "only tests include tests";
    if (from.top == "common") {
        const auto allowed = kAllowed.find(from.folder);
        if (allowed == kAllowed.end())
            return "common/" + from.folder +
                   " is not in the table of tests/checks/include_rules.cpp";
        if (to.top == "common" && (to.folder == from.folder || allowed->second.contains(to.folder)))
            return {};
        return "common/" + from.folder + " may include: " + joined(allowed->second);
    }
    if (to.top == "workers")
        return to.folder == from.folder ? "" : "workers never include each other";
    if (to.folder == "testing") return "common/testing is for tests";
    if (!is_job(file)) return {};
    const auto besides = kPureBesides.find(from.folder);
    if (kPure.contains(to.folder) ||
        (besides != kPureBesides.end() && besides->second.contains(to.folder)))
        return {};
    return "job.{h,cpp} is pure: core, job, events, service_fields only";
}

std::string system_objection(const SourceFile& file, std::string_view name) {
    for (const ThirdParty& library : kThirdParty) {
        if (!name.starts_with(library.prefix)) continue;
        for (const std::string_view place : library.places)
            if (file.path.starts_with(place)) return {};
        return std::string(library.prefix) + " belongs to " + std::string(library.places[0]) +
               ": use what that offers";
    }
    if (name.find('/') == std::string_view::npos) return {}; // the standard's and POSIX's own
    for (const std::string_view folder : kSystemFolders)
        if (name.starts_with(folder)) return {};
    return "is not in the table of third-party headers of tests/checks/include_rules.cpp";
}

} // namespace

Violations include_violations(const SourceFile& file) {
    Violations violations;
    if (!file.is_cpp()) return violations;
    std::size_t number = 0;
    for (const std::string_view line : split(file.text, '\n')) {
        ++number;
        const auto include = include_in(line);
        if (!include) continue;
        const std::string objection = include->quoted ? project_objection(file, include->name)
                                                      : system_objection(file, include->name);
        if (!objection.empty())
            violations.push_back(
                at(file, number, "includes " + std::string(include->name) + ": " + objection)
            );
    }
    return violations;
}

} // namespace calfleet::checks
