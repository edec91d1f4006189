#include "common/http/client_loop.h"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>

#include <utility>
#include <vector>

namespace calfleet::http {
namespace {

namespace asio = boost::asio;

asio::execution_context& context_of(const asio::any_io_executor& executor) {
    return asio::query(executor, asio::execution::context);
}

// A context shuts its services down before it takes their sockets' and timers' ground away.
class Farewell final : public asio::execution_context::service {
public:
    using key_type = Farewell;
    static asio::execution_context::id id;

    explicit Farewell(asio::execution_context& context)
        : service(context) {}

    void add(const std::shared_ptr<ClientLoop>& loop) {
        std::erase_if(loops_, [](const auto& one) { return one.expired(); });
        loops_.push_back(loop);
    }

private:
    void shutdown() override {
        for (const auto& one : loops_)
            if (const auto loop = one.lock()) loop->abandon();
    }

    std::vector<std::weak_ptr<ClientLoop>> loops_;
};

asio::execution_context::id Farewell::id;

} // namespace

ClientLoop::ClientLoop(
    asio::any_io_executor executor, const ClientSettings& settings, const Clock& clock
)
    : context(&context_of(executor))
    , pool(std::make_shared<Pool>(executor, settings, clock))
    , resolver(executor, settings.origin, clock) {}

std::shared_ptr<ClientLoop>
ClientLoop::on(asio::any_io_executor executor, const ClientSettings& settings, const Clock& clock) {
    auto loop = std::make_shared<ClientLoop>(executor, settings, clock);
    // After the loop's own timers exist, so that it is shut down before them.
    asio::use_service<Farewell>(context_of(executor)).add(loop);
    return loop;
}

void ClientLoop::abandon() {
    context = nullptr;
    pool->abandon();
    resolver.abandon();
}

} // namespace calfleet::http
