#pragma once
// Memory for the strings of one batch: kept until clear(), then used again without asking the
// system.

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace calfleet {

/// Views returned by keep() live until clear() or destruction. Not thread-safe.
class TextArena {
public:
    std::string_view keep(std::string_view text) {
        if (text.empty()) return {};
        char* place = allocate(text.size());
        std::memcpy(place, text.data(), text.size());
        return {place, text.size()};
    }

    /// Forgets every string, keeps the blocks.
    void clear() {
        block_ = 0;
        used_ = 0;
    }

private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t size;
    };
    static constexpr std::size_t kBlockBytes = 64 * 1024;

    char* allocate(std::size_t size) {
        while (block_ < blocks_.size() && used_ + size > blocks_[block_].size) {
            ++block_;
            used_ = 0;
        }
        if (block_ == blocks_.size()) {
            const std::size_t wanted = size > kBlockBytes ? size : kBlockBytes;
            blocks_.push_back({std::make_unique<char[]>(wanted), wanted});
            used_ = 0;
        }
        char* place = blocks_[block_].bytes.get() + used_;
        used_ += size;
        return place;
    }

    std::vector<Block> blocks_;
    std::size_t block_{0};
    std::size_t used_{0};
};

} // namespace calfleet
