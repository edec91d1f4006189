#pragma once
// The numbered SQL files that take a database from one version to the next.

#include "common/core/result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::postgres {

struct Migration {
    int version{0};
    std::string name; // "0002_create_runtime_tables"
    std::string sql;
    std::string checksum; // SHA-256 of the file, hexadecimal
    /// False when the first line says "-- calfleet: no-transaction"; then there is exactly one
    /// statement.
    bool transactional{true};
};

/// The NNNN_verb_noun.sql files of a directory in order: 0001, 0002, ... without gap. Other *.sql
/// names, a gap, a file that controls transactions itself, a no-transaction file with several
/// statements: Invalid with the file and what to do.
Result<std::vector<Migration>> read_migrations(const std::filesystem::path& directory);

/// One file's content, checked the same way.
Result<Migration> parse_migration(std::string_view file_name, std::string content);

/// The statements of a script without comments around them; quotes, dollar quotes and nested
/// comments are understood.
std::vector<std::string> split_statements(std::string_view sql);

/// The index that a statement builds concurrently.
struct ConcurrentIndex {
    std::string schema;
    std::string index;
    bool operator==(const ConcurrentIndex&) const = default;
};

/// Nothing unless the statement is CREATE [UNIQUE] INDEX CONCURRENTLY name ON schema.table.
std::optional<ConcurrentIndex> concurrent_index_of(std::string_view statement);

} // namespace calfleet::postgres
