#pragma once
// What a librdkafka error code means for the caller. Inside common/kafka only.

#include "common/core/result.h"

#include <librdkafka/rdkafka.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace calfleet::kafka {

/// context: what was tried with which value ("publish to \"bookings\""); detail: librdkafka's
/// words, may be empty; right: what an ACL must allow for it ("WRITE on topic \"bookings\""), said
/// when it is the ACL that forbids it.
Error translate(
    rd_kafka_resp_err_t code,
    std::string_view context,
    std::string_view detail = {},
    std::string_view right = {}
);

/// "READ on topic \"bookings\"".
std::string right_on_topic(std::string_view operations, std::string_view topic);

/// The failure of a connection in librdkafka's words, with the setting that is probably wrong.
/// certificate: why the broker's certificate was refused, when it was.
std::string explained(std::string_view text, std::string_view certificate = {});

/// Why OpenSSL refused a broker's certificate (X509_V_ERR_...), for people.
std::string certificate_refusal(int code, std::string_view broker);

/// errno of a connection that was never tried, because it leads beyond this machine and encrypts
/// nothing.
inline constexpr int kRefusedHere = EACCES;

} // namespace calfleet::kafka
