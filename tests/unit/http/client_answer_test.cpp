#include "common/http/client_answer.h"

#include <gtest/gtest.h>

#include "tests/unit/http/headers.h"

namespace calfleet::http {
namespace {

using State = AnswerReader::State;

constexpr AnswerLimits kSmall{.max_header_bytes = 512, .max_body_bytes = 64};

// The reader that was given the text at once, and then the end if it still waited.
struct Read {
    explicit Read(std::string_view text, AnswerLimits limits = {})
        : reader(limits)
        , state(reader.feed(text)) {}
    AnswerReader reader;
    State state;
};

TEST(AnswerReader, ReadsAnAnswerHoweverItIsCutUp) {
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n"
                             "4\r\n{\"a\"\r\n3;x=y\r\n:1}\r\n0\r\nTrailer: x\r\n\r\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        AnswerReader reader({});
        State state = State::Reading;
        for (std::size_t at = 0; at < text.size(); at += piece)
            state = reader.feed(std::string_view(text).substr(at, piece));
        ASSERT_EQ(state, State::Done) << "pieces of " << piece << ": " << reader.text();
        ASSERT_EQ(reader.status(), 200);
        ASSERT_TRUE(reader.reusable());
        ASSERT_EQ(reader.take_body(), "{\"a\":1}");
        const Headers headers = reader.take_headers();
        ASSERT_EQ(header_of(headers, "content-type"), "application/json");
    }
}

TEST(AnswerReader, ReadsAnEmptyChunkedBodyHoweverItIsCutUp) {
    const std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
        AnswerReader reader({});
        reader.feed(std::string_view(text).substr(0, cut));
        ASSERT_EQ(reader.feed(std::string_view(text).substr(cut)), State::Done) << cut;
        ASSERT_EQ(reader.take_body(), "");
    }
}

TEST(AnswerReader, TellsACutBodyFromAWholeOneAtEveryByte) {
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
    for (std::size_t size = 0; size < text.size(); ++size) {
        AnswerReader reader({});
        reader.feed(std::string_view(text).substr(0, size));
        ASSERT_EQ(reader.end(), State::Failed) << size;
        ASSERT_EQ(reader.reason(), FailureReason::Closed) << size;
    }
}

TEST(AnswerReader, TakesABodyWithoutLengthUntilTheEnd) {
    Read read("HTTP/1.1 200 OK\r\n\r\nabc");
    EXPECT_EQ(read.state, State::Reading);
    EXPECT_EQ(read.reader.end(), State::Done);
    EXPECT_EQ(read.reader.take_body(), "abc");
    EXPECT_FALSE(read.reader.reusable());
}

TEST(AnswerReader, PassesOverInterimAnswersButNotForEver) {
    const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    Read read(interim + interim + "HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(read.state, State::Done);
    EXPECT_EQ(read.reader.status(), 204);
    std::string endless;
    for (int i = 0; i < 20; ++i)
        endless += interim;
    EXPECT_EQ(Read(endless).state, State::Failed);
}

TEST(AnswerReader, RefusesAnEndlessHeader) {
    AnswerReader reader(kSmall);
    State state = reader.feed("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 100 && state == State::Reading; ++i)
        state = reader.feed("X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    EXPECT_EQ(state, State::Failed);
    EXPECT_EQ(reader.reason(), FailureReason::HeaderTooLarge);
}

TEST(AnswerReader, RefusesAnEndlessTrailer) {
    AnswerReader reader(kSmall);
    State state = reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    for (int i = 0; i < 100 && state == State::Reading; ++i)
        state = reader.feed("X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    EXPECT_EQ(state, State::Failed);
    EXPECT_EQ(reader.reason(), FailureReason::HeaderTooLarge);
}

TEST(AnswerReader, RefusesAFloodOfChunkExtensionsLongBeforeTheBodysLimit) {
    AnswerReader reader({.max_header_bytes = 8192, .max_body_bytes = 4 << 20});
    auto state = reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "1;a=" + std::string(4000, 'b') + "\r\nx\r\n";
    std::size_t fed = 0;
    for (; state == AnswerReader::State::Reading && fed < (4U << 20); fed += chunk.size())
        state = reader.feed(chunk);
    EXPECT_EQ(state, AnswerReader::State::Failed);
    EXPECT_EQ(reader.reason(), FailureReason::HeaderTooLarge);
    EXPECT_LT(fed, 128U * 1024);
}

TEST(AnswerReader, TakesABodyInChunksOfOneByte) {
    AnswerReader reader({.max_header_bytes = 8192, .max_body_bytes = 1 << 20});
    ASSERT_EQ(
        reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        AnswerReader::State::Reading
    );
    for (int i = 0; i < 500'000; ++i)
        ASSERT_EQ(reader.feed("1\r\nx\r\n"), AnswerReader::State::Reading) << i;
    EXPECT_EQ(reader.feed("0\r\n\r\n"), AnswerReader::State::Done);
    EXPECT_EQ(reader.take_body().size(), 500'000U);
}

TEST(AnswerReader, RefusesABodyBeyondItsLimitAnnouncedOrNot) {
    Read announced("HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n", kSmall);
    EXPECT_EQ(announced.state, State::Failed);
    EXPECT_EQ(announced.reader.reason(), FailureReason::BodyTooLarge);
    Read chunked(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n" + std::string(65, 'x'), kSmall
    );
    EXPECT_EQ(chunked.reader.reason(), FailureReason::BodyTooLarge);
    Read endless("HTTP/1.1 200 OK\r\n\r\n" + std::string(65, 'x'), kSmall);
    EXPECT_EQ(endless.reader.reason(), FailureReason::BodyTooLarge);
    EXPECT_EQ(endless.reader.status(), 200);
}

TEST(AnswerReader, RefusesAnEncodingThatWasNotAskedFor) {
    for (const char* field : {"Content-Encoding: gzip", "Transfer-Encoding: gzip, chunked"}) {
        Read read("HTTP/1.1 200 OK\r\n" + std::string(field) + "\r\n\r\n");
        EXPECT_EQ(read.state, State::Failed) << field;
        EXPECT_EQ(read.reader.reason(), FailureReason::UnexpectedEncoding) << field;
        EXPECT_EQ(read.reader.status(), 200) << field;
    }
}

TEST(AnswerReader, RefusesWhatIsNoAnswer) {
    for (const char* text :
         {"SSH-2.0-OpenSSH\r\n\r\n",
          "HTTP/1.1 20 OK\r\n\r\n",
          "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        Read read(text);
        EXPECT_EQ(read.state, State::Failed) << text;
        EXPECT_EQ(read.reader.reason(), FailureReason::Malformed) << text;
    }
}

TEST(AnswerReader, DoesNotReuseAConnectionThatSaidMoreThanItsAnswer) {
    Read smuggled("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n");
    EXPECT_EQ(smuggled.state, State::Done);
    EXPECT_FALSE(smuggled.reader.reusable());
    Read closing("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
    EXPECT_FALSE(closing.reader.reusable());
}

} // namespace
} // namespace calfleet::http
