#include "common/matching/try.h"

#include "common/json/parser.h"
#include "common/json/writer.h"
#include "common/matching/explain.h"
#include "common/matching/matcher.h"

#include <optional>
#include <unordered_map>

namespace calfleet::matching {
namespace {

using json::Kind;
using json::Value;

constexpr std::size_t kMaxLine = 16 * 1024 * 1024;

Error wrong_kind(const std::string& field, std::string_view expected, Value value) {
    return invalid(
        field + ": expected " + std::string{expected} + ", got " +
        std::string{json::name(value.kind())}
    );
}

/// Reads members of one object and remembers the first that is wrong.
class Fields {
public:
    Fields(Value object, std::string path, std::optional<Error>& error)
        : object_{object}
        , path_{std::move(path)}
        , error_{error} {}

    std::optional<Value> of(std::string_view name) const {
        const auto value = object_.find(name);
        return value && !value->is_null() ? value : std::nullopt;
    }

    std::string text(std::string_view name) const {
        const auto value = of(name);
        if (!value) return {};
        if (const auto text = value->as_text()) return std::string{*text};
        complain(name, "text", *value);
        return {};
    }

    /// Text or a whole number, as text.
    std::string id(std::string_view name) const {
        const auto value = of(name);
        if (!value) return {};
        if (const auto text = value->as_text()) return std::string{*text};
        if (value->kind() == Kind::Integer) return json::Writer{}.value(*value).take();
        complain(name, "text or an integer", *value);
        return {};
    }

    std::optional<Value> nested(std::string_view name, Kind kind) const {
        const auto value = of(name);
        if (!value || value->kind() == kind) return value;
        complain(name, json::name(kind), *value);
        return std::nullopt;
    }

    void complain(std::string_view name, std::string_view expected, Value value) const {
        if (!error_) error_ = wrong_kind(path_ + std::string{name}, expected, value);
    }

private:
    Value object_;
    std::string path_;
    std::optional<Error>& error_;
};

StaffMember read_staff(const Fields& fields) {
    StaffMember member{
        .id = fields.id("id"),
        .name = fields.text("name"),
        .email = fields.text("email"),
        .branch = fields.id("branch"),
    };
    if (const auto active = fields.of("is_active")) {
        if (const auto truth = active->as_bool())
            member.is_active = *truth;
        else
            fields.complain("is_active", json::name(Kind::Boolean), *active);
    }
    return member;
}

struct Request {
    std::optional<Value> id;
    Company company;
    std::unordered_map<std::string, Value>
        staff_ids; ///< by their text, to answer with the same kind
    std::string branch;
    Host host;
};

void read_company(Value object, Request& request, std::optional<Error>& error) {
    const Fields fields{object, "company.", error};
    if (const auto threshold = fields.of("auto_threshold")) {
        const auto number = threshold->as_int64();
        if (!number)
            fields.complain("auto_threshold", "an integer from 0 to 100", *threshold);
        else if (*number < 0 || *number > 100) {
            if (!error)
                error = invalid(
                    "company.auto_threshold: must be from 0 to 100, got " + std::to_string(*number)
                );
        } else
            request.company.auto_threshold = static_cast<int>(*number);
    }
    const auto staff = fields.nested("staff", Kind::Array);
    if (!staff) return;
    std::size_t position = 0;
    for (const auto member : staff->elements()) {
        const auto path = "company.staff[" + std::to_string(position++) + "]";
        if (!member.is_object()) {
            if (!error) error = wrong_kind(path, json::name(Kind::Object), member);
            return;
        }
        const Fields entry{member, path + ".", error};
        auto read = read_staff(entry);
        if (const auto id = entry.of("id")) request.staff_ids.emplace(read.id, *id);
        request.company.staff.push_back(std::move(read));
    }
}

Result<Request> read_request(Value root) {
    if (!root.is_object()) return wrong_kind("line", json::name(Kind::Object), root);
    std::optional<Error> error;
    Request request;
    const Fields fields{root, "", error};
    request.id = fields.of("id");
    static_cast<void>(fields.id("id"));
    if (const auto company = fields.nested("company", Kind::Object))
        read_company(*company, request, error);
    request.branch = fields.id("branch");
    if (const auto host = fields.nested("host", Kind::Object)) {
        const Fields of_host{*host, "host.", error};
        request.host = {
            of_host.id("id"),
            of_host.text("name"),
            of_host.text("email"),
            of_host.text("username")};
    }
    if (error) return *error;
    return request;
}

std::optional<Value> id_of(const Request& request, const std::string& staff) {
    const auto found = request.staff_ids.find(staff);
    return found == request.staff_ids.end() ? std::nullopt : std::optional<Value>{found->second};
}

void write_answer(json::Writer& out, const Request& request, const Match& match) {
    out.field("id", request.id);
    out.field("decision", text(match.decision));
    const bool named = match.decision != Decision::None;
    out.field("staff", named ? id_of(request, match.staff_id) : std::nullopt);
    out.field("score", match.score);
    out.field("source", text(match.source));
    out.key("reasons").begin_array();
    for (const auto& reason : match.reasons)
        out.value((reason.in_favour ? "for: " : "against: ") + reason.text);
    out.end_array();
}

void write_steps(json::Writer& out, const std::vector<ExplainedStep>& steps) {
    out.key("steps").begin_array();
    for (const auto& step : steps)
        out.begin_object()
            .field("code", step.code)
            .field("cost", step.cost)
            .field("text", step.text)
            .end_object();
    out.end_array();
}

void write_explanation(json::Writer& out, const Request& request, const Explanation& found) {
    out.field("runner_up", id_of(request, found.match.runner_up));
    out.field("margin", found.match.margin);
    out.key("readings").begin_array();
    for (const auto& reading : found.readings) {
        out.begin_object().field("words", reading.words).field("cost", reading.cost);
        write_steps(out, reading.steps);
        out.end_object();
    }
    out.end_array().key("candidates").begin_array();
    for (const auto& candidate : found.candidates) {
        out.begin_object()
            .field("staff", id_of(request, candidate.staff_id))
            .field("distance", candidate.distance)
            .field("has_mailbox", candidate.has_mailbox)
            .field("reading", static_cast<int>(candidate.reading));
        write_steps(out, candidate.steps);
        out.end_object();
    }
    out.end_array().key("evidence").begin_array();
    for (const auto& reason : found.match.reasons)
        out.begin_object()
            .field("for", reason.in_favour)
            .field("code", reason.code)
            .field("weight", reason.weight)
            .field("text", reason.text)
            .end_object();
    out.end_array().key("needed").begin_array();
    for (const auto& sentence : found.needed)
        out.value(sentence);
    out.end_array();
}

template <class Write>
Result<std::string> read_and(std::string_view json_line, const Write& write) {
    json::Parser parser;
    const auto root = parser.parse(json_line, {.max_bytes = kMaxLine});
    if (!root) return root.error();
    auto request = read_request(*root);
    if (!request) return request.error();
    const CompanyIndex index{std::move(request->company)};
    json::Writer out;
    out.begin_object();
    write(out, *request, index);
    return out.end_object().take();
}

} // namespace

Result<std::string> try_line(std::string_view json_line) {
    return read_and(json_line, [](json::Writer& out, const Request& request, const auto& index) {
        write_answer(out, request, match(index, request.host, request.branch));
    });
}

Result<std::string> explain_line(std::string_view json_line) {
    return read_and(json_line, [](json::Writer& out, const Request& request, const auto& index) {
        const auto found = explain(index, request.host, request.branch);
        write_answer(out, request, found.match);
        write_explanation(out, request, found);
    });
}

} // namespace calfleet::matching
