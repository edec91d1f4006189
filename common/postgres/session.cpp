#include "common/postgres/session.h"

#include "common/core/random.h"
#include "common/postgres/commit_resolution.h"
#include "common/postgres/connection.h"
#include "common/postgres/translate.h"

#include <mutex>
#include <thread>

namespace calfleet::postgres {
namespace {

using namespace std::chrono;

constexpr auto kLongestResolution = 10s;
constexpr auto kLongestPause = 500ms;
// A transaction that is expected to write asks for its number in the round trip of BEGIN; every so
// many transactions the question comes before COMMIT instead, which shows whether the expectation
// still holds.
constexpr int kRelearnAfter = 64;

} // namespace

Access Access::companies(std::vector<CompanyId> ids) {
    Access access;
    access.kind_ = Kind::Companies;
    for (const CompanyId id : ids) {
        if (!access.company_list_.empty()) access.company_list_ += ',';
        access.company_list_ += std::to_string(id.value);
    }
    return access;
}

Access Access::runtime() {
    Access access;
    access.kind_ = Kind::Runtime;
    return access;
}

Access Access::login() {
    return {};
}

struct Session::Impl {
    struct Attempt {
        Result<> result;
        bool repeat{false};
    };

    Impl(Settings settings_, StatementObserver* observer_)
        : settings(std::move(settings_))
        , observer(observer_)
        , random(Random::from_system()) {}

    void open();
    void close();
    bool usable() const { return connection && connection->usable(); }

    template <class Call>
    Rows observed(std::string_view name, Call call);
    Rows exec(const Statement& statement, const Params& params);
    Rows exec_text(std::string_view sql);

    Attempt attempt(const Access& access, const std::function<void()>& work);
    void begin(const Access& access);
    void begin_on_open_connection(const Access& access);
    void rollback() noexcept;
    Attempt commit();
    Result<> resolve_lost_commit(const std::string& why);
    CommitEvidence gather_evidence();
    CommitVerdict ask_for_verdict(const ServerLife& before);

    Settings settings;
    StatementObserver* observer;
    Random random;
    std::mutex connection_mutex; // guards the pointer against cancel() of another thread
    std::unique_ptr<Connection> connection;
    bool in_transaction{false};
    std::optional<DatabaseError> failure; // of the last statement: COMMIT would silently roll back
    std::string xid;                      // of the open transaction, when known
    bool expects_to_write{false};
    int begins_since_learned{0};
};

void Session::Impl::open() {
    if (usable()) return;
    close();
    auto fresh = std::make_unique<Connection>(settings);
    std::lock_guard lock(connection_mutex);
    connection = std::move(fresh);
}

void Session::Impl::close() {
    std::lock_guard lock(connection_mutex);
    connection.reset();
}

template <class Call>
Rows Session::Impl::observed(std::string_view name, Call call) {
    if (observer == nullptr) return call();
    const auto start = steady_clock::now();
    try {
        Rows rows = call();
        observer->on_statement(name, steady_clock::now() - start, true);
        return rows;
    } catch (...) {
        observer->on_statement(name, steady_clock::now() - start, false);
        throw;
    }
}

Rows Session::Impl::exec(const Statement& statement, const Params& params) {
    try {
        Rows rows = observed(statement.name, [&] { return connection->exec(statement, params); });
        failure.reset(); // after a failure only ROLLBACK TO SAVEPOINT succeeds: the body mended it
        return rows;
    } catch (const DatabaseError& error) {
        failure = error;
        throw;
    }
}

Rows Session::Impl::exec_text(std::string_view sql) {
    try {
        Rows rows = observed("text", [&] { return connection->exec_text("text", sql); });
        failure.reset();
        return rows;
    } catch (const DatabaseError& error) {
        failure = error;
        throw;
    }
}

// One round trip. The company list consists of digits and commas.
void Session::Impl::begin_on_open_connection(const Access& access) {
    std::string sql = "begin";
    std::string question;
    if (access.kind_ == Access::Kind::Runtime)
        sql += "; select set_config('role', current_setting('app.runtime_role'), true)";
    if (access.kind_ == Access::Kind::Companies)
        question = "set_config('app.company_ids', '" + access.company_list_ + "', true)";
    const bool ask_for_xid = expects_to_write && begins_since_learned < kRelearnAfter;
    if (ask_for_xid) question = (question.empty() ? "''" : question) + ", pg_current_xact_id()";
    if (!question.empty()) sql += "; select " + question;
    const Rows answer = observed("transaction.begin", [&] {
        return connection->exec_text("transaction.begin", sql);
    });
    if (ask_for_xid) {
        ++begins_since_learned;
        xid = answer[0].text(1);
    }
}

void Session::Impl::begin(const Access& access) {
    failure.reset();
    xid.clear();
    const bool was_open = usable();
    open();
    try {
        begin_on_open_connection(access);
    } catch (const DatabaseError&) {
        // The connection died while nobody used it; nothing has happened yet, so a new one may
        // begin again.
        if (!was_open || usable()) throw;
        open();
        begin_on_open_connection(access);
    }
}

void Session::Impl::rollback() noexcept {
    if (!usable()) return;
    try {
        connection->exec_text("transaction.rollback", "rollback");
    } catch (const std::exception&) {
        close(); // the server rolls back when the connection is gone
    }
}

Session::Impl::Attempt
Session::Impl::attempt(const Access& access, const std::function<void()>& work) {
    if (in_transaction) {
        return {bug("postgres: transact() inside transact() of the same session: use one "
                    "transaction or two sessions")};
    }
    struct Flag {
        bool& value;
        explicit Flag(bool& flag)
            : value(flag) {
            value = true;
        }
        ~Flag() { value = false; }
    } const open_transaction(in_transaction);
    try {
        begin(access);
    } catch (const DatabaseError& error) {
        rollback();
        return {error.error()};
    }
    try {
        work();
    } catch (const Abort& abort) {
        rollback();
        return {abort.error()};
    } catch (const DatabaseError& error) {
        rollback();
        return {error.error(), is_conflict_of_transactions(error.sqlstate())};
    } catch (...) {
        rollback();
        throw;
    }
    return commit();
}

Session::Impl::Attempt Session::Impl::commit() {
    if (failure) {
        // The body swallowed it, but the server will not commit what follows.
        const DatabaseError error = *failure;
        rollback();
        return {error.error(), is_conflict_of_transactions(error.sqlstate())};
    }
    try {
        if (xid.empty()) {
            const Rows answer = connection->exec_text(
                "transaction.xid", "select coalesce(pg_current_xact_id_if_assigned()::text, '')"
            );
            xid = answer[0].text(0);
            expects_to_write = !xid.empty();
            begins_since_learned = 0;
        }
    } catch (const DatabaseError& error) {
        rollback();
        return {error.error()};
    }
    try {
        observed("transaction.commit", [&] {
            return connection->exec_text("transaction.commit", "commit");
        });
        return {};
    } catch (const DatabaseError& error) {
        if (usable()) {
            // The server is there and said no: a deferred constraint, a serialisation failure.
            rollback();
            return {error.error(), is_conflict_of_transactions(error.sqlstate())};
        }
        // Nothing was written, so there is nothing to lose.
        if (xid.empty()) return {};
        return {resolve_lost_commit(error.error().message)};
    }
}

CommitEvidence Session::Impl::gather_evidence() {
    try {
        return read_evidence(
            connection->exec_text("transaction.status", evidence_query(xid)),
            connection->server_life()
        );
    } catch (const DatabaseError& error) {
        if (error.sqlstate() != kFutureNumber) throw;
        return {.status = "future", .life = connection->server_life()};
    }
}

CommitVerdict Session::Impl::ask_for_verdict(const ServerLife& before) {
    open();
    const CommitVerdict verdict = judge(before, gather_evidence());
    if (verdict == CommitVerdict::StillRunning)
        connection->exec_text("transaction.terminate", termination_query(xid));
    return verdict;
}

Result<> Session::Impl::resolve_lost_commit(const std::string& why) {
    const ServerLife before = connection->server_life();
    const auto deadline = steady_clock::now() + kLongestResolution;
    std::string last_problem = "the transaction is still running";
    for (milliseconds pause = 5ms;; pause = std::min<milliseconds>(2 * pause, kLongestPause)) {
        try {
            switch (ask_for_verdict(before)) {
            case CommitVerdict::Committed:
                return {};
            case CommitVerdict::Aborted:
                return unavailable(why + "; the transaction was rolled back");
            case CommitVerdict::Unknown:
                return Error{
                    ErrorKind::InDoubt,
                    why + "; whether the transaction was committed cannot be told: the server "
                          "failed over, or crashed "
                          "and has gone on since"};
            case CommitVerdict::StillRunning:
                break;
            }
        } catch (const DatabaseError& error) {
            last_problem = error.error().message;
        }
        if (steady_clock::now() + pause > deadline) break;
        std::this_thread::sleep_for(pause);
    }
    return Error{
        ErrorKind::InDoubt,
        why +
            "; whether the transaction was committed could not be asked for 10 s: " + last_problem};
}

Rows Transaction::exec(const Statement& statement, const Params& params) {
    return session_->impl_->exec(statement, params);
}

Rows Transaction::exec_text(std::string_view sql) {
    return session_->impl_->exec_text(sql);
}

Session::Session(Settings settings, StatementObserver* observer)
    : impl_(std::make_unique<Impl>(std::move(settings), observer)) {}

Session::~Session() = default;

Result<> Session::run(const Access& access, const Work& work) {
    for (int repeats = 0;; ++repeats) {
        const Impl::Attempt attempt = impl_->attempt(access, [&] {
            Transaction transaction(*this);
            work(transaction);
        });
        if (!attempt.repeat || repeats >= impl_->settings.conflict_retries) return attempt.result;
        // Apart from whoever we met: 1..8 ms, doubling.
        std::this_thread::sleep_for(
            microseconds(1000 + impl_->random.below(7000)) * (1 << std::min(repeats, 6))
        );
    }
}

Result<Rows> Session::query(const Statement& statement, const Params& params) {
    if (impl_->in_transaction)
        return bug("postgres: query() inside transact() of the same session: use the transaction");
    try {
        impl_->open();
        return impl_->exec(statement, params);
    } catch (const DatabaseError& error) {
        return error.error();
    }
}

Result<> Session::connect() {
    try {
        impl_->open();
        return {};
    } catch (const DatabaseError& error) {
        return error.error();
    }
}

bool Session::connected() const {
    return impl_->usable();
}

void Session::cancel() {
    std::lock_guard lock(impl_->connection_mutex);
    if (impl_->connection) impl_->connection->cancel();
}

} // namespace calfleet::postgres
