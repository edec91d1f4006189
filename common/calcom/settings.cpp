#include "common/calcom/settings.h"

#include "common/core/text.h"
#include "common/http/url.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace calfleet::calcom {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 1> kKnownHosts{"api.cal.com"};

bool is_allowed(const http::Origin& origin, const std::vector<std::string>& hosts) {
    if (http::is_loopback_host(origin.host)) return true;
    return std::ranges::find(kKnownHosts, origin.host) != kKnownHosts.end() ||
           std::ranges::any_of(hosts, [&](const std::string& host) {
               return ascii_lower(host) == origin.host;
           });
}

http::Origin
read_origin(config::Reader& reader, const std::string& url, const std::vector<std::string>& hosts) {
    static constexpr std::string_view kName = "CALCOM_BASE_URL";
    auto origin = http::parse_origin(url);
    if (!origin) {
        reader.complain(kName, origin.error().message);
        return {};
    }
    if (origin->scheme == http::Scheme::Http && !http::is_loopback_host(origin->host))
        reader.complain(kName, "must begin with https://: keys would travel in clear");
    else if (!is_allowed(*origin, hosts))
        reader.complain(
            kName,
            "names the host " + printable(origin->host) +
                ", which is not api.cal.com; if that is where your Cal.com is, add it to " +
                reader.prefix() + "CALCOM_ALLOWED_HOSTS"
        );
    return *origin;
}

} // namespace

http::ClientSettings read_client_settings(config::Reader& reader) {
    const std::string url = reader.text(
        "CALCOM_BASE_URL",
        {.help = "where Cal.com's API is; http:// for this machine only",
         .fallback = "https://api.cal.com"}
    );
    const std::vector<std::string> hosts = reader.list(
        "CALCOM_ALLOWED_HOSTS",
        {.help = "hosts besides api.cal.com that may be given the companies' API keys"}
    );
    http::ClientSettings settings;
    settings.origin = read_origin(reader, url, hosts);
    settings.peer = "calcom";
    settings.user_agent = "calfleet";
    settings.ca_file = reader.text(
        "CALCOM_CA_FILE",
        {.help = "certificates to trust instead of the system's, in PEM: for a Cal.com of your own"}
    );
    settings.total_timeout = reader.duration(
        "CALCOM_TIMEOUT",
        {.help = "longest time for one request, connecting included",
         .fallback = 20s,
         .min = 1s,
         .max = 60s}
    );
    settings.max_connections = static_cast<std::size_t>(reader.integer(
        "CALCOM_CONNECTIONS",
        {.help = "most connections to Cal.com at a time; further requests wait",
         .fallback = 2048,
         .min = 1,
         .max = 4096}
    ));
    // Between two calls of a job lies a transaction: whoever keeps fewer shakes hands all the time.
    settings.max_idle = settings.max_connections;
    return settings;
}

} // namespace calfleet::calcom
