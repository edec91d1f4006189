#include "common/events/base64.h"
#include "common/events/envelope.h"

#include <gtest/gtest.h>

#include "tests/unit/events/record.h"

namespace calfleet::events {
namespace {

std::string refusal(TestRecord record) {
    TextArena arena;
    const auto envelope = decode_envelope(record.view(), arena);
    return envelope ? "accepted" : envelope.error().message;
}

TestRecord structured(std::string document) {
    TestRecord record;
    record.headers = {{"content-type", "application/cloudevents+json; charset=utf-8"}};
    record.topic = "booking-cancelled";
    record.value = std::move(document);
    return record;
}

constexpr const char* kStructuredHead =
    R"("specversion":"1.0","id":"e9","source":"/s","type":"booking-cancelled","time":"2027-01-11T08:00:03Z","companyid":)";

TEST(Envelope, ReadsBinaryMode) {
    TestRecord record;
    record.with("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    TextArena arena;
    const auto envelope = decode_envelope(record.view(), arena);
    ASSERT_TRUE(envelope) << envelope.error().message;
    EXPECT_EQ(envelope->id, "evt-1");
    EXPECT_EQ(envelope->source, "/platform/bookings");
    EXPECT_EQ(envelope->type, "booking-created");
    EXPECT_EQ(format_instant(envelope->time), "2027-01-11T08:00:03.000000Z");
    EXPECT_EQ(envelope->company.value, 42);
    EXPECT_EQ(envelope->traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    EXPECT_EQ(envelope->data, *record.value);
}

TEST(Envelope, ReadsStructuredModeWithDataAsJson) {
    auto record = structured(
        std::string("{") + kStructuredHead + R"(42,"data":{ "booking": {"uid": "ü"} }})"
    );
    TextArena arena;
    const auto envelope = decode_envelope(record.view(), arena);
    record.value = "gone";
    ASSERT_TRUE(envelope) << envelope.error().message;
    EXPECT_EQ(envelope->id, "e9");
    EXPECT_EQ(envelope->type, "booking-cancelled");
    EXPECT_EQ(envelope->company.value, 42);
    EXPECT_EQ(envelope->data, R"({"booking":{"uid":"ü"}})");
}

TEST(Envelope, IsNotDecidedByHalfACharacterInStructuredData) {
    auto record = structured(
        std::string("{") + kStructuredHead +
        R"(42,"data":{"booking":{"title":"a\ud83d","n":18446744073709551616}}})"
    );
    TextArena arena;
    const auto envelope = decode_envelope(record.view(), arena);
    ASSERT_TRUE(envelope) << envelope.error().message;
    EXPECT_EQ(partial_identity(record.view(), arena).id, "e9");
    EXPECT_TRUE(envelope->data.starts_with("{\"booking\":{\"title\":\"a\uFFFD\","))
        << envelope->data;
}

TEST(Envelope, ReadsStructuredModeWithDataAsBase64) {
    auto record = structured(
        std::string("{") + kStructuredHead +
        R"("42","datacontenttype":"application/json","data_base64":"eyJhIjoxfQ=="})"
    );
    TextArena arena;
    const auto envelope = decode_envelope(record.view(), arena);
    ASSERT_TRUE(envelope) << envelope.error().message;
    EXPECT_EQ(envelope->data, R"({"a":1})");
}

TEST(Envelope, NamesTheHeaderThatIsWrong) {
    TestRecord good;
    EXPECT_EQ(refusal(good), "accepted");
    EXPECT_EQ(refusal(TestRecord().without("ce_id")), "ce_id: missing; every event needs it");
    EXPECT_EQ(
        refusal(TestRecord().with("ce_id", std::nullopt)), "ce_id: missing; every event needs it"
    );
    EXPECT_EQ(refusal(TestRecord().with("ce_id", "")), "ce_id: empty; every event needs it");
    EXPECT_EQ(
        refusal(TestRecord().with("ce_id", std::string(256, 'x'))),
        "ce_id: 256 bytes, at most 255 are accepted"
    );
    EXPECT_EQ(
        refusal(TestRecord().with("ce_source", std::string("a\0b", 3))),
        "ce_source: 'a\uFFFDb' has control characters or is not UTF-8"
    );
    EXPECT_EQ(
        refusal(TestRecord().with("ce_source", "\xFF")),
        "ce_source: '\uFFFD' has control characters or is not UTF-8"
    );
    EXPECT_EQ(refusal(TestRecord().without("ce_type")), "ce_type: missing; every event needs it");
    EXPECT_EQ(
        refusal(TestRecord().with("ce_type", std::string(128, 't'))),
        "ce_type: 128 bytes, at most 127 are accepted"
    );
    EXPECT_EQ(
        refusal(TestRecord().without("ce_specversion")), "ce_specversion: missing; expected '1.0'"
    );
    EXPECT_EQ(
        refusal(TestRecord().with("ce_specversion", "0.3")),
        "ce_specversion: '0.3' is not a version that is understood; expected '1.0'"
    );
    EXPECT_EQ(
        refusal(TestRecord().without("ce_time")),
        "ce_time: missing; expected an RFC 3339 time like 2026-11-20T08:10:13Z"
    );
    EXPECT_EQ(
        refusal(TestRecord().with("ce_time", "now")),
        "ce_time: 'now' is not an RFC 3339 time (date); expected like 2026-11-20T08:10:13Z"
    );
    EXPECT_EQ(
        refusal(TestRecord().with("ce_time", "9999-01-01T00:00:00Z")),
        "ce_time: '9999-01-01T00:00:00Z' is outside the years 1970 to 2200"
    );
}

TEST(Envelope, RefusesACompanyThatIsNoPositiveNumber) {
    EXPECT_EQ(
        refusal(TestRecord().without("ce_companyid")),
        "ce_companyid: missing; expected the number of the company the event belongs to"
    );
    for (const std::string bad : {"", "0", "-1", "+7", " 7", "7a", "acme", "9223372036854775808"}) {
        EXPECT_EQ(
            refusal(TestRecord().with("ce_companyid", bad)),
            "ce_companyid: '" + bad + "' is not a decimal number from 1 to 9223372036854775807"
        );
    }
    EXPECT_EQ(refusal(TestRecord().with("ce_companyid", "9223372036854775807")), "accepted");
}

TEST(Envelope, RefusesARecordWithoutAValue) {
    EXPECT_EQ(
        refusal(TestRecord().carrying(std::nullopt)),
        "record value: null (a tombstone); expected a JSON document"
    );
    EXPECT_EQ(refusal(TestRecord().carrying("")), "record value: empty; expected a JSON document");
}

TEST(Envelope, RefusesContentThatIsNotJson) {
    for (const auto& good :
         {"application/json",
          "Application/JSON;charset=utf-8",
          "application/vnd.acme+json",
          " application/json "})
        EXPECT_EQ(refusal(TestRecord().with("content-type", good)), "accepted") << good;
    for (const std::string bad :
         {"avro/binary",
          "application/avro",
          "text/json",
          "application/cloudevents-batch+json",
          ""}) {
        EXPECT_EQ(
            refusal(TestRecord().with("content-type", bad)),
            "content-type: '" + bad +
                "' is not one of application/json, application/*+json, application/cloudevents+json"
        );
    }
}

TEST(Envelope, NamesTheMemberThatIsWrongInStructuredMode) {
    const std::string head = kStructuredHead;
    EXPECT_EQ(
        refusal(structured("{\"id\":")),
        "record value: not JSON: ends too early (expected a value) at byte 6"
    );
    EXPECT_EQ(refusal(structured("[]")), "record value: an array, expected a CloudEvents object");
    EXPECT_EQ(
        refusal(structured("{" + head + "42}")),
        "data: missing; expected the JSON document of the event"
    );
    EXPECT_EQ(refusal(structured("{" + head + R"(42,"data":{},"data":{}})")), "data: occurs twice");
    EXPECT_EQ(refusal(structured("{" + head + R"(42,"data":{},"id":"e10"})")), "id: occurs twice");
    EXPECT_EQ(
        refusal(structured("{" + head + R"(42,"data":{},"data_base64":"e30="})")),
        "data_base64: an event has data or data_base64, not both"
    );
    EXPECT_EQ(
        refusal(structured("{" + head + R"(42,"data_base64":"e30"})")),
        "data_base64: not base64 text"
    );
    EXPECT_EQ(
        refusal(structured("{" + head + R"(true,"data":{}})")),
        "companyid: a boolean, expected text"
    );
    EXPECT_EQ(
        refusal(structured("{" + head + R"(0,"data":{}})")),
        "companyid: '0' is not a decimal number from 1 to 9223372036854775807"
    );
    EXPECT_EQ(refusal(structured(R"({"id":null,"data":{}})")), "id: missing; every event needs it");
    EXPECT_EQ(refusal(structured(R"({"id":7,"data":{}})")), "id: an integer, expected text");
    EXPECT_EQ(
        refusal(structured("{" + head + R"(42,"datacontenttype":"text/xml","data":"<a/>"})")),
        "datacontenttype: 'text/xml' is not JSON; expected application/json"
    );
}

TEST(Envelope, DropsABrokenTraceContextAndKeepsTheEvent) {
    TestRecord record;
    record.with("traceparent", "00-zz");
    TextArena arena;
    const auto envelope = decode_envelope(record.view(), arena);
    ASSERT_TRUE(envelope);
    EXPECT_EQ(envelope->traceparent, "");
}

TEST(PartialIdentity, TellsWhatCouldBeRead) {
    TestRecord record;
    record.with("ce_source", "\xFF").with("ce_companyid", "acme").carrying(std::nullopt);
    TextArena arena;
    const auto identity = partial_identity(record.view(), arena);
    EXPECT_EQ(identity.id, "evt-1");
    EXPECT_EQ(identity.source, "");
    EXPECT_EQ(identity.type, "booking-created");
    EXPECT_EQ(identity.company.value, 0);
}

TEST(PartialIdentity, ReadsAStructuredEventThatLacksItsData) {
    auto record = structured(R"({"id":"e9","source":7,"companyid":"42"})");
    TextArena arena;
    const auto identity = partial_identity(record.view(), arena);
    EXPECT_EQ(identity.id, "e9");
    EXPECT_EQ(identity.source, "");
    EXPECT_EQ(identity.company.value, 42);
    auto broken = structured("{\"id\":");
    EXPECT_EQ(partial_identity(broken.view(), arena).id, "");
}

TEST(Base64, DecodesTheExamplesOfItsStandard) {
    const std::pair<const char*, const char*> kExamples[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmFy", "foobar"}};
    std::string out;
    for (const auto& [text, bytes] : kExamples) {
        EXPECT_TRUE(decode_base64(text, out)) << text;
        EXPECT_EQ(out, bytes);
    }
    for (const auto& bad : {"Z", "Zg=", "Zg", "Zh==", "Z===", "====", "Zm 9v", "Zm9v\n"})
        EXPECT_FALSE(decode_base64(bad, out)) << bad;
}

TEST(Envelope, RefusesAHeaderOfTheEventThatOccursTwice) {
    for (const char* name :
         {"ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time", "ce_companyid"}) {
        TestRecord record;
        for (const auto& [known, value] : TestRecord().headers)
            if (known == name) record.headers.emplace_back(known, value);
        EXPECT_EQ(refusal(record), std::string(name) + ": occurs twice; an event has one");
    }
    TestRecord typed;
    typed.headers.emplace_back("content-type", "application/json");
    EXPECT_EQ(refusal(typed), "accepted");
    typed.headers.emplace_back("content-type", std::nullopt);
    EXPECT_EQ(refusal(typed), "content-type: occurs twice; an event has one");
    TestRecord foreign;
    foreign.headers.emplace_back("x", "1");
    foreign.headers.emplace_back("x", "2");
    EXPECT_EQ(refusal(foreign), "accepted") << "nobody reads it";
}

TEST(Envelope, BelievesNothingOfAnIdentityThatStandsThereTwice) {
    TestRecord record;
    record.headers.emplace_back("ce_companyid", "2");
    record.headers.emplace_back("ce_id", "other");
    TextArena arena;
    const PartialIdentity identity = partial_identity(record.view(), arena);
    EXPECT_EQ(identity.company.value, 0);
    EXPECT_EQ(identity.id, "");
    EXPECT_EQ(identity.source, "/platform/bookings");
}

TEST(Envelope, RefusesATypeThatIsNotItsTopics) {
    TestRecord binary;
    binary.with("ce_type", "booking-cancelled").topic = "booking-created";
    EXPECT_EQ(
        refusal(binary),
        "ce_type: 'booking-cancelled' in the topic booking-created; a type is published in the "
        "topic of its name"
    );
    TestRecord whole = structured(std::string("{") + kStructuredHead + R"(42,"data":{}})");
    whole.topic = "booking-created";
    EXPECT_NE(
        refusal(whole).find("type: 'booking-cancelled' in the topic booking-created"),
        std::string::npos
    );
}

TEST(Envelope, BoundsHeadersAndKeyAndNamesTheLargest) {
    TestRecord many;
    while (many.headers.size() < kMaxHeaders)
        many.headers.emplace_back("x", "1");
    EXPECT_EQ(refusal(many), "accepted");
    many.headers.emplace_back("calfleet_replay", "9223372036854775807");
    EXPECT_EQ(refusal(many), "accepted") << "a replay must not be refused for being one";
    many.headers.emplace_back("x", "1");
    EXPECT_EQ(refusal(many), "headers: 65, at most 64 are accepted");

    TestRecord large;
    std::size_t others = 0;
    for (const auto& [name, value] : large.headers)
        others += name.size() + value->size();
    large.headers.emplace_back("x-large", std::string(kMaxHeaderBytes - others - 7, 'x'));
    EXPECT_EQ(refusal(large), "accepted");
    large.headers.back().second->push_back('x');
    EXPECT_EQ(
        refusal(large),
        "header 'x-large': " + std::to_string(kMaxHeaderBytes - others + 1) +
            " bytes of 32769 in all headers, at most 32768 together are accepted"
    );
    TestRecord forged;
    forged.headers.emplace_back("calfleet_replay", std::string(40'000, '1'));
    EXPECT_NE(refusal(forged).find("header 'calfleet_replay': 40015 bytes"), std::string::npos);

    TestRecord keyed;
    const std::string key(kMaxKeyBytes + 1, 'k');
    RecordView view = keyed.view();
    view.key = key;
    TextArena arena;
    const auto refused = decode_envelope(view, arena);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "record key: 4097 bytes, at most 4096 are accepted");
    view.key = std::string_view(key).substr(1);
    EXPECT_TRUE(decode_envelope(view, arena));
}

} // namespace
} // namespace calfleet::events
