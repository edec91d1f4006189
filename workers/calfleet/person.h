#pragma once
// A person by their address or telephone, as far as records and texts tell of them. Pure.

#include "common/core/digest.h"
#include "common/core/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

class Person {
public:
    /// Error Invalid for what is no address: host-mapper would have kept no customer under it.
    static Result<Person> of(std::string_view email);
    /// By digits alone, with or without 00 in front; blanks, +, -, ., / and brackets do not count.
    static Result<Person> of_phone(std::string_view phone);
    /// By what customers.customer_key has.
    static Result<Person> of_key(std::string_view key);

    /// Is known by another key, too.
    void also(const Person& other);

    /// As customers.customer_key has them: addresses without blanks around, A-Z as a-z; "tel:" and
    /// the digits, and these with 00 in front.
    const std::vector<std::string>& keys() const { return keys_; }
    std::optional<std::string> email() const; ///< the first of several
    /// Digits of telephone numbers, in both ways.
    const std::vector<std::string>& numbers() const { return numbers_; }
    /// Of each key and the company: what calfleet.erasure_digest() gives.
    std::vector<Sha256> digests(std::int64_t company) const;

    /// An address stands in these bytes as a whole, in either case; also with JSON's escapes, with
    /// %40 for the @, and in the data_base64 of a structured event. "joanna@x.de" does not name
    /// "anna@x.de". A number stands there with or without what people write between digits.
    bool named_in(std::string_view bytes) const;

private:
    bool stands_in(std::string_view folded) const;
    bool address_stands_in(std::string_view folded) const;
    bool number_stands_in(std::string_view folded) const;

    std::vector<std::string> keys_, addresses_, numbers_;
};

/// The value of a record of a booking, with the facts of the booking (identity, times, status,
/// event type, hosts, what it replaces) and nothing of whoever booked. Binary or structured mode.
/// Nothing for what is no booking event: there is nothing to keep then.
std::optional<std::string> without_customer(std::string_view value);

} // namespace calfleet::cli
