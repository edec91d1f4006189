#pragma once
// What a push would do, for a person who asks before it is done. Cal.com is not called: its side is
// what the last sync read.

#include "workers/calfleet/service_actions.h"

#include <optional>
#include <string>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue service_plan_catalogue();

struct PushPlan : ServicePlan {
    std::vector<std::string> goes_along{}; ///< sentences
};

/// In the order of their numbers; locks nothing. Aborts: require_chosen().
std::vector<PushPlan> plan_pushes(postgres::Transaction& transaction, const ServiceChoice& choice);

} // namespace calfleet::cli
