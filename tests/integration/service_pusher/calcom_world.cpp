#include "tests/integration/service_pusher/calcom_world.h"

#include "common/core/clock.h"
#include "common/core/digest.h"
#include "common/core/random.h"
#include "common/core/uuid.h"
#include "common/sealing/envelope.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <fstream>

namespace calfleet::service_pusher {
namespace {

namespace json = boost::json;

std::string hex(std::string_view bytes) {
    return "'\\x" + to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}) +
           "'";
}

json::object user(int id, const std::string& username) {
    return {{"id", id}, {"username", username}, {"name", username}};
}

json::object event_type(int id, const std::string& title) {
    return {
        {"id", id},
        {"title", title},
        {"slug", "type-" + std::to_string(id)},
        {"lengthInMinutes", 30}};
}

json::object owned(int id, int owner) {
    json::object type = event_type(id, "Service " + std::to_string(id));
    type["ownerId"] = owner;
    return type;
}

void add_team(json::object& world) {
    world["teams"].as_array().push_back({{"id", 42}, {"name", "Team"}, {"slug", "team"}});
    auto& memberships = world["memberships"].as_array();
    memberships.push_back(
        {{"id", 1}, {"userId", 101}, {"teamId", 42}, {"accepted", true}, {"role", "OWNER"}}
    );
    memberships.push_back(
        {{"id", 2}, {"userId", 900}, {"teamId", 42}, {"accepted", true}, {"role", "MEMBER"}}
    );
    auto& types = world["eventTypes"].as_array();
    json::object collective = event_type(4201, "Together");
    collective["teamId"] = 42;
    collective["schedulingType"] = "collective";
    collective["hosts"] = json::array{{{"userId", 101}}, {{"userId", 900}}};
    json::object parent = event_type(4202, "Managed");
    parent["teamId"] = 42;
    parent["schedulingType"] = "managed";
    parent["hosts"] = json::array{{{"userId", 900}}};
    json::object child = event_type(4203, "Managed");
    child["slug"] = "type-4202";
    child["ownerId"] = 900;
    child["parentId"] = 4202;
    child["metadata"] = json::object{{"managedEventConfig", json::object{}}};
    types.push_back(std::move(collective));
    types.push_back(std::move(parent));
    types.push_back(std::move(child));
    types.push_back(owned(9001, 900));
}

} // namespace

CompanyKeys::CompanyKeys()
    : kek_(sealing::Key::random())
    , pepper_(sealing::Key::random()) {
    std::ofstream(file()) << to_hex(kek_.reveal_for_use()) << '\n';
    std::filesystem::permissions(file(), std::filesystem::perms::owner_read);
}

std::string CompanyKeys::set_key(CompanyId company, const std::string& api_key) const {
    Random random = Random::from_system();
    const Uuid dek_id = make_uuid_v7(system_clock().now(), random);
    const Uuid credential = make_uuid_v7(system_clock().now(), random);
    std::vector<sealing::Key> keys;
    keys.push_back(sealing::Key::from_bytes(kek_.reveal_for_use()).value());
    const auto ring = sealing::KeyRing::of(std::move(keys)).value();
    const sealing::Key dek = sealing::Key::random();
    const sealing::WrappedKey wrapped = ring.wrap(dek, {company, dek_id});
    const std::string fingerprint = sealing::fingerprint(pepper_, api_key);
    const std::string sealed =
        sealing::seal(dek, dek_id, {company, credential, "api-key", fingerprint}, api_key).value();
    const std::string number = std::to_string(company.value);
    return "update calfleet.calcom_credentials set state = 'retired', retired_at = now(), sealed = "
           "'' where state = 'active' and company_id = " +
           number +
           "; update calfleet.sealing_keys set is_current = false where company_id = " + number +
           "; insert into calfleet.sealing_keys (dek_id, company_id, kek_id, wrapped) "
           "values ('" +
           to_string(dek_id) + "', " + number + ", '" + wrapped.kek_id + "', " +
           hex(wrapped.bytes) +
           "); insert into calfleet.calcom_credentials (credential_id, "
           "company_id, purpose, dek_id, sealed, fingerprint, created_by) values ('" +
           to_string(credential) + "', " + number + ", 'api-key', '" + to_string(dek_id) + "', " +
           hex(sealed) + ", '" + fingerprint + "', 'test');";
}

json::value world_of(int companies, int event_types) {
    json::object world;
    for (const char* list : {"users", "keys", "teams", "memberships", "eventTypes"})
        world[list] = json::array{};
    for (int company = 1; company <= companies; ++company) {
        const std::string number = std::to_string(company);
        world["users"].as_array().push_back(user(100 + company, "user" + number));
        world["keys"].as_array().push_back(
            {{"name", "user" + number}, {"value", "cal_" + number}, {"userId", 100 + company}}
        );
        for (int i = 1; i <= event_types; ++i)
            world["eventTypes"].as_array().push_back(owned(1000 * company + i, 100 + company));
    }
    world["users"].as_array().push_back(user(900, "guest"));
    world["keys"].as_array().push_back({{"name", "guest"}, {"value", "cal_guest"}, {"userId", 900}}
    );
    add_team(world);
    return world;
}

std::string companies_sql(int companies) {
    return "insert into platform.companies (id, name) overriding system value select n, 'Company ' "
           "|| n from generate_series(1, " +
           std::to_string(companies) + ") n;";
}

std::string services_sql(int companies, int event_types) {
    return "insert into platform.services (id, company_id, name, duration_minutes, "
           "calcom_event_type_id) overriding system value select 1000 * n + i, n, 'Service ' || "
           "(1000 * n + i), 30, 1000 * n + i from generate_series(1, " +
           std::to_string(companies) + ") n, generate_series(1, " + std::to_string(event_types) +
           ") i;";
}

std::string title_at(test_support::CalcomSimulator& simulator, int event_type) {
    const json::object world = simulator.state();
    for (const json::value& one : world.at("eventTypes").as_array())
        if (one.as_object().at("id").to_number<int>() == event_type)
            return std::string(one.as_object().at("title").as_string());
    return "";
}

} // namespace calfleet::service_pusher
