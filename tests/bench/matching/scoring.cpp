#include "tests/bench/matching/scoring.h"

#include "common/json/parser.h"
#include "common/json/writer.h"
#include "common/matching/try.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iomanip>
#include <sstream>

namespace calfleet::bench {
namespace {

constexpr std::array kFailures{
    Verdict::WrongLink,
    Verdict::UnsafeLink,
    Verdict::MissedLink,
    Verdict::NeedlessReview,
    Verdict::MissedReview,
    Verdict::WrongCandidate};

std::string text_of(json::Value object, std::string_view field) {
    const auto value = object.find(field);
    return value ? std::string{value->as_text().value_or("")} : std::string{};
}

Answer answer_of(json::Value object) {
    return {text_of(object, "decision"), text_of(object, "staff")};
}

bool accepts(const Answer& label, const Answer& got) {
    return label.decision == got.decision && (label.staff.empty() || label.staff == got.staff);
}

Verdict judge(const std::vector<Answer>& accepted, const Answer& got) {
    const auto any = [&](auto&& holds) {
        return std::any_of(accepted.begin(), accepted.end(), holds);
    };
    if (any([&](const Answer& label) { return accepts(label, got); })) return Verdict::Right;
    const bool review_accepted =
        any([](const Answer& label) { return label.decision == "review"; });
    if (got.decision == "link") {
        const bool same_person = any([&](const Answer& label) {
            return label.decision == "review" && (label.staff.empty() || label.staff == got.staff);
        });
        return same_person ? Verdict::UnsafeLink : Verdict::WrongLink;
    }
    if (accepted.front().decision == "link") return Verdict::MissedLink;
    if (got.decision == "review")
        return review_accepted ? Verdict::WrongCandidate : Verdict::NeedlessReview;
    return Verdict::MissedReview;
}

Result<Outcome> run_line(const std::string& line) {
    json::Parser parser;
    const auto parsed = parser.parse(line);
    if (!parsed) return parsed.error();
    Outcome outcome{
        .id = text_of(*parsed, "id"),
        .origin = text_of(*parsed, "origin"),
        .why = text_of(*parsed, "why"),
        .accepted = {},
        .got = {},
        .verdict = Verdict::Right,
        .reasons = {}};
    const auto expect = parsed->find("expect");
    if (!expect) return invalid("expect: missing");
    outcome.accepted.push_back(answer_of(*expect));
    if (const auto more = parsed->find("accept")) {
        for (const auto label : more->elements())
            outcome.accepted.push_back(answer_of(label));
    }
    const auto answered = matching::try_line(line);
    if (!answered) return answered.error();
    json::Parser answer_parser;
    const auto answer = answer_parser.parse(*answered);
    if (!answer) return answer.error();
    outcome.got = answer_of(*answer);
    if (const auto reasons = answer->find("reasons")) {
        for (const auto reason : reasons->elements())
            outcome.reasons +=
                (outcome.reasons.empty() ? "" : "; ") + std::string{reason.as_text().value_or("")};
    }
    outcome.verdict = judge(outcome.accepted, outcome.got);
    return outcome;
}

void add(Tally& tally, const Outcome& outcome) {
    ++tally.examples;
    ++tally.verdicts[outcome.verdict];
    const bool true_link =
        std::all_of(outcome.accepted.begin(), outcome.accepted.end(), [](const Answer& label) {
            return label.decision == "link";
        });
    if (true_link) ++tally.true_links;
}

std::string show(const Answer& answer) {
    return answer.decision + (answer.staff.empty() ? "" : " " + answer.staff);
}

void write_tally(json::Writer& out, const Tally& tally) {
    out.field("examples", tally.examples)
        .field("true_links", tally.true_links)
        .field("linked_share", tally.linked_share());
    for (const auto verdict : kFailures)
        out.field(name(verdict), tally.of(verdict));
}

} // namespace

std::string_view name(Verdict verdict) {
    switch (verdict) {
    case Verdict::WrongLink:
        return "wrong_link";
    case Verdict::UnsafeLink:
        return "unsafe_link";
    case Verdict::MissedLink:
        return "missed_link";
    case Verdict::NeedlessReview:
        return "needless_review";
    case Verdict::MissedReview:
        return "missed_review";
    case Verdict::WrongCandidate:
        return "wrong_candidate";
    case Verdict::Right:
        break;
    }
    return "right";
}

std::size_t Tally::of(Verdict verdict) const {
    const auto found = verdicts.find(verdict);
    return found == verdicts.end() ? 0 : found->second;
}

double Tally::linked_share() const {
    if (true_links == 0) return 1;
    const auto missed = std::min(true_links, of(Verdict::MissedLink));
    return static_cast<double>(true_links - missed) / static_cast<double>(true_links);
}

Result<Score> score_file(const std::string& path) {
    std::ifstream in{path};
    if (!in) return Error{ErrorKind::NotFound, path + ": cannot be read"};
    Score score;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty()) continue;
        auto outcome = run_line(line);
        if (!outcome)
            return invalid(path + ":" + std::to_string(number) + ": " + outcome.error().message);
        add(score.total, *outcome);
        add(score.by_origin[outcome->origin], *outcome);
        score.outcomes.push_back(std::move(*outcome));
    }
    return score;
}

std::string as_table(const Score& score, std::string_view title) {
    std::ostringstream out;
    out << title << ": " << score.total.examples << " examples\n"
        << std::left << std::setw(14) << "origin" << std::right << std::setw(9) << "examples"
        << std::setw(7) << "links" << std::setw(8) << "linked" << std::setw(7) << "wrong"
        << std::setw(8) << "unsafe" << std::setw(8) << "missed" << std::setw(10) << "needless"
        << std::setw(8) << "unseen" << std::setw(11) << "misguided" << '\n';
    const auto row = [&](const std::string& label, const Tally& tally) {
        out << std::left << std::setw(14) << label << std::right << std::setw(9) << tally.examples
            << std::setw(7) << tally.true_links << std::setw(7) << std::fixed
            << std::setprecision(1) << 100 * tally.linked_share() << '%' << std::setw(7)
            << tally.of(Verdict::WrongLink) << std::setw(8) << tally.of(Verdict::UnsafeLink)
            << std::setw(8) << tally.of(Verdict::MissedLink) << std::setw(10)
            << tally.of(Verdict::NeedlessReview) << std::setw(8) << tally.of(Verdict::MissedReview)
            << std::setw(11) << tally.of(Verdict::WrongCandidate) << '\n';
    };
    for (const auto& [origin, tally] : score.by_origin)
        row(origin, tally);
    row("all", score.total);
    for (const auto& outcome : score.outcomes) {
        if (outcome.verdict == Verdict::Right) continue;
        out << outcome.id << ' ' << name(outcome.verdict) << " (" << outcome.origin << "): wanted";
        for (const auto& label : outcome.accepted)
            out << ' ' << show(label) << (&label == &outcome.accepted.back() ? "" : " or");
        out << ", got " << show(outcome.got) << "\n    label: " << outcome.why
            << "\n    said:  " << outcome.reasons << '\n';
    }
    return std::move(out).str();
}

std::string as_json(const Score& score, std::string_view title) {
    json::Writer out;
    out.begin_object().field("set", title);
    write_tally(out, score.total);
    out.key("origins").begin_object();
    for (const auto& [origin, tally] : score.by_origin) {
        out.key(origin).begin_object();
        write_tally(out, tally);
        out.end_object();
    }
    out.end_object().key("failures").begin_array();
    for (const auto& outcome : score.outcomes) {
        if (outcome.verdict == Verdict::Right) continue;
        out.begin_object()
            .field("id", outcome.id)
            .field("verdict", name(outcome.verdict))
            .field("got", show(outcome.got))
            .end_object();
    }
    return out.end_array().end_object().take();
}

} // namespace calfleet::bench
