#include "common/matching/matcher.h"

#include "common/matching/decision.h"
#include "common/matching/vocabulary.h"

#include <algorithm>

namespace calfleet::matching {
namespace {

bool is_no_person(const FoldedHost& host, const Evidence& evidence) {
    if (host.name.kind != NameKind::Resource) return false;
    if (host.name.kind_is_certain) return true;
    return std::none_of(evidence.active.begin(), evidence.active.end(), [](const auto& c) {
        return c.name.level == NameLevel::Full && c.staff->name.kind == NameKind::Person;
    });
}

} // namespace

Match nobody(std::string code, std::string text) {
    return {.reasons = {{false, std::move(code), std::move(text)}}};
}

Match conclude(
    const Evidence& evidence, const Candidate& chosen, int score, Source source, Case found
) {
    const int threshold = evidence.company.auto_threshold();
    if (score < threshold) {
        found.against(
            "score.below_threshold",
            "score " + std::to_string(score) + " is below the company's threshold " +
                std::to_string(threshold)
        );
    }
    return {
        .decision = found.contradicted() ? Decision::Review : Decision::Link,
        .staff_id = chosen.staff->id,
        .score = score,
        .source = source,
        .reasons = found.take(),
    };
}

std::string named(const Candidate& candidate) {
    return "\"" + candidate.staff->id + "\"";
}

void say_name(const Candidate& candidate, Case& found) {
    if (candidate.name.level == NameLevel::Full)
        found.for_it("name.full", "the full name is equal");
    else if (candidate.name.level == NameLevel::Fuzzy)
        found.for_it(
            std::string{candidate.name.code},
            "the name is similar: score " + std::to_string(candidate.name.score)
        );
    if (candidate.same_branch) found.for_it("branch.same", "works in the booking's branch");
}

std::string_view text(Decision decision) {
    switch (decision) {
    case Decision::Link:
        return "link";
    case Decision::Review:
        return "review";
    case Decision::None:
        break;
    }
    return "none";
}

std::string_view text(Source source) {
    switch (source) {
    case Source::Email:
        return "email";
    case Source::Name:
        return "name";
    case Source::Fuzzy:
        return "fuzzy";
    case Source::None:
        break;
    }
    return "none";
}

CompanyIndex::CompanyIndex(Company company)
    : auto_threshold_{std::clamp(company.auto_threshold, 0, 100)} {
    staff_.reserve(company.staff.size());
    for (auto& member : company.staff) {
        auto mailbox = read_mailbox(member.email);
        if (mailbox && !is_free_mail(mailbox.domain)) domains_.push_back(mailbox.domain);
        staff_.push_back({
            .id = std::move(member.id),
            .is_active = member.is_active,
            .branch = fold_branch(member.branch),
            .name = read_display_name(member.name),
            .mailbox = std::move(mailbox),
        });
    }
    std::sort(domains_.begin(), domains_.end());
    domains_.erase(std::unique(domains_.begin(), domains_.end()), domains_.end());
}

CompanyIndex::~CompanyIndex() = default;
CompanyIndex::CompanyIndex(CompanyIndex&&) noexcept = default;
CompanyIndex& CompanyIndex::operator=(CompanyIndex&&) noexcept = default;

bool CompanyIndex::owns_domain(std::string_view domain) const {
    return std::binary_search(domains_.begin(), domains_.end(), domain);
}

Match match(const CompanyIndex& company, const Host& host, std::string_view branch) {
    const auto folded = fold_host(host, branch);
    if (folded.name.kind == NameKind::Empty && !folded.mailbox && folded.username.empty()) {
        return nobody("host.empty", "the host has neither name nor mailbox");
    }
    const auto evidence = gather(company, folded);
    if (is_no_person(folded, evidence))
        return nobody("host.not_a_person", "the host is a room, a team or a device");
    const bool owned =
        std::any_of(evidence.active.begin(), evidence.active.end(), [](const auto& c) {
            return c.has_mailbox;
        });
    return owned ? decide_by_mailbox(evidence) : decide_by_name(evidence);
}

} // namespace calfleet::matching
