#include "common/postgres/translate.h"

#include "common/core/redaction.h"
#include "common/core/text.h"
#include "common/postgres/pqxx_compat.h"

#include <array>

namespace calfleet::postgres {
namespace {

constexpr std::size_t kLongestMessage = 400;

// Complaints that need their text to be told apart: libpqxx 6 forgets the code, or the code covers
// too much.
constexpr std::string_view kWrongParameterCount = "bind message supplies";
constexpr std::string_view kStalePlan = "cached plan must not change result type";
constexpr std::string_view kNoPartition = "no partition of relation";
constexpr std::string_view kLostInsideLibpqxx = "Could not obtain client encoding";

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// "ERROR:  relation ..." without the severity, which the server may have translated; libpqxx 7 puts
// words in front.
std::string_view primary_line(std::string_view text) {
    text = trim(text.substr(0, text.find('\n')));
    if (starts_with(text, "Failure during ")) {
        const auto end = text.find("': ");
        if (end != std::string_view::npos) text.remove_prefix(end + 3);
    }
    const auto severity = text.find(":  ");
    return trim(severity == std::string_view::npos ? text : text.substr(severity + 3));
}

std::string_view hint_line(std::string_view text) {
    static constexpr std::string_view kLabel = "\nHINT:  ";
    const auto at = text.find(kLabel);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + kLabel.size());
    return trim(text.substr(0, text.find('\n')));
}

// invalid input syntax for type bigint: "Erika Mustermann" -> invalid input syntax for type bigint:
// "..."
std::string without_quoted(std::string_view text) {
    const auto first = text.find('"');
    if (first == std::string_view::npos) return std::string(text);
    const auto last = text.rfind('"');
    std::string out(text.substr(0, first));
    out += "\"...\"";
    if (last != first) out += text.substr(last + 1);
    return out;
}

/// What to look at when the server did not show who it is, or we did not.
std::string advice_for(std::string_view text) {
    if (contains(text, "certificate verify failed"))
        return "; the server's certificate is not signed by a trusted CA, or has expired: correct "
               "..._POSTGRES_CA_FILE or the URL's sslrootcert, or have the certificate replaced";
    if (contains(text, "root certificate file") ||
        contains(text, "could not read root certificate"))
        return "; correct ..._POSTGRES_CA_FILE or the URL's sslrootcert";
    if (contains(text, "does not match host name"))
        return "; name the host in the URL as its certificate does";
    if (contains(text, "does not support SSL"))
        return "; beyond this machine the server must show a certificate, unless the URL asks for "
               "less by sslmode";
    return "";
}

} // namespace

ErrorKind kind_of(std::string_view sqlstate) {
    if (sqlstate.size() != 5) return ErrorKind::Unavailable;
    const std::string_view group = sqlstate.substr(0, 2);
    if (sqlstate == "23505" || sqlstate == "23P01") return ErrorKind::Conflict;
    // Cut and Bug apart: a value the table refuses is the data's fault, a division by zero
    // included.
    if (group == "22" || group == "23" || group == "44") return ErrorKind::Invalid;
    if (group == "28" || sqlstate == "42501") return ErrorKind::Forbidden;
    // Too much for one transaction as things are: less of it, or the same later, may pass.
    static constexpr std::array kTooMuchCodes{
        "40001", // serialization_failure
        "40P01", // deadlock_detected
        "55P03", // lock_not_available: lock_timeout
        "57014", // query_canceled: statement_timeout
        "25P03", // idle_in_transaction_session_timeout
        "25P04", // transaction_timeout
    };
    for (const std::string_view code : kTooMuchCodes)
        if (sqlstate == code) return ErrorKind::Timeout;
    // Connection; read-only server; rollback; resources; lock not available; operator intervention;
    // system; replan.
    static constexpr std::array kAway{"08", "40", "53", "55", "57", "58"};
    for (const std::string_view away : kAway)
        if (group == away) return ErrorKind::Unavailable;
    static constexpr std::array kAwayCodes{
        "25006", // read_only_sql_transaction: a standby
        "26000", // the prepared statement is gone: somebody else's DISCARD ALL
    };
    for (const std::string_view away : kAwayCodes)
        if (sqlstate == away) return ErrorKind::Unavailable;
    return ErrorKind::Bug;
}

bool is_conflict_of_transactions(std::string_view sqlstate) {
    return sqlstate == "40001" || sqlstate == "40P01";
}

bool spoils_connection(std::string_view sqlstate, std::string_view server_text) {
    if (sqlstate == "0A000") return contains(server_text, kStalePlan);
    if (contains(server_text, kWrongParameterCount)) return false;
    return sqlstate.empty() || starts_with(sqlstate, "08") || starts_with(sqlstate, "57P") ||
           sqlstate == "25006" || sqlstate == "25P03" || sqlstate == "25P04" || sqlstate == "26000";
}

DatabaseError
describe(std::string_view statement, std::string_view sqlstate, std::string_view server_text) {
    ErrorKind kind = kind_of(sqlstate);
    // A migration changed the tables under a prepared statement: a new connection prepares it anew.
    if (contains(server_text, kStalePlan)) kind = ErrorKind::Unavailable;
    if (contains(server_text, kWrongParameterCount)) kind = ErrorKind::Bug;
    // Maintenance is late: no row is to blame, and each waits until the partition exists.
    if (sqlstate == "23514" && contains(server_text, kNoPartition)) kind = ErrorKind::Unavailable;
    std::string_view line = primary_line(server_text);
    if (contains(line, kLostInsideLibpqxx)) line = "the connection to the server was lost";
    const bool quotes_a_value = starts_with(sqlstate, "22");
    std::string message = "postgres: " + std::string(statement) + ": ";
    message += printable(quotes_a_value ? without_quoted(line) : line, kLongestMessage);
    if (starts_with(sqlstate, "42")) {
        const std::string_view hint = hint_line(server_text);
        if (!hint.empty()) message += " (" + printable(hint, kLongestMessage) + ")";
    }
    if (sqlstate == "26000")
        message +=
            " (a pooler in transaction mode cannot be used: connect directly or per session)";
    if (!sqlstate.empty()) message += " [" + std::string(sqlstate) + "]";
    return DatabaseError(Error{kind, std::move(message)}, std::string(sqlstate));
}

DatabaseError translate(std::string_view statement, const std::exception& problem) {
    const std::string sqlstate = compat::sqlstate_of(problem);
    const bool from_server = dynamic_cast<const pqxx::failure*>(&problem) != nullptr;
    if (from_server) return describe(statement, sqlstate, problem.what());
    // libpqxx refused its own use: wrong number of parameters, a name redefined, out of memory.
    return DatabaseError(
        bug("postgres: " + std::string(statement) + ": " +
            printable(problem.what(), kLongestMessage)),
        {}
    );
}

Error describe_connect_failure(std::string_view libpq_text) {
    const auto says = [&](std::string_view part) { return contains(libpq_text, part); };
    if (says("invalid connection option") || says("connection info string") || says(" URI") ||
        says("key/value separator") || says("invalid port number") || says("percent-encoded") ||
        says("invalid integer value") || (says("connection option") && says("invalid"))) {
        // libpq quotes the string here, password and all.
        return invalid("postgres: the connection string cannot be read: use "
                       "postgresql://user@host:port/database or "
                       "host=... dbname=...");
    }
    std::string text = without_keys(trim(libpq_text)).text;
    for (char& c : text)
        if (c == '\n' || c == '\t') c = ' ';
    text = printable(text, kLongestMessage);
    static constexpr std::array kRefusals{
        "authentication failed",
        "no password supplied",
        "pg_hba.conf",
        "permission denied for database",
        "is not permitted to log in",
        "does not exist",
        "certificate",
        "does not support SSL",
        "private key",
    };
    for (const std::string_view refusal : kRefusals)
        if (says(refusal))
            return {
                ErrorKind::Forbidden, "postgres: connection refused: " + text + advice_for(text)};
    return unavailable("postgres: cannot connect: " + text);
}

} // namespace calfleet::postgres
