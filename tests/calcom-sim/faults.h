#pragma once
// What can be made to go wrong with a request, for whom, how often, and in which way.

#include "common/core/random.h"
#include "common/core/result.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/calcom-sim/message.h"

namespace calfleet::calcom_sim {

/// How the bytes of an answer reach the client.
struct Transport {
    enum class Ending { Orderly, Reset };

    bool silent{}; ///< no byte is ever sent
    std::chrono::milliseconds hold{
        std::chrono::hours(1)};             ///< how long a silent connection stays open
    bool hang_up{};                         ///< the connection ends instead of an answer
    std::optional<std::size_t> cut_after{}; ///< bytes of the body; then the connection ends
    Ending ending{Ending::Orderly};
    bool endless{};             ///< chunked, without an end
    std::size_t padded_to{};    ///< the body is filled with blanks up to so many bytes
    double bytes_per_second{0}; ///< 0: at once
    bool close{};               ///< "Connection: close", and so it is
    bool continue_first{};      ///< "100 Continue" before the answer
};

/// A limiter's answer that the limiter did not give.
struct FakedLimit {
    enum class Headers { Seconds, Epoch, Text, None };
    Headers headers{Headers::Seconds};
    int reset_seconds{60};
    std::optional<int> retry_after{};
};

/// An answer in place of the route's.
struct Canned {
    enum class Shape { Bare, Refusal, Html, Text, Empty, Limited };
    int status{503};
    Shape shape{Shape::Bare};
    std::string message{};
    std::string location{}; ///< of a redirection
    FakedLimit limit{};
};

/// Changes to the objects in an answer's "data".
struct Mutation {
    json::object set{};
    std::vector<std::string> remove{};
};

/// All that one or several faults do to a request. Parts that are not set do nothing.
struct Misfortune {
    bool execute{true}; ///< false: neither limiter nor route see the request
    std::optional<Canned> canned{};
    std::optional<std::string> content_type{};
    std::vector<std::pair<std::string, std::string>> headers{}; ///< added to the answer's own
    std::optional<Mutation> mutation{};
    std::chrono::milliseconds before{0}; ///< between the arrival and the execution
    std::chrono::milliseconds after{0};  ///< between the execution and the answer
    std::chrono::milliseconds jitter{0}; ///< up to so much more, at random
    Transport transport{};
    std::string ids{}; ///< of the faults that were merged, comma-separated
};

/// Which requests; empty parts fit all. `path` is compared without the query: "*" stands for any
/// number of characters.
struct FaultMatch {
    std::string key{}; ///< a key's name, "anonymous" for none, "?" for an unknown one
    std::string method{};
    std::string path{};
    std::string version{};

    bool fits(std::string_view key_name, const Request& request) const;
};

struct Fault {
    std::string id{};
    FaultMatch match{};
    int skip{};                 ///< so many fitting requests pass first
    std::optional<int> count{}; ///< then so many are hit; none: all
    double probability{1.0};    ///< of each of them
    std::uint64_t seed{1};      ///< of the dice
    Misfortune does{};
    json::object source{}; ///< as it was given, for the list
};

/// Reads one fault as README.md describes it. Error Invalid names the field, its value and what it
/// should be.
Result<Fault> parse_fault(const json::value& text);

/// The faults that are switched on. One thread.
class Faults {
public:
    /// Replaces the fault of the same id, and gives one without an id a fresh one ("fault-3").
    std::string add(Fault fault);
    bool remove(std::string_view id);
    void clear() { active_.clear(); }

    /// What happens to this request, faults merged in the order in which they were added. A canned
    /// answer of an earlier one wins. Nothing when none hits. Counts the request.
    std::optional<Misfortune> strike(std::string_view key_name, const Request& request);

    /// Each as it was given, with "id", "seen" and "hits".
    json::array list() const;

private:
    struct Active {
        Fault fault{};
        Random dice;
        std::int64_t seen{};
        std::int64_t hits{};
    };
    std::vector<Active> active_{};
    int last_{};
};

} // namespace calfleet::calcom_sim
