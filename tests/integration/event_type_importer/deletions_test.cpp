// Event types that are deleted put their services out of use, and those that come back into use.

#include "tests/integration/event_type_importer/importer_test.h"

namespace calfleet::event_type_importer {
namespace {

class DeletedEventTypes : public ImporterTest {};

TEST_F(DeletedEventTypes, DeactivateTheirServiceWithAReason) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "A");
    EXPECT_EQ(lane.apply({deleted(5120, 2)}), "A");
    const std::string after = services("is_active, deactivation_reason, sync_status, sync_error");
    EXPECT_EQ(
        after,
        "f|deleted at Cal.com|error|the event type was deleted at Cal.com: link the service to "
        "another event type, or leave it inactive"
    );
    EXPECT_EQ(
        ask("select concat_ws(' ', direction, before, after) from platform.service_sync_history "
            "order by id desc limit 1"),
        R"(deactivate {"is_active": true} {"is_active": false})"
    );
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "0");
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "S") << "late";
    EXPECT_EQ(lane.apply({deleted(5120, 3)}), "A") << "again";
    EXPECT_EQ(services("is_active, deactivation_reason, sync_status, sync_error"), after);
    EXPECT_EQ(ask("select count(*) from platform.service_sync_history"), "2");
}

TEST_F(DeletedEventTypes, MakeNoServiceWhenTheirSnapshotComesLate) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({deleted(5120, 5)}), "A");
    EXPECT_EQ(lane.apply({updated(5120, 4)}), "S");
    EXPECT_EQ(services("id"), "");
}

TEST_F(DeletedEventTypes, ThatComeBackAreKnownAgain) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "A");
    EXPECT_EQ(lane.apply({deleted(5120, 2)}), "A");
    EXPECT_EQ(lane.apply({updated(5120, 3, R"("title":"Back")")}), "A");
    EXPECT_EQ(
        services("name, is_active, coalesce(deactivation_reason, '-'), sync_status, "
                 "coalesce(sync_error, '-')"),
        "Haircut|t|-|synced|-"
    );
    EXPECT_EQ(divergences(), "name \"Haircut\" \"Back\"");
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "0");
}

TEST_F(DeletedEventTypes, ThatComeBackHaveTheirServicePushedIfItChangedMeanwhile) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "A");
    platform_changes(5120, "name = 'New name'");
    EXPECT_EQ(lane.apply({deleted(5120, 2)}), "A");
    run("truncate calfleet.outbox");
    EXPECT_EQ(lane.apply({updated(5120, 3, R"("bookingUrl":"https://cal.example/b")")}), "A");
    EXPECT_EQ(
        services("is_active, sync_status, version, booking_url"),
        "t|pending|3|https://cal.example/b"
    );
    EXPECT_EQ(
        ask("select string_agg(topic || ' ' || convert_from(record_value, 'UTF8'), ',') from "
            "calfleet.outbox"),
        "service-changed {\"service_id\" : " + ask("select id from platform.services") +
            ", \"version\" : 3}"
    );
}

TEST_F(DeletedEventTypes, ThatOnlyAPushMissedAreMendedWhenTheyAreSeenAgain) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1)}), "A");
    platform_changes(5120, "name = 'New name'");
    run("truncate calfleet.outbox; select set_config('app.calcom_writer', 'pusher', true); update "
        "platform.services set sync_status = 'error', sync_error = '" +
        std::string(events::kEventTypeNotFound) + "5120 that the company''s key can see'");
    EXPECT_EQ(lane.apply({updated(5120, 2)}), "A");
    EXPECT_EQ(services("is_active, sync_status, coalesce(sync_error, '-')"), "t|pending|-");
    EXPECT_EQ(ask("select count(*) from calfleet.outbox"), "1");
}

TEST_F(DeletedEventTypes, ThatComeBackLeaveOffWhatThePlatformHadSwitchedOff) {
    Lane lane(database());
    EXPECT_EQ(lane.apply({updated(5120, 1, R"("hidden":true)")}), "A");
    EXPECT_EQ(lane.apply({deleted(5120, 2)}), "A");
    EXPECT_EQ(services("is_active, coalesce(deactivation_reason, '-'), sync_status"), "f|-|error");
    EXPECT_EQ(lane.apply({updated(5120, 3, R"("hidden":true)")}), "A");
    EXPECT_EQ(services("is_active, sync_status"), "f|synced");
}

} // namespace
} // namespace calfleet::event_type_importer
