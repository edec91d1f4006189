#include "workers/calfleet/files.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

namespace calfleet::cli {
namespace {

constexpr std::size_t kLargestFile = 64U * 1024 * 1024;

Error cannot_open(const std::string& path) {
    return {ErrorKind::NotFound, "cannot read '" + path + "': " + std::strerror(errno)};
}

} // namespace

Result<std::string> read_file(const std::string& path) {
    std::ostringstream text;
    if (path == "-") {
        text << std::cin.rdbuf();
    } else {
        std::ifstream file(path, std::ios::binary);
        if (!file) return cannot_open(path);
        text << file.rdbuf();
    }
    std::string bytes = std::move(text).str();
    if (bytes.size() > kLargestFile)
        return invalid("'" + path + "' is larger than 64 MiB; split it");
    return bytes;
}

Result<>
for_each_line(const std::string& path, const std::function<Result<>(std::string_view, int)>& body) {
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
        if (!file) return cannot_open(path);
    }
    std::istream& in = path == "-" ? std::cin : file;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (Result<> done = body(line, number); !done) return done;
    }
    return {};
}

} // namespace calfleet::cli
