// What one decision of the matcher costs, for everyday and for hostile names, and how large a
// folded company is.
//   matching_bench [ROUNDS]

#include "common/matching/matcher.h"

#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/bench/machine.h"

namespace calfleet::bench {
namespace {

using Steady = std::chrono::steady_clock;
using namespace calfleet::matching;

constexpr std::array kGiven{
    "Anna",
    "Jürgen",
    "Katarzyna",
    "Ayşe",
    "Mohammed",
    "Giulia",
    "Đorđe",
    "Siobhán",
    "Nikos",
    "Zsófia",
    "Hans-Peter",
    "Сергей",
    "Minh",
    "Priya",
    "Noa",
    "Björn"};
constexpr std::array kFamily{
    "Müller",
    "Großmann",
    "Kowalska",
    "Yılmaz",
    "Al-Masri",
    "Rossi",
    "Đorđević",
    "O’Connor",
    "Vlachos",
    "Szabó",
    "von Arnim",
    "Щербаков",
    "Nguyễn",
    "Nair",
    "Ben-Ami",
    "Åkesson",
    "Ott"};

/// Names of many origins; every family name that is not of the list is one of its own.
Company company_of(std::size_t size) {
    Company company;
    for (std::size_t i = 0; i < size; ++i) {
        const auto number = std::to_string(i);
        std::string family = kFamily[i % kFamily.size()];
        if (i >= 40) {
            for (std::size_t rest = i; rest > 0; rest /= 20)
                family += static_cast<char>('a' + rest % 20);
        }
        company.staff.push_back(
            {.id = number,
             .name = std::string(kGiven[i % kGiven.size()]) + " " + family,
             .email = "person" + number + "@salon.example",
             .branch = i % 2 == 0 ? "Nord" : "Süd"}
        );
    }
    return company;
}

struct Question {
    std::string label;
    std::string name;
    std::string email;
};

std::string repeated(std::string_view unit, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i)
        text += unit;
    return text;
}

std::vector<Question> everyday() {
    return {
        {"mailbox and name", "Katarzyna Kowalska", "person2@salon.example"},
        {"name only", "Juergen Grossmann", "jg1970@gmx.de"},
        {"stranger", "Peter Schmidt", "peter.schmidt@web.de"},
        {"Cyrillic", "Сергей Щербаков", ""},
        {"Arabic", "محمد المصري", ""},
        {"Chinese", "王小明", ""},
        {"Korean", "김민준", ""},
        {"titles and shop", "Dr. med. Anna Müller, MSc | Salon Nord", "anna.mueller@gmx.de"}};
}

std::vector<Question> hostile() {
    return {
        {"256 letters", repeated("abcdefgh", 32), repeated("abcdefgh", 8) + "@x.de"},
        {"256 times one letter", repeated("a", 256), "aaaa@x.de"},
        {"40 words", repeated("Anna Mueller ", 20), ""},
        {"40 words of a letter", repeated("a ", 40), ""},
        {"30 hyphens", repeated("An-", 30) + "na", ""},
        {"60 umlauts", repeated("äöüß", 15), ""},
        {"20 parts", repeated("Anna Müller | ", 20), ""},
        {"all scripts", "Anna Сергей محمد 王小明 김민준 נועה Νίκος สมชาย राहुल アンナ", "x@y.de"},
        {"Cyrillic words", repeated("Щербаков ", 28), ""},
        {"Arabic words", repeated("محمد ", 40), ""},
        {"Hangul words", repeated("김민준 ", 40), ""},
        {"Thai words", repeated("สมชาย ", 40), ""}};
}

/// Of this thread, in microseconds: what else the machine does must not count.
double processor_time() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// The median and the worst of the rounds, in microseconds.
void measure(const CompanyIndex& index, const Question& question, int rounds, double limit) {
    const Host host{.id = "1", .name = question.name, .email = question.email, .username = "user"};
    std::vector<double> taken;
    static_cast<void>(match(index, host, "Nord")); // the lists are loaded
    for (int i = 0; i < rounds; ++i) {
        const double start = processor_time();
        static_cast<void>(match(index, host, "Nord"));
        taken.push_back(processor_time() - start);
    }
    std::sort(taken.begin(), taken.end());
    const double median = taken[taken.size() / 2];
    std::printf(
        "  %-24s median %8.1f us   worst %8.1f us%s\n",
        question.label.c_str(),
        median,
        taken.back(),
        median > limit ? "   ABOVE THE BOUND" : ""
    );
}

void measure_company(std::size_t size, int rounds, double limit) {
    auto company = company_of(size);
    const auto before = mallinfo2().uordblks;
    const auto start = Steady::now();
    const CompanyIndex index{std::move(company)};
    const double folding = std::chrono::duration<double, std::milli>(Steady::now() - start).count();
    const auto grown = mallinfo2().uordblks - before;
    std::printf(
        "%zu staff, bound %.0f us a host: folded in %.1f ms, %zu bytes each\n",
        size,
        limit,
        folding,
        grown / size
    );
    for (const auto& question : everyday())
        measure(index, question, rounds, limit);
    for (const auto& question : hostile())
        measure(index, question, rounds, limit);
}

} // namespace
} // namespace calfleet::bench

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 50;
    std::printf("matching_bench on %s, %d rounds\n", calfleet::bench::machine().c_str(), rounds);
    calfleet::bench::measure_company(50, rounds, 50);
    calfleet::bench::measure_company(3'000, rounds, 2'000);
}
