#include "workers/calfleet/listing.h"
#include "workers/calfleet/terminal_text.h"

#include "common/json/writer.h"

#include <ostream>

namespace calfleet::cli {
namespace {

void write_cell(json::Writer& json, const Cell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell))
        json.value(*text);
    else if (const auto* number = std::get_if<std::int64_t>(&cell))
        json.value(*number);
    else if (const auto* real = std::get_if<double>(&cell))
        json.value(*real);
    else if (const auto* truth = std::get_if<bool>(&cell))
        json.value(*truth);
    else
        json.null();
}

void write_row(json::Writer& json, const Listing& listing, const std::vector<Cell>& row) {
    json.begin_object();
    for (std::size_t i = 0; i < listing.columns.size(); ++i) {
        json.key(listing.columns[i]);
        write_cell(json, row[i]);
    }
    json.end_object();
}

void write_listing(json::Writer& json, const Listing& listing) {
    if (listing.single && !listing.rows.empty()) {
        write_row(json, listing, listing.rows.front());
    } else {
        json.begin_array();
        for (const auto& row : listing.rows)
            write_row(json, listing, row);
        json.end_array();
    }
}

} // namespace

void print_json(const Listing& listing, std::ostream& out) {
    json::Writer json;
    write_listing(json, listing);
    out << visible_json(json.view()) << '\n';
}

void print_json(const std::vector<std::pair<std::string, Listing>>& parts, std::ostream& out) {
    json::Writer json;
    json.begin_object();
    for (const auto& [name, listing] : parts) {
        json.key(name);
        write_listing(json, listing);
    }
    json.end_object();
    out << visible_json(json.view()) << '\n';
}

} // namespace calfleet::cli
