#pragma once
// The bytes of one connection, in clear or under TLS, without ever blocking.

#include "common/http/client_tls.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace calfleet::http {

/// What an attempt to move bytes came to.
enum class Move {
    Done,      ///< bytes moved, or the handshake is complete
    WaitRead,  ///< again when the socket is readable
    WaitWrite, ///< again when it is writable
    Ended,     ///< the other side has ended the stream in order
    Broken,    ///< reset, or TLS was violated; see Transport::trouble()
};

struct Moved {
    Move move{Move::Done};
    std::size_t bytes{0};
};

/// Owns the socket. One thread.
class Transport {
public:
    explicit Transport(boost::asio::ip::tcp::socket socket)
        : socket_(std::move(socket)) {}
    ~Transport() { abort(); }
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    boost::asio::ip::tcp::socket& socket() { return socket_; }

    /// After the socket is connected. False: out of memory.
    bool start_tls(TlsContext& context);
    /// Until Done, after start_tls().
    Moved handshake();
    /// Of a TLS record only what left whole is counted: the other side cannot read less.
    Moved write(std::string_view bytes);
    Moved read(char* into, std::size_t size);

    /// Nothing has come since the last answer, not even the end: the connection may be used again.
    bool quiet();
    bool resumed() const { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }

    /// After Broken in a handshake: the server's certificate was refused.
    bool certificate_refused() const { return certificate_refused_; }
    /// After Broken, in the system's or OpenSSL's words.
    const std::string& trouble() const { return trouble_; }

    /// Between two answers: tells the other side that the stream ends here.
    void finish();
    /// At any time: with a reset, so that what the system still holds is not delivered later.
    void abort();

private:
    Moved tls_result(int result);
    Moved broken(int system_error);
    void close();

    boost::asio::ip::tcp::socket socket_;
    SslHandle ssl_;
    std::string trouble_;
    bool certificate_refused_{false};
    bool failed_{false};
};

} // namespace calfleet::http
