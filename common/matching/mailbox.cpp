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

} // namespace

bool is_private_mail(std::string_view domain) {
    if (is_free_mail(domain)) return true;
    const auto label = std::string{domain.substr(0, domain.find('.'))};
    for (const auto* country :
         {".com", ".de", ".net", ".cz", ".ch", ".at", ".pl", ".it", ".fr", ".ru"})
        if (is_free_mail(label + country)) return true;
    return false;
}

Mailbox read_mailbox(std::string_view text) {
    auto address = to_utf8(clean(text.substr(0, 4 * kMaxAddress), kMaxAddress));
    if (const auto open = address.rfind('<'); open != std::string::npos) {
        address = address.substr(open + 1, address.find('>', open) - open - 1);
    }
    // clean() turns "<" into a blank, so the address is the word that holds the
    // "@".
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

} // namespace calfleet::matching
