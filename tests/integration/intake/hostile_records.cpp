#include "tests/integration/intake/hostile_records.h"

#include "common/core/clock.h"
#include "common/core/time.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <random>

namespace calfleet::kafka {
namespace {

constexpr const char* kTopic = "booking-created";

using Damage = std::function<void(RawRecord&)>;

std::optional<std::string>& header(RawRecord& record, const std::string& name) {
    const auto found =
        std::find_if(record.headers.begin(), record.headers.end(), [&](const auto& each) {
            return each.first == name;
        });
    return found->second;
}

class Teller {
public:
    Teller(std::uint64_t seed, int partitions)
        : engine_(seed)
        , partitions_(partitions) {}

    HostileStory tell() {
        for (const Damage& damage : damages())
            add_bad(damage);
        for (const Damage& oddity : oddities())
            add_good(oddity);
        for (int i = 0; i < 200; ++i)
            add_good([](RawRecord&) {});
        add_shared_identities();
        std::shuffle(parts_.begin(), parts_.end(), engine_);
        return publish_order();
    }

private:
    struct Part {
        RawRecord record;
        bool bad{false};
        std::string appointment;
    };

    std::int64_t any_company() { return 1 + static_cast<std::int64_t>(engine_() % 3); }

    Part sound() {
        const int number = next_++;
        const std::int64_t company = any_company();
        const std::string uid = "uid-" + std::to_string(number);
        const int host = 101 + number % 2;
        Part part;
        part.appointment = std::to_string(company) + " " + uid;
        part.record = {
            .topic = kTopic,
            .key = std::to_string(company) + ":" + uid,
            .value =
                R"({"booking":{"uid":")" + uid +
                R"(","startTime":"2027-02-03T09:00:00Z","endTime":"2027-02-03T09:30:00Z","status":"ACCEPTED","organizer":{"id":)" +
                std::to_string(host) + R"(,"name":"Anna Albrecht","email":"anna@example.com"}}})",
            .headers = {
                {"ce_specversion", "1.0"},
                {"ce_id", "evt-" + std::to_string(number)},
                {"ce_source", "/hostile"},
                {"ce_type", kTopic},
                {"ce_time", format_instant(system_clock().now())},
                {"ce_companyid", std::to_string(company)}}};
        return part;
    }

    void add_bad(const Damage& damage) {
        Part part = sound();
        damage(part.record);
        part.bad = true;
        // Half of the bad ones have an absurd timestamp, too: they must still be put aside.
        if (engine_() % 2 == 0) part.record.timestamp_ms = absurd_timestamp();
        parts_.push_back(std::move(part));
    }

    void add_good(const Damage& oddity) {
        Part part = sound();
        oddity(part.record);
        if (engine_() % 4 == 0) part.record.timestamp_ms = absurd_timestamp();
        parts_.push_back(std::move(part));
    }

    /// The same source and id in three companies: three events.
    void add_shared_identities() {
        for (int i = 0; i < 5; ++i) {
            Part first = sound();
            for (const std::int64_t company : {1, 2, 3}) {
                Part part = first;
                part.appointment = std::to_string(company) + first.appointment.substr(1);
                header(part.record, "ce_companyid") = std::to_string(company);
                parts_.push_back(std::move(part));
            }
        }
    }

    std::int64_t absurd_timestamp() {
        constexpr std::int64_t kAll[]{
            std::numeric_limits<std::int64_t>::max(),
            std::numeric_limits<std::int64_t>::min(),
            -1,
            1,
            1'764'000'000'000'000,
            253'402'300'799'999,
            253'402'300'800'000,
            9'223'372'036'854'775,
            9'223'372'036'854'776,
            -62'135'596'800'001,
            4'102'444'800'000};
        return kAll[engine_() % std::size(kAll)];
    }

    std::vector<Damage> damages();
    std::vector<Damage> oddities();
    static void damage_headers(std::vector<Damage>& all);
    static void damage_values(std::vector<Damage>& all);

    HostileStory publish_order() {
        HostileStory story;
        story.ends.assign(static_cast<std::size_t>(partitions_), 0);
        for (Part& part : parts_) {
            const auto partition = static_cast<std::int32_t>(engine_() % partitions_);
            part.record.partition = partition;
            const std::int64_t offset = story.ends[static_cast<std::size_t>(partition)]++;
            if (part.bad)
                story.letters.insert(
                    std::string(kTopic) + " " + std::to_string(partition) + " " +
                    std::to_string(offset)
                );
            else
                story.appointments.insert(part.appointment);
            story.records.push_back(std::move(part.record));
        }
        return story;
    }

    std::mt19937_64 engine_;
    int partitions_;
    int next_{0};
    std::vector<Part> parts_;
};

const char* const kRequired[]{
    "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_companyid"};

void Teller::damage_headers(std::vector<Damage>& all) {
    for (const char* const required : kRequired) {
        const std::string name = required;
        all.push_back([name](RawRecord& r) {
            std::erase_if(r.headers, [&](const auto& each) { return each.first == name; });
        });
        all.push_back([name](RawRecord& r) { r.headers.emplace_back(name, header(r, name)); });
        all.push_back([name](RawRecord& r) { r.headers.emplace_back(name, std::nullopt); });
        for (const std::string& value :
             {std::string(),
              std::string("\xff\xfe"),
              std::string("a\0b", 3),
              std::string("\xed\xa0\x80"),
              std::string(300, 'x'),
              std::string(100'000, 'x')})
            all.push_back([name, value](RawRecord& r) { header(r, name) = value; });
        all.push_back([name](RawRecord& r) { header(r, name).reset(); });
    }
    for (const char* company :
         {"0", "-1", "9223372036854775808", "1 ", "0x1", "1.0", "999999", "9223372036854775807"})
        all.push_back([company](RawRecord& r) { header(r, "ce_companyid") = company; });
    for (const char* time :
         {"1969-12-31T23:59:59Z",
          "1970-01-01T00:00:00Z",
          "2199-01-01T00:00:00Z",
          "9999-12-31T23:59:59Z",
          "0000-00-00T00:00:00Z",
          "2027-02-30T00:00:00Z",
          "1764000000000",
          "soon"})
        all.push_back([time](RawRecord& r) { header(r, "ce_time") = time; });
    for (const char* type : {"booking-cancelled", "Booking-Created", "booking-created ", "nothing"})
        all.push_back([type](RawRecord& r) { header(r, "ce_type") = type; });
    for (const char* type :
         {"text/plain", "application/cloudevents-batch+json", "application/cloudevents+json", ""})
        all.push_back([type](RawRecord& r) { r.headers.emplace_back("content-type", type); });
    all.push_back([](RawRecord& r) { r.headers.emplace_back("x", std::string(40'000, 'x')); });
    all.push_back([](RawRecord& r) { r.headers.emplace_back(std::string(40'000, 'x'), "x"); });
    all.push_back([](RawRecord& r) {
        for (int i = 0; i < 500; ++i)
            r.headers.emplace_back("x-" + std::to_string(i), std::string("\xff\0", 2));
    });
    all.push_back([](RawRecord& r) { r.key = std::string(50'000, '\xff'); });
}

void Teller::damage_values(std::vector<Damage>& all) {
    std::vector<std::string> values{
        "",
        "null",
        "[]",
        "{}",
        "{",
        "\xff",
        std::string("\0", 1),
        R"({"booking":null})",
        R"({"booking":{}})",
        R"({"booking":{"uid":"","startTime":"2027-02-03T09:00:00Z","endTime":"2027-02-03T09:30:00Z"}})",
        R"({"booking":{"uid":"a\u0000b","startTime":"2027-02-03T09:00:00Z","endTime":"2027-02-03T09:30:00Z"}})",
        std::string(200'000, '['),
        std::string(200'000, ' ')};
    const std::filesystem::path folder =
        std::filesystem::path(CALFLEET_SOURCE_DIR) / "proto" / kTopic / "examples" / "invalid";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().filename() == "reasons.json") continue;
        std::ifstream file(entry.path(), std::ios::binary);
        values.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    for (const std::string& value : values)
        all.push_back([value](RawRecord& r) { r.value = value; });
    all.push_back([](RawRecord& r) { r.value.reset(); });
}

std::vector<Damage> Teller::damages() {
    std::vector<Damage> all;
    damage_headers(all);
    damage_values(all);
    return all;
}

/// Strange, and nobody's business.
std::vector<Damage> Teller::oddities() {
    std::vector<Damage> all;
    for (const char* replay :
         {"1", "0", "-5", "topic", "9223372036854775807", "99999999999999999999", "", "x"})
        all.push_back([replay](RawRecord& r) { r.headers.emplace_back("calfleet_replay", replay); }
        );
    for (const std::optional<std::string>& key :
         {std::optional<std::string>(),
          std::optional<std::string>(""),
          std::optional<std::string>("\xff\xfe"),
          std::optional<std::string>(std::string("\0", 1)),
          std::optional<std::string>(std::string(4096, 'k'))})
        all.push_back([key](RawRecord& r) { r.key = key; });
    all.push_back([](RawRecord& r) { r.headers.emplace_back("\xff", std::string("\0\xff", 2)); });
    all.push_back([](RawRecord& r) { r.headers.emplace_back("x", std::string(32'000, 'x')); });
    all.push_back([](RawRecord& r) { r.headers.emplace_back("traceparent", "nonsense"); });
    const auto with = [](const std::string& from, const std::string& to) {
        return [from, to](RawRecord& r) {
            const auto at = r.value->find(from);
            if (at != std::string::npos) r.value->replace(at, from.size(), to);
        };
    };
    for (const char* time : {"2199-12-31T23:59:59Z", "1970-01-01T00:00:00Z"})
        all.push_back(with(R"("status")", R"("updatedAt":")" + std::string(time) + R"(","status")")
        );
    for (int i = 0; i < 5; ++i) {
        std::string costly;
        for (int part = 0; part < 12; ++part)
            costly += "Anna-Maria von der Hohen-Albrecht" + std::to_string(i) + " ";
        all.push_back(with("Anna Albrecht", costly.substr(0, 240)));
    }
    return all;
}

} // namespace

HostileStory tell_hostile_story(std::uint64_t seed, int partitions) {
    return Teller(seed, partitions).tell();
}

} // namespace calfleet::kafka
