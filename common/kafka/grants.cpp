#include "common/kafka/grants.h"

#include "common/core/text.h"
#include "common/kafka/admin_calls.h"
#include "common/kafka/translate.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace calfleet::kafka {
namespace {

using Binding = std::unique_ptr<rd_kafka_AclBinding_t, Call<rd_kafka_AclBinding_destroy>>;

constexpr std::array<std::pair<std::string_view, rd_kafka_AclOperation_t>, 11> kOperations{
    {{"ALL", RD_KAFKA_ACL_OPERATION_ALL},
     {"READ", RD_KAFKA_ACL_OPERATION_READ},
     {"WRITE", RD_KAFKA_ACL_OPERATION_WRITE},
     {"CREATE", RD_KAFKA_ACL_OPERATION_CREATE},
     {"DELETE", RD_KAFKA_ACL_OPERATION_DELETE},
     {"ALTER", RD_KAFKA_ACL_OPERATION_ALTER},
     {"DESCRIBE", RD_KAFKA_ACL_OPERATION_DESCRIBE},
     {"CLUSTER_ACTION", RD_KAFKA_ACL_OPERATION_CLUSTER_ACTION},
     {"DESCRIBE_CONFIGS", RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS},
     {"ALTER_CONFIGS", RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS},
     {"IDEMPOTENT_WRITE", RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE}}};

constexpr std::array<std::pair<std::string_view, rd_kafka_ResourceType_t>, 3> kResources{
    {{"topic", RD_KAFKA_RESOURCE_TOPIC},
     {"group", RD_KAFKA_RESOURCE_GROUP},
     {"cluster", RD_KAFKA_RESOURCE_BROKER}}}; // librdkafka's name for the cluster's number

template <class Table>
auto find_in(const Table& table, std::string_view name) {
    return std::find_if(table.begin(), table.end(), [&](const auto& entry) {
        return entry.first == name;
    });
}

/// Words between blanks.
std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (const std::string_view word : split(line, ' '))
        if (!trim(word).empty()) words.push_back(trim(word));
    return words;
}

/// What is wrong with the words of a line.
std::optional<std::string> flaw_of(const std::vector<std::string_view>& words) {
    if (words.size() < 2 || find_in(kResources, words[1]) == kResources.end())
        return "must be OPERATIONS topic|group NAME, or OPERATIONS cluster";
    const bool cluster = words[1] == "cluster";
    if (words.size() != (cluster ? 2u : 3u))
        return cluster ? "cluster takes no name" : "must name one topic or group";
    for (const std::string_view operation : split(words[0], ','))
        if (find_in(kOperations, operation) == kOperations.end())
            return "has an operation that Kafka does not know: " + printable(operation, 40);
    return std::nullopt;
}

} // namespace

Result<std::vector<Grant>> parse_grants(std::string_view text) {
    std::vector<Grant> grants;
    int number = 0;
    for (const std::string_view raw : split(text, '\n')) {
        ++number;
        const auto words = words_of(trim(raw.substr(0, raw.find('#'))));
        if (words.empty()) continue;
        if (const auto flaw = flaw_of(words))
            return invalid("line " + std::to_string(number) + ": " + *flaw);
        for (const std::string_view operation : split(words[0], ',')) {
            Grant grant{.operation = std::string(operation), .resource = std::string(words[1])};
            grant.name = words.size() == 3 ? std::string(words[2]) : "kafka-cluster";
            grant.prefix = grant.name.ends_with('*');
            if (grant.prefix) grant.name.pop_back();
            grants.push_back(std::move(grant));
        }
    }
    return grants;
}

Result<> grant(
    const std::string& brokers,
    const Connection& connection,
    const std::string& principal,
    const std::vector<Grant>& grants,
    std::chrono::milliseconds wait
) {
    const std::string what = "grant rights to " + principal;
    ClientOwner owner;
    ClientConfig config(brokers, "calfleet", connection, owner);
    const Result<rd_kafka_t*> made = config.make(RD_KAFKA_PRODUCER);
    if (!made) return made.error();
    const Client client(*made);
    std::vector<Binding> bindings;
    std::vector<rd_kafka_AclBinding_t*> list;
    for (const Grant& each : grants) {
        char problem[256];
        Binding binding(rd_kafka_AclBinding_new(
            find_in(kResources, each.resource)->second,
            each.name.c_str(),
            each.prefix ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
            principal.c_str(),
            "*",
            find_in(kOperations, each.operation)->second,
            RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
            problem,
            sizeof(problem)
        ));
        if (!binding) return invalid(what + ": " + problem);
        list.push_back(binding.get());
        bindings.push_back(std::move(binding));
    }
    const Queue queue(rd_kafka_queue_new(client.get()));
    const Options options = options_for(client.get(), RD_KAFKA_ADMIN_OP_CREATEACLS, wait);
    rd_kafka_CreateAcls(client.get(), list.data(), list.size(), options.get(), queue.get());
    const Result<Event> event = answer(queue.get(), wait, what, owner);
    if (!event) return event.error();
    std::size_t count = 0;
    const auto** results =
        rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event->get()), &count);
    for (std::size_t i = 0; i < count; ++i)
        if (const rd_kafka_error_t* failed = rd_kafka_acl_result_error(results[i]))
            return translate(
                rd_kafka_error_code(failed),
                what,
                rd_kafka_error_string(failed),
                "ALTER on the cluster"
            );
    return {};
}

} // namespace calfleet::kafka
