#pragma once
// What is known of an event, and what is not, as sentences for a person. Pure.

#include "workers/calfleet/event_store.h"

#include <string>
#include <vector>

namespace calfleet::cli {

/// What reading the record from its topic came to.
enum class RecordLook { NotAsked, NoBrokers, Found, NotThere };

/// One sentence for each thing that was found; when nothing was, what that can mean.
std::vector<std::string>
meaning_of(const EventQuestion& question, const EventAnswer& answer, RecordLook look);

} // namespace calfleet::cli
