#pragma once
// Labelled matching examples and how well the matcher answers them.

#include "common/core/result.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::bench {

struct Answer {
    std::string decision; ///< link, review, none
    std::string staff;    ///< empty: not asked, or nobody
};

/// What became of one example. Wrong and Unsafe are both links that must not have been made.
enum class Verdict {
    Right,
    WrongLink,      ///< linked to somebody the label does not name
    UnsafeLink,     ///< linked where a person should have looked
    MissedLink,     ///< a true link left to a person or not found
    NeedlessReview, ///< a person is asked about somebody who matches nobody
    MissedReview,   ///< nobody asked although the label wants a look
    WrongCandidate, ///< a review that shows the wrong person first
};

std::string_view name(Verdict verdict);

struct Outcome {
    std::string id, origin, why;
    std::vector<Answer> accepted;
    Answer got;
    Verdict verdict{Verdict::Right};
    std::string reasons;
};

struct Tally {
    std::size_t examples{0};
    std::size_t true_links{0}; ///< examples whose every accepted answer is a link
    std::map<Verdict, std::size_t> verdicts;

    std::size_t of(Verdict verdict) const;
    double linked_share() const; ///< of the true links, made unattended; 1 when there are none
};

struct Score {
    std::vector<Outcome> outcomes;
    Tally total;
    std::map<std::string, Tally> by_origin;
};

/// Runs every line of the file ("expect", optional "accept", "origin", "why" beside the input of
/// `calfleet mapping try`). An error names the line.
Result<Score> score_file(const std::string& path);

std::string as_table(const Score& score, std::string_view title);
std::string as_json(const Score& score, std::string_view title);

} // namespace calfleet::bench
