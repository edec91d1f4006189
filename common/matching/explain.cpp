#include "common/matching/explain.h"

#include "common/matching/candidates.h"

#include <algorithm>
#include <array>

namespace calfleet::matching {
namespace {

constexpr std::size_t kMostCandidates = 10;

struct Remedy {
    std::string_view code;
    std::string_view text;
};

constexpr std::array kRemedies{
    Remedy{"branch.other", "the person works in the booking's branch, or the record has no branch"},
    Remedy{"branch.other_named", "the host's name names the branch of the booking, or none"},
    Remedy{"mailbox.shared", "the mailbox stands on one active record only"},
    Remedy{
        "mailbox.role",
        "the host has a mailbox of its own, or the desk's stands on one record with that name"},
    Remedy{"mailbox.of_colleague", "the mailbox stands on the record of whoever bears the name"},
    Remedy{"mailbox.departed", "the mailbox of whoever left stands on the active record"},
    Remedy{
        "mailbox.other_business",
        "the mailbox is the company's, a private one, or on the person's record"},
    Remedy{
        "mailbox.names_colleague",
        "the mailbox is not named after a colleague, or it is on the person's record"},
    Remedy{"name.organisation", "the host's name is a person's"},
    Remedy{
        "name.single_word",
        "the host gives the given name and the family name, or the mailbox on the record"},
    Remedy{"name.namesakes", "mailbox, branch or a fuller name tells the namesakes apart"},
    Remedy{"name.near_namesake", "mailbox or a fuller name tells the two apart"},
    Remedy{"name.departed_namesake", "the mailbox is that of the active person"},
    Remedy{"name.equals_colleague", "the mailbox stands on the record of whoever bears the name"},
    Remedy{"name.conflict", "the record bears the host's name, or the host the record's"},
    Remedy{"name.missing", "the host has a name or the mailbox on the record"},
    Remedy{
        "score.below_threshold",
        "the host has the mailbox on the record or the full name, or the threshold is lower"},
    Remedy{"host.unknown", "an active record has the host's mailbox or name"},
    Remedy{"staff.inactive", "the record is active"},
};

std::vector<ExplainedStep> explained(const Steps& steps) {
    std::vector<ExplainedStep> all;
    for (const auto& each : step_rules())
        if (each.step != Step::None && steps.has(each.step))
            all.push_back({std::string{each.code}, each.cost, std::string{each.sentence}});
    return all;
}

std::string words_of(const PersonName& name) {
    std::string words;
    for (const auto& token : name.tokens)
        words += (words.empty() ? "" : " ") + token.exact;
    for (const auto& mark : name.marks)
        words += " " + mark;
    return words;
}

} // namespace

std::string remedy(const Reason& reason) {
    const auto known = std::find_if(kRemedies.begin(), kRemedies.end(), [&](const Remedy& each) {
        return each.code == reason.code;
    });
    return known == kRemedies.end() ? "not so: " + reason.text : std::string{known->text};
}

Explanation explain(const CompanyIndex& company, const Host& host, std::string_view branch) {
    Explanation found;
    found.match = match(company, host, branch);
    const auto folded = fold_host(host, branch);
    for (const auto& reading : folded.name.readings)
        found.readings.push_back(
            {.words = words_of(reading),
             .steps = explained(reading.steps),
             .cost = reading.steps.cost()}
        );
    for (const auto& candidate : gather(company, folded).active)
        found.candidates.push_back(
            {.staff_id = candidate.staff->id,
             .distance = candidate.name.cost,
             .reading = candidate.name.host_reading,
             .has_mailbox = candidate.has_mailbox,
             .steps = explained(candidate.name.steps)}
        );
    std::sort(found.candidates.begin(), found.candidates.end(), [](const auto& a, const auto& b) {
        return a.distance != b.distance ? a.distance < b.distance : a.staff_id < b.staff_id;
    });
    if (found.candidates.size() > kMostCandidates) found.candidates.resize(kMostCandidates);
    for (const auto& reason : found.match.reasons)
        if (!reason.in_favour) found.needed.push_back(remedy(reason));
    return found;
}

} // namespace calfleet::matching
