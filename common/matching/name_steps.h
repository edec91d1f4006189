#pragma once
// The ways in which one written name becomes another, and what each costs. Inside common/matching
// only.

#include <cstdint>
#include <span>
#include <string_view>

namespace calfleet::matching {

/// What separates the host's name from a staff member's. The order is that of the table of costs.
enum class Step : std::uint8_t {
    None,
    WrittenOut,
    JoinedWords,
    SmallWord,
    TitleMissing,
    Decorated,
    Turned,
    MarksDropped,
    TitleAdded,
    OtherScript,
    MarksAdded,
    MiddleInitialFits,
    Patronymic,
    MiddleInitial,
    GenerationMissing,
    VowelsGuessed,
    WordMissing,
    UmlautAdded,
    SmallWordAdded,
    MarksDiffer,
    ShortForm,
    CutForm,
    Spelling,
    WordAdded,
    OneVowel,
    SwappedNames,
    OnlyOneWord,
    GenerationAdded,
    MaidenName,
    Initial,
    SwappedLetters,
    OneLetter,
    SurnameForm,
    NameInMailbox,
    OtherName,
    TwoLetters,
    GenerationDiffers,
    OtherWord,
    NothingShared,
};

/// Costs are points of 100: about 20 make a name unlikely to be meant, 60 another person's.
struct StepRule {
    Step step;
    std::string_view code; ///< stable, the last part of the reason's code "name.<code>"
    int cost;
    bool same_name;            ///< the full name in another orthography
    std::string_view sentence; ///< what the host's name did; a reason's text
};

/// The table of costs, in the order of the steps.
std::span<const StepRule> step_rules();

const StepRule& rule(Step step);

/// The steps of one comparison. An orthography is a habit and costs once, however many words it
/// touches; a slip costs every time.
class Steps {
public:
    void add(Step step);
    void add(const Steps& others);
    bool has(Step step) const { return (seen_ >> static_cast<unsigned>(step) & 1) != 0; }
    int cost() const { return cost_; }
    bool same_name() const; ///< every step is one of orthography
    Step dearest() const;   ///< None when the names are equal

private:
    std::uint64_t seen_{0};
    int cost_{0};
};

} // namespace calfleet::matching
