#pragma once
// One attempt of one call: gets a connection, sends, reads, and says what may have happened.

#include "common/http/client_answer.h"
#include "common/http/client_loop.h"
#include "common/http/client_request.h"

#include <boost/asio/awaitable.hpp>

#include <optional>

namespace calfleet::http {

struct Attempt {
    CallResult result;
    bool reused{false}; ///< on a connection that served before
    bool answer_begun{false};
};

struct Exchange {
    const ClientSettings& settings;
    const Clock& clock;
    TlsContext* tls; ///< null for plain HTTP
    ClientLoop& loop;
    const RequestBytes& request;
    bool keeps_connection;
    Monotonic until;

    boost::asio::awaitable<Attempt> attempt(bool may_reuse);

private:
    boost::asio::awaitable<std::optional<Failure>> open(Lease& lease);
    boost::asio::awaitable<std::optional<Failure>>
    connect(Lease& lease, const Endpoints& endpoints, Monotonic deadline);
    boost::asio::awaitable<std::optional<Failure>> shake_hands(Lease& lease);
    boost::asio::awaitable<std::size_t> send(Connection& connection);
    boost::asio::awaitable<AnswerReader::State>
    receive(Connection& connection, AnswerReader& reader);
    Failure not_sent(FailureReason reason, std::string_view words) const;
    Failure failure_after(Connection& connection, AnswerReader& reader, std::size_t sent) const;
};

} // namespace calfleet::http
