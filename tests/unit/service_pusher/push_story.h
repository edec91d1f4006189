#pragma once
// A service of a team, in step with Cal.com, and pushes of it from their look on.

#include "workers/service-pusher/job.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace calfleet::service_pusher {

inline Service wash() {
    Service service;
    service.id = ServiceId{7};
    service.version = 4;
    service.wanted = {.title = "Wash", .slug = "wash", .length_minutes = 30, .active = true};
    service.event_type = calcom::EventTypeId{7001};
    service.team = calcom::TeamId{42};
    return service;
}

inline calcom::EventType at_calcom() {
    calcom::EventType event_type;
    event_type.id = calcom::EventTypeId{7001};
    event_type.team = calcom::TeamId{42};
    event_type.title = "Wash";
    event_type.slug = "wash";
    event_type.length_minutes = 30;
    return event_type;
}

inline Push looking(Service service, ForeignEdits edits = ForeignEdits::Overwritten) {
    Facts facts;
    facts.company_active = true;
    facts.foreign_edits = edits;
    facts.service = std::move(service);
    Push push(std::move(facts));
    push.begin();
    return push;
}

inline const Settled& settled(const Step& step) {
    static const Settled kNone{job::Retry{{"test", "not settled"}}, {}};
    const auto* end = std::get_if<Settled>(&step);
    EXPECT_NE(end, nullptr) << "the push is not settled";
    return end != nullptr ? *end : kNone;
}

inline Fields sent(const Step& step) {
    const auto* change = std::get_if<Change>(&step);
    EXPECT_NE(change, nullptr) << "nothing is sent";
    return change != nullptr ? change->sent : Fields{};
}

inline Refused refusal(calcom::Refusal what, std::string text) {
    calcom::Definite definite;
    definite.refusal = what;
    definite.text = std::move(text);
    return {definite, calcom::KeyState::Unknown};
}

} // namespace calfleet::service_pusher
