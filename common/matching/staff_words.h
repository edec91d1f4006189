#pragma once
// Which staff members a host's name, mailbox or user name may mean: an index that leaves out only
// whom no comparison could bring near. Inside common/matching only.

#include "common/matching/mailbox.h"
#include "common/matching/person_name.h"

#include <cstdint>
#include <string>
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

    /// Everybody with a word that is a spelling, an error or a form of one of the host's.
    Places near(const DisplayName& host) const;
    /// Everybody with a word that the handle's letters hold.
    Places within(const Handle& handle) const;
    /// Everybody whose mailbox has the key.
    Places with_mailbox(std::string_view key) const;

private:
    struct Entry {
        std::uint32_t letters;    ///< of the Latin spelling, or all that a native word may hold
        std::uint32_t beginnings; ///< the letters that it may begin with
        std::uint32_t key;        ///< of the loose spelling
        std::uint32_t place;
        std::uint16_t native; ///< the Arabic or Hebrew name that it spells
        std::uint8_t length;
        bool is_native;      ///< letters and beginnings are what is possible
        bool guessed_vowels; ///< compared by its consonants
    };
    struct Owner {
        std::uint32_t key;
        std::uint32_t place;
    };

    void add_token(std::uint32_t place, const Token& token);
    void add_word(std::uint32_t place, std::string_view word, std::uint16_t native);
    static bool may_be(const Entry& entry, const Entry& word);
    static std::vector<Entry> words_of(const DisplayName& name);

    std::vector<Entry> entries_;
    std::vector<Owner> owners_;
};

} // namespace calfleet::matching
