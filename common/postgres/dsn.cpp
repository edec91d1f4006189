#include "common/postgres/dsn.h"

namespace calfleet::postgres {

Result<> check_connection_string(std::string_view dsn) {
    const auto scheme = dsn.find("://");
    if (scheme == std::string_view::npos || !dsn.starts_with("postgres")) return {};
    const std::string_view rest = dsn.substr(scheme + 3);
    const auto question = rest.find('?');
    const std::string_view place = rest.substr(0, question);
    const auto first = place.find('@');
    const auto last = place.rfind('@');
    const bool behind_a_slash = last != std::string_view::npos && place.find('/') < last;
    // An option's value may have one, but then its name stands before it.
    const std::string_view options =
        question == std::string_view::npos ? "" : rest.substr(question + 1);
    const auto in_options = options.find('@');
    const bool in_a_name = in_options != std::string_view::npos && options.find('=') > in_options;
    const bool before_the_at = in_options != std::string_view::npos &&
                               first == std::string_view::npos &&
                               place.find(':') != std::string_view::npos &&
                               options.find('/', in_options) != std::string_view::npos;
    if (first == last && !behind_a_slash && !in_a_name && !before_the_at) return {};
    return invalid(
        "postgres: the connection string has an @ where none belongs, so that a part of the "
        "password "
        "would be taken for a host: in a user name or password write %40 for @, %2F for /, %3F for "
        "?, %3A for : and %25 for %"
    );
}

} // namespace calfleet::postgres
