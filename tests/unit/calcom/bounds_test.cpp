// What Cal.com says beyond what is kept is cut with a mark, or refused with field and size; it
// never gets as far as a statement.

#include "common/calcom/bounds.h"
#include "common/calcom/event_type.h"
#include "common/calcom/team.h"
#include "common/json/parser.h"

#include <gtest/gtest.h>

namespace calfleet::calcom {
namespace {

json::Value parsed(const std::string& text) {
    static json::Parser parser;
    auto root = parser.parse(text, {.max_bytes = 64 * 1024 * 1024});
    EXPECT_TRUE(root) << root.error().message;
    return *root;
}

std::string event_type_with(const std::string& member, const std::string& json) {
    const auto unless = [&](const char* name, const char* value) {
        return member == name ? std::string() : "\"" + std::string(name) + "\":" + value + ",";
    };
    return R"({"id":311,)" + unless("title", "\"Massage\"") + unless("slug", "\"massage\"") +
           unless("lengthInMinutes", "45") + "\"" + member + "\":" + json + "}";
}

std::string quoted(std::size_t bytes) {
    return "\"" + std::string(bytes, 'x') + "\"";
}

struct Bound {
    std::string member;
    std::string fits, beyond; ///< JSON
    std::string why;
};

std::string sizes(std::size_t bytes, std::size_t most) {
    return std::to_string(bytes) + " bytes, at most " + std::to_string(most) + " are kept";
}

Bound text_bound(const std::string& member, std::size_t most) {
    return {member, quoted(most), quoted(most + 1), sizes(most + 1, most)};
}

std::vector<Bound> bounds() {
    const std::string nul = "has U+0000, which cannot be stored";
    const auto list = [](std::size_t bytes) { return "[" + quoted(bytes - 4) + "]"; };
    std::vector<Bound> all{
        text_bound("title", kMostTitleBytes),
        text_bound("slug", kMostSlugBytes),
        text_bound("description", kMostDescriptionBytes),
        text_bound("bookingUrl", kMostUrlBytes),
        text_bound("currency", kMostWordBytes),
        {"title", R"("a")", R"("a\u0000b")", nul},
        {"description", R"("a\nb")", R"("a\u0000b")", nul},
        {"locations", R"([{"a":"b"}])", R"([{"a":{"b":["\u0000"]}}])", nul},
        {"bookingFields", "[]", R"([{"\u0000":1}])", nul},
        {"metadata", "{}", R"({"a":{"b\u0000":null}})", nul},
        {"lengthInMinutes", "525600", "525601", "525601; expected 0 to 525600"},
        {"minimumBookingNotice", "0", "-1", "-1; expected 0 to 525600"},
        {"beforeEventBuffer",
         "525600",
         "9223372036854775807",
         "9223372036854775807; expected 0 to 525600"},
        {"afterEventBuffer", "0", "525601", "525601; expected 0 to 525600"},
        {"price", "2147483647", "2147483648", "2147483648; expected 0 to 2147483647"}};
    for (const char* member : {"locations", "bookingFields"})
        all.push_back(
            {member,
             list(kMostDocumentBytes),
             list(kMostDocumentBytes + 1),
             sizes(kMostDocumentBytes + 1, kMostDocumentBytes)}
        );
    all.push_back(
        {"metadata",
         R"({"a":)" + quoted(kMostDocumentBytes - 8) + "}",
         R"({"a":)" + quoted(kMostDocumentBytes - 7) + "}",
         sizes(kMostDocumentBytes + 1, kMostDocumentBytes)}
    );
    return all;
}

TEST(EventTypeBounds, RefuseWhatIsLargerNamingFieldAndSize) {
    for (const Bound& bound : bounds()) {
        SCOPED_TRACE(bound.member + ", " + bound.why);
        const auto fits = read_event_type(parsed(event_type_with(bound.member, bound.fits)));
        EXPECT_TRUE(fits) << fits.error().message;
        const auto beyond = read_event_type(parsed(event_type_with(bound.member, bound.beyond)));
        ASSERT_FALSE(beyond);
        EXPECT_EQ(beyond.error().kind, ErrorKind::Conflict) << "no trouble of the server's";
        EXPECT_EQ(beyond.error().message, "data." + bound.member + ": " + bound.why);
    }
}

TEST(EventTypeBounds, OfAListLeaveOutOneAndNotItsNeighbours) {
    for (const Bound& bound : bounds()) {
        SCOPED_TRACE(bound.member);
        const auto types = read_event_types(parsed(
            R"([{"id":1,"title":"a","slug":"a","lengthInMinutes":5},)" +
            event_type_with(bound.member, bound.beyond) + "]"
        ));
        ASSERT_TRUE(types) << types.error().message;
        ASSERT_EQ(types->size(), 2U) << "one that is left out would look deleted";
        EXPECT_EQ((*types)[0].unfit, "");
        EXPECT_EQ((*types)[1].id, EventTypeId{311});
        EXPECT_EQ((*types)[1].unfit, "data[1]." + bound.member + ": " + bound.why);
    }
}

std::string hosts(std::size_t count, const std::string& more = "") {
    std::string list = "[";
    for (std::size_t i = 1; i <= count; ++i)
        list += (i > 1 ? "," : "") + std::string(R"({"userId":)") + std::to_string(i) + more + "}";
    return list + "]";
}

TEST(EventTypeBounds, HoldForItsHostsTogether) {
    EXPECT_EQ(
        read_event_type(parsed(event_type_with("hosts", hosts(kMostHosts))))->hosts.size(),
        kMostHosts
    );
    EXPECT_EQ(
        read_event_type(parsed(event_type_with("hosts", hosts(kMostHosts + 1)))).error().message,
        "data.hosts: more than 5000 hosts"
    );
    const std::string named = R"(,"name":)" + quoted(1000);
    EXPECT_TRUE(read_event_type(parsed(event_type_with("hosts", hosts(700, named)))));
    EXPECT_EQ(
        read_event_type(parsed(event_type_with("hosts", hosts(800, named)))).error().message,
        "data: 880006 bytes with its hosts, at most 786432 are kept"
    );
}

TEST(EventTypeBounds, CutWhatOnlyNamesSomething) {
    const auto type = read_event_type(parsed(event_type_with(
        "hosts",
        hosts(
            1,
            R"(,"name":)" + quoted(5000) + R"(,"username":"a\u0000b","priority":)" + quoted(70000)
        )
    )));
    ASSERT_TRUE(type) << type.error().message;
    EXPECT_EQ(type->hosts[0].name, std::string(kMostNameBytes, 'x') + "…");
    EXPECT_EQ(
        type->hosts[0].username,
        "a\xEF\xBF\xBD"
        "b"
    );
    EXPECT_EQ(type->hosts[0].priority, std::string(kMostWordBytes, 'x') + "…");
    const auto strange =
        read_event_type(parsed(event_type_with("schedulingType", quoted(100'000))));
    ASSERT_TRUE(strange);
    EXPECT_EQ(strange->scheduling, Scheduling::Other);
}

TEST(ListBounds, RefuseTheWholeListNamingItsSize) {
    const auto list = [](std::size_t count) {
        std::string text = "[";
        for (std::size_t i = 1; i <= count; ++i)
            text += (i > 1 ? "," : "") + std::string(R"({"id":)") + std::to_string(i) +
                    R"(,"userId":1,"teamId":1,"title":"a","slug":"a","lengthInMinutes":5})";
        return text + "]";
    };
    EXPECT_TRUE(read_event_types(parsed(list(kMostEventTypes))));
    const auto types = read_event_types(parsed(list(kMostEventTypes + 1)));
    EXPECT_EQ(types.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(types.error().message, "data: more than 5000 event types");
    EXPECT_TRUE(read_teams(parsed(list(kMostTeams))));
    EXPECT_EQ(
        read_teams(parsed(list(kMostTeams + 1))).error().message, "data: more than 5000 elements"
    );
    EXPECT_EQ(
        read_memberships(parsed(list(kMostMemberships + 1))).error().message,
        "data: more than 50000 elements"
    );
}

TEST(PeopleBounds, CutNamesAndMakeALongMailboxNobodys) {
    const std::string mailbox = "\"a@" + std::string(4000, 'b') + "\"";
    const auto members = read_memberships(parsed(
        R"([{"id":1,"userId":1,"teamId":1,"role":)" + quoted(9000) + R"(,"user":{"email":)" +
        mailbox + R"(,"name":)" + quoted(9000) + R"(,"username":)" + quoted(9000) + "}}]"
    ));
    ASSERT_TRUE(members) << members.error().message;
    const Membership& member = members->front();
    EXPECT_EQ(member.email, "a@" + std::string(kMostMailboxBytes - 2, 'b') + "…");
    EXPECT_EQ(member.name, std::string(kMostNameBytes, 'x') + "…");
    EXPECT_EQ(member.username, std::string(kMostUsernameBytes, 'x') + "…");
    EXPECT_EQ(member.role, Membership::Role::Other);
    const auto teams = read_teams(parsed(
        R"([{"id":1,"name":)" + quoted(9000) + R"(,"slug":)" + quoted(9000) + R"(,"timeZone":)" +
        quoted(9000) + "}]"
    ));
    ASSERT_TRUE(teams);
    EXPECT_EQ(teams->front().name, std::string(kMostNameBytes, 'x') + "…");
    EXPECT_EQ(teams->front().slug, std::string(kMostUsernameBytes, 'x') + "…");
    EXPECT_EQ(teams->front().time_zone, std::string(kMostWordBytes, 'x') + "…");
    EXPECT_TRUE(read_me(parsed(R"({"id":1,"email":)" + mailbox + "}")));
}

} // namespace
} // namespace calfleet::calcom
