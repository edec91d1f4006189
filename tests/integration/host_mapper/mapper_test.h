#pragma once
// A migrated database with companies and staff, and lanes that apply bookings to it as the worker's
// do: logged in as the worker, confined to the companies of the batch.

#include "workers/host-mapper/handler.h"

#include "common/postgres/session.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "tests/integration/postgres/database.h"
#include "tests/unit/host_mapper/booking_stories.h"

namespace calfleet::host_mapper {

struct TestEvent {
    std::int64_t company{1};
    events::BookingEvent booking{};
    std::string id{"event"};
    Arrival arrival{};
};

/// One session and one batch object; one thread at a time.
class Lane {
public:
    explicit Lane(const postgres::TestDatabase& database);

    /// One transaction. 'A' applied or 'S' superseded per event; "!..." with the error otherwise.
    std::string apply(const std::vector<TestEvent>& events);
    std::string apply(std::int64_t company, std::initializer_list<events::BookingEvent> bookings);

    postgres::Session& session() { return session_; }

private:
    Metrics metrics_;
    postgres::Session session_;
    BookingBatch batch_{metrics_, system_clock()};
};

/// Companies 1 to 40, each with the staff Anna Albrecht (anna@example.com) and Bruno Brandt
/// (bruno@example.com), a branch "Mitte" and a service for event type 7001. Ids of the staff:
/// company * 10 + 1 and + 2; of the branch and the service: company.
class MapperTest : public postgres::PostgresTest {
protected:
    void prepare() override;
    std::string ask(const std::string& sql) const { return database().ask(sql); }
    void run(const std::string& sql) const { database().run(sql); }
    /// What must not depend on the order of arrival: every column but how and when it came about.
    std::string appointments(std::int64_t company) const;
};

} // namespace calfleet::host_mapper
