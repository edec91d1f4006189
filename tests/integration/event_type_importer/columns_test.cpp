// Every column of a service is either written by an import or left alone, and each is decided here.

#include "common/core/text.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/integration/event_type_importer/importer_test.h"

namespace calfleet::event_type_importer {
namespace {

using Columns = std::set<std::string, std::less<>>;

// How the service stands to its event type; beside the fields all that an import writes.
const Columns kBookkeeping{
    "version",
    "sync_status",
    "sync_error",
    "last_calcom_sync",
    "last_sync_direction",
    "deactivation_reason",
    "pushed",
    "pushed_version",
    "written_by",
    "updated_at"};

// What makes a row the one it is: given once, with the row.
const Columns kIdentity{"id", "company_id", "calcom_event_type_id", "created_at"};

// The platform's alone.
const Columns kUntouched{"branch_id", "assignment_settings", "composite_settings"};

Columns fields_of(std::initializer_list<Owner> owners) {
    Columns columns;
    for (const Rule& rule : kFields)
        if (std::find(owners.begin(), owners.end(), rule.owner) != owners.end())
            columns.emplace(rule.column);
    return columns;
}

class ServiceColumns : public ImporterTest {
protected:
    void prepare() override {
        ImporterTest::prepare();
        run("insert into platform.branches (id, company_id, name) values (1, 1, 'Mitte')");
    }

    /// Column to text of the only service of company 1.
    std::map<std::string, std::string, std::less<>> row() const {
        std::map<std::string, std::string, std::less<>> cells;
        const std::string all = ask("select string_agg(key || E'\\x1f' || coalesce(value, '-'), "
                                    "E'\\x1e') from platform.services s, "
                                    "jsonb_each_text(to_jsonb(s)) where company_id = 1");
        for (const std::string_view cell : split(all, '\x1e')) {
            const auto parts = split(cell, '\x1f');
            cells.emplace(parts.at(0), parts.at(1));
        }
        return cells;
    }

    /// Columns that the snapshot changes, beside those that may.
    std::string touched(const Told& told, const Columns& allowed) {
        const auto before = row();
        EXPECT_EQ(Lane(database()).apply({told}), "A");
        std::string columns;
        for (const auto& [column, value] : row())
            if (before.at(column) != value && !allowed.contains(column))
                columns += column + " " + before.at(column) + " -> " + value + "; ";
        return columns;
    }
};

const std::string kOther =
    R"("ownerId":78,"teamId":812,"schedulingType":"roundRobin","title":"Other","slug":"other",)"
    R"("description":"Other","lengthInMinutes":51,"lengthInMinutesOptions":[51,20],"hidden":true,"minimumBookingNotice":121,)"
    R"("beforeEventBuffer":6,"afterEventBuffer":11,"scheduleId":32,)"
    R"("confirmationPolicy":{"disabled":true},"disableGuests":false,"price":3901,)"
    R"("currency":"chf","bookingUrl":"https://other","locations":[1],"bookingFields":[2],)"
    R"("metadata":{"other":3})";

TEST_F(ServiceColumns, AreEachDecidedAndLeftAloneUnlessMapped) {
    Columns decided = fields_of({Owner::Platform, Owner::Reported, Owner::Calcom});
    for (const Columns* more : {&kBookkeeping, &kIdentity, &kUntouched})
        decided.insert(more->begin(), more->end());
    Columns there;
    const std::string all = ask("select string_agg(column_name, ' ') from "
                                "information_schema.columns where table_schema = 'platform' "
                                "and table_name = 'services'");
    for (const std::string_view column : split(all, ' '))
        there.emplace(column);
    EXPECT_EQ(there, decided) << "say in this file and in kFields what an import does with it";
}

TEST_F(ServiceColumns, OfAKnownServiceChangeOnlyWhereCalcomOwnsThem) {
    run(R"(insert into platform.services
        (company_id, name, slug, description, duration_minutes, is_active, calcom_event_type_id, branch_id,
         assignment_settings, composite_settings, minimum_booking_notice_minutes, buffer_before_minutes,
         buffer_after_minutes, requires_confirmation, disable_guests, calcom_schedule_id, locations, booking_fields,
         metadata, booking_url, price_cents, currency, calcom_price_cents, calcom_currency, calcom_team_id,
         calcom_owner_user_id, calcom_scheduling_type)
        values (1, 'Ours', 'ours', 'Ours', 50, true, 5120, 1, '{"a":1}', '{"c":1}', 120, 5, 10, true, true, 31, '[]',
                '[]', '{}', 'https://ours', 3900, 'EUR', 3900, 'EUR', 811, 77, 'collective'))");
    EXPECT_EQ(
        ask("select num_nulls(s.branch_id, s.assignment_settings, s.composite_settings) "
            "from platform.services s"),
        "0"
    );
    Columns refreshed = fields_of({Owner::Calcom});
    refreshed.insert({"updated_at", "written_by"});
    EXPECT_EQ(touched(updated(5120, 1, kOther), refreshed), "");
    EXPECT_EQ(row().at("calcom_team_id"), "812") << "the snapshot was applied";

    Columns state{
        "is_active",
        "deactivation_reason",
        "sync_status",
        "sync_error",
        "updated_at",
        "written_by"};
    EXPECT_EQ(touched(deleted(5120, 2), state), "");
    EXPECT_EQ(row().at("is_active"), "false");
    state.insert("version"); // it was never pushed, so its push is asked for
    EXPECT_EQ(touched(updated(5120, 3, kOther), state), "");
    EXPECT_EQ(row().at("is_active"), "true");
}

TEST_F(ServiceColumns, OfANewServiceAreAllFilledButThePlatformsOwn) {
    EXPECT_EQ(Lane(database()).apply({updated(5120, 1, kOther)}), "A");
    const Columns empty_at_first{"sync_error", "deactivation_reason"};
    for (const auto& [column, value] : row())
        EXPECT_EQ(value == "-", kUntouched.contains(column) || empty_at_first.contains(column))
            << column << " is " << value;
}

} // namespace
} // namespace calfleet::event_type_importer
