#pragma once
// A display name taken apart: who is named, what only decorates, and whether a
// person is named at all.

#include "common/matching/fold.h"
#include "common/matching/name_steps.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

/// What the lists know of one spelling, looked up once.
struct FormFacts {
    bool is_known_given_name{false};
    std::vector<std::uint16_t> groups;  ///< given names it is a form of: twice the
                                        ///< number, plus one for full forms
    std::vector<std::uint16_t> natives; ///< Arabic and Hebrew names it spells
    std::string key;                    ///< loose_key()
    std::uint32_t letters{0};           ///< letters_of()
    std::uint32_t other_beginnings{0};  ///< first letters of all forms of the given names
};

/// A native name whose Latin spellings are listed, as many names without vowels are.
struct ListedName {
    std::vector<std::string> spellings;
    std::vector<std::string> keys; ///< loose_key() of each spelling
};

struct Token {
    std::string exact; ///< as written, lower case
    Script script{Script::Latin};
    std::u32string native;             ///< comparable spelling in its own script; empty for Latin
    std::vector<std::string> forms;    ///< ASCII spellings, best first
    std::vector<FormFacts> facts;      ///< one for each form
    const ListedName* listed{nullptr}; ///< a native name whose spellings are known
    std::uint32_t may_begin{0};        ///< of a native word: possible_letters(); 0 when unknown
    std::uint32_t may_hold{0};
    bool is_title_like{false}; ///< an ambiguous title: don, bey, ...
    bool is_vietnamese_family{false};
    bool is_patronymic{false};
    bool is_initial{false};
    bool is_optional{false};    ///< a particle or an ambiguous title: may be missing on one side
    bool follows_hyphen{false}; ///< second half of a double name
};

struct PersonName {
    std::vector<Token> tokens;
    std::vector<std::string> marks; ///< sorted: "jr", "sr", "2", ...: they tell namesakes apart
    bool family_first{false};       ///< written "Last, First" (tokens are in the order First Last)
    bool has_doctorate{false};      ///< Dr., Prof., MUDr.: what tells a namesake from another
    Steps steps{};                  ///< what it takes to read the display name so

    /// Words but for particles and titles.
    std::size_t main_words() const;
};

enum class NameKind {
    Person,
    Empty,        ///< nothing, or only words like "unknown"
    Resource,     ///< a room, a team, a device
    Organisation, ///< a business
};

struct DisplayName {
    NameKind kind{NameKind::Empty};
    bool kind_is_certain{true};       ///< false: the words that say Resource are
                                      ///< surnames too (Hall, Raum)
    std::vector<PersonName> readings; ///< ways to read the person, most likely first; at most four
    std::vector<PersonName> others;   ///< further people who are named beside
    std::vector<std::string> decorations; ///< folded words outside the name, places among them
    bool absent{false};                   ///< "former", "substitute for", ...
    bool resource_beside{false};          ///< "Room 2 - Anna"
    bool several_people{false};           ///< "Anna & Peter"
    bool mixed_scripts{false};            ///< one word mixes Latin with look-alike letters
    bool strange_tail{false};             ///< a command, markup, a note behind the name
    std::string mailbox;                  ///< the whole name is an e-mail address
    std::string resource;                 ///< of a Resource: all that is written, in small letters
};

DisplayName read_display_name(std::string_view utf8);

} // namespace calfleet::matching
