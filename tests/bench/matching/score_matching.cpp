// Scores the matcher on labelled examples: a table for people, one JSON line a file for machines.
#include <cstring>
#include <iostream>

#include "tests/bench/matching/scoring.h"

int main(int argc, char** argv) {
    using namespace calfleet::bench;
    const bool json = argc > 1 && std::strcmp(argv[1], "--json") == 0;
    if (argc < (json ? 3 : 2)) {
        std::cerr << "usage: score_matching [--json] FILE.jsonl...\n";
        return 2;
    }
    bool unsafe = false;
    for (int i = json ? 2 : 1; i < argc; ++i) {
        const auto score = score_file(argv[i]);
        if (!score) {
            std::cerr << "score_matching: " << score.error().message << '\n';
            return 2;
        }
        std::cout << (json ? as_json(*score, argv[i]) : as_table(*score, argv[i])) << '\n';
        unsafe |= score->total.of(Verdict::WrongLink) + score->total.of(Verdict::UnsafeLink) > 0;
    }
    return unsafe ? 1 : 0;
}
