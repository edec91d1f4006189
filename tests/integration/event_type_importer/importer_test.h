#pragma once
// A migrated database with companies, and lanes that apply snapshots of event types to it as the
// worker's do: logged in as the worker, confined to the companies of the batch.

#include "workers/event-type-importer/handler.h"

#include "common/postgres/session.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/postgres/database.h"

namespace calfleet::event_type_importer {

/// One event: the JSON of its data, true `minute` minutes after some day.
struct Told {
    std::int64_t company{1};
    int minute{0};
    std::string data;
    std::string id{"event"};
    std::optional<int> written{}; ///< Kafka's timestamp, in the same minutes
};
/// The minute of this moment, and that of a moment so much later.
int minute_of_now(std::chrono::minutes later = {});

/// {"change":"updated","event_type":{"id":5120,...}} with title, slug and length, and with these
/// members on top ("\"hidden\":true"); a later member of the same name replaces.
Told updated(std::int64_t event_type, int minute, const std::string& members = "");
Told deleted(std::int64_t event_type, int minute);
/// The same of another company.
Told of_company(std::int64_t company, Told told);

/// One session and one batch object; one thread at a time.
class Lane final : public postgres::StatementObserver {
public:
    explicit Lane(const postgres::TestDatabase& database);

    /// One transaction. 'A' applied or 'S' superseded per event; "!..." with the error otherwise.
    std::string apply(const std::vector<Told>& events);

    /// Statements since it was made.
    int statements() const { return statements_; }
    void on_statement(std::string_view, std::chrono::nanoseconds, bool) override { ++statements_; }

private:
    Metrics metrics_;
    int statements_{0};
    postgres::Session session_;
    SnapshotBatch batch_{metrics_};
};

/// Companies 1 to 3, none with a service.
class ImporterTest : public postgres::PostgresTest {
protected:
    void prepare() override;
    std::string ask(const std::string& sql) const { return database().ask(sql); }
    void run(const std::string& sql) const { database().run(sql); }
    /// concat_ws('|', columns) of the services of company 1, one line each in the order of event
    /// types.
    std::string services(const std::string& columns) const;
    /// "field platform calcom", open ones of company 1 in the order of fields; "-" in front of
    /// resolved ones.
    std::string divergences() const;
    /// A platform's own change: as the superuser, without the importer's mark.
    void platform_changes(std::int64_t event_type, const std::string& assignments) const;
};

} // namespace calfleet::event_type_importer
