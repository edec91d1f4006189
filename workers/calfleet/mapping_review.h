#pragma once
// A person's walk through the hosts that wait, one at a time: keys in, the screen and what to do
// out. Touches nothing.

#include "workers/calfleet/mapping_verdict.h"

#include "common/core/ids.h"
#include "common/core/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

/// Somebody whom the host could be linked to.
struct Candidate {
    StaffId staff{};
    std::string name{};
    std::optional<std::string> email{}, branch{};
    bool is_active{true};
    bool is_proposed{false};
    std::int64_t score{0};
    std::int64_t appointments{0};       ///< that would go to them
    std::vector<std::string> reasons{}; ///< "for: ..." and "against: ..."
};

/// A host that waits, as the person sees it.
struct HostCard {
    MappingId mapping{};
    Instant seen{}; ///< decided_at of the mapping: what is decided holds only for this
    CompanyId company{};
    std::string company_name{};
    std::string host{}; ///< its key
    std::optional<std::string> name{}, email{}, username{}, time_zone{}, branch{}, event_type{};
    std::string state{};
    std::int64_t waiting{0}; ///< live appointments to come without a staff member
    std::optional<Instant> first_seen{}, last_seen{};
    std::vector<std::string> reasons{}; ///< of the last decision about it
    std::vector<Candidate> candidates{};
};

struct Key {
    enum class Kind { Character, Enter, Backspace, Escape, End };
    Kind kind{Kind::Character};
    char32_t character{0}; ///< of Character
};

/// What the walk wants from outside. Each is answered by one call of the walk.
struct Wish {
    enum class Kind {
        Show,    ///< the card of `mapping`: shown()
        Decide,  ///< `decision`: decided() or refused()
        Undo,    ///< the last decision that was not undone: undone() or refused()
        Find,    ///< staff of the card's company by `text`: found()
        History, ///< of the card's host: told()
        Leave,
    };
    Kind kind{Kind::Leave};
    MappingId mapping{};
    SeenDecision decision{};
    std::string text{};
};

class ReviewWalk {
public:
    /// queue: in the order of the walk, each once; why: the reason of all decisions.
    ReviewWalk(std::vector<MappingId> queue, std::string why);

    /// The first wish.
    Wish begin();

    /// A key of a terminal. Nothing: only the screen has changed.
    std::optional<Wish> press(const Key& key);
    /// A line of an input that is no terminal: one key, or the text that was asked for.
    std::optional<Wish> press(std::string_view line);

    /// The card asked for; nothing when its host waits no longer, and the walk goes on.
    std::optional<Wish> shown(std::optional<HostCard> card);
    std::optional<Wish> decided(std::int64_t appointments);
    std::optional<Wish> undone(std::int64_t appointments);
    /// The person hears why, and the card is looked at again.
    std::optional<Wish> refused(const std::string& why_not);
    void found(std::vector<Candidate> staff);
    void told(std::vector<std::string> history);

    /// Lines without line breaks, without anything that a terminal would obey.
    std::vector<std::string> screen() const;
    /// Free text is being typed: keys that came early belong to it.
    bool is_typing() const { return mode_ == Mode::Typing; }
    /// One sentence for the end.
    std::string summary() const;

private:
    enum class Mode {
        Card,
        Typing,   ///< the name or number of somebody
        Choosing, ///< among those who were found
        Reading,  ///< the history or the help
    };
    /// A decision of this walk that can be undone.
    struct Step {
        std::size_t place; ///< in the queue
        std::string what;
    };

    std::optional<Wish> press_in_card(const Key& key);
    std::optional<Wish> press_in_text(const Key& key);
    std::optional<Wish> choose(const std::vector<Candidate>& among, char32_t digit, bool own);
    std::optional<Wish> put_away();
    std::optional<Wish> undo();
    Wish show();
    Wish go_on();
    Wish leave();

    std::vector<MappingId> queue_;
    std::string why_;
    std::size_t place_{0};
    std::optional<HostCard> card_;
    Mode mode_{Mode::Card};
    std::string typed_;
    std::vector<Candidate> found_;
    std::vector<std::string> reading_;
    std::string notice_;
    std::string under_way_; ///< what is being decided, in words
    std::vector<Step> steps_;
    bool is_undoing_{false};
    std::size_t decided_{0}, skipped_{0}, undone_{0};
};

} // namespace calfleet::cli
