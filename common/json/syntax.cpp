#include "common/json/syntax.h"

#include "common/core/text.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

namespace calfleet::json {
namespace {

class Scanner {
public:
    /// mends: nothing is mended without.
    explicit Scanner(std::string_view text, std::vector<Mend>* mends = nullptr)
        : text_(text)
        , mends_(mends) {}

    std::optional<Mistake> scan() {
        if (!document()) return mistake_;
        return std::nullopt;
    }

private:
    enum class Next { Value, ValueOrEnd, Key, KeyOrEnd, CommaOrEnd };

    bool at_end() const { return at_ >= text_.size(); }
    char here() const { return text_[at_]; }

    bool wrong(std::string what) {
        if (at_end()) what = "ends too early (" + what + ")";
        mistake_ = {at_, std::move(what)};
        return false;
    }

    void skip_blanks() {
        while (!at_end() && (here() == ' ' || here() == '\t' || here() == '\r' || here() == '\n'))
            ++at_;
    }

    bool take(char c) {
        if (at_end() || here() != c) return false;
        ++at_;
        return true;
    }

    bool document() {
        Next next = Next::Value;
        do {
            skip_blanks();
            if (!step(next)) return false;
        } while (!open_.empty());
        skip_blanks();
        return at_end() || wrong("text behind the end of the document");
    }

    // Takes one token and says what may follow.
    bool step(Next& next) {
        const char closing = open_.empty() || open_.back() == '{' ? '}' : ']';
        const bool may_end =
            next == Next::ValueOrEnd || next == Next::KeyOrEnd || next == Next::CommaOrEnd;
        if (may_end && take(closing)) {
            open_.pop_back();
            next = Next::CommaOrEnd;
            return true;
        }
        if (next == Next::CommaOrEnd) {
            if (!take(','))
                return wrong(closing == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
            next = closing == '}' ? Next::Key : Next::Value;
            return true;
        }
        if (next == Next::Key || next == Next::KeyOrEnd) return key(next);
        return value(next);
    }

    bool key(Next& next) {
        if (at_end() || here() != '"') return wrong("expected a key in quotes");
        if (!string()) return false;
        skip_blanks();
        if (!take(':')) return wrong("expected ':'");
        next = Next::Value;
        return true;
    }

    bool value(Next& next) {
        if (at_end()) return wrong("expected a value");
        if (here() == '{' || here() == '[') {
            next = here() == '{' ? Next::KeyOrEnd : Next::ValueOrEnd;
            open_.push_back(here());
            ++at_;
            return true;
        }
        next = Next::CommaOrEnd;
        if (here() == '"') return string();
        if (here() == '-' || (here() >= '0' && here() <= '9')) return number();
        return word();
    }

    bool word() {
        for (const std::string_view literal : {"true", "false", "null"}) {
            if (!text_.substr(at_).starts_with(literal)) continue;
            at_ += literal.size();
            return at_end() ||
                   std::string_view(" \t\r\n,]}").find(here()) != std::string_view::npos ||
                   wrong("expected a value");
        }
        return wrong("expected a value");
    }

    bool digits() {
        const std::size_t before = at_;
        while (!at_end() && here() >= '0' && here() <= '9')
            ++at_;
        return at_ > before || wrong("expected a digit");
    }

    bool number() {
        const std::size_t start = at_;
        take('-');
        if (take('0')) {
            if (!at_end() && here() >= '0' && here() <= '9')
                return wrong("a number must not start with 0");
        } else if (!digits()) {
            return false;
        }
        const std::size_t whole_end = at_;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!digits()) return false;
        }
        return in_range(text_.substr(start, at_ - start), at_ == whole_end, start);
    }

    bool mend(std::size_t offset, std::string instead) {
        if (mends_ == nullptr || mends_->size() == kMostMends) return false;
        mends_->push_back({offset, at_ - offset, std::move(instead)});
        return true;
    }

    bool in_range(std::string_view number, bool whole, std::size_t start) {
        std::int64_t integer{};
        std::uint64_t natural{};
        const char* end = number.data() + number.size();
        const bool fits = whole ? std::from_chars(number.data(), end, integer).ec == std::errc{} ||
                                      std::from_chars(number.data(), end, natural).ec == std::errc{}
                                : parses_finite(number);
        if (fits) return true;
        // As a double nobody takes it for an identity, and no document is lost that only holds it.
        const std::string_view beyond = number.starts_with('-') ? "-1e308" : "1e308";
        if (mend(start, parses_finite(number) ? std::string(number) + "e0" : std::string(beyond)))
            return true;
        at_ = start;
        return wrong("the number " + printable(number, 40) + " is out of range");
    }

    static bool parses_finite(std::string_view number) {
        double value{};
        const auto code = std::from_chars(number.data(), number.data() + number.size(), value).ec;
        // Too small is not out of range: it reads as zero.
        return code == std::errc{}
                   ? std::isfinite(value)
                   : number.find("e-") != number.npos || number.find("E-") != number.npos;
    }

    bool string() {
        ++at_; // the quote
        while (!at_end() && here() != '"') {
            const auto byte = static_cast<unsigned char>(here());
            if (byte < 0x20) {
                if (!control(byte)) return wrong("a control character must be escaped in text");
            } else if (byte == '\\') {
                if (!escape()) return false;
            } else if (byte < 0x80) {
                ++at_;
            } else if (!character()) {
                return false;
            }
        }
        return take('"') || wrong("expected '\"'");
    }

    bool character() {
        for (std::size_t length = 2; length <= 4 && at_ + length <= text_.size(); ++length) {
            if (!is_valid_utf8(text_.substr(at_, length))) continue;
            at_ += length;
            return true;
        }
        return half_character() || wrong("invalid UTF-8");
    }

    bool control(unsigned char byte) {
        static constexpr std::string_view kDigits = "0123456789abcdef";
        ++at_;
        if (mend(at_ - 1, std::string("\\u00") + kDigits[byte / 16] + kDigits[byte % 16]))
            return true;
        --at_;
        return false;
    }

    /// A surrogate, or two or three bytes of a character that should have one more.
    bool half_character() {
        static constexpr std::string_view kContinuation = "\xBF\xBF";
        const std::size_t start = at_;
        std::size_t length = 0;
        if (text_[at_] == '\xED' && at_ + 3 <= text_.size() && continues(at_ + 1) &&
            continues(at_ + 2)) {
            length = 3;
        } else {
            std::size_t have = 1;
            while (have < 3 && at_ + have < text_.size() && continues(at_ + have))
                ++have;
            // Whole with one more byte, or with two: else it never was a beginning.
            for (std::size_t more = 1; have >= 2 && length == 0 && more <= 2; ++more)
                if (is_valid_utf8(
                        std::string(text_.substr(at_, have)) +
                        std::string(kContinuation.substr(0, more))
                    ))
                    length = have;
        }
        if (length == 0) return false;
        at_ += length;
        if (mend(start, kReplacement)) return true;
        at_ = start;
        return false;
    }

    bool continues(std::size_t at) const {
        return (static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80U;
    }

    std::optional<unsigned> hex4() {
        if (at_ + 4 > text_.size()) return std::nullopt;
        unsigned code{};
        const char* begin = text_.data() + at_;
        const auto [stopped, error] = std::from_chars(begin, begin + 4, code, 16);
        if (error != std::errc{} || stopped != begin + 4) return std::nullopt;
        at_ += 4;
        return code;
    }

    bool escape() {
        const std::size_t start = at_++;
        if (at_end()) return wrong("expected the rest of an escape");
        const char kind = text_[at_++];
        if (std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos) return true;
        const auto bad = [&] {
            at_ = start;
            return wrong("unknown or incomplete escape");
        };
        if (kind != 'u') return bad();
        const auto first = hex4();
        if (!first) return bad();
        if (*first < 0xD800 || *first > 0xDFFF) return true;
        const std::size_t behind = at_;
        if (*first < 0xDC00 && take('\\') && take('u')) {
            const auto second = hex4();
            if (second && *second >= 0xDC00 && *second <= 0xDFFF) return true;
        }
        at_ = behind;
        return mend(start, kReplacement) || bad();
    }

    static constexpr const char* kReplacement = "\xEF\xBF\xBD"; // U+FFFD

    /// Who sends more sends no text; and they take memory.
    static constexpr std::size_t kMostMends = 4096;

    std::string_view text_;
    std::vector<Mend>* mends_;
    std::size_t at_{0};
    std::vector<char> open_;
    Mistake mistake_{};
};

} // namespace

std::optional<Mistake> find_mistake(std::string_view text) {
    return Scanner(text).scan();
}

std::optional<Mistake> find_mistake(std::string_view text, std::vector<Mend>& mends) {
    return Scanner(text, &mends).scan();
}

std::string mended(std::string_view text, const std::vector<Mend>& mends) {
    std::string out;
    out.reserve(text.size() + mends.size() * 5);
    std::size_t from = 0;
    for (const Mend& mend : mends) {
        out.append(text.substr(from, mend.offset - from)).append(mend.instead);
        from = mend.offset + mend.size;
    }
    return out.append(text.substr(from));
}

} // namespace calfleet::json
