#pragma once
// Which staff members a host's name, mailbox or user name may mean: an index that leaves out only
// whom no comparison could bring near. Inside common/matching only.

#include "common/matching/mailbox.h"
#include "common/matching/person_name.h"

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

namespace calfleet::matching {

/// Places in the company's list of staff, sorted and without doubles.
using Places = std::vector<std::uint32_t>;

class StaffWords {
public:
    void add(std::uint32_t place, const DisplayName& name, const Mailbox& mailbox);
    /// Once, behind the last add().
    void finish();

    /// Everybody of whose name one word is a spelling of one of the host's or has a likely error,
    /// and another may at least be a form of one: nobody else can be linked or forbid a link.
    Places near(const DisplayName& host) const;
    /// Everybody with a word that stands in the handle, and perhaps others.
    Places within(const Handle& handle) const;
    /// Everybody whose mailbox has the key, and perhaps others.
    Places with_mailbox(std::string_view key) const;

private:
    /// One spelling of one word.
    struct Entry {
        std::uint32_t letters;    ///< that it holds; of a native word: that it may hold
        std::uint32_t beginnings; ///< the letters that it may begin with
        std::uint32_t key;        ///< of the loose spelling
        std::uint32_t exact;      ///< of the spelling itself
        std::uint32_t place;
        std::uint16_t native; ///< the Arabic or Hebrew name that it spells
        std::uint16_t group;  ///< the given name that it is a form of
        std::uint8_t length;
        std::uint8_t word;          ///< of a host: which of its words this is a spelling of
        bool is_native{false};      ///< letters and beginnings are what is possible
        bool guessed_vowels{false}; ///< compared by its consonants
        bool is_listed{false};      ///< a known spelling of a native name: compared by its key
        bool is_alone{false};       ///< of the staff: the only word of the name
    };
    /// The words of a host's name.
    struct HostWords {
        std::vector<Entry> fuzzy;  ///< in full
        std::vector<Entry> listed; ///< by their keys
        std::bitset<256> keys;     ///< of all of them, as a set that may say yes too often
    };
    struct Owner {
        std::uint32_t key;
        std::uint32_t place;
    };

    void add_token(std::uint32_t place, const Token& token);
    /// key: the loose_key() of the word.
    Entry& add_word(std::uint32_t place, std::string_view word, std::string_view key);
    /// Which of the host's words the entry may be, one bit each.
    static std::uint32_t agreeing(const Entry& entry, const HostWords& host, bool is_vague);
    Places near_words(const HostWords& host, bool is_vague) const;
    static HostWords words_of(const DisplayName& host);
    /// Spellings of one another, or with as many errors as are likely.
    static bool may_be(const Entry& entry, const Entry& word);
    /// One may begin or end with the other: "Konsti" of Konstantin, "Annamüller" of Anna.
    static bool may_be_part(const Entry& entry, const Entry& word);
    /// What a second word may be when the first agrees: a short form, an initial.
    static bool may_go_along(const Entry& entry, const Entry& word);

    std::vector<Entry> entries_; ///< by place
    std::vector<Owner> owners_;  ///< by key
};

} // namespace calfleet::matching
