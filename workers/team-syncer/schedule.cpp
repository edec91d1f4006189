#include "workers/team-syncer/schedule.h"

#include "workers/team-syncer/handler.h"
#include "workers/team-syncer/request_store.h"

#include "common/core/uuid.h"
#include "common/events/team_sync_requested.h"
#include "common/log/log.h"
#include "common/messaging/outbox_events.h"

#include <vector>

namespace calfleet::team_syncer {

Result<> DailySchedule::look(postgres::Session& session) const {
    const std::string data = events::encode(
        {.mode = events::SyncMode::Sync,
         .team_id = std::nullopt,
         .reason = "scheduled",
         .requested_by = {}}
    );
    const auto body = [&](postgres::Transaction& transaction) {
        const auto sync = take_daily_sync(transaction, owner_);
        if (!sync) return std::size_t{0};
        const std::string day = format_instant(sync->next);
        std::vector<messaging::OutgoingEvent> events;
        for (const CompanyId company : sync->companies)
            events.push_back(
                {.type = events::kTeamSyncRequested,
                 .id =
                     to_string(name_uuid({"daily team sync", std::to_string(company.value), day})),
                 .source = kSource,
                 .time = sync->now,
                 .company = company,
                 .entity = std::string(events::kTeamsEntity),
                 .data = data}
            );
        messaging::append_events(transaction, events);
        return sync->companies.size();
    };
    const Result<std::size_t> asked = session.transact(postgres::Access::runtime(), body);
    if (!asked) return asked.error();
    if (*asked > 0) {
        metrics_.scheduled.add(static_cast<double>(*asked));
        log::info("team_sync.scheduled", {{"companies", *asked}});
    }
    return {};
}

} // namespace calfleet::team_syncer
