#pragma once
// Events of the fleet's own, queued as CloudEvents in the transaction that caused them.

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <span>
#include <string>
#include <string_view>

namespace calfleet::messaging {

struct OutgoingEvent {
    std::string_view type;   ///< which is the topic, too
    std::string id;          ///< the same event queued twice has the same
    std::string_view source; ///< "/calfleet/team-syncer"
    Instant time;            ///< when its data was true
    CompanyId company;
    std::string entity; ///< events of one entity stay in order
    std::string data;   ///< a JSON document
};

/// One set-based insert, in the given order; see append_outbox() for the access.
void append_events(postgres::Transaction& transaction, std::span<const OutgoingEvent> events);

} // namespace calfleet::messaging
