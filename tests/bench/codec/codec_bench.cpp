// How fast one core turns records into booking events, beside what simdjson alone needs to parse
// the same bytes.
//   codec_bench [SECONDS_PER_CONTESTANT] [RESULT.json]

#include "common/events/booking.h"
#include "common/json/parser.h"
#include "common/json/writer.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <string>
#include <vector>

#include "tests/bench/machine.h"

namespace {

std::atomic<std::uint64_t> allocations{0};

} // namespace

// Counts every allocation of the process: "no allocation per event" is measured, not believed.
void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* place = std::malloc(size == 0 ? 1 : size)) return place;
    throw std::bad_alloc();
}
void operator delete(void* place) noexcept {
    std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
    std::free(place);
}

namespace calfleet::bench {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

struct Contest {
    std::string name;
    double gigabytes_per_second{0};
    double events_per_second{0};
    double allocations_per_event{0};
};

struct Document {
    std::string type;
    std::string bytes;
};

// The examples without their indentation: what travels is compact.
std::vector<Document> documents() {
    std::vector<Document> all;
    json::Parser parser;
    for (const std::string_view type :
         {events::kBookingCreated, events::kBookingRescheduled, events::kBookingCancelled}) {
        for (const auto& entry :
             fs::directory_iterator(fs::path(CALFLEET_SOURCE_DIR) / "proto" / type / "examples")) {
            const std::string stem = entry.path().stem().string();
            const bool full = stem.starts_with("webhook") || stem.starts_with("rest");
            if (!entry.is_regular_file() || !full) continue;
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string text{std::istreambuf_iterator<char>(in), {}};
            all.push_back({std::string(type), json::Writer().value(*parser.parse(text)).take()});
        }
    }
    return all;
}

template <class Work>
Contest run(std::string name, const std::vector<Document>& all, double seconds, Work work) {
    for (const Document& document : all)
        work(document); // memory is warm
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    const std::uint64_t before = allocations.load();
    const auto start = Steady::now();
    double elapsed = 0;
    while (elapsed < seconds) {
        for (int round = 0; round < 200; ++round) {
            for (const Document& document : all) {
                work(document);
                bytes += document.bytes.size();
            }
        }
        events += 200 * all.size();
        elapsed = std::chrono::duration<double>(Steady::now() - start).count();
    }
    const auto count = static_cast<double>(events);
    return {
        .name = std::move(name),
        .gigabytes_per_second = static_cast<double>(bytes) / elapsed / 1e9,
        .events_per_second = count / elapsed,
        .allocations_per_event = static_cast<double>(allocations.load() - before) / count};
}

std::string simdjson_version() {
    const auto part = [](int number) { return std::to_string(number); };
    return part(simdjson::SIMDJSON_VERSION_MAJOR) + '.' + part(simdjson::SIMDJSON_VERSION_MINOR) +
           '.' + part(simdjson::SIMDJSON_VERSION_REVISION);
}

void must(bool truth, const char* what) {
    if (truth) return;
    std::fprintf(stderr, "codec_bench: %s\n", what);
    std::exit(1);
}

std::vector<Contest> contests(const std::vector<Document>& all, double seconds) {
    simdjson::dom::parser raw;
    std::vector<char> padded(64 * 1024 + simdjson::SIMDJSON_PADDING);
    const auto limit = run("simdjson DOM, parse only", all, seconds, [&](const Document& document) {
        std::copy(document.bytes.begin(), document.bytes.end(), padded.begin());
        must(
            raw.parse(padded.data(), document.bytes.size(), false).error() == simdjson::SUCCESS,
            "not JSON"
        );
    });

    events::BookingDecoder decoder;
    TextArena arena;
    const auto decode = [&](const Document& document) {
        arena.clear();
        events::Envelope envelope;
        envelope.type = document.type;
        envelope.company = CompanyId{1};
        envelope.data = document.bytes;
        must(decoder.decode(envelope, arena).has_value(), "an example does not decode");
    };
    const auto ours = run("booking event", all, seconds, decode);

    const auto whole =
        run("envelope and booking event", all, seconds, [&](const Document& document) {
            arena.clear();
            const std::array headers{
                HeaderView{"ce_id", "018cf0b5-6a55-7c3e-8f6e-2a1b3c4d5e6f"},
                HeaderView{"ce_source", "/platform/bookings"},
                HeaderView{"ce_type", document.type},
                HeaderView{"ce_specversion", "1.0"},
                HeaderView{"ce_time", "2027-01-11T08:00:03Z"},
                HeaderView{"ce_companyid", "42"},
                HeaderView{"content-type", "application/json"}};
            RecordView record;
            record.value = document.bytes;
            record.headers = headers;
            const auto envelope = events::decode_envelope(record, arena);
            must(
                envelope.has_value() && decoder.decode(*envelope, arena).has_value(),
                "a record does not decode"
            );
        });
    return {limit, ours, whole};
}

void write_result(const char* file, const std::vector<Contest>& results, std::size_t mean_bytes) {
    json::Writer json;
    json.begin_object().field("bench", "codec").field("machine", machine());
    json.field("simdjson", simdjson_version())
        .field("kernel", simdjson::get_active_implementation()->name());
    json.field("mean_bytes", mean_bytes).key("results").begin_array();
    for (const Contest& contest : results) {
        json.begin_object().field("name", contest.name);
        json.field("gigabytes_per_second", contest.gigabytes_per_second);
        json.field("events_per_second", contest.events_per_second);
        json.field("allocations_per_event", contest.allocations_per_event);
        json.field(
                "share_of_limit",
                contest.gigabytes_per_second / results.front().gigabytes_per_second
        )
            .end_object();
    }
    json.end_array().end_object();
    std::ofstream(file) << json.view() << '\n';
}

} // namespace
} // namespace calfleet::bench

int main(int argc, char** argv) {
    using namespace calfleet::bench;
    const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
    const auto all = documents();
    must(!all.empty() && seconds > 0, "usage: codec_bench [SECONDS] [RESULT.json]");
    std::size_t total = 0;
    for (const Document& document : all)
        total += document.bytes.size();
    const auto results = contests(all, seconds);
    std::printf(
        "%s, simdjson %s (%s), %zu documents of %zu bytes in the mean\n",
        machine().c_str(),
        simdjson_version().c_str(),
        simdjson::get_active_implementation()->name().c_str(),
        all.size(),
        total / all.size()
    );
    for (const Contest& contest : results) {
        std::printf(
            "%-28s %6.2f GB/s %10.0f events/s %5.2f of the limit, %.4f allocations per event\n",
            contest.name.c_str(),
            contest.gigabytes_per_second,
            contest.events_per_second,
            contest.gigabytes_per_second / results.front().gigabytes_per_second,
            contest.allocations_per_event
        );
    }
    if (argc > 2) write_result(argv[2], results, total / all.size());
    return 0;
}
