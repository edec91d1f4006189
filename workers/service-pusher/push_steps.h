#pragma once
// The database's side of pushes, for many of them in one transaction each.
//
//     open    facts, and a token for the look
//     change  lease, intent, and a token for the change
//     end     lease, result; what the calls taught about keys and hosts

#include "workers/service-pusher/job.h"
#include "workers/service-pusher/result_store.h"

#include "common/calcom/gate.h"
#include "common/core/ids.h"
#include "common/job/job.h"
#include "common/postgres/session.h"

#include <optional>
#include <span>
#include <vector>

namespace calfleet::service_pusher {

/// The first call of a push.
calcom::CallRequest look_request(const job::Job& job);

struct OpenAsk {
    const job::Job* job{nullptr};
    ServiceId service{};
};
struct Opening {
    Push push;
    Step step;
    std::optional<calcom::Entry> entry; ///< nothing: there is nothing to ask Cal.com
};
std::vector<Opening> open_pushes(
    postgres::Transaction& transaction, calcom::Gate& gate, std::span<const OpenAsk* const> asks
);

struct ChangeAsk {
    const job::Job* job{nullptr};
    const Service* service{nullptr};
    const Change* change{nullptr};
    bool written{false}; ///< the intent is: only a token is missing
};
struct ChangeAnswer {
    bool held{false};                     ///< the lease
    RowWrite intent{RowWrite::Written};   ///< of held ones
    std::optional<calcom::Entry> entry{}; ///< of held ones whose intent is written
};
std::vector<ChangeAnswer> enter_changes(
    postgres::Transaction& transaction, calcom::Gate& gate, std::span<const ChangeAsk* const> asks
);

struct EndAsk {
    const job::Job* job{nullptr};
    const Service* service{nullptr};
    const SyncResult* result{nullptr}; ///< nothing: only the news
    const calcom::Gate::News* news{nullptr};
};
enum class EndAnswer {
    Written,
    NotWritten, ///< the lease is lost, or the service is gone or sells something else by now
    Busy,       ///< somebody holds the row: try again
};
std::vector<EndAnswer> write_ends(
    postgres::Transaction& transaction, calcom::Gate& gate, std::span<const EndAsk* const> asks
);

} // namespace calfleet::service_pusher
