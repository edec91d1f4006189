#include "workers/calfleet/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

Result<> write_private_file(const std::string& path, std::string_view content) {
    const auto fail = [&] {
        return invalid("cannot write '" + path + "': " + std::strerror(errno));
    };
    const int file = ::open(
        path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR
    );
    if (file < 0) return fail();
    // A file that was there before may be open to others.
    bool good = ::fchmod(file, S_IRUSR | S_IWUSR) == 0;
    while (good && !content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        good = written >= 0;
        if (good) content.remove_prefix(static_cast<std::size_t>(written));
    }
    const Result<> done = good ? Result<>() : Result<>(fail());
    if (::close(file) != 0 && good) return fail();
    return done;
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
