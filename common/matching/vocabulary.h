#pragma once
// The words that names, display names and mailboxes are decorated with, in the
// languages of the staff we serve.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::matching {

// Words are lower case; words in Latin letters are folded to ASCII ("ä" as
// "ae"), others are as written.

bool is_title(std::string_view word);           ///< dr, frau, mr, dipl, ... never a name
bool is_doctorate(std::string_view word);       ///< dr, prof, mudr, ...: tells namesakes apart
bool is_title_or_name(std::string_view word);   ///< phil, ing, mag, ...: titles that are one only
                                                ///< with a dot or behind another title
bool is_ambiguous_title(std::string_view word); ///< don, bay, pan, ...: a title or a name
bool is_degree(std::string_view word);          ///< phd, msc, ...: only behind a name
bool is_dotted_degree(std::string_view word);   ///< "ma" of "M.A.", "ba", "do":
                                                ///< only when written with dots
bool is_particle(std::string_view word);        ///< von, van, de, al, bin, ...
/// Canonical generation mark ("jr", "sr", "2", "3", ...) of a word behind a
/// name; empty when it is none.
std::string_view generation_mark(std::string_view word, bool dotted);
bool is_occupation(std::string_view word);         ///< stylist, therapeutin, inhaberin, ...
bool is_resource(std::string_view word);           ///< besprechungsraum, team, reception,
                                                   ///< ...: no person is called so
bool is_resource_head(std::string_view word);      ///< room, hall, stuhl, ...: a
                                                   ///< resource, or a surname
bool is_resource_companion(std::string_view word); ///< colours, floors, ...: beside a head only
bool leads_a_resource(std::string_view word);      ///< raum, room, zimmer, ...: whatever follows
                                                   ///< is a room
bool is_organisation(std::string_view word);       ///< salon, praxis, studio, clinic, ...
bool is_legal_form(std::string_view word);         ///< gmbh, ltd, inc, ...
bool is_partner(std::string_view word);            ///< soehne, partner, ...: behind "and" in the
                                                   ///< name of a business
bool is_remark(std::string_view word);             ///< nicht, test, copy, ...: about the account
                                                   ///< rather than about the person
bool is_remark_of_absence(std::string_view word);  ///< ehemalig, former, vertretung, inaktiv, ...
bool is_maiden_name_word(std::string_view word);   ///< geb, nee, born, ...
bool is_decoration(std::string_view word);         ///< she, her, extern, online, termine, ...
bool is_placeholder(std::string_view word);        ///< unknown, deleted, null, ...
bool is_vietnamese_family_name(std::string_view word);
bool is_east_asian_family_name(std::string_view word); ///< Chinese and Korean: li, wang, kim, ...
bool is_patronymic(std::string_view word); ///< ivanovich, sergeevna, ... (Latin letters)

bool is_role_mailbox(std::string_view local_part); ///< info, empfang, office2, team.berlin, ...
bool is_role_word(std::string_view word);          ///< a word of role mailboxes
bool is_fancy_word(std::string_view word);         ///< sunny, haarfee, ...: of a made-up user name
bool is_free_mail(std::string_view domain);
bool is_private_domain_word(std::string_view word); ///< familie, family, web, ...: of a home's own
                                                    ///< domain, beside the name

// Given names, in all languages of the staff we serve. Ambiguity is kept: Alex is a form of
// Alexander and of Alexandra, Toni of Anton and of Antonia; two full names that share a short form
// (Melanie and Melissa, both Mel), and two short forms of one name (Liz and Beth), are not the
// same.

/// Both words are forms of one given name: Bob and Robert, Sasha and Alexander, Katarzyna and
/// Katharina.
bool same_given_name(std::string_view a, std::string_view b);
/// A given name that exists: two different ones are two people rather than a typing error (Heike
/// and Heiko, Andrea and Andreas), and two words that are both one may stand in either order. Many
/// family names are given names, too (Martin, Werner): the answer says nothing about the other use.
bool is_known_given_name(std::string_view word);
/// The word may stand for another given name: Alex, Conny, Basti, also Max and Lena, which are
/// names of their own as well.
bool is_short_form(std::string_view word);
/// The given names the word is a form of: twice the number of the name, plus
/// one when it is a full form.
std::vector<std::uint16_t> given_name_groups(std::string_view word);
/// The first letters of all of them, one bit each as letters_of() has them.
std::uint32_t given_name_beginnings(std::string_view word);
/// All forms of the given name, itself included; empty when it is unknown.
std::vector<std::string> given_name_forms(std::string_view word);

/// Who bears a given name. Unknown when both do (Andrea, Kim, Sascha), or nothing is known.
enum class NameGender { Unknown, Female, Male };
NameGender given_name_gender(std::string_view word);

/// A family name that many people have. Two different ones are two people rather than a typing
/// error (Schmid and Schmidt, Hofmann and Hoffmann); a word that is none may well be a mistyped
/// one.
bool is_common_family_name(std::string_view word);

} // namespace calfleet::matching
