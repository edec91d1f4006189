#pragma once
// What a statement returned. Columns are read by position, in the order of the statement's select
// list, or by name, as wide ones are.

#include "common/core/time.h"
#include "common/core/uuid.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace calfleet::postgres {

/// A column of a result: its position from 0, or its name.
class Column {
public:
    Column(int position) // NOLINT(google-explicit-constructor): row.text(3)
        : position_(position) {}
    Column(const char* name) // NOLINT(google-explicit-constructor): row.text("entity")
        : name_(name) {}

private:
    friend class Row;
    int position_{-1};
    std::string_view name_{};
};

/// A row of a Rows that is still alive. Reading a NULL with a non-optional getter, or text that is
/// no such value, throws DatabaseError of kind Bug: the statement and its reader disagree.
class Row {
public:
    bool is_null(Column column) const;
    /// Valid as long as the Rows.
    std::string_view text(Column column) const;
    std::int64_t int64(Column column) const;
    double number(Column column) const;
    bool boolean(Column column) const;
    /// timestamptz (or timestamp and date, read as UTC); infinities are Instant::max() and
    /// Instant::min().
    Instant instant(Column column) const;
    Uuid uuid(Column column) const;
    /// Of a bytea column, decoded.
    std::string bytes(Column column) const;

    std::optional<std::string> optional_text(Column column) const;
    std::optional<std::int64_t> optional_int64(Column column) const;
    std::optional<Instant> optional_instant(Column column) const;
    std::optional<std::string> optional_bytes(Column column) const;

private:
    friend class Rows;
    Row(const std::string_view* cells, const std::string_view* names, int columns)
        : cells_(cells)
        , names_(names)
        , columns_(columns) {}
    [[noreturn]] static void mismatch(const Column& column, std::string_view expected);
    int position(const Column& column) const;
    const std::string_view& cell(const Column& column) const;
    std::string_view value(const Column& column) const;
    const std::string_view* cells_; // a NULL has no data()
    const std::string_view* names_;
    int columns_;
    mutable int next_{0}; // names are mostly asked for in their order: where to look first
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
