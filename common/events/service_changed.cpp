#include "common/events/service_changed.h"

#include "common/events/field_reader.h"
#include "common/json/writer.h"

#include <array>

namespace calfleet::events {
namespace {

enum DataField { kService, kVersion };
constexpr json::FieldTable kDataFields{std::array<std::string_view, 2>{"service_id", "version"}};
constexpr Path kData{.name = "data"};

} // namespace

Result<ServiceChanged> ServiceChangedDecoder::decode(const Envelope& envelope) {
    const Result<json::Value> root = parser_.parse(envelope.data);
    if (!root) return Error{root.error().kind, "data: " + root.error().message};
    FieldReader reader;
    Fields<2> fields;
    std::optional<std::int64_t> service, version;
    const bool readable = reader.object(kData, *root, kDataFields, fields) &&
                          reader.number(kData / "service_id", fields[kService], 1, service) &&
                          reader.number(kData / "version", fields[kVersion], 1, version);
    if (readable && !service)
        reader.fail(kData / "service_id", "missing; expected the number of the changed service");
    else if (readable && !version)
        reader.fail(kData / "version", "missing; expected the version that the change made");
    if (!service || !version || !readable) return reader.error();
    return ServiceChanged{.service = ServiceId{*service}, .version = *version};
}

std::string encode(const ServiceChanged& event) {
    json::Writer data;
    data.begin_object()
        .field("service_id", event.service.value)
        .field("version", event.version)
        .end_object();
    return data.take();
}

} // namespace calfleet::events
