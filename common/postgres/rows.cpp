#include "common/postgres/rows.h"

#include "common/core/text.h"
#include "common/postgres/error.h"
#include "common/postgres/rows_impl.h"
#include "common/postgres/text_form.h"

namespace calfleet::postgres {

// Says what was expected, never what was found: a column can hold personal data.
void Row::mismatch(const Column& column, std::string_view expected) {
    const std::string which = column.position_ < 0 ? "\"" + std::string(column.name_) + "\""
                                                   : std::to_string(column.position_);
    throw DatabaseError(
        bug("postgres: column " + which + " of a result is not " + std::string(expected) +
            ": the statement and its reader disagree"),
        {}
    );
}

int Row::position(const Column& column) const {
    if (column.position_ >= 0) return column.position_;
    for (int tried = 0; tried < columns_; ++tried) {
        const int at = (next_ + tried) % columns_;
        if (names_[at] != column.name_) continue;
        next_ = at + 1;
        return at;
    }
    mismatch(column, "there");
}

const std::string_view& Row::cell(const Column& column) const {
    const int at = position(column);
    if (at >= columns_) mismatch(column, "there");
    return cells_[at];
}

std::string_view Row::value(const Column& column) const {
    const std::string_view& found = cell(column);
    if (found.data() == nullptr) mismatch(column, "a value: it is NULL");
    return found;
}

bool Row::is_null(Column column) const {
    return cell(column).data() == nullptr;
}

std::string_view Row::text(Column column) const {
    return value(column);
}

std::int64_t Row::int64(Column column) const {
    const auto number = parse_int64(value(column));
    if (!number) mismatch(column, "an integer");
    return *number;
}

double Row::number(Column column) const {
    const auto number = parse_double(value(column));
    if (!number) mismatch(column, "a finite number");
    return *number;
}

bool Row::boolean(Column column) const {
    const std::string_view found = value(column);
    if (found != "t" && found != "f") mismatch(column, "a boolean");
    return found == "t";
}

Instant Row::instant(Column column) const {
    const auto instant = read_instant(value(column));
    if (!instant) mismatch(column, "a timestamp");
    return *instant;
}

Uuid Row::uuid(Column column) const {
    const auto uuid = parse_uuid(value(column));
    if (!uuid) mismatch(column, "a uuid");
    return *uuid;
}

std::string Row::bytes(Column column) const {
    auto bytes = read_bytes(value(column));
    if (!bytes) mismatch(column, "a bytea");
    return std::move(*bytes);
}

std::optional<std::string> Row::optional_text(Column column) const {
    if (is_null(column)) return std::nullopt;
    return std::string(text(column));
}

std::optional<std::int64_t> Row::optional_int64(Column column) const {
    if (is_null(column)) return std::nullopt;
    return int64(column);
}

std::optional<Instant> Row::optional_instant(Column column) const {
    if (is_null(column)) return std::nullopt;
    return instant(column);
}

std::optional<std::string> Row::optional_bytes(Column column) const {
    if (is_null(column)) return std::nullopt;
    return bytes(column);
}

// One pass over the result: afterwards a column is one array access, without libpqxx's counted
// references.
Rows::Impl::Impl(pqxx::result from)
    : result(std::move(from))
    , columns(static_cast<int>(result.columns())) {
    rows = static_cast<int>(result.size());
    names.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column)
        names.emplace_back(result.column_name(column));
    cells.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
    for (auto row = result.begin(); row != result.end(); ++row) {
        auto field = row->begin();
        for (int column = 0; column < columns; ++column, ++field) {
            if (field->is_null())
                cells.emplace_back();
            else
                cells.emplace_back(field->c_str(), field->size());
        }
    }
}

Rows::Rows() = default;
Rows::~Rows() = default;
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::Rows(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

int Rows::size() const {
    return impl_ ? impl_->rows : 0;
}

int Rows::columns() const {
    return impl_ ? impl_->columns : 0;
}

Row Rows::operator[](int row) const {
    if (row < 0 || row >= size()) {
        throw DatabaseError(
            bug("postgres: row " + std::to_string(row) + " of a result with " +
                std::to_string(size())),
            {}
        );
    }
    return {
        impl_->cells.data() + static_cast<std::ptrdiff_t>(row) * impl_->columns,
        impl_->names.data(),
        impl_->columns};
}

std::int64_t Rows::affected() const {
    return impl_ ? static_cast<std::int64_t>(impl_->result.affected_rows()) : 0;
}

} // namespace calfleet::postgres
