#include "tests/calcom-sim/client/calcom_simulator.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cctype>
#include <csignal>
#include <stdexcept>

namespace calfleet::test_support {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;

constexpr std::chrono::seconds kPatience{30};
constexpr std::uint64_t kMostAnswerBytes = 256U << 20U;

struct Call {
    std::string method{};
    std::string target{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
};

std::string lower(std::string text) {
    for (char& letter : text)
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return text;
}

SimulatorAnswer answer_from(const wire::response<wire::string_body>& response) {
    SimulatorAnswer answer{.status = static_cast<int>(response.result_int())};
    for (const auto& field : response)
        answer.headers.emplace_back(
            lower(std::string(field.name_string().data(), field.name_string().size())),
            std::string(field.value().data(), field.value().size())
        );
    answer.text = response.body();
    return answer;
}

SimulatorAnswer exchange(std::uint16_t port, const Call& call) {
    asio::io_context context;
    beast::tcp_stream stream(context);
    wire::request<wire::string_body> request(
        wire::string_to_verb(call.method), call.target, 11, call.body
    );
    request.set(wire::field::host, "127.0.0.1:" + std::to_string(port));
    if (!call.body.empty()) request.set(wire::field::content_type, "application/json");
    for (const auto& [name, value] : call.headers)
        request.set(name, value);
    request.keep_alive(false);
    request.prepare_payload();

    beast::flat_buffer buffer;
    wire::response_parser<wire::string_body> parser;
    parser.body_limit(kMostAnswerBytes);
    if (call.method == "HEAD") parser.skip(true);
    boost::system::error_code failure;
    const auto read = [&](boost::system::error_code error, std::size_t) { failure = error; };
    const auto written = [&](boost::system::error_code error, std::size_t) {
        failure = error;
        if (!error) wire::async_read(stream, buffer, parser, read);
    };
    const auto connected = [&](boost::system::error_code error) {
        failure = error;
        if (!error) wire::async_write(stream, request, written);
    };
    stream.expires_after(kPatience);
    stream.async_connect(tcp::endpoint(asio::ip::address_v4::loopback(), port), connected);
    context.run();
    if (failure)
        throw std::runtime_error(
            "calcom-sim: " + call.method + " " + call.target + ": " + failure.message()
        );
    return answer_from(parser.get());
}

std::string program() {
    return std::string(CALFLEET_BIN_DIR) + "/calcom-sim";
}

} // namespace

json::value SimulatorAnswer::json() const {
    if (text.empty()) return nullptr;
    return json::parse(text);
}

std::string SimulatorAnswer::header(const std::string& name) const {
    for (const auto& [known, value] : headers)
        if (known == name) return value;
    return {};
}

CalcomSimulator::CalcomSimulator(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)) {
    start();
}

CalcomSimulator::~CalcomSimulator() = default;

void CalcomSimulator::start() {
    ProcessOptions options{
        .argv = {program()}, .directory = directory_.path(), .name = "calcom-sim"};
    options.argv.insert(
        options.argv.end(),
        {"--parent-death",
         "--port",
         std::to_string(port_),
         "--admin-port",
         std::to_string(admin_port_)}
    );
    options.argv.insert(options.argv.end(), arguments_.begin(), arguments_.end());
    process_ = std::make_unique<Process>(std::move(options));
    const auto line = process_->wait_for_line(R"("admin_port":)", kPatience);
    if (!line)
        throw std::runtime_error(
            "calcom-sim did not start: " + process_->text(Process::Stream::Errors)
        );
    const json::value ports = json::parse(*line);
    port_ = ports.at("port").to_number<std::uint16_t>();
    admin_port_ = ports.at("admin_port").to_number<std::uint16_t>();
    tls_ = ports.at("tls").as_bool();
}

std::string CalcomSimulator::url() const {
    return std::string(tls_ ? "https" : "http") + "://127.0.0.1:" + std::to_string(port_);
}

void CalcomSimulator::kill() {
    process_->signal(SIGKILL);
    if (!process_->wait_exit(kPatience)) throw std::runtime_error("calcom-sim does not die");
}

void CalcomSimulator::freeze() {
    process_->signal(SIGSTOP);
}

void CalcomSimulator::thaw() {
    process_->signal(SIGCONT);
}

SimulatorAnswer CalcomSimulator::call(
    const std::string& method,
    const std::string& target,
    const std::vector<std::pair<std::string, std::string>>& headers,
    const std::string& body
) {
    return exchange(port_, {.method = method, .target = target, .headers = headers, .body = body});
}

SimulatorAnswer CalcomSimulator::admin(
    const std::string& method, const std::string& target, const std::string& body
) {
    return exchange(admin_port_, {.method = method, .target = target, .body = body});
}

json::value CalcomSimulator::order(
    const std::string& method, const std::string& target, const std::string& body
) {
    const SimulatorAnswer answer = admin(method, target, body);
    if (answer.status == 200) return answer.json();
    throw std::runtime_error("calcom-sim: " + method + " " + target + ": " + answer.text);
}

void CalcomSimulator::seed(const json::value& state) {
    order("PUT", "/sim/state", json::serialize(state));
}

json::object CalcomSimulator::state() {
    return order("GET", "/sim/state").as_object();
}

std::vector<std::string> CalcomSimulator::changes_since(const json::object& state) {
    const json::value answer = order("POST", "/sim/state/changes", json::serialize(state));
    std::vector<std::string> changes;
    for (const json::value& line : answer.as_array())
        changes.emplace_back(line.as_string());
    return changes;
}

void CalcomSimulator::set(const json::object& settings) {
    order("PATCH", "/sim/settings", json::serialize(settings));
}

void CalcomSimulator::set_clock(const json::object& clock) {
    order("PUT", "/sim/clock", json::serialize(clock));
}

std::string CalcomSimulator::add_fault(const json::object& fault) {
    return order("POST", "/sim/faults", json::serialize(fault)).at("id").as_string().c_str();
}

void CalcomSimulator::remove_fault(const std::string& id) {
    order("DELETE", "/sim/faults/" + id);
}

void CalcomSimulator::remove_faults() {
    order("DELETE", "/sim/faults");
}

std::int64_t CalcomSimulator::hits(const std::string& fault_id) {
    const json::value faults = order("GET", "/sim/faults");
    for (const json::value& fault : faults.as_array())
        if (fault.at("id").as_string() == fault_id)
            return fault.at("hits").to_number<std::int64_t>();
    throw std::runtime_error("calcom-sim has no fault " + fault_id);
}

void CalcomSimulator::revoke_key(const std::string& name) {
    order("PATCH", "/sim/keys/" + name, R"({"revoked":true})");
}

void CalcomSimulator::restore_key(const std::string& name) {
    order("PATCH", "/sim/keys/" + name, R"({"revoked":false})");
}

void CalcomSimulator::lock_user(std::int64_t id, bool locked) {
    order(
        "PATCH",
        "/sim/users/" + std::to_string(id),
        json::serialize(json::object{{"locked", locked}})
    );
}

json::object CalcomSimulator::edit_event_type(std::int64_t id, const json::object& fields) {
    return order("PATCH", "/sim/event-types/" + std::to_string(id), json::serialize(fields))
        .as_object();
}

void CalcomSimulator::delete_event_type(std::int64_t id) {
    order("DELETE", "/sim/event-types/" + std::to_string(id));
}

void CalcomSimulator::forget_limits() {
    order("DELETE", "/sim/limits");
}

json::array CalcomSimulator::ledger(const LedgerFilter& filter) {
    std::string target = "/sim/ledger?limit=1000000&after=" + std::to_string(filter.after);
    if (!filter.key.empty()) target += "&key=" + filter.key;
    if (!filter.method.empty()) target += "&method=" + filter.method;
    if (!filter.path.empty()) target += "&path=" + filter.path;
    return order("GET", target).as_array();
}

std::uint64_t CalcomSimulator::requests() {
    return order("GET", "/sim/health").at("requests").to_number<std::uint64_t>();
}

json::object CalcomSimulator::ledger_summary(std::chrono::milliseconds window) {
    return order("GET", "/sim/ledger/summary?window_ms=" + std::to_string(window.count()))
        .as_object();
}

void CalcomSimulator::clear_ledger() {
    order("DELETE", "/sim/ledger");
}

json::array CalcomSimulator::deliveries() {
    return order("GET", "/sim/deliveries").as_array();
}

} // namespace calfleet::test_support
