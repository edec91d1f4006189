#pragma once
// The word lists of common/matching/data as tables in read-only memory: sorted when the program is
// built, searched by halving, nothing to set up when it starts. Inside common/matching only.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace calfleet::matching {

/// The words of a list, sorted by bytes. To add a list: a file in data/ (data/README.md), its name
/// in CMakeLists.txt, and a line at the end of this header.
struct WordTable {
    const char* letters{nullptr};         ///< all words without anything between them
    const std::uint32_t* starts{nullptr}; ///< size + 1 places in letters
    std::uint32_t size{0};

    std::string_view operator[](std::size_t number) const {
        return {letters + starts[number], starts[number + 1] - starts[number]};
    }
    /// The number of the word; nothing when the list does not have it.
    std::optional<std::uint32_t> find(std::string_view word) const;
    bool contains(std::string_view word) const { return find(word).has_value(); }
    /// The word ends with one of the list; when that one is in Latin letters, the word has at least
    /// as many bytes.
    bool has_ending_of(std::string_view word, std::size_t least_bytes) const;
};

/// A part of an array in a table.
template <class T>
struct TablePart {
    const T* first{nullptr};
    const T* last{nullptr};

    const T* begin() const { return first; }
    const T* end() const { return last; }
    bool empty() const { return first == last; }
    std::size_t size() const { return static_cast<std::size_t>(last - first); }
};

/// Lines "left left: right right" of a list: each is a group, and both sides are its members.
struct GroupTable {
    WordTable words;                                 ///< of both sides
    const std::uint32_t* membership_starts{nullptr}; ///< words.size + 1 places in memberships
    const std::uint16_t* memberships{nullptr};       ///< twice the group, plus one on the left side
    const std::uint32_t* member_starts{nullptr};     ///< size + 1 places in members
    const std::uint16_t* members{nullptr};           ///< numbers of words, left ones first
    std::uint32_t size{0};                           ///< how many groups

    /// The groups the word is a member of: twice the group, plus one on the left side.
    TablePart<std::uint16_t> groups_of(std::string_view word) const;
    /// The numbers of the group's words, those on the left first.
    TablePart<std::uint16_t> members_of(std::size_t group) const;
    /// The first word of the group.
    std::string_view name_of(std::size_t group) const { return words[*members_of(group).begin()]; }
};

// One for each file of data/, named after it.

extern const WordTable kAmbiguousTitles;
extern const WordTable kDecorations;
extern const WordTable kDegrees;
extern const WordTable kDoctorates;
extern const WordTable kDottedDegrees;
extern const GroupTable kDottedGenerationMarks;
extern const WordTable kEastAsianFamilyNames;
extern const GroupTable kEnglishShortForms;
extern const WordTable kFamilyNames;
extern const WordTable kFancyHandleWords;
extern const WordTable kFemaleGivenNames;
extern const WordTable kFreeMailDomains;
extern const GroupTable kGenerationMarks;
extern const GroupTable kGivenNameForms;
extern const WordTable kGivenNames;
extern const GroupTable kJapaneseFamilyNames;
extern const GroupTable kJapaneseGivenNames;
extern const WordTable kLeadingRooms;
extern const WordTable kLegalForms;
extern const WordTable kMaidenNameWords;
extern const WordTable kMaleGivenNames;
extern const GroupTable kNamesWithoutVowels;
extern const WordTable kOccupationEndings;
extern const WordTable kOccupations;
extern const WordTable kOrganisationEndings;
extern const WordTable kOrganisations;
extern const WordTable kParticles;
extern const WordTable kPartners;
extern const WordTable kPatronymicEndings;
extern const WordTable kPlaceholders;
extern const WordTable kPrivateDomainWords;
extern const WordTable kRemarks;
extern const WordTable kRemarksOfAbsence;
extern const WordTable kResourceCompanions;
extern const WordTable kResourceEndings;
extern const WordTable kResourceHeads;
extern const WordTable kResources;
extern const WordTable kRoleWords;
extern const WordTable kSharedGivenNames;
extern const GroupTable kShortForms;
extern const WordTable kTitles;
extern const WordTable kTitlesOrNames;
extern const WordTable kVietnameseFamilyNames;

} // namespace calfleet::matching
