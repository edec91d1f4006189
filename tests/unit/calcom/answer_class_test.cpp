// The table that decides what may happen after a request: one test for each of its rows.

#include "common/calcom/answer_class.h"

#include <gtest/gtest.h>

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;

const Instant kNow = parse_instant("2026-11-20T08:09:40Z").value();
constexpr RequestKind kRead{.effect = Effect::Read};
constexpr RequestKind kPatch{.effect = Effect::Repeatable};
constexpr RequestKind kBooking{.effect = Effect::Once};
constexpr RequestKind kBookingAgain{.effect = Effect::Once, .sent_before = true};
constexpr RequestKind kGroupBooking{.effect = Effect::Once, .all_hosts_needed = true};

constexpr RequestKind kAllKinds[] = {kRead, kPatch, kBooking, kBookingAgain, kGroupBooking};

http::Answer answer(int status, std::string body, http::Headers headers = {}) {
    http::Answer made;
    made.status = status;
    made.headers = std::move(headers);
    made.body = std::move(body);
    return made;
}

// Shape 1 of the server's errors.
http::Answer refusal(int status, const std::string& code, const std::string& message) {
    return answer(
        status,
        R"({"status":"error","timestamp":"2026-11-20T08:09:40Z","path":"/v2/x","error":{"code":")" +
            code + R"(","message":")" + message + R"(","details":{"statusCode":)" +
            std::to_string(status) + "}}}"
    );
}

// Shape 4: no "error" object.
http::Answer bare(int status, const std::string& message) {
    return answer(
        status, R"({"statusCode":)" + std::to_string(status) + R"(,"message":")" + message + "\"}"
    );
}

http::Failure failure(http::Phase phase, http::FailureReason reason, int status = 0) {
    http::Failure made;
    made.phase = phase;
    made.reason = reason;
    made.text = "api.cal.com: broke";
    made.status = status;
    return made;
}

AnswerClass class_of(const RequestKind& kind, const http::CallResult& result) {
    static json::Parser parser;
    return classify(kind, result, parser, kNow);
}

template <class Class>
Class expect(const RequestKind& kind, const http::CallResult& result) {
    const AnswerClass outcome = class_of(kind, result);
    if (const auto* found = std::get_if<Class>(&outcome)) return *found;
    ADD_FAILURE() << "class number " << outcome.index();
    return {};
}

TEST(AnswerClass, NothingWasSentWhenTheHeaderDidNotLeave) {
    for (const RequestKind& kind : kAllKinds) {
        for (const auto reason :
             {http::FailureReason::Resolve,
              http::FailureReason::Connect,
              http::FailureReason::Certificate,
              http::FailureReason::Tls,
              http::FailureReason::Closed,
              http::FailureReason::Deadline})
            EXPECT_EQ(expect<NotSent>(kind, failure(http::Phase::NotSent, reason)).reason, reason);
    }
}

TEST(AnswerClass, A429WasNotExecutedAndFreezesTheKeyForAMinuteAtLeast) {
    for (const RequestKind& kind : kAllKinds) {
        EXPECT_EQ(expect<RateLimited>(kind, answer(429, "")).freeze, 60s);
        EXPECT_EQ(
            expect<RateLimited>(
                kind, answer(429, "x", {{"X-RateLimit-Reset-Default", "75"}})
            ).freeze,
            75s
        );
    }
}

TEST(AnswerClass, A429WhoseBodyWasCutWasNotExecutedEither) {
    auto cut = failure(http::Phase::Ambiguous, http::FailureReason::Closed, 429);
    cut.headers = {{"Retry-After", "90"}};
    EXPECT_EQ(expect<RateLimited>(kBooking, cut).freeze, 90s);
}

TEST(AnswerClass, AValidationErrorIsDefinite) {
    const auto result = answer(
        400,
        R"({"status":"error","error":{"code":"BadRequestException","message":"Bad Request Exception",)"
        R"("details":{"errors":[{"property":"lengthInMinutes","value":"anna@example.org",)"
        R"("constraints":{"min":"must not be less than 1"}}]}}})"
    );
    for (const RequestKind& kind : kAllKinds) {
        const auto definite = expect<Definite>(kind, result);
        EXPECT_EQ(definite.refusal, Refusal::Invalid);
        EXPECT_EQ(definite.code, "BadRequestException");
        EXPECT_EQ(definite.text, "Bad Request Exception: lengthInMinutes (min)");
    }
    EXPECT_EQ(expect<Definite>(kPatch, bare(413, "request entity too large")).status, 413);
    EXPECT_EQ(
        expect<Definite>(kBooking, refusal(422, "UnprocessableEntityException", "no")).status, 422
    );
}

TEST(AnswerClass, AMissingThingIsNotFoundAndAMissingRouteIsOurMistake) {
    const auto gone = refusal(404, "NotFoundException", "Event type with id 7 not found");
    EXPECT_EQ(expect<Definite>(kPatch, gone).refusal, Refusal::NotFound);
    const auto of_a_team = refusal(400, "BadRequestException", "Event type to update not found");
    EXPECT_EQ(expect<Definite>(kPatch, of_a_team).refusal, Refusal::NotFound);
    const auto route = refusal(404, "NotFoundException", "Cannot GET /v2/event-types/7");
    EXPECT_EQ(expect<Definite>(kRead, route).refusal, Refusal::WrongRoute);
}

TEST(AnswerClass, ATakenSlotIsAConflictTheFirstTimeAndMaybeOursTheSecond) {
    const auto taken = refusal(
        400,
        "BadRequestException",
        "User either already has booking at this time or is not available"
    );
    const auto race = bare(409, "booking_conflict_error");
    for (const auto& result : {taken, race}) {
        EXPECT_EQ(expect<Definite>(kBooking, result).refusal, Refusal::Conflict);
        EXPECT_EQ(expect<MaybeOurs>(kBookingAgain, result).status, result.status);
    }
    EXPECT_EQ(expect<Definite>(kPatch, race).refusal, Refusal::Conflict);
}

TEST(AnswerClass, AManagedParentSaysThatItCannotBeBooked) {
    const auto parent = refusal(
        400,
        "BadRequestException",
        "Event type with id=7007 is the parent managed event type that can't be booked."
    );
    EXPECT_EQ(expect<Definite>(kBooking, parent).refusal, Refusal::Parent);
}

TEST(AnswerClass, ARefusedKeyIsACredentialsMatter) {
    for (const RequestKind& kind : kAllKinds) {
        EXPECT_EQ(
            expect<Credential>(kind, refusal(401, "UnauthorizedException", "Invalid API Key"))
                .status,
            401
        );
        EXPECT_EQ(
            expect<Credential>(kind, refusal(403, "ForbiddenException", "RolesGuard - no")).status,
            403
        );
    }
}

TEST(AnswerClass, AServerErrorIsUnknown) {
    for (const RequestKind& kind : kAllKinds) {
        for (const int status : {500, 502, 503, 504})
            EXPECT_EQ(
                expect<Unknown>(
                    kind, refusal(status, "INTERNAL_SERVER_ERROR", "There was an error")
                )
                    .status,
                status
            );
    }
    EXPECT_EQ(expect<Unknown>(kBooking, bare(500, "Internal server error")).status, 500);
}

TEST(AnswerClass, AnUnavailableHostIsFinalAlthoughItIsSaidWithA500) {
    const auto result = bare(500, "hosts_unavailable_for_booking");
    EXPECT_EQ(expect<Definite>(kBooking, result).refusal, Refusal::Unavailable);
    expect<Unknown>(kPatch, result);
}

TEST(AnswerClass, ABare500ForAGroupBookingIsToBeLookedUp) {
    const auto maybe = expect<MaybeOurs>(kGroupBooking, bare(500, "Internal server error"));
    EXPECT_EQ(maybe.status, 500);
}

TEST(AnswerClass, WhateverBreaksAfterBytesWereSentIsUnknown) {
    for (const RequestKind& kind : kAllKinds) {
        for (const auto reason :
             {http::FailureReason::Deadline,
              http::FailureReason::Closed,
              http::FailureReason::TooSlow,
              http::FailureReason::HeaderTooLarge,
              http::FailureReason::BodyTooLarge,
              http::FailureReason::Malformed,
              http::FailureReason::UnexpectedEncoding})
            expect<Unknown>(kind, failure(http::Phase::Ambiguous, reason, 201));
    }
}

TEST(AnswerClass, ASuccessThatCannotBeReadIsUnknown) {
    for (const RequestKind& kind : kAllKinds) {
        for (const char* body :
             {"",
              "<!DOCTYPE html><html>sign in</html>",
              R"({"status":"success","data":{"uid":"abc)",
              R"({"status":"success"})",
              R"({"status":"error","data":{}})",
              R"({"data":{}})",
              "[]",
              "7"})
            EXPECT_EQ(expect<Unknown>(kind, answer(200, body)).status, 200) << body;
    }
}

TEST(AnswerClass, APageOfTheEdgeIsUnknownWhateverItsStatus) {
    for (const int status : {200, 400, 401, 403, 404, 500, 502, 503}) {
        const auto unknown =
            expect<Unknown>(kBooking, answer(status, "<html>Just a moment</html>"));
        EXPECT_EQ(unknown.text, "a web page instead of an answer") << status;
    }
}

TEST(AnswerClass, ARedirectIsUnknownAndNotFollowed) {
    expect<Unknown>(kBooking, answer(302, "", {{"Location", "https://elsewhere.example"}}));
    expect<Unknown>(kRead, answer(304, ""));
}

TEST(AnswerClass, ARequestTheServerGaveUpIsUnknown) {
    expect<Unknown>(kBooking, bare(408, "timeout"));
    expect<Unknown>(kBooking, bare(425, "too early"));
}

TEST(AnswerClass, ASuccessIsConfirmedWithItsData) {
    for (const RequestKind& kind : kAllKinds) {
        const auto confirmed =
            expect<Confirmed>(kind, answer(201, R"({"status":"success","data":{"uid":"abc"}})"));
        EXPECT_EQ(confirmed.status, 201);
        EXPECT_EQ(confirmed.data.find("uid")->as_text(), "abc");
    }
}

TEST(AnswerClass, EachOfTheFiveErrorShapesIsUnderstood) {
    const std::string shapes[] = {
        R"({"status":"error","error":{"code":"C","message":"M","details":{"message":"M"}}})",
        R"({"status":"error","error":{"code":"C","message":"M","details":{"errors":[]}}})",
        R"({"status":"error","error":{"code":"C","message":"M"}})",
        R"({"statusCode":400,"message":"M"})",
        R"({"status":"error","error":{"code":"C","message":"M","details":"M"}})"};
    for (const std::string& shape : shapes)
        EXPECT_EQ(expect<Definite>(kRead, answer(400, shape)).text, "M") << shape;
}

TEST(AnswerClass, WordsForPeopleCarryNoAddressNumberOrKey) {
    const auto definite = expect<Definite>(
        kBooking,
        refusal(400, "E", "Guest anna@example.org (+49 30 1234567) with cal_live_abc is\\n blocked")
    );
    EXPECT_EQ(definite.text, "Guest [...] (+49 30 [...]) with [...] is\xEF\xBF\xBD blocked");
}

TEST(AnswerClass, IsDescribedInOneLine) {
    EXPECT_EQ(
        describe(Definite{Refusal::NotFound, 404, "NotFoundException", "no such thing"}),
        "refused as not_found (404): no such thing"
    );
    EXPECT_EQ(describe(Credential{403, ""}), "the key may not do this (403)");
    EXPECT_EQ(describe(Unknown{0, "api.cal.com: broke"}), "unknown: api.cal.com: broke");
}

} // namespace
} // namespace calfleet::calcom
