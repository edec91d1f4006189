#include "common/intake/event_sources.h"

#include "common/core/text.h"

#include <string>

namespace calfleet::intake {

job::Reason foreign_source(const SourceOfCompany& pair) {
    return {
        "foreign_source",
        "ce_source: \"" + printable(pair.second, 255) + "\" may not speak for company " +
            std::to_string(pair.first.value) +
            ": bind it (calfleet source bind) and replay, or have the producer name its own "
            "company"};
}

} // namespace calfleet::intake
