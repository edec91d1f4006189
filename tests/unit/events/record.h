#pragma once
// A record as a producer would publish it, for tests of the codecs.

#include "common/core/record_view.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace calfleet::events {

/// Starts as a faultless booking-created in binary mode; tests bend one thing.
struct TestRecord {
    std::vector<std::pair<std::string, std::optional<std::string>>> headers{
        {"ce_id", "evt-1"},
        {"ce_source", "/platform/bookings"},
        {"ce_type", "booking-created"},
        {"ce_specversion", "1.0"},
        {"ce_time", "2027-01-11T08:00:03Z"},
        {"ce_companyid", "42"}};
    /// Nothing: that of its type.
    std::optional<std::string> topic{};
    std::optional<std::string> value{
        R"({"booking":{"uid":"u1","startTime":"2027-02-03T09:00:00Z","endTime":"2027-02-03T09:30:00Z"}})"};

    TestRecord& with(const std::string& name, std::optional<std::string> content) {
        without(name);
        headers.emplace_back(name, std::move(content));
        return *this;
    }
    TestRecord& without(const std::string& name) {
        std::erase_if(headers, [&](const auto& header) { return header.first == name; });
        return *this;
    }
    TestRecord& carrying(std::optional<std::string> content) {
        value = std::move(content);
        return *this;
    }

    /// Valid as long as this record is left alone.
    RecordView view() {
        views_.clear();
        for (const auto& [name, content] : headers)
            views_.push_back({name, content});
        RecordView view;
        view.topic = "booking-created";
        for (const auto& [name, content] : headers)
            if (name == "ce_type" && content) view.topic = *content;
        if (topic) view.topic = *topic;
        view.value = value;
        view.headers = views_;
        return view;
    }

private:
    std::vector<HeaderView> views_;
};

} // namespace calfleet::events
