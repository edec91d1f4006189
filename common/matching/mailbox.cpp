#include "common/matching/mailbox.h"

#include "common/matching/vocabulary.h"

#include <unicode/idna.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>
#include <unordered_set>

namespace calfleet::matching {
namespace {

constexpr std::size_t kMaxAddress = 320;

std::string ascii_domain(const std::string& domain) {
    if (std::all_of(domain.begin(), domain.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x80;
        }))
        return domain;
    UErrorCode status = U_ZERO_ERROR;
    static const std::unique_ptr<icu::IDNA> kIdna{
        icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_ASCII, status)};
    if (!kIdna) return domain;
    icu::IDNAInfo info;
    icu::UnicodeString out;
    status = U_ZERO_ERROR;
    kIdna->nameToASCII(icu::UnicodeString::fromUTF8(domain), out, info, status);
    if (U_FAILURE(status) || info.hasErrors()) return domain;
    std::string ascii;
    return out.toUTF8String(ascii);
}

/// Lower case letters of the words of a handle; digits and punctuation separate.
std::vector<std::string> handle_words(std::string_view handle) {
    std::vector<std::string> words(1);
    for (const char32_t c : clean(handle, 64)) {
        if (is_letter(c))
            words.back() += latin_forms(std::u32string{c}, script_of(c)).empty()
                                ? ""
                                : latin_forms(std::u32string{c}, script_of(c)).front();
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

std::string join(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words)
        all += word;
    return all;
}

HandleFit fit_pair(const std::string& handle, const std::string& x, const std::string& y) {
    if (x.empty() || y.empty()) return HandleFit::None;
    if (handle == x + y || handle == y + x) return HandleFit::Whole;
    if (y.size() >= 3 && (handle == x.substr(0, 1) + y || handle == y + x.substr(0, 1)))
        return HandleFit::Whole;
    if (x.size() >= 3 && y.size() >= 3 && handle.find(x) != std::string::npos &&
        handle.find(y) != std::string::npos && handle.size() >= x.size() + y.size()) {
        return HandleFit::Whole;
    }
    if (handle.size() == 2 && handle == x.substr(0, 1) + y.substr(0, 1)) return HandleFit::Initials;
    return HandleFit::None;
}

bool fits_word(
    const std::string& handle, const std::vector<std::string>& words, const std::string& form
) {
    if (form.size() >= 4 && handle.find(form) != std::string::npos) return true;
    return std::any_of(words.begin(), words.end(), [&](const auto& word) {
        return word == form || (word.size() >= 3 && (same_given_name(word, form) ||
                                                     (word.size() >= 4 && form.starts_with(word))));
    });
}

HandleFit fit_reading(
    const std::string& handle, const std::vector<std::string>& words, const PersonName& name
) {
    auto best = HandleFit::None;
    std::string initials;
    for (const auto& token : name.tokens) {
        if (token.forms.empty()) continue;
        initials += token.forms.front().front();
        for (const auto& form : token.forms) {
            if (form.size() >= 2 && fits_word(handle, words, form))
                best = std::max(best, HandleFit::Part);
            for (const auto& other : name.tokens) {
                if (&other == &token) continue;
                for (const auto& second : other.forms) {
                    best = std::max(best, fit_pair(handle, form, second));
                    if (words.size() == 2 && words[1] == second && second.size() >= 3 &&
                        words[0].size() >= 3 && same_given_name(words[0], form))
                        best = HandleFit::Whole;
                }
            }
        }
    }
    if (name.tokens.size() == 1 && best == HandleFit::Part &&
        handle == name.tokens.front().forms.front())
        best = HandleFit::Whole;
    std::string all;
    for (const auto& token : name.tokens)
        all += token.forms.empty() ? "" : token.forms.front();
    if (all.size() >= 5 && handle == all) return HandleFit::Whole;
    if (handle.size() >= 2 && handle == initials) best = std::max(best, HandleFit::Initials);
    return best;
}

} // namespace

bool is_role_mailbox(std::string_view local_part) {
    static const std::unordered_set<std::string> kRoles{
        "info",
        "information",
        "infos",
        "kontakt",
        "contact",
        "contacto",
        "contato",
        "contatti",
        "contact.us",
        "contacts",
        "office",
        "buero",
        "bureau",
        "oficina",
        "empfang",
        "rezeption",
        "reception",
        "recepcion",
        "recepcja",
        "recepce",
        "recepcio",
        "accueil",
        "receptie",
        "reception1",
        "resepsiyon",
        "frontdesk",
        "welcome",
        "team",
        "equipe",
        "equipo",
        "ekip",
        "zespol",
        "praxis",
        "salon",
        "studio",
        "klinik",
        "clinic",
        "clinica",
        "kanzlei",
        "mail",
        "email",
        "post",
        "hello",
        "hallo",
        "hi",
        "hola",
        "bonjour",
        "ciao",
        "termin",
        "termine",
        "booking",
        "bookings",
        "buchung",
        "reservierung",
        "reservation",
        "reservations",
        "reservas",
        "rendezvous",
        "rdv",
        "appointments",
        "appointment",
        "randevu",
        "cita",
        "citas",
        "prenotazioni",
        "agenda",
        "kalender",
        "calendar",
        "support",
        "service",
        "help",
        "helpdesk",
        "sales",
        "vertrieb",
        "verkauf",
        "marketing",
        "admin",
        "administrator",
        "administration",
        "verwaltung",
        "sekretariat",
        "secretariat",
        "secretaria",
        "segreteria",
        "sekretariaat",
        "sekretariatet",
        "noreply",
        "no.reply",
        "donotreply",
        "postmaster",
        "webmaster",
        "hostmaster",
        "root",
        "billing",
        "rechnung",
        "rechnungen",
        "buchhaltung",
        "accounting",
        "invoice",
        "jobs",
        "karriere",
        "bewerbung",
        "hr",
        "personal",
        "shop",
        "store",
        "filiale",
        "zentrale",
        "direktion",
        "leitung",
        "management",
        "manager",
        "inhaber",
        "chef",
        "staff",
        "mitarbeiter",
        "all",
        "alle",
        "everyone",
        "group",
        "gruppe",
        "iletisim",
        "bilgi",
        "poczta",
        "biuro",
        "kancelaria",
        "gabinet",
        "ordination",
        "anmeldung",
        "assistenz",
        "dispo",
        "schalter",
        "kasse",
        "kosmetik",
        "physio",
        "therapie",
        "hair",
        "beauty",
        "friseur",
        "system",
        "user",
        "test",
        "demo",
        "calcom",
        "cal",
        "kundenservice",
        "kundendienst",
        "customer",
        "customerservice",
        "enquiries",
        "inquiries",
        "enquiry",
        "ufficio",
        "amministrazione",
        "administracion",
        "secretary",
        "firma",
        "company",
        "urad",
        "uredno",
        "iroda",
        "titkarsag",
        "ugyfelszolgalat",
        "posta",
        "correo",
        "kliniken",
        "praxisteam",
        "zahnarztpraxis",
        "arztpraxis"};
    const auto words = handle_words(local_part);
    if (words.empty()) return false;
    if (kRoles.contains(join(words))) return true;
    return kRoles.contains(words.front()) ||
           (words.size() > 1 && words.size() <= 3 && kRoles.contains(words.back()) &&
            words.back().size() >= 4);
}

Mailbox read_mailbox(std::string_view text) {
    auto address = to_utf8(clean(text.substr(0, 4 * kMaxAddress), kMaxAddress));
    if (const auto open = address.rfind('<'); open != std::string::npos) {
        address = address.substr(open + 1, address.find('>', open) - open - 1);
    }
    // clean() turns "<" into a blank, so the address is the word that holds the "@".
    const auto at_sign = address.rfind('@');
    if (at_sign == std::string::npos) return {};
    auto from = address.rfind(' ', at_sign);
    from = from == std::string::npos ? 0 : from + 1;
    if (from == at_sign && at_sign > 0) { // "anna @x.de"
        const auto end = address.find_last_not_of(' ', at_sign - 1);
        if (end == std::string::npos) return {};
        const auto start = address.rfind(' ', end);
        address = address.substr(
                      start == std::string::npos ? 0 : start + 1,
                      end - (start == std::string::npos ? 0 : start + 1) + 1
                  ) +
                  address.substr(at_sign);
        from = 0;
    }
    std::string compact;
    bool seen_at = false;
    bool ended = false;
    for (const char c : std::string_view{address}.substr(from)) {
        if (c == ' ') {
            if (seen_at && !compact.empty() && compact.back() != '@') ended = true;
            continue;
        }
        if (ended) break;
        seen_at |= c == '@';
        compact.push_back(c);
    }
    if (compact.starts_with("mailto:")) compact.erase(0, 7);
    while (!compact.empty() &&
           std::string_view{".,;:'\"()[]"}.find(compact.back()) != std::string_view::npos)
        compact.pop_back();
    while (!compact.empty() &&
           std::string_view{"'\"([;:,"}.find(compact.front()) != std::string_view::npos)
        compact.erase(0, 1);
    const auto at = compact.rfind('@');
    if (at == std::string::npos || at == 0 || at + 1 == compact.size()) return {};
    Mailbox mailbox;
    mailbox.local = compact.substr(0, at);
    mailbox.domain = ascii_domain(compact.substr(at + 1));
    if (mailbox.domain.find('.') == std::string::npos ||
        mailbox.local.find('@') != std::string::npos)
        return {};
    if (mailbox.domain == "googlemail.com") mailbox.domain = "gmail.com";
    mailbox.exact = mailbox.local + "@" + mailbox.domain;
    if (const auto plus = mailbox.local.find('+'); plus != std::string::npos && plus > 0)
        mailbox.local.resize(plus);
    auto key = mailbox.local;
    if (mailbox.domain == "gmail.com") std::erase(key, '.');
    mailbox.key = key + "@" + mailbox.domain;
    mailbox.is_role = is_role_mailbox(mailbox.local);
    return mailbox;
}

HandleFit handle_fit(std::string_view handle, const DisplayName& name) {
    const auto words = handle_words(handle);
    const auto letters = join(words);
    auto best = HandleFit::None;
    if (letters.empty()) return best;
    for (const auto& reading : name.readings)
        best = std::max(best, fit_reading(letters, words, reading));
    return best;
}

bool has_other_initial(std::string_view handle, const DisplayName& name) {
    const auto words = handle_words(handle);
    if (words.empty() || name.readings.empty()) return false;
    const auto& tokens = name.readings.front().tokens;
    for (const auto& family : tokens) {
        for (const auto& form : family.forms) {
            if (form.size() < 4) continue;
            std::string initial;
            if (words.size() == 2 && words[0].size() == 1 && words[1] == form)
                initial = words[0];
            else if (words.size() == 2 && words[1].size() == 1 && words[0] == form)
                initial = words[1];
            else if (words.size() == 1 && words[0].size() == form.size() + 1 && words[0].ends_with(form))
                initial = words[0].substr(0, 1);
            if (initial.empty()) continue;
            return std::none_of(tokens.begin(), tokens.end(), [&](const Token& t) {
                return std::any_of(t.forms.begin(), t.forms.end(), [&](const auto& f) {
                    return &t != &family && f.starts_with(initial);
                });
            });
        }
    }
    return false;
}

bool looks_like_full_name(std::string_view handle) {
    const auto words = handle_words(handle);
    const bool clean_words =
        std::all_of(words.begin(), words.end(), [](const auto& w) { return !w.empty(); });
    if (words.size() == 2 && clean_words) {
        return (words[0].size() >= 3 && words[1].size() >= 3) ||
               (words[0].size() == 1 && words[1].size() >= 4);
    }
    return words.size() == 3 &&
           std::all_of(words.begin(), words.end(), [](const auto& w) { return w.size() >= 3; });
}

bool looks_like_one_name(std::string_view handle) {
    const auto words = handle_words(handle);
    return words.size() == 1 && words.front().size() >= 4;
}

} // namespace calfleet::matching
