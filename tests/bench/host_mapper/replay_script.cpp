#include "tests/bench/host_mapper/replay_script.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <optional>

namespace calfleet::bench {
namespace {

constexpr std::string_view kPlain = "statement: ";
constexpr std::string_view kExecute = "execute ";
constexpr std::string_view kClaim = "positions.fence";
constexpr std::string_view kMove = "positions.advance";

// Set by pgbench itself in every script.
constexpr std::array<std::string_view, 4> kVariables{
    "client_id", "default_seed", "random_seed", "scale"};

/// Where the colon of a variable's use is, from `from` on.
std::size_t find_variable(std::string_view text, std::size_t from) {
    for (std::size_t at = text.find(':', from); at != text.npos; at = text.find(':', at + 1)) {
        const std::string_view rest = text.substr(at + 1);
        for (const std::string_view name : kVariables)
            if (rest.starts_with(name)) return at;
    }
    return text.npos;
}

Error not_understood(std::string_view what, std::string_view text) {
    return invalid("statement log: " + std::string(what) + ": " + printable(text));
}

/// Takes the quoted literal or NULL that the text begins with; nothing when it begins otherwise.
std::optional<std::string_view> take_value(std::string_view& text) {
    std::size_t end = 0;
    if (text.starts_with("NULL")) {
        end = 4;
    } else if (text.starts_with('\'')) {
        // A quote inside is doubled.
        end = text.find('\'', 1);
        while (end != text.npos && end + 1 < text.size() && text[end + 1] == '\'')
            end = text.find('\'', end + 2);
        if (end == text.npos) return std::nullopt;
        ++end;
    } else {
        return std::nullopt;
    }
    const std::string_view value = text.substr(0, end);
    text.remove_prefix(end);
    return value;
}

Result<std::vector<std::string_view>> read_parameters(std::string_view detail) {
    std::vector<std::string_view> values;
    if (detail.empty()) return values;
    std::string_view rest = detail;
    // Capitalised from PostgreSQL 17 on.
    if (!rest.starts_with("parameters: ") && !rest.starts_with("Parameters: "))
        return not_understood("no list of parameters", detail);
    rest.remove_prefix(std::string_view("parameters: ").size());
    while (!rest.empty()) {
        const std::string label = "$" + std::to_string(values.size() + 1) + " = ";
        if (!rest.starts_with(label)) return not_understood("expected " + label, rest);
        rest.remove_prefix(label.size());
        const auto value = take_value(rest);
        if (!value) return not_understood("the value after " + label + "is not whole", rest);
        values.push_back(*value);
        if (rest.starts_with(", "))
            rest.remove_prefix(2);
        else if (!rest.empty())
            return not_understood("expected a comma", rest);
    }
    return values;
}

/// As pgbench sends it in one message: semicolons outside quotes become \; and the last one goes.
std::string together(std::string_view sql) {
    sql = trim(sql);
    while (sql.ends_with(';'))
        sql = trim(sql.substr(0, sql.size() - 1));
    std::string out;
    char quote = 0;
    for (const char c : sql) {
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '\'' || c == '"') {
            quote = c;
        }
        if (c == ';' && quote == 0) out += '\\';
        out += c;
    }
    return out;
}

} // namespace

Result<LoggedCommand> read_logged(std::string_view message, std::string_view detail) {
    if (message.starts_with(kPlain)) return {PlainSql{message.substr(kPlain.size())}};
    if (!message.starts_with(kExecute))
        return not_understood("neither statement nor execute", message);
    const std::string_view rest = message.substr(kExecute.size());
    const std::size_t colon = rest.find(": ");
    if (colon == rest.npos) return not_understood("execute without a statement", message);
    const std::string_view name = rest.substr(0, colon);
    if (name.starts_with('<') || name.find('/') != name.npos)
        return not_understood("a statement without a name, or a portal", name);
    auto parameters = read_parameters(detail);
    if (!parameters) return parameters.error();
    return {PreparedRun{name, rest.substr(colon + 2), std::move(*parameters)}};
}

std::string shielded_from_pgbench(std::string_view quoted) {
    std::size_t colon = find_variable(quoted, 0);
    if (colon == quoted.npos) return std::string(quoted);
    std::string out = "E";
    for (std::size_t i = 0; i < quoted.size(); ++i) {
        if (i == colon) {
            out += "\\x3a";
            colon = find_variable(quoted, i + 1);
        } else {
            if (quoted[i] == '\\') out += '\\';
            out += quoted[i];
        }
    }
    return out;
}

Result<> ReplayScript::add(const LoggedCommand& command) {
    if (const auto* run = std::get_if<PreparedRun>(&command)) return add_run(*run);
    return add_plain(std::get<PlainSql>(command));
}

Result<> ReplayScript::add_plain(const PlainSql& command) {
    if (find_variable(command.sql, 0) != command.sql.npos)
        return not_understood("pgbench would take this for a variable", command.sql);
    const std::string sql = together(command.sql);
    (in_batches_ ? body_ : setup_) += sql + ";\n";
    if (claimed_ && sql == "commit") in_batches_ = true;
    return {};
}

Result<> ReplayScript::add_run(const PreparedRun& command) {
    const std::string name = '"' + std::string(command.name) + '"';
    if (!prepared_.contains(command.name)) {
        if (find_variable(command.sql, 0) != command.sql.npos)
            return not_understood("pgbench would take this for a variable", command.sql);
        setup_ += "prepare " + name + " as " + together(command.sql) + ";\n";
        prepared_.emplace(command.name);
    }
    std::string& script = in_batches_ ? body_ : setup_;
    script += "execute " + name;
    for (std::size_t i = 0; i < command.parameters.size(); ++i)
        script += (i == 0 ? "(" : ", ") + shielded_from_pgbench(command.parameters[i]);
    script += command.parameters.empty() ? ";\n" : ");\n";
    if (command.name == kClaim) claimed_ = true;
    if (command.name == kMove) ++batches_;
    return {};
}

std::string ReplayScript::text(std::string_view barrier, std::string_view end) const {
    std::string text;
    text.reserve(setup_.size() + barrier.size() + body_.size() + end.size() + 2);
    text.append(setup_).append(barrier).append("\n").append(body_).append(end).append("\n");
    return text;
}

} // namespace calfleet::bench
