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
    const Instant now = clock_.now();
    const std::string day = format_instant(next_daily_sync(now));
    const std::string data = events::encode(
        {.mode = events::SyncMode::Sync,
         .team_id = std::nullopt,
         .reason = "scheduled",
         .requested_by = {}}
    );
    const auto body = [&](postgres::Transaction& transaction) {
        const auto companies = take_daily_sync(transaction, now, next_daily_sync(now), owner_);
        std::vector<messaging::OutgoingEvent> events;
        for (const CompanyId company : companies)
            events.push_back(
                {.type = events::kTeamSyncRequested,
                 .id =
                     to_string(name_uuid({"daily team sync", std::to_string(company.value), day})),
                 .source = kSource,
                 .time = now,
                 .company = company,
                 .entity = std::string(events::kTeamsEntity),
                 .data = data}
            );
        messaging::append_events(transaction, events);
        return companies.size();
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
