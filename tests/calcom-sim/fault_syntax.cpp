// How a fault is written in JSON; README.md has the table of the words after "do".
#include <array>

#include "tests/calcom-sim/faults.h"
#include "tests/calcom-sim/json_fields.h"

namespace calfleet::calcom_sim {
namespace {

using Ending = Transport::Ending;

void read_execute(Fields& fields, Misfortune& does, bool otherwise) {
    does.execute = otherwise;
    fields.get("execute", does.execute);
}

void read_rate_limit(Fields& fields, Misfortune& does) {
    Canned canned{.status = 429, .shape = Canned::Shape::Limited};
    if (const auto form = fields.word("headers", {"seconds", "epoch", "text", "none"}))
        canned.limit.headers = static_cast<FakedLimit::Headers>(*form);
    fields.get("reset_s", canned.limit.reset_seconds);
    fields.opt("retry_after", canned.limit.retry_after);
    does.canned = canned;
    read_execute(fields, does, false);
}

void read_status(Fields& fields, Misfortune& does) {
    Canned canned;
    fields.get("status", canned.status);
    if (canned.status < 200 || canned.status > 599) fields.complain("status", "200 to 599");
    if (const auto shape = fields.word("shape", {"bare", "refusal", "html", "text", "empty"}))
        canned.shape = static_cast<Canned::Shape>(*shape);
    canned.message = "Internal server error";
    fields.get("message", canned.message);
    does.canned = canned;
    read_execute(fields, does, false);
}

void read_html(Fields& fields, Misfortune& does) {
    Canned canned{.status = 502, .shape = Canned::Shape::Html};
    fields.get("status", canned.status);
    does.canned = canned;
    read_execute(fields, does, false);
}

void read_redirect(Fields& fields, Misfortune& does) {
    Canned canned{.status = 302, .shape = Canned::Shape::Empty};
    fields.get("status", canned.status);
    fields.need("location");
    fields.get("location", canned.location);
    does.canned = canned;
    does.execute = false;
}

void read_unauthorized(Fields&, Misfortune& does) {
    does.canned = Canned{
        .status = 401,
        .shape = Canned::Shape::Refusal,
        .message = "CustomThrottlerGuard - Invalid API Key"};
    does.execute = false;
}

void read_locked(Fields&, Misfortune& does) {
    does.canned = Canned{
        .status = 403,
        .shape = Canned::Shape::Refusal,
        .message = "ApiAuthStrategy - user is locked"};
    does.execute = false;
}

void read_never_answer(Fields& fields, Misfortune& does) {
    does.transport.silent = true;
    fields.get_milliseconds("hold_ms", does.transport.hold);
    read_execute(fields, does, true);
}

void read_reset(Fields& fields, Misfortune& does) {
    does.transport.hang_up = true;
    does.transport.ending = Ending::Reset;
    read_execute(fields, does, true);
}

void read_hang_up(Fields& fields, Misfortune& does) {
    does.transport.hang_up = true;
    read_execute(fields, does, true);
}

void read_delay(Fields& fields, Misfortune& does) {
    std::chrono::milliseconds delay{0};
    bool before = false;
    fields.need("ms");
    fields.get_milliseconds("ms", delay);
    fields.get_milliseconds("jitter_ms", does.jitter);
    fields.get("before", before);
    (before ? does.before : does.after) = delay;
}

void read_cut(Fields& fields, Misfortune& does) {
    std::uint64_t bytes = 0;
    fields.get("after_bytes", bytes);
    does.transport.cut_after = bytes;
    if (fields.word("how", {"close", "reset"}) == std::size_t{1})
        does.transport.ending = Ending::Reset;
}

void read_content_type(Fields& fields, Misfortune& does) {
    std::string type = "text/plain; charset=utf-8";
    fields.get("value", type);
    does.content_type = type;
}

void read_endless(Fields&, Misfortune& does) {
    does.transport.endless = true;
}

void read_huge(Fields& fields, Misfortune& does) {
    std::uint64_t bytes = 100U << 20U;
    fields.get("bytes", bytes);
    does.transport.padded_to = bytes;
}

void read_drip(Fields& fields, Misfortune& does) {
    does.transport.bytes_per_second = 1;
    fields.get("bytes_per_second", does.transport.bytes_per_second);
    if (!(does.transport.bytes_per_second > 0)) fields.complain("bytes_per_second", "more than 0");
}

void read_mutate(Fields& fields, Misfortune& does) {
    Mutation mutation;
    fields.get("set", mutation.set);
    fields.get("remove", mutation.remove);
    does.mutation = std::move(mutation);
}

constexpr int kMostHeaders = 100'000;

void read_header(Fields& fields, Misfortune& does) {
    std::string name;
    std::string value;
    int count = 1;
    fields.need("name");
    fields.get("name", name);
    fields.get("value", value);
    fields.get("times", count);
    if (count < 1 || count > kMostHeaders) return fields.complain("times", "1 to 100000");
    does.headers.assign(static_cast<std::size_t>(count), {name, value});
}

void read_close(Fields&, Misfortune& does) {
    does.transport.close = true;
}

void read_continue(Fields&, Misfortune& does) {
    does.transport.continue_first = true;
}

struct Deed {
    std::string_view word;
    void (*read)(Fields&, Misfortune&);
};
constexpr std::array<Deed, 19> kDeeds{{
    {"rate_limit", read_rate_limit},
    {"status", read_status},
    {"html", read_html},
    {"redirect", read_redirect},
    {"unauthorized", read_unauthorized},
    {"locked", read_locked},
    {"never_answer", read_never_answer},
    {"reset", read_reset},
    {"hang_up", read_hang_up},
    {"delay", read_delay},
    {"cut", read_cut},
    {"content_type", read_content_type},
    {"endless", read_endless},
    {"huge", read_huge},
    {"drip", read_drip},
    {"mutate", read_mutate},
    {"header", read_header},
    {"connection_close", read_close},
    {"continue_first", read_continue},
}};

void read_deed(Fields& fields, Misfortune& does) {
    std::vector<std::string_view> words;
    for (const Deed& deed : kDeeds)
        words.push_back(deed.word);
    fields.need("do");
    if (const auto chosen = fields.word("do", words)) kDeeds[*chosen].read(fields, does);
}

} // namespace

Result<Fault> parse_fault(const json::value& text) {
    Fields fields(text, "fault");
    Fault fault;
    fields.get("id", fault.id);
    fields.get("skip", fault.skip);
    fields.opt("count", fault.count);
    fields.get("probability", fault.probability);
    if (fault.probability < 0 || fault.probability > 1) fields.complain("probability", "0 to 1");
    fields.get("seed", fault.seed);
    json::object match;
    fields.get("match", match);
    const json::value match_value(std::move(match));
    Fields of_match(match_value, "fault.match");
    of_match.get("key", fault.match.key);
    of_match.get("method", fault.match.method);
    of_match.get("path", fault.match.path);
    of_match.get("version", fault.match.version);
    if (const auto wrong = of_match.finish()) return *wrong;
    read_deed(fields, fault.does);
    if (const auto wrong = fields.finish()) return *wrong;
    fault.source = text.get_object();
    return fault;
}

} // namespace calfleet::calcom_sim
