#include "workers/service-pusher/job.h"

#include "common/core/text.h"
#include "common/events/event_type_updated.h"

#include <algorithm>

namespace calfleet::service_pusher {
namespace {

using service_fields::column;
using service_fields::Field;

constexpr std::string_view kPrice = column(Field::Price);
constexpr std::string_view kCurrency = column(Field::Currency);
constexpr std::string_view kMetadata = column(Field::Metadata);
constexpr std::size_t kMostQuotedBytes = 200;

std::string number(std::int64_t value) {
    return std::to_string(value);
}

std::string gone_text(const Endpoint& endpoint) {
    const std::string where = endpoint.team ? " in team " + number(endpoint.team->value) : "";
    return std::string(events::kEventTypeNotFound) + number(endpoint.event_type.value) + where +
           " that the company's key can see: it was deleted, or moved; give the service another "
           "event type, then it is pushed again; so it is when a team sync finds this one back";
}

/// Read, but not found when it was to be changed.
std::string only_its_owner_text(calcom::EventTypeId event_type, bool managed) {
    const std::string id = number(event_type.value);
    if (managed)
        return "event type " + id +
               " is one member's child of a managed event type: only that member's own key can "
               "change it; give the service the parent's event type and team";
    return "event type " + id +
           " can be read but not changed with the company's key: it belongs to another user; "
           "set that user's key, or give the service an event type of the team";
}

/// currency: as Cal.com writes it, "usd"; nothing that is no code.
std::string code_of(std::string_view currency) {
    std::string code(currency);
    for (char& c : code)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const bool sound = code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) {
                           return c >= 'A' && c <= 'Z';
                       });
    return sound ? code : std::string();
}

/// A currency's code as JSON; letters need no escaping.
std::string json_of(const std::string& code) {
    return '"' + code + '"';
}

std::vector<Divergence>
divergences(const Fields& fields, const Fields& wanted, const Fields& found) {
    std::vector<Divergence> result;
    for (const FieldValue& field : values_of(fields))
        result.push_back(
            {std::string(field.name), value_of(wanted, field.name), value_of(found, field.name)}
        );
    return result;
}

std::vector<std::string> names_of(const Fields& fields) {
    std::vector<std::string> names;
    for (const FieldValue& field : values_of(fields))
        names.emplace_back(field.name);
    return names;
}

/// Addresses and numbers of people may be in it, and an error is logged.
bool may_be_quoted(const FieldValue& field) {
    return field.json.front() != '[';
}

/// "duration_minutes (sent 45, Cal.com has 30)".
std::string dropped_text(const Fields& dropped, const Fields& answered) {
    std::string text = "Cal.com accepted the change and dropped ";
    bool first = true;
    for (const FieldValue& field : values_of(dropped)) {
        if (!first) text += ", ";
        first = false;
        text += field.name;
        if (may_be_quoted(field))
            text +=
                " (sent " + printable(field.json, kMostQuotedBytes) + ", Cal.com has " +
                printable(value_of(answered, field.name).value_or("nothing"), kMostQuotedBytes) +
                ")";
    }
    return text + "; change it there, or take it back here";
}

calcom::Ownership ownership(const Endpoint& endpoint) {
    return endpoint.team ? calcom::Ownership::Team : calcom::Ownership::Personal;
}

/// Nothing when it is written there already.
std::optional<Pushed> with_intent(Pushed pushed, const Fields& sent) {
    auto& unconfirmed = pushed.unconfirmed;
    if (std::find(unconfirmed.begin(), unconfirmed.end(), sent) != unconfirmed.end())
        return std::nullopt;
    unconfirmed.push_back(sent);
    if (unconfirmed.size() > kMostUnconfirmed) unconfirmed.erase(unconfirmed.begin());
    return pushed;
}

} // namespace

std::string_view name(State state) {
    switch (state) {
    case State::New:
        return "new";
    case State::Looking:
        return "looking";
    case State::Changing:
        return "changing";
    case State::Ended:
        return "ended";
    }
    return "";
}

Fields foreign_edits(const Service& service, const Fields& found) {
    Fields foreign;
    if (!service.pushed) return foreign;
    const Pushed& pushed = *service.pushed;
    for_each_field([&](std::string_view, auto member) {
        const auto& wanted = service.wanted.*member;
        const auto& there = found.*member;
        const auto& ours = pushed.fields.*member;
        if (!wanted || !ours || there == ours || there == wanted) return;
        const bool sent_by_us = std::any_of(
            pushed.unconfirmed.begin(),
            pushed.unconfirmed.end(),
            [&](const Fields& sent) { return sent.*member && sent.*member == there; }
        );
        if (!sent_by_us) foreign.*member = wanted;
    });
    return foreign;
}

Push::Push(Facts facts)
    : facts_(std::move(facts)) {
    if (facts_.service)
        facts_.service->wanted = with_one_word_on_guests(std::move(facts_.service->wanted));
}

Step Push::settle(Settled settled) {
    state_ = State::Ended;
    return settled;
}

Step Push::fail(job::Outcome outcome, std::string error) {
    SyncResult failed;
    failed.end = SyncEnd::Failed;
    failed.error = std::move(error);
    failed.endpoint = endpoint_;
    failed.before = only(there_, sent_);
    return settle({std::move(outcome), std::move(failed)});
}

Step Push::cannot_hold(const Error& error) {
    return fail(
        job::Discard{{"invalid_service", error.message}},
        "Cal.com cannot hold this: " + error.message
    );
}

Step Push::begin() {
    if (!facts_.service)
        return settle({job::Discard{{"service_gone", "the service is not there any more"}}, {}});
    if (!facts_.company_active)
        return settle(
            {job::DeadLetter{
                 {"inactive_company", "the company is switched off: switch it on and replay"}},
             {}}
        );
    const Service& service = *facts_.service;
    if (!service.event_type)
        return settle(
            {job::Discard{{"no_event_type", "the service has no event type at Cal.com"}}, {}}
        );
    endpoint_ = {*service.event_type, service.team};
    const auto at_once = patch_of(judged_at_once(service.wanted));
    if (const Result<> sound = calcom::check(at_once, ownership(endpoint_)); !sound)
        return cannot_hold(sound.error());
    state_ = State::Looking;
    return Look{endpoint_};
}

Step Push::resume(const Answer& answer) {
    return state_ == State::Looking ? after_look(answer) : after_change(answer);
}

/// A refusal that is final is written into the service's row; what only means "later" is not: the
/// row stays pending.
Step Push::refuse(const Refused& refused) {
    const auto* definite = std::get_if<calcom::Definite>(&refused.setback);
    if (definite != nullptr && definite->refusal == calcom::Refusal::NotFound) {
        const bool vanished = state_ == State::Looking || endpoint_.team;
        const std::string text =
            vanished ? gone_text(endpoint_) : only_its_owner_text(endpoint_.event_type, managed_);
        return fail(job::Discard{{vanished ? "event_type_gone" : "not_owner", text}}, text);
    }
    job::Outcome outcome = calcom::outcome_of(refused.setback, refused.key);
    if (const auto* dead = std::get_if<job::DeadLetter>(&outcome)) {
        std::string text = dead->reason.text;
        return fail(std::move(outcome), std::move(text));
    }
    return settle({std::move(outcome), {}});
}

Step Push::after_look(const Answer& answer) {
    if (const auto* refused = std::get_if<Refused>(&answer)) return refuse(*refused);
    const auto& found = std::get<calcom::EventType>(answer);
    // Read as a personal one, it may turn out to be a team's, which has its own way in.
    if (found.team) endpoint_.team = found.team;
    managed_ = found.managed;
    const Service& service = *facts_.service;
    there_ = fields_of(found);
    const Fields foreign = foreign_edits(service, there_);
    foreign_ = divergences(foreign, service.wanted, there_);
    if (facts_.foreign_edits == ForeignEdits::Kept) kept_ = foreign;
    const Fields changed = differing(without(service.wanted, kept_), there_);
    if (changed.empty())
        return settle({job::Completed{}, result(SyncEnd::Unchanged, found, there_)});
    sent_ = with_what_goes_along(changed, there_);
    if (const Result<> sound = calcom::check(patch_of(sent_), ownership(endpoint_)); !sound)
        return cannot_hold(sound.error());

    state_ = State::Changing;
    Change change{endpoint_, sent_, {}, {}};
    if (facts_.foreign_edits == ForeignEdits::Overwritten) change.overwrites = foreign_;
    if (service.pushed) change.intent = with_intent(*service.pushed, sent_);
    return change;
}

Step Push::after_change(const Answer& answer) {
    if (const auto* refused = std::get_if<Refused>(&answer)) return refuse(*refused);
    const auto& answered = std::get<calcom::EventType>(answer);
    const Fields now = fields_of(answered);
    const Fields dropped = differing(sent_, now);
    if (dropped.empty()) return settle({job::Completed{}, result(SyncEnd::Changed, answered, now)});
    SyncResult failed = result(SyncEnd::Failed, answered, now);
    failed.error = dropped_text(dropped, now);
    std::string text = failed.error;
    return settle({job::Discard{{"fields_dropped", std::move(text)}}, std::move(failed)});
}

SyncResult Push::result(SyncEnd end, const calcom::EventType& at_calcom, const Fields& now) const {
    const Service& service = *facts_.service;
    SyncResult result;
    result.end = end;
    result.endpoint = endpoint_;
    result.pushed = Pushed{.fields = now, .unconfirmed = {}};
    if (service.pushed) result.pushed->fields = laid_over(only(service.pushed->fields, kept_), now);
    result.before = only(there_, sent_);
    result.after = only(now, sent_);
    if (facts_.foreign_edits == ForeignEdits::Kept) result.kept = foreign_;
    const Fields equal = without(service.wanted, differing(service.wanted, now));
    result.overwritten = names_of(only(equal, sent_));
    result.agreed = names_of(without(equal, sent_));
    compare_price(at_calcom, result);
    compare_metadata(at_calcom, result);
    return result;
}

/// Nor can metadata, which are dropped with a 200.
void Push::compare_metadata(const calcom::EventType& at_calcom, SyncResult& result) const {
    const auto& wanted = facts_.service->metadata;
    if (!wanted) return;
    std::string there = comparable_json(at_calcom.metadata);
    if (*wanted == there)
        result.agreed.emplace_back(kMetadata);
    else
        result.open.push_back({std::string(kMetadata), *wanted, std::move(there)});
}

/// Cal.com's price cannot be written: it is reported for as long as it differs.
void Push::compare_price(const calcom::EventType& at_calcom, SyncResult& result) const {
    result.reported = Price{at_calcom.price, code_of(at_calcom.currency)};
    const auto& wanted = facts_.service->price;
    const Price& there = *result.reported;
    if (!wanted) return;
    if (wanted->minor_units == there.minor_units)
        result.agreed.emplace_back(kPrice);
    else
        result.open.push_back(
            {std::string(kPrice), number(wanted->minor_units), number(there.minor_units)}
        );
    if (wanted->currency.empty() || there.currency.empty()) return;
    if (wanted->currency == there.currency)
        result.agreed.emplace_back(kCurrency);
    else
        result.open.push_back(
            {std::string(kCurrency), json_of(wanted->currency), json_of(there.currency)}
        );
}

} // namespace calfleet::service_pusher
