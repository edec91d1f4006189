#pragma once
// What Rows keeps: libpqxx's result and a view of every cell in it. Private to this folder.

#include "common/postgres/rows.h"

#include <pqxx/pqxx>

#include <string_view>
#include <vector>

namespace calfleet::postgres {

struct Rows::Impl {
    explicit Impl(pqxx::result from);
    pqxx::result result;
    int columns;
    int rows{0};
    std::vector<std::string_view> names;
    std::vector<std::string_view> cells; // row by row; a NULL has no data()
};

} // namespace calfleet::postgres
