#include "common/http/url.h"

#include <gtest/gtest.h>

namespace calfleet::http {
namespace {

std::string refusal_of(std::string_view url) {
    const auto origin = parse_origin(url);
    return origin ? "accepted" : origin.error().message;
}

TEST(Origin, IsReadFromAnAddressWithOrWithoutPort) {
    EXPECT_EQ(
        parse_origin("https://API.cal.com/").value(), (Origin{Scheme::Https, "api.cal.com", 443})
    );
    EXPECT_EQ(
        parse_origin("http://127.0.0.1:8080").value(), (Origin{Scheme::Http, "127.0.0.1", 8080})
    );
    EXPECT_EQ(parse_origin("https://[::1]:8443").value(), (Origin{Scheme::Https, "::1", 8443}));
}

TEST(Origin, IsWrittenAsItIsReadAndWithoutTheUsualPort) {
    for (const std::string_view text :
         {"https://api.cal.com", "http://127.0.0.1:8080", "https://[::1]:8443", "http://localhost"})
        EXPECT_EQ(parse_origin(text).value().text(), text);
    EXPECT_EQ(parse_origin("https://api.cal.com:443").value().authority(), "api.cal.com");
}

TEST(Origin, RefusesWhatIsMoreOrLessThanAServerAndSaysWhy) {
    EXPECT_NE(refusal_of("api.cal.com").find("does not begin with"), std::string::npos);
    EXPECT_NE(refusal_of("ftp://api.cal.com").find("does not begin with"), std::string::npos);
    EXPECT_NE(refusal_of("https://api.cal.com/v2").find("path"), std::string::npos);
    EXPECT_NE(refusal_of("https://me@api.cal.com").find("user"), std::string::npos);
    EXPECT_NE(refusal_of("https://a.b:0").find("port"), std::string::npos);
    EXPECT_NE(refusal_of("https://a.b:65536").find("port"), std::string::npos);
    EXPECT_NE(refusal_of("https://a.b:").find("port"), std::string::npos);
    EXPECT_NE(refusal_of("https://").find("host"), std::string::npos);
    EXPECT_NE(refusal_of("https://a b").find("host"), std::string::npos);
    EXPECT_NE(refusal_of("https://a\r\nHost: b").find("host"), std::string::npos);
    EXPECT_NE(refusal_of("https://[::1").find("brackets"), std::string::npos);
    EXPECT_NE(refusal_of("https://[::1]x").find("bracket"), std::string::npos);
}

TEST(Origin, KnowsWhichHostsCanOnlyBeThisMachine) {
    for (const std::string_view host : {"localhost", "127.0.0.1", "127.255.3.4", "::1"})
        EXPECT_TRUE(is_loopback_host(host)) << host;
    for (const std::string_view host :
         {"127.0.0.1.evil.com", "127.0.0", "localhost.evil.com", "128.0.0.1", "127.0.0.256", ""})
        EXPECT_FALSE(is_loopback_host(host)) << host;
}

TEST(Target, EncodesWhateverComesFromOutside) {
    EXPECT_EQ(
        Target("/v2/event-types").query("username", "anna & co/ä").query("take", 250).text(),
        "/v2/event-types?username=anna%20%26%20co%2F%C3%A4&take=250"
    );
    EXPECT_EQ(
        Target("/v2/teams").segment(11).fixed("/event-types").segment("7/../8").text(),
        "/v2/teams/11/event-types/7%2F..%2F8"
    );
}

TEST(Target, CannotBeLedUpwards) {
    EXPECT_EQ(Target("/v2/bookings").segment("..").text(), "/v2/bookings/%2E%2E");
    EXPECT_EQ(Target("/v2/bookings").segment(".").text(), "/v2/bookings/%2E");
}

} // namespace
} // namespace calfleet::http
