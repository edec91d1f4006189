#pragma once
// E-mail addresses and user names as evidence: which mailbox it is, and whom
// its name fits.

#include "common/matching/person_name.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

struct Mailbox {
    std::string key;     ///< equal for addresses that reach the same mailbox; empty
                         ///< when there is none
    std::string exact;   ///< the same with plus-tag and dots
    std::string local;   ///< without plus-tag
    std::string domain;  ///< lower case; international domains as punycode
    bool is_role{false}; ///< info@, empfang@, ...: a desk rather than a person

    explicit operator bool() const { return !key.empty(); }
};

/// Accepts "Anna <anna@x.de>", "mailto:", blanks, full-width letters. Anything
/// that is no address gives an empty mailbox: a broken address is no evidence.
Mailbox read_mailbox(std::string_view text);

/// A provider of private mailboxes, known by its name in any country: gmx.li, yahoo.pl.
bool is_private_mail(std::string_view domain);

/// How well a local part or user name fits a person's name.
enum class HandleFit {
    None,
    Initials, ///< "am"
    Part,     ///< "anna", "mueller", "mueller23"
    Whole,    ///< "anna.mueller", "amueller", "muellera"
};

/// A local part or user name taken apart once, for comparing it with many
/// names.
struct Handle {
    std::vector<std::string> words; ///< lower case ASCII; digits and punctuation separate
    std::string letters;            ///< the words without anything between them
    std::vector<std::vector<std::uint16_t>> groups; ///< of each word, see FormFacts::groups
};

Handle read_handle(std::string_view handle);

HandleFit handle_fit(const Handle& handle, const DisplayName& name);
HandleFit handle_fit(std::string_view handle, const DisplayName& name);

/// "b.mueller" beside Anna Müller: the family name with another initial.
bool has_other_initial(std::string_view handle, const DisplayName& name);

/// Looks like a person's name rather than like a nickname or a number:
/// "peter.schmidt".
bool looks_like_full_name(std::string_view handle);

/// Made of words rather than names, or with digits: "haarfee.berlin",
/// "sunny_girl22".
bool is_fancy_handle(std::string_view handle);

/// A single word of at least four letters ("schmidt"), digits aside.
bool looks_like_one_name(std::string_view handle);

} // namespace calfleet::matching
