#include "common/log/capture.h"

#include "common/log/output.h"

namespace calfleet::log {

Capture::Capture(std::string worker, Level level) {
    redirect(std::move(worker), level, [this](std::string_view line) {
        const std::lock_guard lock(mutex_);
        lines_.emplace_back(line);
    });
}

Capture::~Capture() {
    end_redirection();
}

std::vector<std::string> Capture::lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
}

std::vector<std::string> Capture::lines_of(std::string_view event) const {
    const std::string mark = "\"event\":\"" + std::string(event) + "\"";
    std::vector<std::string> chosen;
    for (std::string& line : lines())
        if (line.find(mark) != std::string::npos) chosen.push_back(std::move(line));
    return chosen;
}

} // namespace calfleet::log
