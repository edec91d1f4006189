#include "common/core/text.h"
#include "common/postgres/migrator.h"

#include <map>
#include <utility>

namespace calfleet::postgres {
namespace {

bool can_mend(const Migration& file) {
    return concurrent_index_of(split_statements(file.sql).front()).has_value();
}

Error dirty_error(const AppliedMigration& row) {
    const std::string settle =
        "'calfleet migrate --settle " + std::to_string(row.version) + " --verdict ";
    return {
        ErrorKind::Conflict,
        "migration " + row.name + " was begun at " + format_instant(row.started_at) +
            " outside a transaction and is not known to have finished: look whether its statement "
            "took effect, then run " +
            settle + "took-effect' or " + settle + "did-nothing'"};
}

} // namespace

Result<MigrationPlan>
compare(const std::vector<Migration>& files, std::vector<AppliedMigration> applied) {
    MigrationPlan plan;
    std::map<int, const AppliedMigration*> by_version;
    for (const AppliedMigration& row : applied)
        by_version[row.version] = &row;
    const int newest_file = files.empty() ? 0 : files.back().version;
    const int newest_row = by_version.empty() ? 0 : by_version.rbegin()->first;
    if (newest_row > newest_file) {
        return Error{
            ErrorKind::Conflict,
            "the database is newer than these files: it has migration " +
                by_version.rbegin()->second->name + ", the files end at " +
                std::to_string(newest_file) + ": use the calfleet that belongs to it"};
    }
    for (const Migration& file : files) {
        const auto row = by_version.find(file.version);
        if (row == by_version.end()) {
            if (file.version < newest_row) {
                return Error{
                    ErrorKind::Conflict,
                    "migration " + file.name + " was never run, but " +
                        by_version.rbegin()->second->name +
                        " was: give it a number behind the newest"};
            }
            plan.pending.push_back(file);
            continue;
        }
        const AppliedMigration& known = *row->second;
        if (known.checksum != file.checksum || known.name != file.name) {
            return Error{
                ErrorKind::Conflict,
                "migration " + known.name + ", applied at " + format_instant(known.started_at) +
                    ", is not the file of today (" + file.name + ", sha256 " +
                    file.checksum.substr(0, 12) + ", then " + known.checksum.substr(0, 12) +
                    "): restore the file, and put the change into a new migration"};
        }
        if (!known.dirty) continue;
        if (file.transactional || !can_mend(file)) return dirty_error(known);
        plan.pending.push_back(file);
    }
    plan.applied = std::move(applied);
    return plan;
}

} // namespace calfleet::postgres
