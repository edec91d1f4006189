#pragma once
// Screens and single keys on a terminal; the same as lines where input or output is none.

#include "workers/calfleet/mapping_review.h"

#include "common/core/result.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace calfleet::cli {

/// While it lives and both standard input and output are terminals, keys are read one by one and
/// are not shown. SIGINT, SIGTERM, SIGHUP and SIGQUIT put the terminal back before they end the
/// program, at any moment; so does destruction. One at a time; one thread.
class KeyTerminal {
public:
    KeyTerminal();
    ~KeyTerminal();
    KeyTerminal(const KeyTerminal&) = delete;
    KeyTerminal& operator=(const KeyTerminal&) = delete;

    bool is_terminal() const { return is_terminal_; }

    enum class Early {
        Dropped, ///< keys from before the screen do not count: they were meant for another
        Kept,
    };
    /// In place of what was shown before; on no terminal below it. What is typed once the screen
    /// can be seen counts.
    void show(const std::vector<std::string>& screen, Early early);

    /// A key of a terminal, or a line of anything else. The key End at the end of the input. Error
    /// Invalid: it cannot be read.
    Result<std::variant<Key, std::string>> next();

private:
    Result<Key> next_key();
    bool is_terminal_{false};
};

} // namespace calfleet::cli
