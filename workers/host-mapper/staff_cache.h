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
/// with; nothing else makes it stale. Holds at most kCompanies with kStaff people together, or
/// those that were asked for last if they are more; the least lately used go first. Not
/// thread-safe.
class StaffCache {
public:
    static constexpr std::size_t kCompanies = 256;
    static constexpr std::size_t kStaff = 20'000;
    /// Companies asked for with one call at most.
    static constexpr std::size_t kAtOnce = 16;

    struct Wanted {
        CompanyId company;
        std::int64_t staff_version{0};
        int auto_threshold{0};
    };
    struct Entry {
        CompanyId company;
        std::int64_t staff_version{0};
        matching::CompanyIndex index;
        std::size_t people{0};
    };

    /// Reads with one statement those lists that are missing or outdated. One answer per wanted
    /// company, valid until the next call. wanted: at most kAtOnce, each company once.
    std::vector<const Entry*>
    get(postgres::Transaction& transaction, std::span<const Wanted> wanted);

private:
    using Entries = std::list<Entry>;
    void erase(Entries::iterator entry);

    Entries entries_;       ///< lately used first
    std::size_t people_{0}; ///< of all of them
    std::unordered_map<CompanyId, Entries::iterator> by_company_;
};

} // namespace calfleet::host_mapper
