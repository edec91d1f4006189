#include "common/postgres/connection_string.h"

#include "common/core/loopback.h"
#include "common/core/text.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace calfleet::postgres {
namespace {

using std::chrono::ceil;
using std::chrono::seconds;

constexpr int kKnowsSystemCertificates = 160000; ///< libpq of PostgreSQL 16: sslrootcert=system

using Words = std::map<std::string, std::string, std::less<>>;

struct FreeOptions {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

using ParsedOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

Words words_of(const ParsedOptions& options) {
    Words words;
    for (const PQconninfoOption* option = options.get();
         option != nullptr && option->keyword != nullptr;
         ++option)
        if (option->val != nullptr) words[option->keyword] = option->val;
    return words;
}

std::optional<Words> parse(const std::string& dsn) {
    char* problem = nullptr; // quotes the dsn: not ours to show
    const ParsedOptions options(PQconninfoParse(dsn.c_str(), &problem));
    PQfreemem(problem);
    if (!options) return std::nullopt;
    return words_of(options);
}

/// What libpq takes from its PG... variables and a service file where the dsn says nothing.
Words defaults() {
    return words_of(ParsedOptions(PQconndefaults()));
}

std::string_view word(const Words& words, std::string_view key) {
    const auto found = words.find(key);
    return found == words.end() ? std::string_view() : std::string_view(found->second);
}

bool stays_here(std::string_view host) {
    // Paths, and the abstract sockets of Linux.
    return host.empty() || host.starts_with('/') || host.starts_with('@') || is_loopback_host(host);
}

bool all_stay_here(std::string_view hosts) {
    const auto list = split(hosts, ',');
    return std::all_of(list.begin(), list.end(), [](std::string_view host) {
        return stays_here(trim(host));
    });
}

/// Names and addresses alike: an address of this machine under another machine's name is a tunnel,
/// whose far end the name says. A service file is not read here, so it may lead anywhere.
bool leaves_machine(const Words& words, const Words& defaults) {
    const auto said = [&](std::string_view key) {
        return words.contains(key) ? word(words, key) : word(defaults, key);
    };
    if (!said("service").empty()) return true;
    return !all_stay_here(said("host")) || !all_stay_here(said("hostaddr"));
}

/// libpq before 16 wants the system's certificates as one file.
std::string system_certificates() {
    if (PQlibVersion() >= kKnowsSystemCertificates) return "system";
    static constexpr std::array kBundles{
        "/etc/ssl/certs/ca-certificates.crt", // Debian
        "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
        "/etc/ssl/ca-bundle.pem",             // SUSE
        "/etc/ssl/cert.pem",                  // Alpine
    };
    for (const char* bundle : kBundles) {
        std::error_code failed;
        if (std::filesystem::exists(bundle, failed)) return bundle;
    }
    return kBundles[0]; // libpq says that it is missing
}

void secure(Words& words, const std::string& ca_file) {
    const Words otherwise = defaults();
    if (word(words, "sslmode").empty()) words.erase("sslmode");
    if (!words.contains("sslmode") && leaves_machine(words, otherwise))
        words["sslmode"] = "verify-full";
    const std::string_view mode = word(words, "sslmode");
    if (mode == "disable" || words.contains("sslrootcert")) return;
    if (!word(otherwise, "sslrootcert").empty()) return;
    if (!ca_file.empty())
        words["sslrootcert"] = ca_file;
    else if (mode == "verify-full")
        words["sslrootcert"] = system_certificates();
}

// As a value of a key=value string: 'it\'s'.
std::string word_of(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

} // namespace

std::string connection_string(const Settings& settings) {
    auto words = parse(settings.dsn.reveal_for_use());
    if (!words) return settings.dsn.reveal_for_use();
    secure(*words, settings.ca_file);
    const auto seconds_up =
        std::max<std::int64_t>(2, ceil<seconds>(settings.connect_timeout).count());
    (*words)["connect_timeout"] = std::to_string(seconds_up); // below 2 libpq waits for 2
    (*words)["client_encoding"] = "UTF8";
    if (!settings.application_name.empty())
        (*words)["application_name"] = settings.application_name.substr(0, 63);
    // What the operator wrote stays.
    words->try_emplace("target_session_attrs", "read-write");
    words->try_emplace("keepalives_idle", "30");
    words->try_emplace("keepalives_interval", "10");
    words->try_emplace("keepalives_count", "3");
    words->try_emplace("tcp_user_timeout", "10000");
    std::string text;
    for (const auto& [key, value] : *words)
        text.append(text.empty() ? "" : " ").append(key).append("=").append(word_of(value));
    return text;
}

} // namespace calfleet::postgres
