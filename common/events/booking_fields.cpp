#include "common/events/booking_fields.h"

#include "common/events/list_element.h"
#include "common/json/canonical.h"
#include "common/json/parser.h"
#include "common/json/writer.h"

#include <algorithm>
#include <array>
#include <set>

namespace calfleet::events {
namespace {

constexpr std::string_view kList = "bookingFields";
constexpr std::string_view kGuests = "guests";

enum class Key { Type, Slug };
enum class Visibility {
    Fixed,   ///< required and hidden are as they are
    Settable ///< both can be written
};

/// A field that every event type has.
struct OwnField {
    std::string_view slug;
    Key key; ///< by which a request names it
    bool required;
    bool hidden;
    Visibility visibility;
    bool required_unless_said; ///< what a request means that names the field and not `required`
    bool has_placeholder;      ///< and can be shut when it is filled in beforehand
    std::string_view usual_label;
};
// In Cal.com's order. A field of somebody's own stands behind location.
constexpr std::array kOwnFields{
    OwnField{"name", Key::Type, true, false, Visibility::Fixed, true, true, "your_name"},
    OwnField{"email", Key::Type, true, false, Visibility::Settable, true, true, ""},
    OwnField{"location", Key::Slug, false, false, Visibility::Fixed, false, false, ""},
    OwnField{"title", Key::Slug, true, true, Visibility::Settable, false, true, ""},
    OwnField{"notes", Key::Slug, false, false, Visibility::Settable, false, true, ""},
    OwnField{kGuests, Key::Slug, false, false, Visibility::Settable, false, true, ""},
    OwnField{"rescheduleReason", Key::Slug, false, false, Visibility::Settable, false, true, ""}};
constexpr std::size_t kBehindLocation = 3;
/// An eighth one, of the organizations' event types and of those made in the web application: asked
/// like a question of somebody's own, in a place of Cal.com's.
constexpr std::string_view kPhone = "attendeePhoneNumber";
constexpr std::string_view kPhoneLabel = "phone_number";
/// The same question as "name", in two parts.
constexpr std::string_view kSplitName = "splitName";

struct QuestionKind {
    std::string_view type;
    bool has_placeholder;
    bool has_options;
};
constexpr std::array kQuestions{
    QuestionKind{"text", true, false},
    QuestionKind{"textarea", true, false},
    QuestionKind{"number", true, false},
    QuestionKind{"phone", true, false},
    QuestionKind{"address", true, false},
    QuestionKind{"multiemail", true, false},
    QuestionKind{"url", true, false},
    QuestionKind{"select", true, true},
    QuestionKind{"multiselect", false, true},
    QuestionKind{"checkbox", false, true},
    QuestionKind{"radio", false, true},
    QuestionKind{"boolean", false, false}};

void write_if_said(json::Writer& form, ListElement& element, std::string_view key) {
    if (const auto text = element.text(key)) form.field(key, *text);
}

void write_if_true(json::Writer& form, ListElement& element, std::string_view key) {
    if (element.truth(key).value_or(false)) form.field(key, true);
}

/// As Cal.com stores it: what is no letter or digit of ASCII's, no - and no _ becomes a - for each
/// of its characters. Two slugs may become one by that.
std::string slug_as_written(std::string_view slug) {
    std::string written;
    for (const char c : slug) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0) == 0x80) continue; // within a character
        const bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_';
        written += stays ? c : '-';
    }
    return written;
}

/// One list being read.
class Reading {
public:
    explicit Reading(BookingFields& out)
        : out_(out) {}

    void read(json::Value value) {
        ListElement element(kList, index_++, value, out_.objection);
        const std::string_view type = element.text("type").value_or("");
        const std::string_view slug = element.text("slug").value_or("");
        element.passes("isDefault");
        const std::string_view name = type == kSplitName ? kSplitName : slug_of(type, slug);
        if (!seen_.insert(name).second) {
            element.unfit("slug", "is there twice");
            twice_ = true;
        }
        const std::size_t own = own_field(name);
        if (own < kOwnFields.size() && kOwnFields[own].key == Key::Type && type != name)
            element.unfit("slug", "is the name of Cal.com's own field");
        std::string form;
        if (type == kSplitName)
            form = split_name(element);
        else if (own < kOwnFields.size())
            form = own_field_form(element, kOwnFields[own]);
        else
            form = question(element, type, slug);
        if (!element.close()) form = json::canonical(value);
        if (!form.empty()) parts_[place_of(type, slug, own)] += form + ",";
    }

    void finish(json::Value list) {
        // Which of two is meant nobody knows: there is no order in which to write them.
        if (twice_) {
            out_.json = json::canonical(list);
            return;
        }
        out_.json = "[";
        for (const std::string& part : parts_)
            out_.json += part;
        if (out_.json.back() == ',') out_.json.pop_back();
        out_.json += ']';
    }

private:
    static std::string_view slug_of(std::string_view type, std::string_view slug) {
        return type == "name" || type == "email" ? type : slug;
    }
    static std::size_t own_field(std::string_view slug) {
        const auto found =
            std::find_if(kOwnFields.begin(), kOwnFields.end(), [&](const OwnField& one) {
                return one.slug == slug;
            });
        return static_cast<std::size_t>(found - kOwnFields.begin());
    }
    static std::size_t place_of(std::string_view type, std::string_view slug, std::size_t own) {
        if (type == kSplitName) return 0;
        if (own == kOwnFields.size()) return slug == kPhone ? kBehindLocation : kBehindLocation + 1;
        return own < kBehindLocation ? own : own + 2;
    }

    /// Empty: the field is as it is by itself.
    std::string own_field_form(ListElement& element, const OwnField& own) {
        json::Writer form;
        form.begin_object().field(own.key == Key::Type ? "type" : "slug", own.slug);
        const std::size_t bare = form.view().size();
        const auto label = element.text("label");
        if (label && *label != own.usual_label) form.field("label", *label);
        if (own.has_placeholder) {
            write_if_said(form, element, "placeholder");
            write_if_true(form, element, "disableOnPrefill");
        }
        const bool is_usual = form.view().size() == bare;
        const bool required = element.truth("required").value_or(own.required_unless_said);
        const auto hidden = element.truth("hidden");
        if (own.slug == kGuests) {
            out_.guests_hidden = hidden;
            if (is_usual && required == own.required) return "";
            return form.field("required", required).end_object().take();
        }
        if (own.visibility == Visibility::Fixed) {
            if (required != own.required)
                element.unfit("required", "cannot be written: it is so by itself");
            if (hidden.value_or(false) != own.hidden)
                element.unfit("hidden", "cannot be written: it is always shown");
            return is_usual ? "" : form.end_object().take();
        }
        if (is_usual && required == own.required && hidden.value_or(false) == own.hidden) return "";
        form.field("required", required).field("hidden", hidden.value_or(false));
        return form.end_object().take();
    }

    static std::string split_name(ListElement& element) {
        json::Writer form;
        form.begin_object().field("type", kSplitName);
        for (const std::string_view key :
             {"firstNameLabel", "firstNamePlaceholder", "lastNameLabel", "lastNamePlaceholder"})
            write_if_said(form, element, key);
        form.field("lastNameRequired", element.truth("lastNameRequired").value_or(false));
        write_if_true(form, element, "disableOnPrefill");
        return form.end_object().take();
    }

    /// Empty: as good as not there.
    static std::string
    question(ListElement& element, std::string_view type, std::string_view slug) {
        const auto kind =
            std::find_if(kQuestions.begin(), kQuestions.end(), [&](const QuestionKind& one) {
                return one.type == type;
            });
        if (kind == kQuestions.end()) {
            element.unfit(
                "type", type.empty() ? "missing" : "is no kind that Cal.com's API can write"
            );
            return {};
        }
        if (slug.empty())
            element.unfit("slug", "missing");
        else if (const std::string written = slug_as_written(slug); written != slug)
            element.unfit("slug", "is not how Cal.com writes it; write '" + written + "'");
        const std::string_view label = element.text("label").value_or("");
        const bool required = element.truth("required").value_or(false);
        const bool hidden = element.truth("hidden").value_or(false);
        json::Writer form;
        form.begin_object().field("type", type).field("slug", slug).field("label", label);
        form.field("required", required).field("hidden", hidden);
        if (kind->has_placeholder)
            form.field("placeholder", element.text("placeholder").value_or(""));
        if (kind->has_options) write_options(form, element);
        write_if_true(form, element, "disableOnPrefill");
        // Organizations get this one by themselves, out of sight.
        const bool unnamed = label.empty() || label == kPhoneLabel;
        if (slug == kPhone && type == "phone" && hidden && !required && unnamed) return {};
        return form.end_object().take();
    }

    static void write_options(json::Writer& form, ListElement& element) {
        const auto options = element.member("options");
        form.key("options").begin_array();
        if (!options || !options->is_array()) {
            element.unfit("options", "expected a list of texts");
        } else {
            for (const json::Value option : options->elements()) {
                const auto text = option.as_text();
                if (!text) element.unfit("options", "has something that is not text");
                form.value(text.value_or(""));
            }
        }
        form.end_array();
    }

    BookingFields& out_;
    std::size_t index_{0};
    std::set<std::string_view> seen_;
    bool twice_{false};
    std::array<std::string, kOwnFields.size() + 2> parts_; ///< forms, each with a comma behind it
};

} // namespace

BookingFields booking_fields_of(json::Value list) {
    BookingFields fields;
    if (!list.is_array()) {
        fields.json = json::canonical(list);
        fields.objection =
            "bookingFields: " + std::string(json::name(list.kind())) + ", not a list";
        return fields;
    }
    Reading reading(fields);
    for (const json::Value element : list.elements())
        reading.read(element);
    reading.finish(list);
    return fields;
}

BookingFields booking_fields_of(std::string_view json) {
    json::Parser parser;
    const auto parsed = parser.parse(json);
    if (parsed) return booking_fields_of(*parsed);
    return {
        .json = std::string(json),
        .guests_hidden = std::nullopt,
        .objection = "bookingFields: " + parsed.error().message};
}

std::string booking_fields_json(const BookingFields& fields, bool hide_guests) {
    json::Parser parser;
    const auto list = parser.parse(fields.json);
    json::Writer json;
    json.begin_array();
    bool has_guests = false;
    if (list)
        for (const json::Value field : list->elements()) {
            const auto slug = field.find("slug");
            const bool is_guests = slug && slug->as_text() == kGuests;
            has_guests = has_guests || is_guests;
            if (!is_guests) {
                json.value(field);
                continue;
            }
            json.begin_object();
            for (const json::Member member : field.members())
                json.field(member.key, member.value);
            json.field("hidden", hide_guests).end_object();
        }
    if (!has_guests)
        json.begin_object()
            .field("slug", kGuests)
            .field("required", false)
            .field("hidden", hide_guests)
            .end_object();
    return json.end_array().take();
}

} // namespace calfleet::events
