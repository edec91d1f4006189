#include "common/core/phone_number.h"

#include "common/core/text.h"

#include <algorithm>
#include <array>

namespace calfleet {
namespace {

struct Country {
    std::string_view region;
    std::string_view code;         ///< ITU-T E.164
    std::string_view trunk{};      ///< dialled before an area within the country, never after code
    std::string_view abroad{"00"}; ///< dialled before another country's code
};

constexpr std::array kCountries{
    Country{"AE", "971", "0"},
    Country{"AL", "355", "0"},
    Country{"AM", "374", "0"},
    Country{"AR", "54", "0"},
    Country{"AT", "43", "0"},
    Country{"AU", "61", "0", "0011"},
    Country{"AZ", "994", "0"},
    Country{"BA", "387", "0"},
    Country{"BD", "880", "0"},
    Country{"BE", "32", "0"},
    Country{"BG", "359", "0"},
    Country{"BH", "973"},
    Country{"BR", "55", "0"},
    Country{"BY", "375", "80", "810"},
    Country{"CA", "1", "1", "011"},
    Country{"CH", "41", "0"},
    Country{"CL", "56"},
    Country{"CN", "86", "0"},
    Country{"CO", "57"},
    Country{"CY", "357"},
    Country{"CZ", "420"},
    Country{"DE", "49", "0"},
    Country{"DK", "45"},
    Country{"DZ", "213", "0"},
    Country{"EC", "593", "0"},
    Country{"EE", "372"},
    Country{"EG", "20", "0"},
    Country{"ES", "34"},
    Country{"ET", "251", "0"},
    Country{"FI", "358", "0"},
    Country{"FR", "33", "0"},
    Country{"GB", "44", "0"},
    Country{"GE", "995", "0"},
    Country{"GH", "233", "0"},
    Country{"GR", "30"},
    Country{"HK", "852", "", "001"},
    Country{"HR", "385", "0"},
    Country{"HU", "36", "06"},
    Country{"ID", "62", "0", "001"},
    Country{"IE", "353", "0"},
    Country{"IL", "972", "0"},
    Country{"IN", "91", "0"},
    Country{"IQ", "964", "0"},
    Country{"IR", "98", "0"},
    Country{"IS", "354"},
    Country{"IT", "39"},
    Country{"JO", "962", "0"},
    Country{"JP", "81", "0", "010"},
    Country{"KE", "254", "0", "000"},
    Country{"KR", "82", "0"},
    Country{"KW", "965"},
    Country{"KZ", "7", "8", "810"},
    Country{"LB", "961", "0"},
    Country{"LI", "423"},
    Country{"LK", "94", "0"},
    Country{"LT", "370", "0"},
    Country{"LU", "352"},
    Country{"LV", "371"},
    Country{"MA", "212", "0"},
    Country{"MC", "377"},
    Country{"MD", "373", "0"},
    Country{"ME", "382", "0"},
    Country{"MK", "389", "0"},
    Country{"MT", "356"},
    Country{"MX", "52"},
    Country{"MY", "60", "0"},
    Country{"NG", "234", "0", "009"},
    Country{"NL", "31", "0"},
    Country{"NO", "47"},
    Country{"NZ", "64", "0"},
    Country{"OM", "968"},
    Country{"PE", "51", "0"},
    Country{"PH", "63", "0"},
    Country{"PK", "92", "0"},
    Country{"PL", "48"},
    Country{"PT", "351"},
    Country{"QA", "974"},
    Country{"RO", "40", "0"},
    Country{"RS", "381", "0"},
    Country{"RU", "7", "8", "810"},
    Country{"SA", "966", "0"},
    Country{"SE", "46", "0"},
    Country{"SG", "65", "", "001"},
    Country{"SI", "386", "0"},
    Country{"SK", "421", "0"},
    Country{"SM", "378"},
    Country{"TH", "66", "0", "001"},
    Country{"TN", "216"},
    Country{"TR", "90", "0"},
    Country{"TW", "886", "0"},
    Country{"UA", "380", "0"},
    Country{"US", "1", "1", "011"},
    Country{"UY", "598", "0"},
    Country{"VE", "58", "0"},
    Country{"VN", "84", "0"},
    Country{"XK", "383", "0"},
    Country{"ZA", "27", "0"}};

constexpr std::size_t kLongest = 15;     // E.164
constexpr std::size_t kLeastInside = 10; // with its code, of a number that is not a short one

const Country* country_of(std::string_view region) {
    const auto found =
        std::find_if(kCountries.begin(), kCountries.end(), [&](const Country& country) {
            return country.region == region;
        });
    return found == kCountries.end() ? nullptr : &*found;
}

/// No code is the beginning of another.
const Country* country_dialled(std::string_view digits) {
    const auto found =
        std::find_if(kCountries.begin(), kCountries.end(), [&](const Country& country) {
            return digits.starts_with(country.code);
        });
    return found == kCountries.end() ? nullptr : &*found;
}

/// The number in its own digits, with a '+' where it begins with one. U+FF0B, U+FF10 to U+FF19 are
/// what Japanese keyboards write.
std::string signs_of(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        char sign = text[at];
        if (byte == 0xEF && at + 2 < text.size() && text[at + 1] == '\xBC') {
            const auto last = static_cast<unsigned char>(text[at + 2]);
            if (last == 0x8B) sign = '+';
            if (last >= 0x90 && last <= 0x99) sign = static_cast<char>('0' + (last - 0x90));
            at += 2;
        }
        // An extension: "x 12", "ext. 12", ";ext=12", "#12", "p12".
        const bool is_letter = (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z');
        if (!out.empty() && (is_letter || sign == ';' || sign == '#' || sign == ',')) break;
        if (sign >= '0' && sign <= '9') out += sign;
        if (sign == '+' && out.empty()) out += '+';
        // "+49 (0)151": the zero is dialled within the country only.
        if (sign == '(' && out.size() > 1 && text.substr(at).starts_with("(0)")) at += 2;
    }
    return out;
}

std::string without_trunk(const Country& country, std::string_view digits) {
    std::string_view rest = digits.substr(country.code.size());
    if (country.trunk.starts_with('0') && rest.starts_with(country.trunk))
        rest.remove_prefix(country.trunk.size());
    return std::string(country.code) + std::string(rest);
}

std::string abroad_digits(std::string_view digits) {
    const Country* country = country_dialled(digits);
    return country == nullptr ? std::string(digits) : without_trunk(*country, digits);
}

std::string national_digits(const Country& country, std::string_view digits) {
    // "49 151 ..." without the plus: nothing within the country begins without its trunk prefix.
    const bool has_code =
        digits.starts_with(country.code) && digits.size() >= kLeastInside && !country.trunk.empty();
    if (has_code && (country.code != country.trunk || digits.size() == kLeastInside + 1))
        return without_trunk(country, digits);
    std::string_view rest = digits;
    if (!country.trunk.empty() && rest.starts_with(country.trunk))
        rest.remove_prefix(country.trunk.size());
    return std::string(country.code) + std::string(rest);
}

} // namespace

bool is_international_phone(std::string_view text) {
    return signs_of(text).starts_with('+');
}

std::string canonical_phone(std::string_view text, std::string_view region) {
    const std::string signs = signs_of(trim(text));
    const bool has_plus = signs.starts_with('+');
    const std::string_view digits = std::string_view(signs).substr(has_plus ? 1 : 0);
    if (digits.empty()) return {};
    const Country* country = country_of(region);
    std::string number(digits);
    const std::string_view abroad = country == nullptr ? "00" : country->abroad;
    if (has_plus)
        number = abroad_digits(digits);
    else if (digits.starts_with(abroad) && digits.size() > abroad.size() + 6)
        number = abroad_digits(digits.substr(abroad.size()));
    else if (country != nullptr)
        number = national_digits(*country, digits);
    return number.size() > kLongest ? std::string() : number;
}

} // namespace calfleet
