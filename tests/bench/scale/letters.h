#pragma once
// Dead letters: listed, written, opened again and replayed beside a million of others.

#include "workers/calfleet/dead_letter_store.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/bench/scale/masses.h"

namespace calfleet::bench {

class Letters {
public:
    explicit Letters(const Masses& masses)
        : masses_(masses)
        , rows_(masses.rows() / 2) {}

    std::vector<Figure> run();

private:
    struct Case {
        std::string what;
        std::function<void()> call;
    };
    std::vector<Case> cases();
    Case listing(const std::string& of, const cli::DeadLetterFilter& filter) const;

    void insert(std::int64_t first_number, std::int64_t rows, const std::string& state) const;
    void list(const cli::DeadLetterFilter& filter, const std::string& state) const;
    void find_replayable() const;
    void bury(std::int64_t number) const;
    void take_and_bury() const;
    void progress() const;

    const Masses& masses_;
    std::int64_t rows_;
    std::int64_t number_{0};
};

} // namespace calfleet::bench
