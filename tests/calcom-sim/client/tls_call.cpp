#include "tests/calcom-sim/client/tls_call.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <stdexcept>

namespace calfleet::test_support {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
namespace tls = boost::asio::ssl;
using asio::ip::tcp;

SimulatorAnswer get_over_tls(
    std::uint16_t port,
    const std::filesystem::path& authority,
    const std::string& host,
    const std::string& target,
    const std::string& key
) {
    tls::context security(tls::context::tls_client);
    ::SSL_CTX_set_min_proto_version(security.native_handle(), TLS1_2_VERSION);
    security.set_verify_mode(tls::verify_peer);
    security.load_verify_file(authority.string());
    asio::io_context context;
    tls::stream<tcp::socket> stream(context, security);
    stream.set_verify_callback(tls::host_name_verification(host));
    ::SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    try {
        stream.next_layer().connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
        stream.handshake(tls::stream_base::client);
        wire::request<wire::empty_body> request(wire::verb::get, target, 11);
        request.set(wire::field::host, host);
        request.set(wire::field::authorization, "Bearer " + key);
        wire::write(stream, request);
        beast::flat_buffer buffer;
        wire::response<wire::string_body> response;
        wire::read(stream, buffer, response);
        return {.status = static_cast<int>(response.result_int()), .text = response.body()};
    } catch (const boost::system::system_error& failure) {
        throw std::runtime_error("TLS to " + host + ": " + failure.what());
    }
}

} // namespace calfleet::test_support
