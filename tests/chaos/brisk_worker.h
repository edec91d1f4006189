#pragma once
// A worker that calls Cal.com, as a program without Kafka and with short leases: the same jobs,
// gate and executor as the real one.

#include "common/calcom/gate.h"
#include "common/executor/remote_jobs.h"
#include "common/metrics/registry.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace calfleet::chaos {

/// Runs jobs by kind until a signal says stop; the exit code.
using Work = std::function<int(const std::map<std::string_view, executor::RemoteJobs*>& jobs)>;
/// Makes the jobs, which must outlive the work, and lets it run.
using Body = std::function<int(calcom::Gate& gate, metrics::Registry& registry, const Work& work)>;

/// Arguments: DSN CALCOM_URL KEY_FILE OWNER. The exit code, 78 when they are wrong.
int run_brisk_worker(std::string_view worker, int argc, char** argv, const Body& body);

} // namespace calfleet::chaos
