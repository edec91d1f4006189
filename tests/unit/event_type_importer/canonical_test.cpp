// An event is read into the columns of a service.

#include "workers/event-type-importer/canonical.h"

#include <gtest/gtest.h>

namespace calfleet::event_type_importer {
namespace {

class Canonicalizing : public ::testing::Test {
protected:
    Snapshot snapshot_of(const events::EventTypeUpdated& event) {
        return canonicalizer_.snapshot_of(CompanyId{7}, event, "id-1", arena_);
    }
    static events::EventTypeUpdated event() {
        events::EventTypeUpdated made;
        made.id = 5120;
        made.title = "A \"cut\"";
        made.slug = "cut";
        made.length_minutes = 45;
        return made;
    }
    Canonicalizer canonicalizer_;
    TextArena arena_;
};

TEST_F(Canonicalizing, ReadsWhatTheEventTellsAndNothingElse) {
    const Snapshot bare = snapshot_of(event());
    EXPECT_EQ(
        document(bare.values, kFields), R"({"name":"A \"cut\"","slug":"cut","duration_minutes":45})"
    );
    EXPECT_EQ(bare.company, CompanyId{7});
    EXPECT_EQ(bare.event_id, "id-1");
    EXPECT_EQ(bare.hosts, "");
}

TEST_F(Canonicalizing, TurnsHiddenAroundAndRaisesCurrencies) {
    auto told = event();
    told.hidden = true;
    told.price = 100;
    told.currency = "eur";
    const Values values = snapshot_of(told).values;
    EXPECT_EQ(values[Field::Active], "false");
    EXPECT_EQ(values[Field::Currency], "\"EUR\"");
    EXPECT_EQ(values[Field::CalcomCurrency], "\"EUR\"");
    EXPECT_EQ(values[Field::CalcomPrice], "100");
}

TEST_F(Canonicalizing, OfADeletionKeepsTheNumberOnly) {
    auto told = event();
    told.change = events::EventTypeChange::Deleted;
    told.hosts.emplace();
    EXPECT_EQ(document(snapshot_of(told).values, kFields), "{}");
    EXPECT_EQ(snapshot_of(told).digest, Sha256{});
}

TEST_F(Canonicalizing, WritesHostsAsMappingsKeepThem) {
    auto told = event();
    told.hosts = {{77, "Mira Holm", "mira", true, "high"}, {78, "", "", false, ""}};
    EXPECT_EQ(
        snapshot_of(told).hosts,
        R"([{"user_id":77,"name":"Mira Holm","username":"mira","mandatory":true,)"
        R"("priority":"high"},{"user_id":78,"mandatory":false}])"
    );
}

TEST_F(Canonicalizing, KnowsAChildByItsParentOrByItsMetadata) {
    auto told = event();
    EXPECT_FALSE(snapshot_of(told).is_child);
    told.metadata = R"({"managedEventConfig":{}})";
    EXPECT_TRUE(snapshot_of(told).is_child);
    told.scheduling = events::EventTypeScheduling::Managed;
    EXPECT_FALSE(snapshot_of(told).is_child) << "the parent carries the same";
    told = event();
    told.parent_id = 5119;
    EXPECT_TRUE(snapshot_of(told).is_child);
}

TEST_F(Canonicalizing, GivesTheSameDigestToTheSameContentOnly) {
    auto told = event();
    const Sha256 digest = snapshot_of(told).digest;
    EXPECT_EQ(snapshot_of(told).digest, digest);
    told.as_of = Instant{std::chrono::days{1}};
    EXPECT_EQ(snapshot_of(told).digest, digest) << "the instant is compared by itself";
    told.hosts.emplace();
    EXPECT_NE(snapshot_of(told).digest, digest);
    told = event();
    told.team_id = 811;
    EXPECT_NE(snapshot_of(told).digest, digest);
    told = event();
    told.guests_disabled = false;
    EXPECT_NE(snapshot_of(told).digest, digest);
}

TEST_F(Canonicalizing, ReadsTheColumnsOfARowAndPassesOverTheRest) {
    const Values values = canonicalizer_.values_in(
        R"({"name": "A", "slug": null, "unknown": 1, "metadata": {"b": 1, "a": 2}})", arena_
    );
    EXPECT_EQ(document(values, kFields), R"({"name":"A","metadata":{"a":2,"b":1}})");
    EXPECT_EQ(document(canonicalizer_.values_in("[]", arena_), kFields), "{}");
    EXPECT_EQ(document(canonicalizer_.values_in("not JSON", arena_), kFields), "{}");
}

TEST_F(Canonicalizing, ReadsWhatWasPushedAndWhatWasSentSince) {
    const Pushed pushed = canonicalizer_.pushed_in(
        R"({"name": "A", "unconfirmed": [{"name": "B"}, 7, {"is_active": false}]})", arena_
    );
    EXPECT_TRUE(pushed.explains(Field::Name, "\"A\""));
    EXPECT_TRUE(pushed.explains(Field::Name, "\"B\""));
    EXPECT_FALSE(pushed.explains(Field::Name, "\"C\""));
    EXPECT_TRUE(pushed.explains(Field::Active, "false"));
    EXPECT_FALSE(pushed.explains(Field::Active, "true"));
}

TEST_F(Canonicalizing, ComparesListsByWhatCanBeWrittenAndKeepsThemWhole) {
    events::EventTypeUpdated told = event();
    told.locations =
        R"([{"type":"integration","integration":"zoom","credentialId":12,"link":null}])";
    told.booking_fields =
        R"([{"isDefault":true,"type":"email","slug":"email","required":true,"hidden":false}])";
    const Snapshot snapshot = snapshot_of(told);
    EXPECT_EQ(
        snapshot.values[Field::Locations], R"([{"type":"integration","integration":"zoom"}])"
    );
    EXPECT_EQ(snapshot.values[Field::BookingFields], "[]");
    EXPECT_NE(row_document(snapshot).find(R"("credentialId":12)"), std::string::npos);
    EXPECT_NE(row_document(snapshot).find(R"("isDefault":true)"), std::string::npos);
    told.locations = R"([{"integration":"zoom","type":"integration","credentialId":13}])";
    EXPECT_EQ(snapshot_of(told).values[Field::Locations], snapshot.values[Field::Locations]);
    EXPECT_NE(snapshot_of(told).digest, snapshot.digest) << "any order of arrival, one row";
}

TEST_F(Canonicalizing, LeavesAloneWhatNoEventCouldHold) {
    const std::string number = "{\"n\": 100000000000000000000000}";
    EXPECT_EQ(canonicalizer_.document_in(Field::Metadata, number, arena_), number);
    EXPECT_EQ(canonicalizer_.document_in(Field::Metadata, "{\"n\": 1}", arena_), "{\"n\":1}");
    EXPECT_EQ(canonicalizer_.document_in(Field::Metadata, "", arena_), "");
}

} // namespace
} // namespace calfleet::event_type_importer
