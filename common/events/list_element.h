#pragma once
// One element of a list that Cal.com answers in one form and takes in another: what of it can be
// written, and why something cannot.

#include "common/json/value.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::events {

/// Members are asked for by name; close() objects to those that nobody asked for. null and "" are
/// no value. Strings live as long as the parsed document.
class ListElement {
public:
    /// list: "locations", for objections. The first objection of a list is kept.
    ListElement(
        std::string_view list, std::size_t index, json::Value value, std::string& objection
    );

    std::optional<json::Value> member(std::string_view key);
    std::optional<std::string_view> text(std::string_view key);
    std::optional<bool> truth(std::string_view key);
    /// It is there in the form that is read and says nothing of its own.
    void passes(std::string_view key) { asked_.push_back(key); }

    /// The element cannot be written: it has no written form.
    void unfit(std::string_view key, std::string_view why);
    /// No more members are expected. Whether the element has a written form; other members are an
    /// objection only, and no part of it.
    bool close();

private:
    void object_to(std::string_view key, std::string_view why);

    std::string_view list_;
    std::size_t index_;
    json::Value value_;
    std::string& objection_;
    std::vector<std::string_view> asked_;
    bool fit_{true};
};

} // namespace calfleet::events
