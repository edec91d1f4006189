#pragma once
// The two ways to a decision, by mailbox and by name, and what they share.
// Inside common/matching only.

#include "common/matching/evidence.h"

#include <string>

namespace calfleet::matching {

Match nobody(std::string code, std::string text);

/// Link when nothing contradicts and the score reaches the company's threshold,
/// else Review.
Match conclude(
    const Evidence& evidence, const Candidate& chosen, int score, Source source, Case found
);

/// The candidate's id in quotes, for reasons.
std::string named(const Candidate& candidate);

void say_name(const Candidate& candidate, Case& found);

/// At least one active candidate has the host's mailbox.
Match decide_by_mailbox(const Evidence& evidence);

/// Nobody active has it.
Match decide_by_name(const Evidence& evidence);

} // namespace calfleet::matching
