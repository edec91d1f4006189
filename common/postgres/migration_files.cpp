#include "common/postgres/migration_files.h"

#include "common/core/digest.h"
#include "common/core/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <regex>
#include <sstream>

namespace calfleet::postgres {
namespace {

constexpr std::string_view kNoTransaction = "-- calfleet: no-transaction";

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Walks over a script, one token at a time: enough of PostgreSQL's lexer to know where a statement
// ends.
class Scanner {
public:
    explicit Scanner(std::string_view sql)
        : sql_(sql) {}

    bool done() const { return at_ >= sql_.size(); }
    std::size_t position() const { return at_; }

    // Moves past a comment, a quoted thing or one character. True when it was a comment or blank.
    bool skip() {
        const std::string_view rest = sql_.substr(at_);
        if (rest.substr(0, 2) == "--") return skip_to("\n"), true;
        if (rest.substr(0, 2) == "/*") return skip_block_comment(), true;
        const bool after_word = at_ > 0 && is_word(sql_[at_ - 1]);
        if (rest[0] == '$' && !after_word && skip_dollar_quote()) return false;
        if (rest[0] == '\'' || rest[0] == '"') return skip_quote(rest[0]), false;
        ++at_;
        return std::isspace(static_cast<unsigned char>(rest[0])) != 0;
    }

private:
    void skip_to(std::string_view end) {
        const auto found = sql_.find(end, at_);
        at_ = found == std::string_view::npos ? sql_.size() : found + end.size();
    }

    void skip_block_comment() {
        int depth = 0;
        do {
            const std::string_view next = sql_.substr(at_, 2);
            if (next == "/*") ++depth;
            if (next == "*/") --depth;
            at_ += next == "/*" || next == "*/" ? 2 : 1;
        } while (depth > 0 && !done());
    }

    bool skip_dollar_quote() {
        std::size_t end = at_ + 1;
        while (end < sql_.size() && is_word(sql_[end]))
            ++end;
        if (end >= sql_.size() || sql_[end] != '$') return false;
        const std::string_view tag = sql_.substr(at_, end + 1 - at_);
        if (tag.size() > 2 && std::isdigit(static_cast<unsigned char>(tag[1])) != 0) return false;
        at_ = end + 1;
        skip_to(tag);
        return true;
    }

    // A doubled quote inside ends one and begins the next, which comes to the same. E'...' knows
    // backslashes too.
    void skip_quote(char quote) {
        const bool escapes = quote == '\'' && at_ > 0 &&
                             (sql_[at_ - 1] == 'E' || sql_[at_ - 1] == 'e') &&
                             (at_ < 2 || !is_word(sql_[at_ - 2]));
        for (++at_; !done(); ++at_) {
            if (escapes && sql_[at_] == '\\')
                ++at_;
            else if (sql_[at_] == quote)
                break;
        }
        at_ = std::min(at_ + 1, sql_.size());
    }

    std::string_view sql_;
    std::size_t at_{0};
};

std::string word_at(std::string_view sql, std::size_t at) {
    std::string word;
    for (; at < sql.size() && is_word(sql[at]); ++at)
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(sql[at])));
    return word;
}

// Whether we are in the BEGIN ATOMIC ... END of a function, where a semicolon does not end the
// statement.
class RoutineBody {
public:
    void see(std::string word) {
        if (depth_ == 0 && previous_ == "begin" && word == "atomic")
            depth_ = 1;
        else if (depth_ > 0 && word == "case")
            ++depth_;
        else if (depth_ > 0 && word == "end")
            --depth_;
        previous_ = std::move(word);
    }
    bool open() const { return depth_ > 0; }

private:
    int depth_{0};
    std::string previous_;
};

// Lower-case words and single characters; a quoted name stays as it is, without the quotes.
std::vector<std::string> tokens_of(std::string_view statement) {
    std::vector<std::string> tokens;
    Scanner scanner(statement);
    while (!scanner.done()) {
        const std::size_t start = scanner.position();
        if (is_word(statement[start])) {
            tokens.push_back(word_at(statement, start));
            while (!scanner.done() && is_word(statement[scanner.position()]))
                scanner.skip();
            continue;
        }
        const bool blank = scanner.skip();
        if (blank) continue;
        std::string_view text = statement.substr(start, scanner.position() - start);
        if (text.size() > 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
        tokens.emplace_back(text);
    }
    return tokens;
}

bool controls_transactions(std::string_view statement) {
    static constexpr std::array kWords{
        "begin", "commit", "rollback", "start", "end", "abort", "savepoint"};
    const auto tokens = tokens_of(statement);
    return !tokens.empty() && std::any_of(kWords.begin(), kWords.end(), [&](const char* word) {
        return tokens.front() == word;
    });
}

Error in_file(std::string_view file, std::string what) {
    return invalid("migration " + printable(file, 100) + ": " + std::move(what));
}

Result<std::string> read_file(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    if (!stream) return in_file(path.filename().string(), "cannot be read: check its permissions");
    return content.str();
}

} // namespace

std::vector<std::string> split_statements(std::string_view sql) {
    std::vector<std::string> statements;
    Scanner scanner(sql);
    RoutineBody body;
    std::optional<std::size_t> start;
    const auto finish = [&](std::size_t end) {
        if (start) statements.emplace_back(trim(sql.substr(*start, end - *start)));
        start.reset();
    };
    while (!scanner.done()) {
        const std::size_t here = scanner.position();
        const bool ends = sql[here] == ';' && !body.open();
        if (is_word(sql[here]) && (here == 0 || !is_word(sql[here - 1])))
            body.see(word_at(sql, here));
        const bool between = scanner.skip();
        if (ends)
            finish(here);
        else if (!between && !start)
            start = here;
    }
    finish(sql.size());
    return statements;
}

std::optional<ConcurrentIndex> concurrent_index_of(std::string_view statement) {
    const auto tokens = tokens_of(statement);
    std::size_t at = 0;
    const auto take = [&](std::string_view word) {
        if (at >= tokens.size() || tokens[at] != word) return false;
        ++at;
        return true;
    };
    if (!take("create")) return std::nullopt;
    take("unique");
    if (!take("index") || !take("concurrently")) return std::nullopt;
    if (take("if") && (!take("not") || !take("exists"))) return std::nullopt;
    const std::size_t name = at++;
    if (!take("on")) return std::nullopt;
    take("only");
    const std::size_t schema = at++;
    if (!take(".") || at >= tokens.size()) return std::nullopt;
    return ConcurrentIndex{tokens[schema], tokens[name]};
}

Result<Migration> parse_migration(std::string_view file_name, std::string content) {
    static const std::regex kName("([0-9]{4})_([a-z0-9]+(_[a-z0-9]+)+)\\.sql");
    const std::string file(file_name);
    std::smatch match;
    if (!std::regex_match(file, match, kName))
        return in_file(
            file, "the name must look like 0007_add_index.sql: four digits, then lower-case words"
        );
    Migration migration;
    migration.version = std::stoi(match[1].str());
    migration.name = file.substr(0, file.size() - 4);
    if (!is_valid_utf8(content) || content.find('\0') != std::string::npos)
        return in_file(file, "is not UTF-8 text");
    migration.checksum = to_hex(sha256(content));
    const std::string first_line(trim(std::string_view(content).substr(0, content.find('\n'))));
    migration.transactional = first_line != kNoTransaction;
    const auto statements = split_statements(content);
    if (statements.empty()) return in_file(file, "has no statement");
    for (const std::string& statement : statements) {
        if (controls_transactions(statement)) {
            return in_file(
                file,
                "must not contain BEGIN, COMMIT or SAVEPOINT: each file is one transaction; for a "
                "statement that cannot run in "
                "one, begin the file with '" +
                    std::string(kNoTransaction) + "'"
            );
        }
    }
    if (!migration.transactional && statements.size() != 1) {
        return in_file(
            file,
            "has " + std::to_string(statements.size()) +
                " statements, but without a transaction there must be exactly one: give each its "
                "own file"
        );
    }
    if (!migration.transactional) {
        const auto tokens = tokens_of(statements.front());
        const bool concurrently =
            std::find(tokens.begin(), tokens.end(), "concurrently") != tokens.end();
        if (concurrently && tokens.front() == "create" &&
            !concurrent_index_of(statements.front())) {
            return in_file(
                file,
                "must name the index and the table's schema (create index concurrently NAME on "
                "SCHEMA.TABLE ...), so that a "
                "half-built index can be found and built again"
            );
        }
    }
    migration.sql = std::move(content);
    return migration;
}

Result<std::vector<Migration>> read_migrations(const std::filesystem::path& directory) {
    std::error_code problem;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator entry(directory, problem), end;
         !problem && entry != end;
         entry.increment(problem))
        if (entry->path().extension() == ".sql") files.push_back(entry->path());
    if (problem) {
        return invalid(
            "migrations directory '" + printable(directory.string()) +
            "' cannot be read: " + problem.message()
        );
    }
    std::sort(files.begin(), files.end());
    std::vector<Migration> migrations;
    for (const auto& file : files) {
        auto content = read_file(file);
        if (!content) return content.error();
        auto migration = parse_migration(file.filename().string(), std::move(*content));
        if (!migration) return migration.error();
        const int expected = static_cast<int>(migrations.size()) + 1;
        if (migration->version != expected) {
            return in_file(
                migration->name,
                "has number " + std::to_string(migration->version) + " where " +
                    std::to_string(expected) + " is expected: numbers go up by one, each used once"
            );
        }
        migrations.push_back(std::move(*migration));
    }
    if (migrations.empty())
        return invalid("no NNNN_verb_noun.sql file in '" + printable(directory.string()) + "'");
    return migrations;
}

} // namespace calfleet::postgres
