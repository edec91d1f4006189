// Twenty thousand broken documents: whatever arrives, the codecs answer, and an accepted event
// keeps its promises.

#include "common/core/text.h"
#include "common/events/booking.h"
#include "common/events/text_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/events/record.h"

namespace calfleet::events {
namespace {

constexpr int kDocuments = 20'000;

// CALFLEET_TEST_SEED repeats a failure.
std::uint64_t seed() {
    const char* given = std::getenv("CALFLEET_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : 20'270'203;
}

std::vector<std::string> examples() {
    std::vector<std::string> documents;
    for (const std::string_view event : {kBookingCreated, kBookingRescheduled, kBookingCancelled}) {
        const auto folder =
            std::filesystem::path(CALFLEET_SOURCE_DIR) / "proto" / event / "examples";
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            if (!entry.is_regular_file()) continue;
            std::ifstream in(entry.path(), std::ios::binary);
            documents.emplace_back(
                std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()
            );
        }
    }
    std::sort(documents.begin(), documents.end());
    return documents;
}

class Mutator {
public:
    explicit Mutator(std::uint64_t seed)
        : engine_(seed) {}

    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : engine_() % bound; }

    void bend(std::string& text, const std::vector<std::string>& others) {
        static constexpr std::array<std::string_view, 16> kPieces{
            "null",
            "\"\\u0000\"",
            "1e400",
            "-1",
            "[]",
            "{}",
            "\xFF",
            "\\ud800",
            "18446744073709551616",
            "\"2027-02-30T25:61:61Z\"",
            "[[[[[[[[[[[[",
            "\"uid\":",
            ",",
            "\xC2\x85",
            "true",
            "\""};
        const std::size_t at = below(text.size() + 1);
        switch (below(6)) {
        case 0:
            text.insert(at, kPieces[below(kPieces.size())]);
            break;
        case 1:
            text.erase(at, below(20));
            break;
        case 2:
            text.resize(at);
            break;
        case 3:
            if (at < text.size()) text[at] = static_cast<char>(below(256));
            break;
        case 4:
            replace_a_value(text);
            break;
        default: {
            const std::string& other = others[below(others.size())];
            text.insert(at, other.substr(below(other.size()), below(200)));
        }
        }
    }

private:
    // Keeps the document well-formed most of the time, so that the field rules are reached.
    void replace_a_value(std::string& text) {
        static constexpr std::array<std::string_view, 10> kValues{
            "null", "true", "0", "-7", "2.5", "\"\"", "\"x\\u0007\"", "[]", "{}", "[{\"id\":{}}]"};
        const std::size_t colon = text.find("\": ", below(text.size() + 1));
        if (colon == std::string::npos) return;
        const std::size_t start = colon + 3;
        const std::size_t end = text.find_first_of(",\n", start);
        if (end != std::string::npos)
            text.replace(start, end - start, kValues[below(kValues.size())]);
    }

    std::mt19937_64 engine_;
};

void expect_sound(const BookingEvent& event) {
    const auto sound = [](std::string_view text, std::size_t max) {
        return text.size() <= max && is_valid_utf8(text) && is_free_of_controls(text);
    };
    EXPECT_TRUE(!event.uid.empty() && sound(event.uid, 255));
    EXPECT_TRUE(
        sound(event.host.id, 19) && sound(event.host.name, 1000) && sound(event.host.email, 320)
    );
    EXPECT_TRUE(sound(event.host.username, 255));
    EXPECT_TRUE(sound(event.rescheduled_from_uid, 255) && sound(event.rescheduled_to_uid, 255));
    EXPECT_NE(event.rescheduled_from_uid, event.uid);
    EXPECT_EQ(event.starts_at.has_value(), event.ends_at.has_value());
    EXPECT_TRUE(!event.starts_at || *event.starts_at <= *event.ends_at);
    EXPECT_TRUE(event.change == BookingChange::Cancelled || event.starts_at);
    if (!event.customer) return;
    EXPECT_TRUE(sound(event.customer->name, 1000) && sound(event.customer->email, 320));
    EXPECT_TRUE(sound(event.customer->phone, 64) && sound(event.customer->time_zone, 64));
}

void bend_headers(TestRecord& record, Mutator& mutator) {
    auto& [name, value] = record.headers[mutator.below(record.headers.size())];
    switch (mutator.below(4)) {
    case 0:
        value.reset();
        break;
    case 1:
        value->clear();
        break;
    case 2:
        value->insert(mutator.below(value->size() + 1), 1, static_cast<char>(mutator.below(256)));
        break;
    default:
        value->append(mutator.below(400), 'x');
    }
}

std::string structured(const std::string& data) {
    return R"({"specversion":"1.0","id":"1","source":"/s","type":"booking-created","time":"2027-01-11T08:00:03Z",)"
           R"("companyid": "42","data": )" +
           data + "}";
}

TEST(Codecs, SurviveTwentyThousandBrokenDocuments) {
    const std::vector<std::string> originals = examples();
    ASSERT_GE(originals.size(), 20U);
    const std::uint64_t chosen = seed();
    std::printf("seed %llu (CALFLEET_TEST_SEED)\n", static_cast<unsigned long long>(chosen));
    Mutator mutator(chosen);
    BookingDecoder decoder;
    TextArena arena;
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < kDocuments; ++i) {
        SCOPED_TRACE("document " + std::to_string(i));
        arena.clear();
        TestRecord record;
        static constexpr std::array kTypes{kBookingCreated, kBookingRescheduled, kBookingCancelled};
        record.with("ce_type", std::string(kTypes[mutator.below(3)]));
        std::string document = originals[mutator.below(originals.size())];
        const bool is_structured = mutator.below(4) == 0;
        if (is_structured) document = structured(document);
        if (is_structured) record.with("content-type", "application/cloudevents+json");
        for (std::size_t bends = mutator.below(4); bends > 0; --bends)
            mutator.bend(document, originals);
        record.carrying(document);
        if (mutator.below(8) == 0) bend_headers(record, mutator);

        const RecordView view = record.view();
        partial_identity(view, arena);
        const auto envelope = decode_envelope(view, arena);
        const auto event =
            envelope ? decoder.decode(*envelope, arena) : Result<BookingEvent>(envelope.error());
        event ? ++accepted : ++refused;
        if (event) {
            expect_sound(*event);
            continue;
        }
        EXPECT_EQ(event.error().kind, ErrorKind::Invalid);
        EXPECT_NE(event.error().message.find(": "), std::string::npos) << event.error().message;
        EXPECT_TRUE(is_valid_utf8(event.error().message));
        EXPECT_LE(event.error().message.size(), 400U) << event.error().message;
    }
    // Both kinds must have been met, or the mutations are too wild or too tame.
    EXPECT_GT(accepted, kDocuments / 20);
    EXPECT_GT(refused, kDocuments / 20);
}

} // namespace
} // namespace calfleet::events
