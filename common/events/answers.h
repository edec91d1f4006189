#pragma once
// What a booker typed into the form of the booking page, as far as it tells who it is.

#include "common/core/text_arena.h"
#include "common/events/field_reader.h"

#include <cstddef>
#include <string_view>

namespace calfleet::events {

/// Empty: not told. Strings live in the arena.
struct Answers {
    std::string_view name;
    std::string_view email;
    std::string_view phone;
};

/// A form asks whatever its event type wants, so nothing here is a mistake: what has another shape
/// than expected tells nothing. responses: {slug: {label, value}} or {slug: value}. What is filled
/// already stays.
void read_answers(const FieldReader::Field& responses, TextArena& arena, Answers& answers);

/// An address as it is kept: empty for a stand-in, an unfilled template, and what has no @ or a
/// blank within.
std::string_view sound_address(std::string_view text);

/// A name likewise.
std::string_view sound_name(std::string_view text);

/// A telephone number as it stands, or empty for what is none.
std::string_view number_of(const FieldReader::Field& answer, TextArena& arena);

/// "+4915112345679" of the address that Cal.com makes up for whoever booked by telephone number
/// only, "4915112345679@sms.cal.com"; empty for any other.
std::string_view number_of_address(std::string_view address, TextArena& arena);

inline constexpr std::size_t kMostNameBytes = 1000;
inline constexpr std::size_t kMostEmailBytes = 320; // RFC 5321: 64 + '@' + 255
inline constexpr std::size_t kMostPhoneBytes = 64;

} // namespace calfleet::events
