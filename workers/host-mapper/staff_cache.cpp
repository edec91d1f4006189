#include "workers/host-mapper/staff_cache.h"

#include "workers/host-mapper/mapping_store.h"

#include <iterator>

namespace calfleet::host_mapper {

std::vector<const StaffCache::Entry*>
StaffCache::get(postgres::Transaction& transaction, std::span<const Wanted> wanted) {
    std::vector<CompanyId> missing;
    for (const Wanted& want : wanted) {
        const auto held = by_company_.find(want.company);
        if (held == by_company_.end()) {
            missing.push_back(want.company);
            continue;
        }
        const Entry& entry = *held->second;
        if (entry.staff_version == want.staff_version &&
            entry.index.auto_threshold() == want.auto_threshold) {
            entries_.splice(entries_.begin(), entries_, held->second);
            continue;
        }
        erase(held->second);
        missing.push_back(want.company);
    }
    for (StaffList& list : load_staff(transaction, missing)) {
        const std::size_t people = list.staff.staff.size();
        entries_.push_front(
            {list.company,
             list.staff_version,
             matching::CompanyIndex(std::move(list.staff)),
             people}
        );
        by_company_[list.company] = entries_.begin();
        people_ += people;
    }
    while (entries_.size() > wanted.size() && (entries_.size() > kCompanies || people_ > kStaff))
        erase(std::prev(entries_.end()));
    std::vector<const Entry*> found;
    found.reserve(wanted.size());
    for (const Wanted& want : wanted) {
        const auto held = by_company_.find(want.company);
        found.push_back(held == by_company_.end() ? nullptr : &*held->second);
    }
    return found;
}

void StaffCache::erase(Entries::iterator entry) {
    people_ -= entry->people;
    by_company_.erase(entry->company);
    entries_.erase(entry);
}

} // namespace calfleet::host_mapper
