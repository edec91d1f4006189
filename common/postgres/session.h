#pragma once
// One connection to PostgreSQL and the transactions run on it.

#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/core/secret.h"
#include "common/postgres/error.h"
#include "common/postgres/params.h"
#include "common/postgres/rows.h"
#include "common/postgres/statement.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace calfleet::postgres {

/// Worker: a login that row-level security does not bind is refused with an error of kind Forbidden
/// that begins with kLoginRefused (login.h).
enum class LoginRule { Any, Worker };

struct Settings {
    /// libpq connection string or URI. Several hosts are allowed; target_session_attrs=read-write
    /// is added, and sslmode=verify-full beyond this machine where it names no sslmode.
    Secret<std::string> dsn{};
    /// PEM file of the CAs that may sign the server's certificate, unless dsn names one; empty: the
    /// system's.
    std::string ca_file{};
    LoginRule login{LoginRule::Any};
    /// Shown in pg_stat_activity: worker, host and what the connection is for.
    std::string application_name{};
    std::chrono::milliseconds connect_timeout{5000};
    std::chrono::milliseconds statement_timeout{5000};
    std::chrono::milliseconds lock_timeout{1000};
    std::chrono::milliseconds idle_in_transaction_timeout{10000};
    /// How often a serialisation failure or deadlock is tried again inside transact().
    int conflict_retries{3};
};

/// Which rows a transaction may touch. Row-level security closes everything else.
class Access {
public:
    /// The companies named; an empty list opens no company.
    static Access companies(std::vector<CompanyId> ids);
    static Access company(CompanyId id) { return companies({id}); }
    /// The workers' housekeeping across companies: runtime tables only (SET LOCAL ROLE
    /// calfleet_runtime).
    static Access runtime();
    /// What the login role may see by itself (calfleet_operator, a superuser in tests).
    static Access login();

private:
    friend class Session;
    enum class Kind { Companies, Runtime, Login };
    Kind kind_{Kind::Login};
    std::string company_list_;
};

class Session;

/// An open transaction; only transact() makes one.
class Transaction {
public:
    /// Runs a prepared statement (prepared on first use on this connection). Throws DatabaseError.
    Rows exec(const Statement& statement, const Params& params = {});
    /// For the migrator and tests: plain SQL, possibly several statements.
    Rows exec_text(std::string_view sql);

private:
    friend class Session;
    explicit Transaction(Session& session)
        : session_(&session) {}
    Session* session_;
};

/// Hears how long each statement took; called on the session's thread.
class StatementObserver {
public:
    virtual ~StatementObserver() = default;
    virtual void on_statement(std::string_view name, std::chrono::nanoseconds took, bool ok) = 0;
};

/// One connection, opened when first needed, re-opened by the next transact() after it broke (never
/// silently inside a transaction). Not thread-safe: one session per thread. Destruction rolls back
/// and closes.
class Session {
public:
    explicit Session(Settings settings, StatementObserver* observer = nullptr);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// BEGIN, the access, body(Transaction&), COMMIT. The body's value, or the Error after a
    /// rollback. The body may be run again after a serialisation failure or deadlock: it must keep
    /// no half-result outside. When the answer to COMMIT is lost, the session reconnects and asks
    /// pg_xact_status: committed is success, aborted is Unavailable, and only an unanswerable
    /// question is InDoubt.
    template <class Body>
    auto transact(const Access& access, Body&& body)
        -> Result<std::invoke_result_t<Body&, Transaction&>> {
        using Value = std::invoke_result_t<Body&, Transaction&>;
        if constexpr (std::is_void_v<Value>) {
            const Result<> done = run(access, [&](Transaction& transaction) { body(transaction); });
            if (!done) return done.error();
            return {};
        } else {
            std::optional<Value> value;
            const Result<> done =
                run(access, [&](Transaction& transaction) { value.emplace(body(transaction)); });
            if (!done) return done.error();
            return std::move(*value);
        }
    }

    /// One statement outside an explicit transaction (autocommit); for polls that must not hold a
    /// snapshot.
    Result<Rows> query(const Statement& statement, const Params& params = {});

    /// Connects now and says what is wrong; otherwise the first transact() does.
    Result<> connect();
    bool connected() const;
    /// Aborts a running statement from another thread (thread-safe), for shutdown.
    void cancel();

private:
    friend class Transaction;
    struct Impl;
    using Work = std::function<void(Transaction&)>;
    Result<> run(const Access& access, const Work& work);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::postgres
