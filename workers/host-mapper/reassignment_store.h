#pragma once
// Whom a person gave an appointment to goes on with it when the customer reschedules: a reschedule
// makes a booking of its own, with a row of its own.

#include "workers/host-mapper/store.h"

#include "common/postgres/session.h"

#include <span>

namespace calfleet::host_mapper {

postgres::Catalogue reassignment_catalogue();

/// After the appointments were written. Live ones that stand in for one that a person gave away
/// (assignment 'manual'), directly or over several reschedules in whatever order they came, go to
/// the same person, unless Cal.com has meanwhile given the booking to another host or that person
/// is not active any more. No statement when none of them is part of a reschedule.
void keep_reassignments(
    postgres::Transaction& transaction, std::span<const AppointmentWrite> written
);

} // namespace calfleet::host_mapper
