#include "workers/calfleet/secret_input.h"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>
#include <optional>
#include <system_error>
#include <utility>

namespace calfleet::cli {
namespace {

constexpr std::size_t kLeastKey = 8;
constexpr std::size_t kMostKey = 512;
constexpr char kInterrupt = 3; // Ctrl-C, which is a character while signals are off
constexpr char kEnd = 4;       // Ctrl-D

// While it lives nothing typed is shown, and Ctrl-C arrives as a character: a signal would leave
// the terminal mute.
class SilentTerminal {
public:
    static std::optional<SilentTerminal> begin() {
        termios now{};
        if (::tcgetattr(STDIN_FILENO, &now) != 0) return std::nullopt;
        termios silent = now;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
        if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0) return std::nullopt;
        return SilentTerminal(now);
    }
    SilentTerminal(SilentTerminal&& other) noexcept
        : before_(other.before_)
        , active_(std::exchange(other.active_, false)) {}
    SilentTerminal& operator=(SilentTerminal&&) = delete;
    ~SilentTerminal() {
        if (active_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }

private:
    explicit SilentTerminal(const termios& before)
        : before_(before) {}
    termios before_;
    bool active_{true};
};

// The next byte of a descriptor; nothing at its end. Error: the system's reason.
Result<std::optional<char>> next_byte(int descriptor) {
    for (;;) {
        char byte = 0;
        const ssize_t got = ::read(descriptor, &byte, 1);
        if (got == 1) return std::optional(byte);
        if (got == 0) return std::optional<char>();
        if (errno != EINTR)
            return invalid(std::error_code(errno, std::generic_category()).message());
    }
}

Error no_more_than(std::string_view option) {
    return invalid(
        std::string(option) + ": more than " + std::to_string(kMostSecretInput) +
        " bytes; expected one key"
    );
}

} // namespace

Result<Secret<std::string>> read_secret_from(int descriptor, std::string_view option) {
    std::string text;
    text.reserve(kMostSecretInput + 1); // so that no copy stays behind when it grows
    for (;;) {
        const auto byte = next_byte(descriptor);
        if (!byte)
            return invalid(
                std::string(option) + " " + std::to_string(descriptor) + ": cannot be read: " +
                byte.error().message + "; open it, like: " + std::string(option) + " 3 3< FILE"
            );
        if (!*byte) break;
        text.push_back(**byte);
        if (text.size() <= kMostSecretInput) continue;
        wipe(text);
        return no_more_than(option);
    }
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (text.empty())
        return invalid(
            std::string(option) + " " + std::to_string(descriptor) +
            ": gave nothing; expected a key"
        );
    return Secret<std::string>(std::move(text));
}

Result<Secret<std::string>> ask_secret(std::string_view prompt, std::string_view option) {
    const auto silence = SilentTerminal::begin();
    if (!silence)
        return invalid(
            "standard input is no terminal to ask for a secret: give it by a file descriptor, "
            "like " +
            std::string(option) + " 3 3< FILE"
        );
    std::cerr << prompt << std::flush;
    std::string text;
    text.reserve(kMostSecretInput + 1);
    for (;;) {
        const auto byte = next_byte(STDIN_FILENO);
        const char typed = byte && *byte ? **byte : kEnd;
        if (typed == kInterrupt || typed == kEnd) {
            std::cerr << '\n';
            wipe(text);
            return invalid("nothing was changed: no key was given");
        }
        if (typed == '\n' || typed == '\r') break;
        if ((typed == '\b' || typed == '\x7f') && !text.empty())
            text.pop_back();
        else if (typed != '\b' && typed != '\x7f')
            text.push_back(typed);
        if (text.size() > kMostSecretInput) {
            wipe(text);
            return no_more_than("the key");
        }
    }
    std::cerr << '\n';
    return Secret<std::string>(std::move(text));
}

Result<> check_api_key(const Secret<std::string>& key) {
    const std::string& text = key.reveal_for_use();
    if (text.size() < kLeastKey || text.size() > kMostKey)
        return invalid(
            "a key of " + std::to_string(text.size()) + " characters; expected " +
            std::to_string(kLeastKey) + " to " + std::to_string(kMostKey) + ", like cal_live_..."
        );
    const auto odd =
        std::find_if(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; });
    if (odd != text.end())
        return invalid(
            "character " + std::to_string(odd - text.begin() + 1) +
            " of the key is no visible ASCII character: copy the key alone, without blanks or "
            "quotes"
        );
    return {};
}

} // namespace calfleet::cli
