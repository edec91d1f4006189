#pragma once
// A person by their address, as far as records and texts tell of them. Pure.

#include "common/core/digest.h"
#include "common/core/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::cli {

class Person {
public:
    /// Error Invalid for what is no address: host-mapper would have kept no customer under it.
    static Result<Person> of(std::string_view email);

    /// The address as customers.customer_key has it: without blanks around, A-Z as a-z.
    const std::string& key() const { return key_; }
    /// Of key and company: what calfleet.erasure_digest() gives.
    Sha256 digest(std::int64_t company) const;

    /// The address stands in these bytes as a whole, in either case; also with JSON's escapes, with
    /// %40 for the @, and in the data_base64 of a structured event. "joanna@x.de" does not name
    /// "anna@x.de".
    bool named_in(std::string_view bytes) const;

private:
    explicit Person(std::string key);
    bool stands_in(std::string_view folded) const;

    std::string key_, in_links_;
};

/// The value of a record of a booking, with the facts of the booking (identity, times, status,
/// event type, hosts, what it replaces) and nothing of whoever booked. Binary or structured mode.
/// Nothing for what is no booking event: there is nothing to keep then.
std::optional<std::string> without_customer(std::string_view value);

} // namespace calfleet::cli
