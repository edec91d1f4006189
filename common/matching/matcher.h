#pragma once
// Which staff member a Cal.com host is: pure decisions with reasons, no I/O, no
// clock, no shared state.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

struct StaffMember {
    std::string id;
    std::string name;
    std::string email;
    std::string branch;
    bool is_active{true};
};

/// As Cal.com names the organizer of a booking; any field may be empty or the
/// word "unknown".
struct Host {
    std::string id;
    std::string name;
    std::string email;
    std::string username;
};

struct Company {
    std::vector<StaffMember> staff;
    int auto_threshold{75}; ///< 0..100: the least score that is linked unattended.
};

enum class Decision { Link, Review, None };

/// The strategy that found the candidate. An existing mapping is the caller's.
enum class Source { None, Email, Name, Fuzzy };

std::string_view text(Decision decision); ///< "link", "review", "none"
std::string_view text(Source source);     ///< "none", "email", "name", "fuzzy"

/// One piece of evidence. The text holds no personal data beyond ids.
struct Reason {
    bool in_favour{true};
    std::string code; ///< stable and dotted, for statistics: "mailbox.shared"
    std::string text;
    int weight{0}; ///< 0..100 points; 100 against: the evidence alone forbids a link
};

struct Match {
    Decision decision{Decision::None};
    std::string staff_id{}; ///< The chosen (Link) or most likely (Review) person;
                            ///< empty for None.
    int score{0};           ///< 0..100; 95 mailbox, 75 full name, below 75 anything weaker.
    Source source{Source::None};
    std::vector<Reason> reasons{};
    std::string runner_up{}; ///< The active colleague who comes next; empty: nobody is near.
    int margin{0};           ///< Points by which the runner-up is farther than the chosen; below
                             ///< 0 when the name alone speaks for the runner-up.
};

struct FoldedStaff;
class StaffWords;

/// A company's staff, folded once and used for many hosts. Immutable: any
/// number of threads may read it. Names are read up to 128 characters; invalid
/// UTF-8 counts as unreadable characters, never as an error.
class CompanyIndex {
public:
    explicit CompanyIndex(Company company);
    ~CompanyIndex();
    CompanyIndex(CompanyIndex&&) noexcept;
    CompanyIndex& operator=(CompanyIndex&&) noexcept;

    int auto_threshold() const { return auto_threshold_; }
    const std::vector<FoldedStaff>& staff() const { return staff_; }
    const StaffWords& words() const { return *words_; }
    /// A domain of staff mailboxes, free mail excepted.
    bool owns_domain(std::string_view domain) const;
    /// The same without its last part: salon-blick of salon-blick.de.
    bool owns_label(std::string_view label) const;

private:
    std::vector<FoldedStaff> staff_;
    std::unique_ptr<const StaffWords> words_;
    std::vector<std::string> domains_; // sorted
    int auto_threshold_;
};

/// branch: where the booking takes place; empty = not given.
Match match(const CompanyIndex& company, const Host& host, std::string_view branch);

} // namespace calfleet::matching
