#include "common/matching/matcher.h"

#include "common/matching/decide.h"
#include "common/matching/vocabulary.h"

#include <algorithm>

namespace calfleet::matching {
namespace {

/// A room, a team, a device; but a record of that very name is worth a look.
bool is_no_person(const FoldedHost& host, const Candidates& candidates) {
    if (host.name.kind != NameKind::Resource) return false;
    return std::none_of(candidates.active.begin(), candidates.active.end(), [&](const auto& c) {
        return c.name.full() &&
               (!host.name.kind_is_certain || c.staff->name.kind != NameKind::Person);
    });
}

constexpr int kOnlyALittle = 30;

/// Somebody who left has the very name; who stays has another that is only a little like it.
bool is_of_somebody_who_left(const Candidates& candidates) {
    const auto& here = candidates.active;
    const auto& gone = candidates.departed;
    return std::any_of(gone.begin(), gone.end(), [](const auto& c) { return c.name.full(); }) &&
           std::all_of(here.begin(), here.end(), [](const auto& c) {
               return !c.has_mailbox && c.name.cost >= kOnlyALittle;
           });
}

} // namespace

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
    auto words = std::make_unique<StaffWords>();
    for (auto& member : company.staff) {
        auto mailbox = read_mailbox(member.email);
        if (mailbox && !is_free_mail(mailbox.domain)) domains_.push_back(mailbox.domain);
        auto name = read_display_name(member.name);
        words->add(static_cast<std::uint32_t>(staff_.size()), name, mailbox);
        staff_.push_back({
            .id = std::move(member.id),
            .is_active = member.is_active,
            .branch = fold_branch(member.branch),
            .name = std::move(name),
            .mailbox = std::move(mailbox),
        });
    }
    words->finish();
    words_ = std::move(words);
    std::sort(domains_.begin(), domains_.end());
    domains_.erase(std::unique(domains_.begin(), domains_.end()), domains_.end());
    domains_.shrink_to_fit();
}

CompanyIndex::~CompanyIndex() = default;
CompanyIndex::CompanyIndex(CompanyIndex&&) noexcept = default;
CompanyIndex& CompanyIndex::operator=(CompanyIndex&&) noexcept = default;

bool CompanyIndex::owns_domain(std::string_view domain) const {
    return std::binary_search(domains_.begin(), domains_.end(), domain);
}

bool CompanyIndex::owns_label(std::string_view label) const {
    return std::any_of(domains_.begin(), domains_.end(), [&](const std::string& domain) {
        return std::string_view{domain}.substr(0, domain.rfind('.')) == label;
    });
}

Match match(const CompanyIndex& company, const Host& host, std::string_view branch) {
    const auto folded = fold_host(host, branch);
    if (folded.name.kind == NameKind::Empty && !folded.mailbox && folded.username.empty()) {
        return nobody("host.empty", "the host has neither name nor mailbox");
    }
    const auto candidates = gather(company, folded);
    if (is_no_person(folded, candidates))
        return nobody("host.not_a_person", "the host is a room, a team or a device");
    const bool left = is_of_somebody_who_left(candidates);
    if (!candidates.active.empty() && !left) return decide(company, folded, candidates);
    if (!candidates.departed.empty())
        return nobody("staff.inactive", "only departed staff fits the host");
    if (folded.name.kind == NameKind::Empty || folded.name_is_handle)
        return decide_by_handle(company, folded);
    return nobody("host.unknown", "no active staff member has this mailbox or name");
}

} // namespace calfleet::matching
