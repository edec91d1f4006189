#include "workers/calfleet/key_terminal.h"

#include "workers/calfleet/terminal_text.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <system_error>

namespace calfleet::cli {
namespace {

constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr int kRestOfKeyMs = 25;         // what a key sends comes together
constexpr unsigned char kEndOfInput = 4; // Ctrl-D
constexpr unsigned char kEscape = 27;
constexpr std::size_t kLongestSequence = 32;

// For the signal handler, which has nothing else to go by. Written before it is installed.
termios as_it_was{};

extern "C" void put_terminal_back_and_end(int signal) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &as_it_was);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void set_handlers(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    for (const int signal : kEnding)
        ::sigaction(signal, &action, nullptr);
}

bool has_more(int wait_ms) {
    pollfd readable{STDIN_FILENO, POLLIN, 0};
    return ::poll(&readable, 1, wait_ms) == 1;
}

// The next byte; nothing at the end of the input.
Result<std::optional<unsigned char>> next_byte() {
    for (;;) {
        unsigned char byte = 0;
        const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
        if (got == 1) return std::optional(byte);
        if (got == 0) return std::optional<unsigned char>();
        if (errno == EINTR) continue;
        if (errno == EIO) return std::optional<unsigned char>(); // the terminal has gone
        return invalid(
            "standard input cannot be read: " +
            std::error_code(errno, std::generic_category()).message()
        );
    }
}

/// Whether the bytes are all that the key sends: a character of UTF-8; ESC [ ... and a letter or ~,
/// ESC O and a letter, ESC and a key pressed together with Alt.
bool is_whole_key(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes.front());
    if (first != kEscape) {
        const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
        return bytes.size() >= length;
    }
    if (bytes.size() == 1) return false;
    if (bytes[1] == 'O') return bytes.size() >= 3;
    if (bytes[1] != '[') return true;
    return bytes.size() >= kLongestSequence || (bytes.size() >= 3 && bytes.back() >= '@');
}

} // namespace

KeyTerminal::KeyTerminal() {
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) return;
    if (::tcgetattr(STDIN_FILENO, &as_it_was) != 0) return;
    set_handlers(put_terminal_back_and_end);
    termios keys = as_it_was;
    keys.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    keys.c_cc[VSUSP] = _POSIX_VDISABLE; // a stopped walk would leave the shell without an echo
    is_terminal_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &keys) == 0;
    if (!is_terminal_) set_handlers(SIG_DFL);
}

KeyTerminal::~KeyTerminal() {
    if (!is_terminal_) return;
    std::cout << std::endl;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &as_it_was);
    set_handlers(SIG_DFL);
}

void KeyTerminal::show(const std::vector<std::string>& screen, Early early) {
    if (is_terminal_ && early == Early::Dropped) ::tcflush(STDIN_FILENO, TCIFLUSH);
    if (is_terminal_) std::cout << "\x1b[H\x1b[2J";
    for (std::size_t i = 0; i < screen.size(); ++i) {
        std::cout << screen[i];
        // The cursor stays behind the prompt.
        if (!is_terminal_ || i + 1 < screen.size()) std::cout << '\n';
    }
    std::cout << std::flush;
}

Result<std::variant<Key, std::string>> KeyTerminal::next() {
    if (is_terminal_) {
        const Result<Key> key = next_key();
        if (!key) return key.error();
        return std::variant<Key, std::string>(*key);
    }
    std::string line;
    if (!std::getline(std::cin, line))
        return std::variant<Key, std::string>(Key{.kind = Key::Kind::End});
    if (line.ends_with('\r')) line.pop_back();
    return std::variant<Key, std::string>(std::move(line));
}

Result<Key> KeyTerminal::next_key() {
    for (;;) {
        const auto first = next_byte();
        if (!first) return first.error();
        if (!*first || **first == kEndOfInput) return Key{.kind = Key::Kind::End};
        const unsigned char byte = **first;
        if (byte == '\r' || byte == '\n') return Key{.kind = Key::Kind::Enter};
        if (byte == '\b' || byte == 0x7F) return Key{.kind = Key::Kind::Backspace};
        std::string bytes(1, static_cast<char>(byte));
        while (!is_whole_key(bytes) && has_more(kRestOfKeyMs)) {
            const auto more = next_byte();
            if (!more) return more.error();
            if (!*more) break;
            bytes.push_back(static_cast<char>(**more));
        }
        if (byte == kEscape) {
            // Arrows and the like send more: they mean nothing here.
            if (bytes.size() > 1) continue;
            return Key{.kind = Key::Kind::Escape};
        }
        std::string_view text = bytes;
        return Key{.character = take_character(text)};
    }
}

} // namespace calfleet::cli
