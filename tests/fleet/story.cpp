#include "tests/fleet/story.h"

#include <random>
#include <utility>

namespace calfleet::fleet {

std::vector<kafka::OutgoingRecord> tell(Story& story, const StorySettings& settings) {
    std::vector<kafka::OutgoingRecord> records;
    std::mt19937_64 random(settings.seed);
    auto expected = tell_story(settings, [&](BookingRecord booking) {
        ++story.events;
        if (random() % 10 == 0) records.push_back(booking.record);
        records.push_back(std::move(booking.record));
    });
    for (std::size_t i = 0; i + 1 < records.size(); ++i)
        if (random() % 20 == 0) std::swap(records[i], records[i + 1]);
    story.expected.merge(expected);
    return records;
}

} // namespace calfleet::fleet
