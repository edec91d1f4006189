#pragma once
// Every catalogue of statements in the fleet, and as whom it runs. A program with SQL adds its line
// here.

#include "workers/calfleet/appointment_store.h"
#include "workers/calfleet/company_store.h"
#include "workers/calfleet/dead_letter_store.h"
#include "workers/calfleet/event_store.h"
#include "workers/calfleet/job_store.h"
#include "workers/calfleet/key_store.h"
#include "workers/calfleet/letter_import_store.h"
#include "workers/calfleet/mapping_decision_store.h"
#include "workers/calfleet/mapping_description_store.h"
#include "workers/calfleet/mapping_review_store.h"
#include "workers/calfleet/mapping_sheet_store.h"
#include "workers/calfleet/mapping_store.h"
#include "workers/calfleet/mapping_undo_store.h"
#include "workers/calfleet/position_store.h"
#include "workers/calfleet/privacy_store.h"
#include "workers/calfleet/quota_store.h"
#include "workers/calfleet/retention_store.h"
#include "workers/calfleet/service_actions.h"
#include "workers/calfleet/service_plan.h"
#include "workers/calfleet/service_store.h"
#include "workers/calfleet/source_store.h"
#include "workers/calfleet/sync_store.h"
#include "workers/event-type-importer/store.h"
#include "workers/host-mapper/audit_store.h"
#include "workers/host-mapper/event_type_store.h"
#include "workers/host-mapper/reassignment_store.h"
#include "workers/host-mapper/store.h"
#include "workers/outbox-relay/store.h"
#include "workers/service-pusher/result_store.h"
#include "workers/service-pusher/store.h"
#include "workers/team-syncer/child_store.h"
#include "workers/team-syncer/member_store.h"
#include "workers/team-syncer/platform_check.h"
#include "workers/team-syncer/request_store.h"
#include "workers/team-syncer/store.h"

#include "common/calcom/breaker_reset.h"
#include "common/calcom/credential.h"
#include "common/calcom/gate.h"
#include "common/calcom/quota.h"
#include "common/calcom/quota_upkeep.h"
#include "common/intake/event_job_store.h"
#include "common/intake/event_jobs.h"
#include "common/intake/intake_transaction.h"
#include "common/intake/position_store.h"
#include "common/jobs/job_decisions.h"
#include "common/jobs/job_leases.h"
#include "common/jobs/job_rows.h"
#include "common/jobs/job_settlement.h"
#include "common/jobs/job_store.h"
#include "common/jobs/job_upkeep.h"
#include "common/messaging/dead_letter_replays.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/inbox_store.h"
#include "common/messaging/outbox_writer.h"
#include "common/postgres/statement.h"
#include "common/runtime/clock_check.h"
#include "common/statistics/assignment_statistics.h"
#include "common/statistics/quota_statistics.h"
#include "common/statistics/retention_statistics.h"
#include "common/statistics/sync_statistics.h"

#include <string_view>
#include <vector>

namespace calfleet {

/// Worker: logged in as calfleet_worker or as the worker's own role, or as its runtime role for
/// housekeeping. Operator: as calfleet_operator.
enum class RunBy { Worker, Operator };

/// Roles without their prefix calfleet_.
using Workers = std::vector<std::string_view>;
inline const Workers kEveryWorker{
    "event_type_importer", "host_mapper", "outbox_relay", "service_pusher", "team_syncer"};
/// Those that take events from Kafka and work on jobs.
inline const Workers kConsumers{
    "event_type_importer", "host_mapper", "service_pusher", "team_syncer"};
/// Those that call Cal.com.
inline const Workers kCallers{"service_pusher", "team_syncer"};

struct FleetCatalogue {
    std::string_view owner;
    postgres::Catalogue statements;
    RunBy run_by{RunBy::Worker};
    Workers workers{}; ///< whose login must be able to run every statement
};

inline std::vector<FleetCatalogue> fleet_catalogues() {
    return {
        {"calcom/breaker_reset", calcom::breaker_reset_catalogue(), RunBy::Operator},
        {"calcom/credential", calcom::credential_catalogue(), RunBy::Worker, kCallers},
        {"calcom/gate", calcom::gate_catalogue(), RunBy::Worker, kCallers},
        {"calcom/quota", calcom::quota_catalogue(), RunBy::Worker, kCallers},
        {"calcom/quota_upkeep", calcom::quota_upkeep_catalogue(), RunBy::Worker, kCallers},
        {"runtime/clock_check", runtime::clock_check_catalogue(), RunBy::Worker, kEveryWorker},
        {"messaging/dead_letter_replays",
         messaging::dead_letter_replay_catalogue(),
         RunBy::Worker,
         kEveryWorker},
        {"messaging/dead_letter_store",
         messaging::dead_letter_catalogue(),
         RunBy::Worker,
         kEveryWorker},
        {"intake/event_job_store", intake::event_job_catalogue(), RunBy::Worker, kConsumers},
        {"intake/event_jobs", intake::event_jobs_catalogue(), RunBy::Worker, kConsumers},
        {"messaging/inbox_store", messaging::inbox_catalogue(), RunBy::Worker, kConsumers},
        {"intake/intake_transaction", intake::intake_catalogue(), RunBy::Worker, kConsumers},
        {"jobs/job_decisions", jobs::job_decision_catalogue(), RunBy::Operator},
        {"jobs/job_rows", jobs::job_rows_catalogue(), RunBy::Worker, kConsumers},
        {"jobs/job_settlement", jobs::job_settlement_catalogue(), RunBy::Worker, kConsumers},
        {"jobs/job_store", jobs::job_catalogue(), RunBy::Worker, kConsumers},
        {"jobs/job_upkeep", jobs::job_upkeep_catalogue(), RunBy::Worker, kConsumers},
        {"jobs/job_leases", jobs::job_leases_catalogue(), RunBy::Worker, kCallers},
        {"messaging/outbox_writer",
         messaging::outbox_writer_catalogue(),
         RunBy::Worker,
         kEveryWorker},
        {"intake/position_store", intake::position_catalogue(), RunBy::Worker, kConsumers},
        {"statistics/assignments",
         statistics::statistics_catalogue(),
         RunBy::Worker,
         {"host_mapper"}},
        {"statistics/quota",
         statistics::quota_statistics_catalogue(),
         RunBy::Worker,
         {"team_syncer"}},
        {"statistics/retention",
         statistics::retention_statistics_catalogue(),
         RunBy::Worker,
         {"team_syncer"}},
        {"statistics/syncs", statistics::sync_statistics_catalogue(), RunBy::Operator},
        {"event-type-importer",
         event_type_importer::event_type_importer_catalogue(),
         RunBy::Worker,
         {"event_type_importer"}},
        {"host-mapper", host_mapper::host_mapper_catalogue(), RunBy::Worker, {"host_mapper"}},
        {"host-mapper/audit_store", host_mapper::audit_catalogue(), RunBy::Worker, {"host_mapper"}},
        {"host-mapper/event_type_store",
         host_mapper::event_type_catalogue(),
         RunBy::Worker,
         {"host_mapper"}},
        {"host-mapper/reassignment_store",
         host_mapper::reassignment_catalogue(),
         RunBy::Worker,
         {"host_mapper"}},
        {"outbox-relay", outbox_relay::catalogue(), RunBy::Worker, {"outbox_relay"}},
        {"outbox-relay/reading",
         outbox_relay::reading_catalogue(),
         RunBy::Worker,
         {"outbox_relay"}},
        {"service-pusher/result_store",
         service_pusher::result_catalogue(),
         RunBy::Worker,
         {"service_pusher"}},
        {"service-pusher/store",
         service_pusher::store_catalogue(),
         RunBy::Worker,
         {"service_pusher"}},
        {"team-syncer/child_store", team_syncer::child_catalogue(), RunBy::Worker, {"team_syncer"}},
        {"team-syncer/member_store",
         team_syncer::member_catalogue(),
         RunBy::Worker,
         {"team_syncer"}},
        {"team-syncer/platform_check",
         team_syncer::platform_check_catalogue(),
         RunBy::Worker,
         {"team_syncer"}},
        {"team-syncer/request_store",
         team_syncer::request_catalogue(),
         RunBy::Worker,
         {"team_syncer"}},
        {"team-syncer/store", team_syncer::store_catalogue(), RunBy::Worker, {"team_syncer"}},
        {"calfleet/appointment_store", cli::appointment_catalogue(), RunBy::Operator},
        {"calfleet/company_store", cli::company_catalogue(), RunBy::Operator},
        {"calfleet/dead_letter_store", cli::dead_letter_catalogue(), RunBy::Operator},
        {"calfleet/event_store", cli::event_catalogue(), RunBy::Operator},
        {"calfleet/job_store", cli::job_catalogue(), RunBy::Operator},
        {"calfleet/key_store", cli::key_catalogue(), RunBy::Operator},
        {"calfleet/letter_import_store", cli::letter_import_catalogue(), RunBy::Operator},
        {"calfleet/mapping_decision_store", cli::mapping_decision_catalogue(), RunBy::Operator},
        {"calfleet/mapping_description_store",
         cli::mapping_description_catalogue(),
         RunBy::Operator},
        {"calfleet/mapping_review_store", cli::mapping_review_catalogue(), RunBy::Operator},
        {"calfleet/mapping_sheet_store", cli::mapping_sheet_catalogue(), RunBy::Operator},
        {"calfleet/mapping_store", cli::mapping_catalogue(), RunBy::Operator},
        {"calfleet/mapping_undo_store", cli::mapping_undo_catalogue(), RunBy::Operator},
        {"calfleet/position_store", cli::position_catalogue(), RunBy::Operator},
        {"calfleet/privacy_store", cli::privacy_catalogue(), RunBy::Operator},
        {"calfleet/retention_store", cli::retention_catalogue(), RunBy::Operator},
        {"calfleet/quota_store", cli::quota_catalogue(), RunBy::Operator},
        {"calfleet/sync_store", cli::sync_catalogue(), RunBy::Operator},
        {"calfleet/service_store", cli::service_catalogue(), RunBy::Operator},
        {"calfleet/source_store", cli::source_catalogue(), RunBy::Operator},
        {"calfleet/service_actions", cli::service_action_catalogue(), RunBy::Operator},
        {"calfleet/service_plan", cli::service_plan_catalogue(), RunBy::Operator},
        {"calfleet/service_reload", cli::service_reload_catalogue(), RunBy::Operator},
    };
}

} // namespace calfleet
