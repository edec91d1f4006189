#include "tests/checks/source_tree.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace calfleet::checks {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = CALFLEET_SOURCE_DIR;

constexpr std::array<std::string_view, 7> kTopFolders{
    ".ci", "common", "deploy", "migrations", "proto", "tests", "workers"};
constexpr std::array<std::string_view, 14> kTextEndings{
    ".cpp",
    ".h",
    ".txt",
    ".cmake",
    ".md",
    ".sql",
    ".json",
    ".yaml",
    ".yml",
    ".py",
    ".sh",
    ".csv",
    ".in",
    ".tpl"};
// Word lists and recordings of examples are data: no rule of style applies to them.
constexpr std::uintmax_t kLargestSource = 1'000'000;

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool looks_like_text(const fs::path& path) {
    if (path.filename() == ".git") return false; // in a worktree, a file that points elsewhere
    const std::string ending = path.extension().string();
    if (ending.empty()) return true; // scripts such as deploy/demo
    return std::find(kTextEndings.begin(), kTextEndings.end(), ending) != kTextEndings.end();
}

void take(const fs::path& path, std::vector<SourceFile>& files) {
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored) || !looks_like_text(path)) return;
    if (fs::file_size(path, ignored) > kLargestSource) return;
    files.push_back({fs::relative(path, kRoot).generic_string(), read(path)});
}

std::vector<SourceFile> read_tree() {
    std::vector<SourceFile> files;
    for (const auto& entry : fs::directory_iterator(kRoot))
        if (entry.path().filename() != ".git") // a file in a work tree beside the first
            take(entry.path(), files);
    for (const std::string_view folder : kTopFolders) {
        if (!fs::exists(kRoot / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder))
            take(entry.path(), files);
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
        return a.path < b.path;
    });
    return files;
}

} // namespace

bool SourceFile::is_under(std::string_view folder) const {
    return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

const std::vector<SourceFile>& source_tree() {
    static const std::vector<SourceFile> files = read_tree();
    return files;
}

std::optional<std::string> text_of(std::string_view path) {
    if (!fs::is_regular_file(kRoot / path)) return std::nullopt;
    return read(kRoot / path);
}

bool exists(std::string_view path) {
    return fs::exists(kRoot / path);
}

std::vector<std::string> folders_in(std::string_view folder) {
    std::vector<std::string> names;
    if (!fs::exists(kRoot / folder)) return names;
    for (const auto& entry : fs::directory_iterator(kRoot / folder))
        if (entry.is_directory() && !fs::is_empty(entry.path()))
            names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string_view without_comment(std::string_view line) {
    return line.substr(0, line.find("//"));
}

std::string listed(const Violations& violations) {
    std::string text = "\n";
    for (const std::string& violation : violations)
        text += "  " + violation + "\n";
    return text;
}

std::string at(const SourceFile& file, std::size_t line, std::string_view what) {
    return file.path + ":" + std::to_string(line) + " " + std::string(what);
}

} // namespace calfleet::checks
