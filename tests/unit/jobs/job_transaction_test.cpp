#include "common/jobs/job_transaction.h"

#include <gtest/gtest.h>

namespace calfleet::jobs {
namespace {

struct Verdict {
    ErrorKind error;
    std::string_view outcome;
};

class OutcomeOfError : public testing::TestWithParam<Verdict> {};

TEST_P(OutcomeOfError, BlamesTheJobOnlyForItsOwnFailures) {
    const job::Outcome outcome = outcome_of_error({GetParam().error, "what happened"});
    EXPECT_EQ(job::name(outcome), GetParam().outcome) << name(GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    OutcomeOfError,
    testing::Values(
        Verdict{ErrorKind::Unavailable, "snooze"},
        Verdict{ErrorKind::Timeout, "snooze"},
        Verdict{ErrorKind::InDoubt, "snooze"},
        Verdict{ErrorKind::Invalid, "dead_letter"},
        Verdict{ErrorKind::Conflict, "retry"},
        Verdict{ErrorKind::NotFound, "retry"},
        Verdict{ErrorKind::Forbidden, "retry"},
        Verdict{ErrorKind::Bug, "retry"}
    )
);

} // namespace
} // namespace calfleet::jobs
