#include "common/calcom/settings.h"

#include <gtest/gtest.h>

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;

struct Reading {
    explicit Reading(config::Environment environment)
        : reader("pusher", "PUSHER_", std::move(environment))
        , settings(read_client_settings(reader)) {}
    config::Reader reader;
    http::ClientSettings settings;
};

std::string complaint_about(config::Environment environment) {
    const auto complaints = Reading(std::move(environment)).reader.complaints();
    return complaints.empty() ? "none" : complaints.front();
}

TEST(CalcomSettings, LeadToTheHostedServerWithoutASetting) {
    const Reading reading({});
    EXPECT_EQ(reading.reader.complaints().size(), 0U);
    EXPECT_EQ(reading.settings.origin.text(), "https://api.cal.com");
    EXPECT_EQ(reading.settings.total_timeout, 20s);
    EXPECT_EQ(reading.settings.max_connections, 2048U);
    EXPECT_EQ(reading.settings.max_idle, 2048U);
}

TEST(CalcomSettings, DoNotGiveKeysToAHostThatNobodyAllowed) {
    EXPECT_NE(
        complaint_about({{"PUSHER_CALCOM_BASE_URL", "https://api.ca1.com"}}
        ).find("PUSHER_CALCOM_ALLOWED_HOSTS"),
        std::string::npos
    );
    EXPECT_EQ(
        complaint_about(
            {{"PUSHER_CALCOM_BASE_URL", "https://cal.example.org"},
             {"PUSHER_CALCOM_ALLOWED_HOSTS", "other.example.org, Cal.example.org"}}
        ),
        "none"
    );
}

TEST(CalcomSettings, AllowPlainHttpToThisMachineOnly) {
    EXPECT_EQ(complaint_about({{"PUSHER_CALCOM_BASE_URL", "http://127.0.0.1:4010"}}), "none");
    EXPECT_NE(
        complaint_about({{"PUSHER_CALCOM_BASE_URL", "http://api.cal.com"}}).find("in clear"),
        std::string::npos
    );
}

TEST(CalcomSettings, RefuseAnAddressWithAPath) {
    EXPECT_NE(
        complaint_about({{"PUSHER_CALCOM_BASE_URL", "https://api.cal.com/v2"}}).find("path"),
        std::string::npos
    );
}

} // namespace
} // namespace calfleet::calcom
