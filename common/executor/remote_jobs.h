#pragma once
// Kinds of jobs that talk to somebody else: coroutines on the executor's one event loop.

#include "common/core/clock.h"
#include "common/job/job.h"
#include "common/job/outcome.h"
#include "common/postgres/session.h"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace calfleet::executor {

/// What a remote job may ask of the executor that runs it. Lives as long as the job's coroutine;
/// event loop thread only.
class RemoteContext {
public:
    virtual ~RemoteContext() = default;

    /// Runs body(Transaction&) in one transaction on a database thread and resumes here. Counts as
    /// progress. Keep it short: it never spans a remote call. Exceptions of body other than
    /// DatabaseError and Abort come out here.
    template <class Body>
    auto database(postgres::Access access, Body body)
        -> boost::asio::awaitable<decltype(std::declval<postgres::Session&>().transact(access, body)
        )> {
        std::optional<decltype(std::declval<postgres::Session&>().transact(access, body))> result;
        std::exception_ptr failure;
        std::function<void(postgres::Session&)> work = [&](postgres::Session& session) {
            try {
                result.emplace(session.transact(access, body));
            } catch (...) {
                failure = std::current_exception();
            }
        };
        co_await on_database(std::move(work));
        if (failure) std::rethrow_exception(failure);
        co_return std::move(*result);
    }

    /// Something was achieved. A job that neither ends nor makes progress for a while loses its
    /// lease: whoever waits longer than ten seconds between two steps says so at each of them.
    virtual void progress() = 0;

    /// Until when no other process can own this job. Nothing may be sent after it, and a call that
    /// could last longer must be cut off there. Moves as the lease is renewed.
    virtual Monotonic safe_until() const = 0;
    /// The lease is safe and no shutdown is under way: a new remote call may begin. False: end with
    /// Snooze.
    virtual bool may_begin() const = 0;
    virtual const Clock& clock() const = 0;

    /// Runs work on a database thread and what it returns, if anything, on the event loop. For work
    /// that is not this job's alone (gathering.h); dropped unrun when the executor ends first. Must
    /// not throw.
    virtual void submit(std::function<std::function<void()>(postgres::Session&)> work) = 0;

protected:
    virtual boost::asio::awaitable<void> on_database(std::function<void(postgres::Session&)> work
    ) = 0;
};

/// Thousands may be in flight, all on one thread: never block. When the lease is lost or the drain
/// time of a shutdown is over, the coroutine is cancelled (terminal): its next wait throws
/// operation_aborted, which it lets through.
class RemoteJobs {
public:
    virtual ~RemoteJobs() = default;
    virtual boost::asio::awaitable<job::Outcome> run(job::Job job, RemoteContext& context) = 0;
};

} // namespace calfleet::executor
