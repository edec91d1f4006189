#include "common/http/client_answer.h"

#include "common/core/text.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>

namespace calfleet::http {
namespace {

namespace wire = boost::beast::http;
using boost::system::error_code;

constexpr int kMostInterimAnswers = 8;
constexpr std::size_t kMostHeaders =
    kMostInterimAnswers + 2;             // and what else is no body, as one more
constexpr std::size_t kMostForAByte = 8; // "1\r\nx\r\n" and some blanks
// Beast takes for granted that the end of a chunked body, once begun, is this long, and stops the
// program when it is not. So much is always still to come of such a body: it is waited for.
constexpr std::size_t kLeastOfChunked = 5;

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

} // namespace

struct AnswerReader::Impl {
    AnswerLimits limits;
    std::optional<wire::response_parser<wire::string_body>> parser;
    std::string pending; // bytes the parser cannot use before more have come
    State state{State::Reading};
    FailureReason reason{FailureReason::Malformed};
    std::string text;
    bool begun{false};
    std::size_t received{0};
    bool head_checked{false};
    int interim_answers{0};

    void restart() {
        parser.emplace();
        parser->header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
        parser->body_limit(limits.max_body_bytes);
        parser->eager(true);
        head_checked = false;
    }

    State fail(FailureReason why, std::string words) {
        reason = why;
        text = std::move(words);
        return state = State::Failed;
    }

    State fail(error_code error) {
        if (error == wire::error::header_limit)
            return fail(
                FailureReason::HeaderTooLarge,
                "the answer's header is longer than " + std::to_string(limits.max_header_bytes) +
                    " bytes"
            );
        if (error == wire::error::body_limit || error == wire::error::buffer_overflow)
            return fail(
                FailureReason::BodyTooLarge,
                "the answer's body is longer than " + std::to_string(limits.max_body_bytes) +
                    " bytes"
            );
        if (error == wire::error::partial_message || error == wire::error::end_of_stream)
            return fail(FailureReason::Closed, "the connection ended before the answer did");
        return fail(FailureReason::Malformed, "not an HTTP answer: " + error.message());
    }

    // Once, when the head is whole.
    State check_head() {
        head_checked = true;
        const auto& head = parser->get();
        const unsigned status = head.result_int();
        if (status < 100 || status > 599 || status == 101)
            return fail(FailureReason::Malformed, "an answer of status " + std::to_string(status));
        const auto transfer = view(head[wire::field::transfer_encoding]);
        if (!transfer.empty() && !equals_ignoring_ascii_case(transfer, "chunked"))
            return fail(
                FailureReason::UnexpectedEncoding,
                "transfer-encoding '" + printable(transfer, 40) + "' is not understood"
            );
        const auto content = view(head[wire::field::content_encoding]);
        if (!content.empty() && !equals_ignoring_ascii_case(content, "identity"))
            return fail(
                FailureReason::UnexpectedEncoding,
                "content-encoding '" + printable(content, 40) + "' was not asked for"
            );
        return state;
    }

    // An interim answer ends here; the real one follows.
    bool passed_over() {
        if (parser->get().result_int() >= 200 || ++interim_answers > kMostInterimAnswers)
            return false;
        restart();
        return true;
    }

    bool in_chunks() const { return parser->is_header_done() && parser->chunked(); }

    // How many of the bytes were used up.
    std::size_t parse(std::string_view bytes) {
        std::size_t used = 0;
        while (state == State::Reading && used < bytes.size()) {
            error_code error;
            const auto rest = bytes.substr(used);
            if (in_chunks() && rest.size() < kLeastOfChunked) break;
            const std::size_t step =
                parser->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
            used += step;
            const bool hungry = error == wire::error::need_more;
            if (parser->is_header_done() && !head_checked) check_head();
            if (state != State::Reading) break;
            if (error && !hungry)
                fail(error);
            else if (parser->is_done() && !passed_over())
                finish();
            if (hungry) break;
        }
        return used;
    }

    void finish() {
        if (parser->get().result_int() < 200)
            fail(FailureReason::Malformed, "interim answers without end");
        else
            state = State::Done;
    }

    State feed(std::string_view bytes) {
        if (bytes.empty()) return state;
        begun = true;
        received += bytes.size();
        if (pending.empty()) {
            const std::size_t used = parse(bytes);
            pending.assign(bytes.substr(used));
        } else {
            pending += bytes;
            pending.erase(0, parse(pending));
        }
        // Chunk extensions and trailers, which the parser's own limit does not count.
        if (state == State::Reading && pending.size() > limits.max_header_bytes)
            return fail(wire::make_error_code(wire::error::header_limit));
        // Nor does it count those of all chunks together: a byte of body may cost what a chunk of
        // one byte does, and little more.
        const std::size_t worth =
            kMostHeaders * limits.max_header_bytes + kMostForAByte * parser->get().body().size();
        if (state == State::Reading && received > worth)
            return fail(
                FailureReason::HeaderTooLarge, "the answer has far more chunks' headers than body"
            );
        return state;
    }

    State end() {
        if (state != State::Reading) return state;
        if (!begun) return fail(FailureReason::Closed, "the server closed without an answer");
        error_code error;
        if (!parser->got_some()) return fail(wire::make_error_code(wire::error::partial_message));
        parser->put_eof(error);
        if (error) return fail(error);
        return state = State::Done;
    }
};

AnswerReader::AnswerReader(AnswerLimits limits)
    : impl_(std::make_unique<Impl>()) {
    impl_->limits = limits;
    impl_->restart();
}
AnswerReader::~AnswerReader() = default;

AnswerReader::State AnswerReader::feed(std::string_view bytes) {
    return impl_->feed(bytes);
}
AnswerReader::State AnswerReader::end() {
    return impl_->end();
}
bool AnswerReader::begun() const {
    return impl_->begun;
}
FailureReason AnswerReader::reason() const {
    return impl_->reason;
}
const std::string& AnswerReader::text() const {
    return impl_->text;
}

bool AnswerReader::reusable() const {
    return impl_->state == State::Done && impl_->pending.empty() && impl_->parser->keep_alive();
}

int AnswerReader::status() const {
    if (!impl_->head_checked) return 0;
    return static_cast<int>(impl_->parser->get().result_int());
}

Headers AnswerReader::take_headers() {
    Headers headers;
    if (!impl_->head_checked) return headers;
    for (const auto& field : impl_->parser->get())
        headers.push_back({std::string(view(field.name_string())), std::string(view(field.value()))}
        );
    return headers;
}

std::string AnswerReader::take_body() {
    return std::move(impl_->parser->get().body());
}

} // namespace calfleet::http
