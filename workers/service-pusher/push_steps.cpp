#include "workers/service-pusher/push_steps.h"

#include "workers/service-pusher/store.h"

#include "common/jobs/job_leases.h"

#include <string_view>
#include <utility>

namespace calfleet::service_pusher {
namespace {

using postgres::Transaction;

constexpr std::string_view kGet = "event-type.get";
constexpr std::string_view kPatch = "event-type.patch";

calcom::CallRequest request_of(const job::Job& job, std::string_view operation) {
    return {.company = job.company, .lane = calcom::CallLane::Sync, .operation = operation};
}

/// Takes tokens for the asks at these places; the entries in their order.
template <class Ask>
std::vector<calcom::Entry> enter(
    Transaction& transaction,
    calcom::Gate& gate,
    std::span<const Ask* const> asks,
    const std::vector<std::size_t>& places,
    std::string_view operation
) {
    std::vector<calcom::CallRequest> requests;
    requests.reserve(places.size());
    for (const std::size_t place : places)
        requests.push_back(request_of(*asks[place]->job, operation));
    return gate.enter(transaction, requests);
}

/// Which asks still hold the lease of their job.
template <class Ask>
std::vector<bool> held(Transaction& transaction, std::span<const Ask* const> asks) {
    std::vector<const job::Job*> jobs;
    jobs.reserve(asks.size());
    for (const Ask* ask : asks)
        jobs.push_back(ask->job);
    return jobs::hold_leases(transaction, jobs);
}

} // namespace

calcom::CallRequest look_request(const job::Job& job) {
    return request_of(job, kGet);
}

std::vector<Opening>
open_pushes(Transaction& transaction, calcom::Gate& gate, std::span<const OpenAsk* const> asks) {
    std::vector<ServiceName> names;
    names.reserve(asks.size());
    for (const OpenAsk* ask : asks)
        names.push_back({ask->job->company, ask->service});
    std::vector<Opening> openings;
    openings.reserve(asks.size());
    std::vector<std::size_t> looking;
    for (Facts& facts : load_facts(transaction, names)) {
        Push push(std::move(facts));
        Step step = push.begin();
        if (std::holds_alternative<Look>(step)) looking.push_back(openings.size());
        openings.push_back({std::move(push), std::move(step), {}});
    }
    std::vector<calcom::Entry> entries = enter(transaction, gate, asks, looking, kGet);
    for (std::size_t i = 0; i < looking.size(); ++i)
        openings[looking[i]].entry = std::move(entries[i]);
    return openings;
}

std::vector<ChangeAnswer> enter_changes(
    Transaction& transaction, calcom::Gate& gate, std::span<const ChangeAsk* const> asks
) {
    const std::vector<bool> leases = held(transaction, asks);
    std::vector<ChangeAnswer> answers(asks.size());
    std::vector<BegunChange> begun;
    std::vector<std::size_t> begun_places;
    for (std::size_t i = 0; i < asks.size(); ++i) {
        answers[i].held = leases[i];
        if (!leases[i] || asks[i]->written) continue;
        begun.push_back({asks[i]->job->company, asks[i]->service, asks[i]->change});
        begun_places.push_back(i);
    }
    const std::vector<RowWrite> intents = write_intents(transaction, begun);
    for (std::size_t i = 0; i < begun.size(); ++i)
        answers[begun_places[i]].intent = intents[i];
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < asks.size(); ++i)
        if (answers[i].held && answers[i].intent == RowWrite::Written) ready.push_back(i);
    std::vector<calcom::Entry> entries = enter(transaction, gate, asks, ready, kPatch);
    for (std::size_t i = 0; i < ready.size(); ++i)
        answers[ready[i]].entry = std::move(entries[i]);
    return answers;
}

std::vector<EndAnswer>
write_ends(Transaction& transaction, calcom::Gate& gate, std::span<const EndAsk* const> asks) {
    const std::vector<bool> leases = held(transaction, asks);
    std::vector<EndAnswer> answers(asks.size(), EndAnswer::NotWritten);
    std::vector<EndedPush> ends;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < asks.size(); ++i) {
        if (!leases[i] || asks[i]->result == nullptr) continue;
        ends.push_back({asks[i]->job->company, asks[i]->service, asks[i]->result});
        places.push_back(i);
    }
    const std::vector<RowWrite> rows = write_results(transaction, ends);
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (rows[i] == RowWrite::Written) answers[places[i]] = EndAnswer::Written;
        if (rows[i] == RowWrite::Busy) answers[places[i]] = EndAnswer::Busy;
    }
    for (const EndAsk* ask : asks)
        if (ask->news != nullptr) gate.write_news(transaction, *ask->news);
    return answers;
}

} // namespace calfleet::service_pusher
