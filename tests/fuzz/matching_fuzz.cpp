// A staff list and a host, from the same bytes: no name may crash the matcher, and what it answers
// keeps its promises.

#include "common/core/text.h"
#include "common/matching/matcher.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace calfleet;

namespace {

/// Fields end with a zero byte.
std::vector<std::string> fields_of(std::string_view bytes) {
    std::vector<std::string> fields;
    while (!bytes.empty() && fields.size() < 24) {
        const auto end = std::min(bytes.find('\0'), bytes.size());
        fields.emplace_back(bytes.substr(0, end));
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
    }
    return fields;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto fields = fields_of({reinterpret_cast<const char*>(data), size});
    fields.resize(std::max<std::size_t>(fields.size(), 4));
    matching::Company company;
    for (std::size_t at = 4; at + 1 < fields.size(); at += 2)
        company.staff.push_back(
            {.id = std::to_string(at),
             .name = fields[at],
             .email = fields[at + 1],
             .branch = at % 3 == 0 ? "Nord" : "",
             .is_active = at % 5 != 0}
        );
    const matching::CompanyIndex index{std::move(company)};
    const auto found = matching::match(
        index, {.id = "1", .name = fields[0], .email = fields[1], .username = fields[2]}, fields[3]
    );
    if ((found.decision == matching::Decision::None) != found.staff_id.empty()) std::abort();
    if (found.score < 0 || found.score > 100) std::abort();
    if (!found.runner_up.empty() && found.runner_up == found.staff_id) std::abort();
    for (const auto& reason : found.reasons) {
        if (!is_valid_utf8(reason.text) || reason.weight < 0 || reason.weight > 100) std::abort();
        if (found.decision == matching::Decision::Link && !reason.in_favour) std::abort();
    }
    return 0;
}
