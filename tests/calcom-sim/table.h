#pragma once
// Rows by id, as they are now and, for lagging replicas, as they were a moment ago.

#include "common/core/time.h"

#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace calfleet::calcom_sim {

/// How long tables remember what rows were before a change; 0: not at all.
struct Memory {
    Microseconds keep{0};
};

/// A map that can be asked as of an instant in the last Memory::keep. All times are the
/// simulator's. Pointers hold until the row is removed. `memory` outlives the table.
template <class Id, class Row>
class Table {
public:
    explicit Table(const Memory& memory)
        : memory_(&memory) {}

    const Row* find(const Id& id) const {
        const auto found = rows_.find(id);
        return found == rows_.end() ? nullptr : &found->second;
    }
    /// As it was then.
    const Row* find(const Id& id, Instant as_of) const {
        const auto past = past_.find(id);
        if (past != past_.end())
            for (const Old& old : past->second)
                if (as_of < old.until) return old.row ? &*old.row : nullptr;
        return find(id);
    }
    /// To be changed at this instant; nullptr when there is no such row.
    Row* edit(const Id& id, Instant now) {
        const auto found = rows_.find(id);
        if (found == rows_.end()) return nullptr;
        remember(id, found->second, now);
        return &found->second;
    }
    /// Replaces a row of the same id.
    Row& put(const Id& id, Row row, Instant now) {
        const auto found = rows_.find(id);
        if (found == rows_.end()) {
            remember(id, std::nullopt, now);
            return rows_.emplace(id, std::move(row)).first->second;
        }
        remember(id, found->second, now);
        return found->second = std::move(row);
    }
    bool erase(const Id& id, Instant now) {
        const auto found = rows_.find(id);
        if (found == rows_.end()) return false;
        remember(id, found->second, now);
        rows_.erase(found);
        return true;
    }
    /// All rows are those of the other, without a past.
    void take_rows_of(Table other) {
        rows_ = std::move(other.rows_);
        past_.clear();
    }

    std::size_t size() const { return rows_.size(); }
    /// As they are now, by id.
    const std::map<Id, Row>& rows() const { return rows_; }
    /// Every row as it was then, by id: see(id, row).
    template <class See>
    void each(Instant as_of, See see) const {
        if (past_.empty()) {
            for (const auto& [id, row] : rows_)
                see(id, row);
            return;
        }
        auto now = rows_.begin();
        auto past = past_.begin();
        while (now != rows_.end() || past != past_.end()) {
            const bool only_past =
                now == rows_.end() || (past != past_.end() && past->first < now->first);
            const Id& id = only_past ? past->first : now->first;
            if (const Row* row = find(id, as_of)) see(id, *row);
            if (past != past_.end() && past->first == id) ++past;
            if (!only_past) ++now;
        }
    }

private:
    struct Old {
        Instant until{};
        std::optional<Row> row{};
    };

    void remember(const Id& id, std::optional<Row> row, Instant now) {
        if (memory_->keep.count() == 0) {
            past_.clear();
            return;
        }
        auto& past = past_[id];
        while (!past.empty() && past.front().until < now - memory_->keep)
            past.pop_front();
        past.push_back({.until = now, .row = std::move(row)});
    }

    const Memory* memory_;
    std::map<Id, Row> rows_{};
    std::map<Id, std::deque<Old>> past_{};
};

} // namespace calfleet::calcom_sim
