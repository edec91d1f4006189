#include "common/http/client_request.h"

#include "common/core/text.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace calfleet::http {
namespace {

constexpr std::array<std::string_view, 8> kOurs{
    "host",
    "user-agent",
    "accept-encoding",
    "content-length",
    "transfer-encoding",
    "authorization",
    "connection",
    "expect"};

bool is_token(std::string_view text) {
    static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

// No line break and no other control character could end a field early or begin another.
bool is_field_value(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

bool is_target(std::string_view text) {
    return text.starts_with('/') && std::ranges::all_of(text, [](char c) {
               return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
           });
}

Result<> check(const Call& call) {
    if (!is_target(call.target))
        return bug("the target of a call must begin with '/' and be percent-encoded");
    if (call.reuse == Reuse::PooledTwice && call.method != Method::Get)
        return bug(std::string(name(call.method)) + " must not be sent twice: only GET may");
    if (!is_field_value(call.authorization.reveal_for_use()))
        return bug("the authorization of a call has a control character");
    for (const Header& header : call.headers) {
        if (!is_token(header.name)) return bug("a header of a call has no valid name");
        const bool ours = std::ranges::any_of(kOurs, [&](std::string_view reserved) {
            return equals_ignoring_ascii_case(reserved, header.name);
        });
        if (ours) return bug("the header " + header.name + " is the client's to set");
        if (!is_field_value(header.value))
            return bug("the header " + header.name + " has a control character");
    }
    return {};
}

// Calls put(part) for every part of the head, so that counting and writing cannot differ.
template <class Put>
void for_each_part(
    const Call& call, std::string_view authority, std::string_view user_agent, Put put
) {
    const auto field = [&](std::string_view name, std::string_view value) {
        put(name);
        put(": ");
        put(value);
        put("\r\n");
    };
    put(name(call.method));
    put(" ");
    put(call.target);
    put(" HTTP/1.1\r\n");
    field("Host", authority);
    if (!user_agent.empty()) field("User-Agent", user_agent);
    field("Accept-Encoding", "identity");
    for (const Header& header : call.headers)
        field(header.name, header.value);
    if (const std::string& secret = call.authorization.reveal_for_use(); !secret.empty())
        field("Authorization", secret);
    if (call.method != Method::Get || !call.body.empty())
        field("Content-Length", std::to_string(call.body.size()));
    if (call.reuse == Reuse::Fresh) field("Connection", "close");
    put("\r\n");
}

} // namespace

RequestBytes::RequestBytes(std::size_t capacity)
    : bytes_(std::make_unique<char[]>(capacity))
    , capacity_(capacity) {}

RequestBytes::~RequestBytes() {
    if (bytes_) OPENSSL_cleanse(bytes_.get(), capacity_);
}

RequestBytes::RequestBytes(RequestBytes&& other) noexcept
    : bytes_(std::move(other.bytes_))
    , capacity_(std::exchange(other.capacity_, 0))
    , size_(std::exchange(other.size_, 0))
    , head_size_(std::exchange(other.head_size_, 0)) {}

RequestBytes& RequestBytes::operator=(RequestBytes&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(capacity_, other.capacity_);
    std::swap(size_, other.size_);
    std::swap(head_size_, other.head_size_);
    return *this;
}

void RequestBytes::append(std::string_view bytes) {
    std::memcpy(bytes_.get() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
}

Result<RequestBytes>
request_bytes(const Call& call, const Origin& origin, std::string_view user_agent) {
    if (const Result<> sound = check(call); !sound) return sound.error();
    const std::string authority = origin.authority();
    std::size_t size = call.body.size();
    for_each_part(call, authority, user_agent, [&](std::string_view part) { size += part.size(); });
    RequestBytes bytes(size);
    for_each_part(call, authority, user_agent, [&](std::string_view part) { bytes.append(part); });
    bytes.end_of_head();
    bytes.append(call.body);
    return bytes;
}

} // namespace calfleet::http
