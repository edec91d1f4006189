#include "tests/bench/host_mapper/statement_log.h"

#include "common/core/text.h"
#include "common/json/parser.h"

#include <fstream>
#include <map>
#include <stdexcept>

namespace calfleet::bench {
namespace {

// A statement with the arrays of a large batch.
constexpr json::Limits kLimits{.max_bytes = std::size_t{256} * 1024 * 1024};

std::string_view text_of(json::Value entry, std::string_view field) {
    const auto value = entry.find(field);
    return value ? value->as_text().value_or("") : "";
}

/// Scripts by session, in order of appearance.
class Sessions {
public:
    ReplayScript& of(std::string_view session) {
        const auto [found, fresh] = places_.try_emplace(std::string(session), scripts_.size());
        if (fresh) scripts_.emplace_back();
        return scripts_[found->second];
    }
    std::vector<ReplayScript> take() { return std::move(scripts_); }

private:
    std::map<std::string, std::size_t> places_;
    std::vector<ReplayScript> scripts_;
};

void add_entry(Sessions& sessions, json::Value entry) {
    const std::string_view message = text_of(entry, "message");
    if (text_of(entry, "error_severity") != "LOG")
        throw std::runtime_error(
            "the recording contains a failure, which a replay would repeat: " + printable(message)
        );
    const auto command = read_logged(message, text_of(entry, "detail"));
    if (!command) throw std::runtime_error(command.error().message);
    const Result<> added = sessions.of(text_of(entry, "session_id")).add(*command);
    if (!added) throw std::runtime_error(added.error().message);
}

} // namespace

std::vector<ReplayScript>
read_statement_log(const std::filesystem::path& log, const Recording& recording) {
    std::ifstream in(log, std::ios::binary);
    if (!in) throw std::runtime_error("the statement log cannot be read: " + log.string());
    json::Parser parser;
    Sessions sessions;
    for (std::string line; std::getline(in, line);) {
        const auto entry = parser.parse(line, kLimits);
        if (!entry) throw std::runtime_error("statement log: " + entry.error().message);
        if (text_of(*entry, "dbname") == recording.database &&
            text_of(*entry, "application_name") == recording.application)
            add_entry(sessions, *entry);
    }
    return sessions.take();
}

} // namespace calfleet::bench
