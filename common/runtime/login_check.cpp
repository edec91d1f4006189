#include "common/runtime/login_check.h"

#include "common/log/log.h"
#include "common/postgres/login.h"

#include <chrono>
#include <utility>

namespace calfleet::runtime {

namespace {

constexpr std::chrono::seconds kAskAgain{1};

} // namespace

LoginCheck::LoginCheck(postgres::Settings database, StopSignal& stop)
    : database_(std::move(database))
    , stop_(stop)
    , thread_([this] { ask(); }) {}

LoginCheck::~LoginCheck() {
    ended_.request();
    thread_.join();
}

void LoginCheck::ask() {
    while (!ended_.requested()) {
        const Result<> connected = postgres::Session(database_).connect(); // closed again at once
        if (connected) return;
        if (connected.error().message.starts_with(postgres::kLoginRefused)) {
            log::error(
                "worker.misconfigured",
                {{"error_kind", name(connected.error().kind)}, {"error", connected.error().message}}
            );
            refused_ = true;
            stop_.request();
            return;
        }
        ended_.wait_for(kAskAgain); // away, or starting: the sessions that need it say so
    }
}

} // namespace calfleet::runtime
