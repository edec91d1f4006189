#include "common/matching/name_steps.h"

#include <array>

namespace calfleet::matching {
namespace {

constexpr std::array kStepRules{
    StepRule{Step::None, "equal", 0, true, "the names are equal"},
    StepRule{Step::WrittenOut, "written_out", 1, true, "a letter is written out: ae, ss, dj"},
    StepRule{Step::JoinedWords, "joined", 1, true, "words are joined or taken apart"},
    StepRule{Step::SmallWord, "particle", 1, true, "a word like von or bey is left out"},
    StepRule{Step::TitleMissing, "title_missing", 1, true, "a doctor's title is left out"},
    StepRule{Step::Decorated, "decorated", 1, true, "the name stands among other words"},
    StepRule{Step::Turned, "order", 2, true, "family name and given name change places"},
    StepRule{Step::MarksDropped, "marks_dropped", 3, true, "marks are left out: a for ä"},
    StepRule{Step::TitleAdded, "title_added", 3, true, "a doctor's title that the record lacks"},
    StepRule{Step::OtherScript, "script", 4, true, "another script, letter by letter"},
    StepRule{Step::MarksAdded, "marks_added", 4, true, "marks that the record lacks"},
    StepRule{
        Step::MiddleInitialFits, "middle_initial", 5, false, "an initial stands for a middle name"},
    StepRule{Step::Patronymic, "patronymic", 6, true, "a patronymic is on one side only"},
    StepRule{Step::MiddleInitial, "middle_initial", 8, false, "an initial is on one side only"},
    StepRule{
        Step::GenerationMissing,
        "mark_missing",
        8,
        false,
        "the record's Jr. or number is left out"},
    StepRule{Step::VowelsGuessed, "script", 10, false, "another script, its vowels guessed"},
    StepRule{Step::WordMissing, "part", 11, false, "a word of the record's name is missing"},
    StepRule{Step::UmlautAdded, "umlaut_added", 12, true, "an umlaut that the record lacks"},
    StepRule{Step::SmallWordAdded, "particle", 12, true, "a word like von that the record lacks"},
    StepRule{Step::MarksDiffer, "marks_differ", 12, true, "other marks on the same letter"},
    StepRule{
        Step::ShortForm, "nickname", 12, false, "a short form of the given name, or its full form"},
    StepRule{Step::CutForm, "cut", 14, false, "the beginning of the given name"},
    StepRule{Step::Spelling, "spelling", 14, false, "the same sound in another spelling"},
    StepRule{Step::WordAdded, "part", 16, false, "a word more than the record's name has"},
    StepRule{Step::OneVowel, "typo", 16, false, "one vowel inside a word differs"},
    StepRule{Step::SwappedNames, "swapped_names", 16, false, "two given names change places"},
    StepRule{Step::OnlyOneWord, "single_word", 16, false, "one word of a name only"},
    StepRule{
        Step::GenerationAdded, "mark_missing", 16, false, "Jr. or a number that the record lacks"},
    StepRule{Step::MaidenName, "maiden_name", 16, false, "the name before the marriage"},
    StepRule{Step::Initial, "initial", 20, false, "an initial stands for a word"},
    StepRule{Step::SwappedLetters, "typo", 18, false, "two neighbouring letters change places"},
    StepRule{Step::OneLetter, "typo", 20, false, "one letter differs"},
    StepRule{
        Step::SurnameForm, "surname_form", 22, false, "the other gender's form of the surname"},
    StepRule{
        Step::NameInMailbox,
        "in_mailbox",
        22,
        false,
        "a word of the record's mailbox, not of its name"},
    StepRule{
        Step::OtherName, "other_given_name", 24, false, "one letter, and it makes another name"},
    StepRule{Step::TwoLetters, "typo", 34, false, "two letters differ"},
    StepRule{Step::GenerationDiffers, "marks_differ", 45, false, "Jr. and Sr., or two numbers"},
    StepRule{Step::OtherWord, "conflict", 60, false, "a word of the name is another one"},
    StepRule{Step::NothingShared, "conflict", 100, false, "no word is shared"},
};

constexpr bool every_step_has_its_rule() {
    for (std::size_t i = 0; i < kStepRules.size(); ++i)
        if (kStepRules[i].step != static_cast<Step>(i)) return false;
    return kStepRules.size() == static_cast<std::size_t>(Step::NothingShared) + 1;
}
static_assert(every_step_has_its_rule());

std::uint64_t bit_of(Step step) {
    return std::uint64_t{1} << static_cast<unsigned>(step);
}

/// The bits of the steps that are orthography: computed by the compiler.
constexpr std::uint64_t orthography_bits() {
    std::uint64_t bits = 0;
    for (const auto& each : kStepRules)
        if (each.same_name) bits |= std::uint64_t{1} << static_cast<unsigned>(each.step);
    return bits;
}

} // namespace

std::span<const StepRule> step_rules() {
    return kStepRules;
}

const StepRule& rule(Step step) {
    return kStepRules[static_cast<std::size_t>(step)];
}

void Steps::add(Step step) {
    if (step == Step::None) return;
    const bool habit = rule(step).same_name || step == Step::Initial;
    if (habit && has(step)) return;
    seen_ |= bit_of(step);
    cost_ += rule(step).cost;
}

void Steps::add(const Steps& others) {
    for (const auto& each : kStepRules)
        if (others.has(each.step)) add(each.step);
}

bool Steps::same_name() const {
    constexpr std::uint64_t kOrthography = orthography_bits();
    return (seen_ & ~kOrthography) == 0;
}

Step Steps::dearest() const {
    Step found = Step::None;
    for (const auto& each : kStepRules)
        if (has(each.step) && each.cost >= rule(found).cost) found = each.step;
    return found;
}

} // namespace calfleet::matching
