// Any bytes: parser and second look agree, and what was parsed can be written and parsed again.

#include "common/core/text.h"
#include "common/json/parser.h"
#include "common/json/syntax.h"
#include "common/json/writer.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace calfleet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static json::Parser parser;
    static json::Parser second;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto root = parser.parse(bytes);
    if (!root) {
        if (!is_valid_utf8(root.error().message)) std::abort();
        return 0;
    }
    if (json::find_mistake(bytes)) std::abort();
    json::Writer writer;
    writer.value(*root);
    if (!second.parse(writer.view())) std::abort();
    return 0;
}
