#include "common/json/canonical.h"

#include "common/json/writer.h"

#include <map>
#include <string_view>

namespace calfleet::json {
namespace {

// NOLINTNEXTLINE(misc-no-recursion): the parser bounds the depth
void write_canonical(Writer& writer, Value value) {
    if (value.is_array()) {
        writer.begin_array();
        for (const Value element : value.elements())
            write_canonical(writer, element);
        writer.end_array();
    } else if (value.is_object()) {
        std::map<std::string_view, Value> members;
        for (const Member member : value.members())
            members.insert_or_assign(member.key, member.value);
        writer.begin_object();
        for (const auto& [key, member] : members) {
            writer.key(key);
            write_canonical(writer, member);
        }
        writer.end_object();
    } else if (const auto number = value.as_double(); number && *number == 0) {
        writer.value(0); // -0 is 0
    } else {
        writer.value(value);
    }
}

} // namespace

std::string canonical(Value value) {
    Writer writer;
    write_canonical(writer, value);
    return writer.take();
}

} // namespace calfleet::json
