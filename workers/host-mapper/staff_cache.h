#pragma once
// The folded staff lists of the companies a lane has met lately.

#include "common/core/ids.h"
#include "common/matching/matcher.h"
#include "common/postgres/session.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <unordered_map>

namespace calfleet::host_mapper {

/// A staff list is used as long as the company's staff_version and threshold are those it was read
/// with; nothing else makes it stale. Holds at most kCompanies, the least lately used go first. Not
/// thread-safe.
class StaffCache {
public:
    static constexpr std::size_t kCompanies = 256;

    struct Wanted {
        CompanyId company;
        std::int64_t staff_version{0};
        int auto_threshold{0};
    };
    struct Entry {
        CompanyId company;
        std::int64_t staff_version{0};
        matching::CompanyIndex index;
    };

    /// Reads with one statement those lists that are missing or outdated. One answer per wanted
    /// company, valid until the next call. wanted: at most kCompanies, each company once.
    std::vector<const Entry*>
    get(postgres::Transaction& transaction, std::span<const Wanted> wanted);

private:
    using Entries = std::list<Entry>;
    Entries entries_; ///< lately used first
    std::unordered_map<CompanyId, Entries::iterator> by_company_;
};

} // namespace calfleet::host_mapper
