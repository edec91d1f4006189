#include "common/postgres/params.h"

#include "common/postgres/text_form.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace calfleet::postgres {
namespace {

// The characters that end a quoted array element unless a backslash stands before them.
bool needs_escape(char c) {
    return c == '"' || c == '\\';
}

char* append(char* out, std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

} // namespace

// Makes room for a separator and `most` more bytes and returns where the element goes. The string
// is kept longer than its content only between grow() and shrink_to(), so nothing is allocated once
// the capacity has been reached.
char* Array::grow(std::size_t most) {
    if (closed_) {
        text_.pop_back();
        closed_ = false;
    }
    const std::size_t used = text_.size();
    text_.resize(used + most + 1);
    char* out = text_.data() + used;
    if (size_++ != 0) *out++ = ',';
    return out;
}

void Array::shrink_to(const char* end) {
    text_.resize(static_cast<std::size_t>(end - text_.data()));
}

void Array::add(std::string_view text) {
    char* out = grow(2 * text.size() + 2);
    *out++ = '"';
    const char* from = text.data();
    const char* const end = from + text.size();
    while (from != end) {
        const char* stop = from;
        while (stop != end && !needs_escape(*stop))
            ++stop;
        out = append(out, {from, static_cast<std::size_t>(stop - from)});
        if (stop == end) break;
        *out++ = '\\';
        *out++ = *stop;
        from = stop + 1;
    }
    *out++ = '"';
    shrink_to(out);
}

void Array::add(std::int64_t value) {
    shrink_to(write_integer(grow(kIntegerRoom), value));
}

void Array::add(bool value) {
    char* out = grow(1);
    *out++ = value ? 't' : 'f';
    shrink_to(out);
}

void Array::add(Instant instant) {
    char buffer[kInstantRoom]; // may throw: not before the element is begun
    const char* end = write_instant(buffer, instant);
    const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
    shrink_to(append(grow(text.size()), text));
}

void Array::add(Date date) {
    char buffer[kDateRoom];
    const char* end = write_date(buffer, date);
    const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
    shrink_to(append(grow(text.size()), text));
}

void Array::add(const Uuid& uuid) {
    shrink_to(write_uuid(grow(kUuidRoom), uuid));
}

void Array::add_bytes(std::string_view bytes) {
    char* out = append(grow(2 * bytes.size() + 5), R"("\\x)");
    out = write_hex(out, bytes);
    *out++ = '"';
    shrink_to(out);
}

void Array::add_null() {
    shrink_to(append(grow(4), "NULL"));
}

void Array::clear() {
    text_.resize(1);
    closed_ = false;
    size_ = 0;
}

const std::string& Array::literal() const {
    if (!closed_) {
        text_.push_back('}');
        closed_ = true;
    }
    return text_;
}

Params& Params::add(std::string_view text) {
    values_.emplace_back(std::in_place, text);
    return *this;
}

Params& Params::add(std::int64_t value) {
    char buffer[kIntegerRoom];
    const char* end = write_integer(buffer, value);
    return add(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
}

Params& Params::add(bool value) {
    return add(std::string_view(value ? "t" : "f"));
}

Params& Params::add(double value) {
    if (std::isnan(value)) return add(std::string_view("NaN"));
    if (std::isinf(value)) return add(std::string_view(value > 0 ? "Infinity" : "-Infinity"));
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), value);
    return add(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
}

Params& Params::add(Instant instant) {
    char buffer[kInstantRoom];
    const char* end = write_instant(buffer, instant);
    return add(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
}

Params& Params::add(Date date) {
    char buffer[kDateRoom];
    const char* end = write_date(buffer, date);
    return add(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
}

Params& Params::add(const Uuid& uuid) {
    char buffer[kUuidRoom];
    write_uuid(buffer, uuid);
    return add(std::string_view(buffer, sizeof(buffer)));
}

Params& Params::add(const Array& array) {
    return add(std::string_view(array.literal()));
}

Params& Params::add_bytes(std::string_view bytes) {
    std::string text(2 + 2 * bytes.size(), '\0');
    write_hex(append(text.data(), "\\x"), bytes);
    values_.emplace_back(std::move(text));
    return *this;
}

Params& Params::add_null() {
    values_.emplace_back();
    return *this;
}

} // namespace calfleet::postgres
