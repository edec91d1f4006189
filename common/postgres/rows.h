#pragma once
// What a statement returned. Columns are read by position, in the order of the statement's select
// list.

#include "common/core/time.h"
#include "common/core/uuid.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::postgres {

/// A row of a Rows that is still alive. Reading a NULL with a non-optional getter, or text that is
/// no such value, throws DatabaseError of kind Bug: the statement and its reader disagree.
class Row {
public:
    bool is_null(int column) const;
    /// Valid as long as the Rows.
    std::string_view text(int column) const;
    std::int64_t int64(int column) const;
    double number(int column) const;
    bool boolean(int column) const;
    /// timestamptz (or timestamp and date, read as UTC); infinities are Instant::max() and
    /// Instant::min().
    Instant instant(int column) const;
    Uuid uuid(int column) const;
    /// Of a bytea column, decoded.
    std::string bytes(int column) const;

    std::optional<std::string> optional_text(int column) const;
    std::optional<std::int64_t> optional_int64(int column) const;
    std::optional<Instant> optional_instant(int column) const;
    std::optional<std::string> optional_bytes(int column) const;

private:
    friend class Rows;
    Row(const std::string_view* cells, int columns)
        : cells_(cells)
        , columns_(columns) {}
    const std::string_view& cell(int column) const;
    std::string_view value(int column) const;
    const std::string_view* cells_; // a NULL has no data()
    int columns_;
};

/// Move-only owner of the result. 0 rows for a statement that returns none; affected() counts what
/// it changed.
class Rows {
public:
    Rows();
    ~Rows();
    Rows(Rows&&) noexcept;
    Rows& operator=(Rows&&) noexcept;

    int size() const;
    int columns() const;
    bool empty() const { return size() == 0; }
    Row operator[](int row) const;
    std::int64_t affected() const;

    class Iterator {
    public:
        Row operator*() const { return (*rows_)[index_]; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return index_ != other.index_; }

    private:
        friend class Rows;
        Iterator(const Rows* rows, int index)
            : rows_(rows)
            , index_(index) {}
        const Rows* rows_;
        int index_;
    };
    Iterator begin() const { return {this, 0}; }
    Iterator end() const { return {this, size()}; }

private:
    friend class Connection;
    struct Impl;
    explicit Rows(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace calfleet::postgres
