#pragma once
// A client under test with an event loop of its own, called as if it were an ordinary function.

#include "common/core/clock.h"
#include "common/http/client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/integration/calcom/raw_server.h"

namespace calfleet::integration {

inline constexpr std::chrono::seconds kLongEnough{15};

inline http::ClientSettings plain_settings(const RawServer& server) {
    http::ClientSettings settings;
    settings.origin = {http::Scheme::Http, "127.0.0.1", server.port()};
    settings.peer = "test";
    return settings;
}

inline http::ClientSettings
tls_settings(const RawServer& server, const std::string& ca_file, std::string host = "localhost") {
    http::ClientSettings settings = plain_settings(server);
    settings.origin = {http::Scheme::Https, std::move(host), server.port()};
    settings.ca_file = ca_file;
    return settings;
}

inline http::Call get(std::string target = "/v2/me") {
    http::Call call;
    call.target = std::move(target);
    call.reuse = http::Reuse::PooledTwice;
    call.authorization = Secret<std::string>("Bearer cal_live_secret");
    return call;
}

inline http::Call patch() {
    http::Call call = get("/v2/event-types/7");
    call.method = http::Method::Patch;
    call.reuse = http::Reuse::Pooled;
    call.body = R"({"hidden":true})";
    return call;
}

inline http::Call post() {
    http::Call call = get("/v2/bookings");
    call.method = http::Method::Post;
    call.reuse = http::Reuse::Fresh;
    call.body = R"({"start":"2026-12-01T09:00:00Z"})";
    return call;
}

class Caller {
public:
    explicit Caller(http::ClientSettings settings)
        : client(made(http::Client::create(std::move(settings), system_clock(), metrics))) {}

    /// Runs the loop until the coroutine has ended.
    template <class T>
    T wait_for(boost::asio::awaitable<T> work) {
        std::optional<T> result;
        std::exception_ptr failure;
        boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, T value) {
            failure = thrown;
            result.emplace(std::move(value));
        });
        run_until([&] { return result.has_value(); });
        if (failure) std::rethrow_exception(failure);
        return std::move(*result);
    }

    http::CallResult call(http::Call request, Monotonic until = Monotonic::max()) {
        return wait_for(client->call(std::move(request), until));
    }

    /// All at the same time.
    std::vector<http::CallResult> call_all(const std::vector<http::Call>& requests) {
        std::vector<http::CallResult> results;
        for (const http::Call& request : requests) {
            boost::asio::co_spawn(
                io,
                client->call(request),
                [&](std::exception_ptr, http::CallResult result) {
                    results.push_back(std::move(result));
                }
            );
        }
        run_until([&] { return results.size() == requests.size(); });
        return results;
    }

    /// Runs the loop until the condition holds; throws when it does not in time.
    template <class Condition>
    void run_until(Condition condition) {
        const auto deadline = system_clock().monotonic() + kLongEnough;
        io.restart();
        while (!condition()) {
            if (system_clock().monotonic() >= deadline)
                throw std::runtime_error("the loop did not come to its end in time");
            if (io.run_one_for(std::chrono::milliseconds(20)) == 0) io.restart();
        }
    }

    boost::asio::io_context io;
    metrics::Registry metrics{"test"};
    std::unique_ptr<http::Client> client;

private:
    static std::unique_ptr<http::Client> made(Result<std::unique_ptr<http::Client>> result) {
        if (!result) throw std::runtime_error(result.error().message);
        return std::move(*result);
    }
};

} // namespace calfleet::integration
