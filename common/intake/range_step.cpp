#include "common/intake/range_step.h"

namespace calfleet::intake {
namespace {

bool may_be_the_records_fault(const Error& error) {
    return error.kind == ErrorKind::Invalid || error.kind == ErrorKind::Conflict;
}

RangeStep after_race(const RangeTries& tries) {
    if (tries.records > 1) return tries.races < kRacesOfRange ? RangeStep::Wait : RangeStep::Halve;
    return tries.races < kRacesOfRecord ? RangeStep::Wait : RangeStep::PutAside;
}

RangeStep after_failure(const Error& error, bool too_slow, const RangeTries& tries) {
    if (too_slow) return tries.records > 1 ? RangeStep::Halve : RangeStep::Wait;
    if (!may_be_the_records_fault(error) || tries.bare) return RangeStep::Wait;
    if (tries.records > 1) return RangeStep::Halve;
    return tries.aside ? RangeStep::PutAsideBare : RangeStep::PutAside;
}

} // namespace

RangeStep next_step(const RangeResult& result, bool too_slow, const RangeTries& tries) {
    switch (result.end) {
    case RangeEnd::Done:
        return RangeStep::Finish;
    case RangeEnd::Moved:
        return RangeStep::LookAgain;
    case RangeEnd::Raced:
        return after_race(tries);
    case RangeEnd::Failed:
        break;
    }
    return after_failure(result.error, too_slow, tries);
}

} // namespace calfleet::intake
