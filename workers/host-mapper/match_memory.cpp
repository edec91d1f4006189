#include "workers/host-mapper/match_memory.h"

#include <initializer_list>
#include <utility>

namespace calfleet::host_mapper {
namespace {

std::string key_of(const MatchQuestion& question) {
    std::string key = std::to_string(question.company.value) + ":" +
                      std::to_string(question.staff_version) + ":" +
                      std::to_string(question.auto_threshold);
    // With their lengths: no text can pass for two.
    for (const std::string_view text :
         {std::string_view(question.host.id),
          std::string_view(question.host.name),
          std::string_view(question.host.email),
          std::string_view(question.host.username),
          question.branch}) {
        key += ":" + std::to_string(text.size()) + ":";
        key += text;
    }
    return key;
}

} // namespace

const matching::Match* MatchMemory::find(const MatchQuestion& question) const {
    const auto found = matches_.find(key_of(question));
    return found == matches_.end() ? nullptr : &found->second;
}

const matching::Match& MatchMemory::keep(const MatchQuestion& question, matching::Match match) {
    if (matches_.size() >= kMatches) matches_.clear();
    return matches_.insert_or_assign(key_of(question), std::move(match)).first->second;
}

} // namespace calfleet::host_mapper
