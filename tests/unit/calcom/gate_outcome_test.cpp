// Who is to blame for a setback: one row of the table each.

#include "common/calcom/gate_outcome.h"

#include <gtest/gtest.h>

#include <vector>

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

enum class Means { Waits, CostsAnAttempt, IsForAPerson };

struct Row {
    const char* name;
    Setback setback;
    KeyState key;
    Means means;
    std::string code;
    milliseconds delay{0};
};

Setback definite(Refusal refusal) {
    Definite definite;
    definite.refusal = refusal;
    return definite;
}

Setback unknown(int status) {
    Unknown unknown;
    unknown.status = status;
    return unknown;
}

Setback limited(milliseconds freeze) {
    RateLimited limited;
    limited.freeze = freeze;
    return limited;
}

std::vector<Row> rows() {
    using enum Means;
    const KeyState any = KeyState::Unknown;
    return {
        {"NoConnection", NotSent{}, any, Waits, "not_sent", 30s},
        {"TooManyCalls", limited(61s), any, Waits, "rate_limited", 66s},
        {"ServerError", unknown(500), any, Waits, "server_trouble", 30s},
        {"NoAnswer", unknown(0), any, Waits, "server_trouble", 30s},
        {"KeyRevoked", Credential{}, KeyState::Refused, Waits, "key_refused", 5min},
        {"KeyNotAsked", Credential{}, KeyState::Unknown, Waits, "key_in_doubt", 60s},
        {"KeyMayNot", Credential{}, KeyState::Good, IsForAPerson, "forbidden"},
        {"BadRequest", definite(Refusal::Invalid), any, IsForAPerson, "refused_invalid"},
        {"Vanished", definite(Refusal::NotFound), any, IsForAPerson, "refused_not_found"},
        {"OurRoute", definite(Refusal::WrongRoute), any, IsForAPerson, "refused_wrong_route"},
        {"Taken", definite(Refusal::Conflict), any, IsForAPerson, "refused_conflict"},
        {"HostBusy", definite(Refusal::Unavailable), any, IsForAPerson, "refused_unavailable"},
        {"ManagedParent", definite(Refusal::Parent), any, IsForAPerson, "refused_parent"},
        {"TooLarge", definite(Refusal::TooLarge), any, IsForAPerson, "refused_too_large"},
        {"PerhapsOurOwn", MaybeOurs{}, any, CostsAnAttempt, "maybe_ours"}};
}

class OutcomeOf : public testing::TestWithParam<Row> {};

TEST_P(OutcomeOf, BlamesWhomItShould) {
    const Row& row = GetParam();
    const job::Outcome outcome = outcome_of(row.setback, row.key);
    const auto expect = [&](const job::Reason& reason, Means means) {
        EXPECT_EQ(means, row.means);
        EXPECT_EQ(reason.code, row.code);
        EXPECT_FALSE(reason.text.empty());
    };
    std::visit(
        job::Match{
            [&](const job::Snooze& snooze) {
                expect(snooze.reason, Means::Waits);
                EXPECT_EQ(snooze.delay, row.delay);
            },
            [&](const job::Retry& retry) { expect(retry.reason, Means::CostsAnAttempt); },
            [&](const job::DeadLetter& dead) { expect(dead.reason, Means::IsForAPerson); },
            [&](const auto&) { FAIL() << "no setback completes or discards a job"; },
        },
        outcome
    );
}

INSTANTIATE_TEST_SUITE_P(Setbacks, OutcomeOf, testing::ValuesIn(rows()), [](const auto& row) {
    return row.param.name;
});

} // namespace
} // namespace calfleet::calcom
