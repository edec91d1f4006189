// Who may speak for a company, where the platform says so.

#include "tests/integration/intake/lane_fixture.h"

namespace calfleet::intake {
namespace {

using namespace std::chrono_literals;

class BoundSources : public LaneTest {
protected:
    static kafka::RawRecord said_by(std::string source, int number, std::int64_t company) {
        kafka::RawRecord record = sound_record(number, company);
        for (auto& [name, value] : record.headers)
            if (name == "ce_source") value = std::move(source);
        return record;
    }
    /// The same as one document of attributes and data.
    static kafka::RawRecord
    structured(const std::string& source, int number, std::int64_t company) {
        const kafka::RawRecord binary = sound_record(number, company);
        kafka::RawRecord record{.topic = binary.topic, .key = binary.key};
        record.headers = {{"content-type", "application/cloudevents+json"}};
        record.value = R"({"specversion":"1.0","id":"e-)" + std::to_string(number) +
                       R"(","source":")" + source + R"(","type":")" + kLaneTopic + R"(","time":")" +
                       format_instant(system_clock().now()) + R"(","companyid":)" +
                       std::to_string(company) + R"(,"data":{}})";
        return record;
    }
    std::string applied() const {
        return ask("select coalesce(string_agg(company_id || event_id, ' ' order by event_id), '') "
                   "from calfleet.effects");
    }
    std::string letters() const {
        return ask("select coalesce(string_agg(event_id || ' ' || reason_class, ', ' order by "
                   "event_id), '') from calfleet.dead_letters");
    }
};

TEST_F(BoundSources, SpeakForTheirCompaniesOnlyAndOthersForAll) {
    run("insert into calfleet.event_sources (company_id, source, bound_by) values "
        "(1, '/site', 't'), (2, '/site', 't')");
    start_lane({.linger = 200ms});
    feed(
        {said_by("/site", 1, 1),
         said_by("/site", 2, 2),
         said_by("/site", 3, 3),
         structured("/site", 4, 1),
         structured("/site", 5, 3),
         said_by("/test", 6, 3)}
    );
    ASSERT_TRUE(arrives(6)) << heard.last_error();
    EXPECT_EQ(applied(), "1e-1 2e-2 1e-4 3e-6");
    EXPECT_EQ(letters(), "e-3 foreign_source, e-5 foreign_source");
    const std::string text = ask("select reason from calfleet.dead_letters where event_id = 'e-3'");
    EXPECT_NE(text.find("/site"), std::string::npos) << text;
    EXPECT_NE(text.find("company 3"), std::string::npos) << text;
}

TEST_F(BoundSources, AreTheOnlyOnesThatACompanyMayTake) {
    run("insert into calfleet.event_sources (company_id, source, bound_by) values (1, '/site', 't')"
    );
    run("insert into calfleet.bound_companies (company_id, bound_by) values (1, 't')");
    start_lane({.linger = 200ms});
    feed(
        {said_by("/site", 1, 1),
         said_by("/test", 2, 1),
         said_by("/calfleet/platform", 3, 1),
         said_by("/test", 4, 2)}
    );
    ASSERT_TRUE(arrives(4)) << heard.last_error();
    EXPECT_EQ(applied(), "1e-1 1e-3 2e-4");
    EXPECT_EQ(letters(), "e-2 foreign_source");

    run("insert into calfleet.bound_companies (company_id, bound_by) values (0, 't')");
    feed({said_by("/test", 5, 2)});
    ASSERT_TRUE(arrives(5)) << heard.last_error();
    EXPECT_EQ(letters(), "e-2 foreign_source, e-5 foreign_source");
}

} // namespace
} // namespace calfleet::intake
