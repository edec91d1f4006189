#include "common/http/call.h"

#include "common/core/text.h"

#include <algorithm>

namespace calfleet::http {
std::string_view name(Method method) {
    switch (method) {
    case Method::Get:
        return "GET";
    case Method::Post:
        return "POST";
    case Method::Patch:
        return "PATCH";
    case Method::Delete:
        return "DELETE";
    }
    return "GET";
}

std::string_view name(FailureReason reason) {
    switch (reason) {
    case FailureReason::InvalidCall:
        return "invalid_call";
    case FailureReason::NoRoom:
        return "no_room";
    case FailureReason::Resolve:
        return "resolve";
    case FailureReason::PlainHttp:
        return "plain_http";
    case FailureReason::Connect:
        return "connect";
    case FailureReason::Certificate:
        return "certificate";
    case FailureReason::Tls:
        return "tls";
    case FailureReason::Deadline:
        return "deadline";
    case FailureReason::TooSlow:
        return "too_slow";
    case FailureReason::Closed:
        return "closed";
    case FailureReason::HeaderTooLarge:
        return "header_too_large";
    case FailureReason::BodyTooLarge:
        return "body_too_large";
    case FailureReason::Malformed:
        return "malformed";
    case FailureReason::UnexpectedEncoding:
        return "unexpected_encoding";
    }
    return "closed";
}

} // namespace calfleet::http
