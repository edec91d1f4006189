#pragma once
// What the questions of an event type have that the API's own form of them does not show, and that
// every change of them therefore takes away.

#include "common/core/result.h"
#include "common/json/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace calfleet::calcom {

/// What would be lost, "age: minLength, maxLength": the slug of each question with the members that
/// the web application has set and the API cannot carry. Slugs are no personal data.
struct QuestionLosses {
    std::string slug;
    std::string members; ///< "minLength, options' labels"
    friend bool operator==(const QuestionLosses&, const QuestionLosses&) = default;
};

struct RawQuestions {
    std::vector<std::string> slugs{}; ///< of all, Cal.com's own included
    std::vector<QuestionLosses> losses{};
};

/// Of the event type as the old version of the API (2024-04-15) shows it: {"eventType":
/// {"bookingFields":[...]}} or the same one level up. Error Invalid when there is no such list.
Result<RawQuestions> read_raw_questions(json::Value data);

/// Whether every question of somebody's own in this list, as the API shows it, is among the raw
/// ones. Else nobody can say what it has.
bool shows_all_of(const RawQuestions& raw, std::string_view booking_fields);

} // namespace calfleet::calcom
