#include "common/events/answers.h"

#include "common/core/clean_text.h"
#include "common/core/text.h"
#include "common/events/text_rules.h"

#include <algorithm>
#include <array>
#include <string>

namespace calfleet::events {
namespace {

using Field = FieldReader::Field;

enum AnswerField { kName, kEmail, kPhone, kLocation, kReminder };
constexpr json::FieldTable kAnswers{std::array<std::string_view, 5>{
    "name", "email", "attendeePhoneNumber", "location", "smsReminderNumber"}};

/// The answer itself, also where it stands beside its label.
Field value_of(const Field& answer) {
    if (!answer || !answer->is_object()) return answer;
    return answer->find("value");
}

std::string_view text_of(const Field& value, std::size_t most, TextArena& arena) {
    const auto text = value ? value->as_text() : std::nullopt;
    if (!text) return {};
    std::string cleaned;
    std::string_view clean = *text;
    if (!is_clean_line(clean)) clean = cleaned = clean_line(clean);
    if (clean.size() > most || is_unfilled(clean) || is_stand_in(clean)) return {};
    return arena.keep(clean);
}

/// One text, or {firstName, lastName}.
std::string_view name_of(const Field& answer, TextArena& arena) {
    Field value = value_of(answer);
    if (!value && answer && answer->is_object()) value = answer;
    if (!value || !value->is_object()) return text_of(value, kMostNameBytes, arena);
    const std::string first(text_of(value->find("firstName"), kMostNameBytes, arena));
    const std::string_view last = text_of(value->find("lastName"), kMostNameBytes, arena);
    const std::string whole = clean_line(first + " " + std::string(last));
    return whole.size() > kMostNameBytes ? std::string_view{} : arena.keep(whole);
}

/// A number that the place of the meeting is: {"value": "phone", "optionValue": "+49..."} (a
/// form's),
/// {"type": "attendeePhone", "phone": "+49..."} (the API's).
std::string_view phone_of_location(const Field& answer, TextArena& arena) {
    const auto kind_of = [](json::Value place) {
        for (const std::string_view key : {"type", "value"}) {
            const auto found = place.find(key);
            const auto word = found ? found->as_text() : std::nullopt;
            if (word) return *word;
        }
        return std::string_view{};
    };
    if (!answer || !answer->is_object()) return {};
    json::Value place = *answer;
    if (const auto inner = place.find("value"); inner && inner->is_object()) place = *inner;
    const std::string_view kind = kind_of(place);
    if (kind != "phone" && kind != "attendeePhone") return {};
    for (const std::string_view key : {"optionValue", "phone"})
        if (const auto phone = text_of(place.find(key), kMostPhoneBytes, arena); !phone.empty())
            return phone;
    return {};
}

void fill(std::string_view& slot, std::string_view text) {
    if (slot.empty()) slot = text;
}

} // namespace

std::string_view sound_address(std::string_view text) {
    const bool sound = text.find('@') != std::string_view::npos &&
                       text.find(' ') == std::string_view::npos && !is_unfilled(text);
    return sound ? text : std::string_view{};
}

std::string_view sound_name(std::string_view text) {
    return is_stand_in(text) || is_unfilled(text) ? std::string_view{} : text;
}

std::string_view number_of(const Field& answer, TextArena& arena) {
    return text_of(value_of(answer), kMostPhoneBytes, arena);
}

std::string_view number_of_address(std::string_view address, TextArena& arena) {
    static constexpr std::string_view kDomain = "@sms.cal.com";
    if (address.size() <= kDomain.size()) return {};
    const std::size_t at = address.size() - kDomain.size();
    if (!equals_ignoring_ascii_case(address.substr(at), kDomain)) return {};
    std::string_view digits = address.substr(0, at);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (digits.empty() || digits.size() >= kMostPhoneBytes ||
        !std::all_of(digits.begin(), digits.end(), is_digit))
        return {};
    return arena.keep("+" + std::string(digits));
}

void read_answers(const Field& responses, TextArena& arena, Answers& answers) {
    if (!responses || !responses->is_object()) return;
    Fields<5> fields;
    kAnswers.collect(*responses, fields);
    fill(answers.name, name_of(fields[kName], arena));
    const auto email = text_of(value_of(fields[kEmail]), kMostEmailBytes, arena);
    fill(answers.email, sound_address(email));
    fill(answers.phone, number_of(fields[kPhone], arena));
    fill(answers.phone, phone_of_location(fields[kLocation], arena));
    fill(answers.phone, number_of(fields[kReminder], arena));
}

} // namespace calfleet::events
