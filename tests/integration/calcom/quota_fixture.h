#pragma once
// Processes of a fleet at the gate, over one real database with five companies and their keys.

#include "common/calcom/quota.h"
#include "common/core/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/postgres/database.h"

namespace calfleet::calcom {

inline constexpr std::string_view kHost = "api.cal.com";

inline CallRequest
call(std::int64_t company, CallLane lane = CallLane::Sync, std::string_view operation = "me.get") {
    return {.company = CompanyId{company}, .lane = lane, .operation = operation};
}

// One process of the fleet.
struct Process {
    Process(const postgres::TestDatabase& database, std::string owner, QuotaSettings settings = {})
        : session({.dsn = database.dsn("calfleet_worker")})
        , quota(with(std::move(settings), std::move(owner)), Random(7), clock) {}

    std::vector<Verdict> admit(const std::vector<CallRequest>& calls) {
        auto verdicts =
            session.transact(postgres::Access::runtime(), [&](postgres::Transaction& t) {
                return quota.admit(t, calls);
            });
        EXPECT_TRUE(verdicts) << verdicts.error().message;
        return verdicts ? *std::move(verdicts) : std::vector<Verdict>{};
    }
    Verdict admit(const CallRequest& request) { return admit(std::vector{request}).front(); }

    // How many of so many calls at once get leave.
    int leaves(int calls, const CallRequest& request) {
        const auto verdicts = admit(std::vector(static_cast<std::size_t>(calls), request));
        return static_cast<int>(std::count_if(verdicts.begin(), verdicts.end(), [](const auto& v) {
            return std::holds_alternative<Ticket>(v);
        }));
    }

    void report(const CallRequest& request, const Verdict& verdict, const CallReport& report) {
        ASSERT_TRUE(std::holds_alternative<Ticket>(verdict)) << std::get<NotNow>(verdict).text;
        quota.note(request, std::get<Ticket>(verdict), report);
        write();
    }
    void write() {
        auto news = quota.take_news();
        const auto done =
            session.transact(postgres::Access::runtime(), [&](postgres::Transaction& t) {
                quota.write(t, *news);
            });
        EXPECT_TRUE(done) << done.error().message;
        if (!done) quota.give_back(std::move(news));
    }

    static QuotaSettings with(QuotaSettings settings, std::string owner) {
        settings.host = std::string(kHost);
        settings.owner = std::move(owner);
        return settings;
    }

    ManualClock clock{Instant{} + std::chrono::hours{480000}};
    postgres::Session session;
    Quota quota;
};

inline NotNowWhy why(const Verdict& verdict) {
    const auto* wait = std::get_if<NotNow>(&verdict);
    EXPECT_NE(wait, nullptr) << "got leave";
    return wait != nullptr ? wait->why : NotNowWhy::Bucket;
}

inline CallReport ended(CallEnd end) {
    return {.end = end};
}

inline CallReport answered(std::int64_t remaining, std::chrono::milliseconds reset_in) {
    CallReport report;
    report.limits.limits.push_back(
        {.name = "default", .limit = 120, .remaining = remaining, .reset_in = reset_in}
    );
    return report;
}

inline std::string fingerprint_of(std::int64_t company) {
    std::string digits = std::to_string(company);
    return std::string(16 - digits.size(), '0') + digits;
}

class QuotaTest : public postgres::PostgresTest {
protected:
    void prepare() override {
        database().migrate();
        for (std::int64_t company = 1; company <= 5; ++company)
            give_key(company, fingerprint_of(company));
    }

    void give_key(std::int64_t company, const std::string& fingerprint) const {
        const std::string c = std::to_string(company);
        database().run(
            "insert into platform.companies (id, name) values (" + c +
            ", 'c') on conflict do nothing; "
            "update calfleet.calcom_credentials set state = 'retired', sealed = '', retired_at = "
            "now() "
            "where company_id = " +
            c +
            "; "
            "with dek as (insert into calfleet.sealing_keys (dek_id, company_id, kek_id, wrapped, "
            "is_current) "
            "values (gen_random_uuid(), " +
            c +
            ", '0123456789abcdef', '', false) returning dek_id) "
            "insert into calfleet.calcom_credentials "
            "(credential_id, company_id, purpose, dek_id, sealed, fingerprint, created_by) "
            "select gen_random_uuid(), " +
            c + ", 'api-key', dek_id, '', '" + fingerprint + "', 't' from dek"
        );
    }

    // The database's clock cannot be moved, so the rows are.
    void let_pass(std::chrono::seconds time) const {
        const std::string by = " - interval '" + std::to_string(time.count()) + " seconds'";
        database().run(
            "update calfleet.rate_buckets set tat = tat" + by + ", frozen_until = frozen_until" +
            by + ", refused_at = refused_at" + by + ", ceiling_until = ceiling_until" + by +
            ", rate_changed_at = rate_changed_at" + by +
            "; update calfleet.breakers set retry_at = retry_at" + by +
            ", probe_until = probe_until" + by + ", closed_at = closed_at" + by +
            ", struck_at = struck_at" + by
        );
    }

    std::string ask(const std::string& sql) const { return database().ask(sql); }
};

} // namespace calfleet::calcom
