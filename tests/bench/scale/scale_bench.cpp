// What the fleet's most frequent statements cost beside masses of rows that are none of their
// business, each beside its figure on an empty table: at most twice as much is allowed.
//   scale_bench [ROWS] [RESULT.json] [PART...]
// ROWS: 2 000 000; the counts of the others go with it. PART: claims, relay, assignments, letters;
// all without any. Needs PostgreSQL's server.

#include "common/json/writer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "tests/bench/machine.h"
#include "tests/bench/scale/assignments.h"
#include "tests/bench/scale/claims.h"
#include "tests/bench/scale/letters.h"
#include "tests/bench/scale/relay.h"

namespace calfleet::bench {
namespace {

constexpr double kBound = 2.0;

struct Part {
    std::string name;
    std::vector<Figure> (*run)(const Masses&);
};

const std::vector<Part>& parts() {
    static const std::vector<Part> all{
        {"claims", [](const Masses& masses) { return Claims(masses).run(); }},
        {"relay", [](const Masses& masses) { return Relay(masses).run(); }},
        {"assignments", [](const Masses& masses) { return std::vector{assignments(masses)}; }},
        {"letters", [](const Masses& masses) { return Letters(masses).run(); }}};
    return all;
}

bool wanted(const std::string& part, const std::vector<std::string>& chosen) {
    return chosen.empty() || std::find(chosen.begin(), chosen.end(), part) != chosen.end();
}

bool known(const std::string& name) {
    return std::any_of(parts().begin(), parts().end(), [&](const Part& part) {
        return part.name == name;
    });
}

void print(const Figure& figure) {
    std::printf(
        "  %-75s empty %8.2f ms, full %8.2f ms, ratio %5.2f (bound %.0f), first %8.1f ms%s\n",
        figure.what.c_str(),
        figure.empty_ms,
        figure.full_ms,
        figure.ratio(),
        kBound,
        figure.first_ms,
        figure.ratio() <= kBound ? "" : "  ABOVE THE BOUND"
    );
    std::fflush(stdout);
}

int run(std::int64_t rows, const char* result_file, const std::vector<std::string>& chosen) {
    const Masses masses(rows);
    std::printf("%s\n", machine().c_str());
    json::Writer json;
    json.begin_object().field("benchmark", "scale").field("machine", machine()).field("rows", rows);
    json.key("figures").begin_array();
    bool kept = true;
    for (const Part& part : parts()) {
        if (!wanted(part.name, chosen)) continue;
        for (const Figure& figure : part.run(masses)) {
            kept = kept && figure.ratio() <= kBound;
            print(figure);
            json.begin_object()
                .field("what", figure.what)
                .field("empty_ms", figure.empty_ms)
                .field("full_ms", figure.full_ms)
                .field("first_ms", figure.first_ms)
                .field("ratio", figure.ratio())
                .field("bound", kBound)
                .end_object();
        }
    }
    json.end_array().end_object();
    if (result_file != nullptr) std::ofstream(result_file) << json.view() << "\n";
    return kept ? 0 : 1;
}

} // namespace
} // namespace calfleet::bench

int main(int argc, char** argv) {
    using namespace calfleet::bench;
    const std::int64_t rows = argc > 1 ? std::atoll(argv[1]) : 2'000'000;
    const std::vector<std::string> chosen(argv + std::min(argc, 3), argv + argc);
    if (rows < 1000 || !std::all_of(chosen.begin(), chosen.end(), known)) {
        std::fprintf(
            stderr,
            "scale_bench [ROWS] [RESULT.json] [claims] [relay] [assignments] [letters]: ROWS must "
            "be 1000 or more\n"
        );
        return 78;
    }
    return run(rows, argc > 2 ? argv[2] : nullptr, chosen);
}
