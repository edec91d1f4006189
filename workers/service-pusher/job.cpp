#include "workers/service-pusher/job.h"

#include "workers/service-pusher/texts.h"

#include <algorithm>
#include <iterator>

namespace calfleet::service_pusher {
namespace {

using service_fields::column;
using service_fields::Field;

constexpr std::string_view kPrice = column(Field::Price);
constexpr std::string_view kCurrency = column(Field::Currency);
constexpr std::string_view kMetadata = column(Field::Metadata);

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
    case State::Asking:
        return "asking";
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
    if (!facts_.service) return;
    Fields& wanted = facts_.service->wanted;
    wanted = with_one_word_on_guests(std::move(wanted));
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
        return fail(
            job::Discard{{"invalid_service", sound.error().message}},
            cannot_hold_text(sound.error().message)
        );
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
    const bool not_found = definite != nullptr && definite->refusal == calcom::Refusal::NotFound &&
                           (state_ == State::Looking || is_about_the_event_type(definite->text));
    if (not_found) {
        const bool vanished = state_ == State::Looking || endpoint_.team;
        const std::string text =
            vanished ? gone_text(endpoint_, definite->text)
                     : only_its_owner_text(endpoint_.event_type, found_.managed, definite->text);
        return fail(job::Discard{{vanished ? "event_type_gone" : "not_owner", text}}, text);
    }
    job::Outcome outcome = calcom::outcome_of(refused.setback, refused.key);
    if (auto* dead = std::get_if<job::DeadLetter>(&outcome)) {
        if (!part_.empty()) dead->reason.text += "; sent " + text_of(part_);
        if (definite != nullptr && !part_.empty()) return send_apart(*definite, std::move(outcome));
        std::string text = dead->reason.text;
        return fail(std::move(outcome), std::move(text));
    }
    return settle({std::move(outcome), {}});
}

Step Push::send_apart(const calcom::Definite& refusal, job::Outcome outcome) {
    std::vector<Fields> groups = groups_of(part_);
    const bool may_go_apart = groups.size() > 1 && refusal.refusal != calcom::Refusal::WrongRoute;
    if (may_go_apart) {
        parts_.insert(
            parts_.end(),
            std::make_move_iterator(groups.begin()),
            std::make_move_iterator(groups.end())
        );
    } else {
        refused_ = laid_over(part_, std::move(refused_));
        problems_.push_back({std::get<job::DeadLetter>(outcome).reason.text, {}});
        refusal_ = std::move(outcome);
    }
    if (parts_.empty()) return finish();
    Fields part = std::move(parts_.front());
    parts_.erase(parts_.begin());
    return send(std::move(part));
}

Step Push::after_look(const Answer& answer) {
    if (const auto* refused = std::get_if<Refused>(&answer)) return refuse(*refused);
    found_ = std::get<calcom::EventType>(answer);
    // Read as a personal one, it may turn out to be a team's, which has its own way in.
    if (found_.team) endpoint_.team = found_.team;
    const Service& service = *facts_.service;
    there_ = fields_of(found_);
    remember_policy();
    const Fields foreign = foreign_edits(service, there_);
    foreign_ = divergences(foreign, service.wanted, there_);
    if (facts_.foreign_edits == ForeignEdits::Kept) kept_ = foreign;
    const Fields changed = differing(without(service.wanted, kept_), there_);
    if (changed.empty()) return finish();
    sent_ = with_what_goes_along(changed, there_);
    leave_out_what_cannot_be_written();
    if (sent_.empty()) return finish();
    ask_what_goes_along();
    return next_question();
}

/// Which policy asks for confirmation is decided at Cal.com: one that is switched off and on again
/// stays what it was.
void Push::remember_policy() {
    using When = calcom::Confirmation::When;
    const calcom::Confirmation& there = found_.confirmation;
    if (there.when == When::Always || there.when == When::ShortNotice)
        policy_ = there;
    else if (!policy_ && facts_.service->pushed)
        policy_ = facts_.service->pushed->policy;
}

void Push::leave_out(const Fields& fields, std::string why, std::string logged) {
    left_out_ = laid_over(only(sent_, fields), std::move(left_out_));
    sent_ = without(std::move(sent_), fields);
    problems_.push_back({std::move(why), std::move(logged)});
}

std::string Push::text_of_problems(std::string Problem::*text) const {
    std::string all;
    for (const Problem& problem : problems_) {
        const std::string& one = problem.*text;
        all += (all.empty() ? "" : "; ") + (one.empty() ? problem.text : one);
    }
    return all;
}

/// What is sound is sent, whatever stands beside it.
void Push::leave_out_what_cannot_be_written() {
    for (const Fields& group : groups_of(sent_)) {
        const Result<> sound = calcom::check(patch_of(group, policy_), ownership(endpoint_));
        if (!sound) leave_out(group, cannot_hold_text(sound.error().message));
    }
    const Fields after = laid_over(sent_, there_);
    if ((sent_.length_minutes || sent_.length_options) && after.length_minutes &&
        after.length_options && !after.length_options->allow(*after.length_minutes))
        leave_out(
            {.length_minutes = 0, .length_options = events::DurationOptions{}},
            "duration_minutes: " + number(*after.length_minutes) + " is not one of " +
                in_words(after.length_options->minutes) +
                ", the lengths among which a booking chooses: nobody could book it; change "
                "duration_options too"
        );
}

Step Push::send(Fields part) {
    const bool first = part_.empty();
    part_ = std::move(part);
    state_ = State::Changing;
    Change change{
        .endpoint = endpoint_,
        .sent = part_,
        .overwrites = {},
        .intent = {},
        .policy = policy_,
        .note = note()};
    if (first && facts_.foreign_edits == ForeignEdits::Overwritten) change.overwrites = foreign_;
    if (auto& pushed = facts_.service->pushed) {
        change.intent = with_intent(*pushed, part_);
        if (change.intent) pushed = change.intent;
    }
    return change;
}

Step Push::after_change(const Answer& answer) {
    if (const auto* refused = std::get_if<Refused>(&answer)) return refuse(*refused);
    found_ = std::get<calcom::EventType>(answer);
    remember_policy();
    if (parts_.empty()) return finish();
    Fields part = std::move(parts_.front());
    parts_.erase(parts_.begin());
    return send(std::move(part));
}

/// found_ is what Cal.com has now.
Step Push::finish() {
    const Fields now = fields_of(found_);
    const Fields dropped = differing(without(sent_, refused_), now);
    job::Outcome outcome = job::Completed{};
    if (!dropped.empty()) {
        problems_.push_back({dropped_text(dropped, now), {}});
        outcome = job::Discard{{"fields_dropped", problems_.back().text}};
    } else if (!problems_.empty()) {
        outcome = job::Discard{{"invalid_service", text_of_problems(&Problem::logged)}};
    }
    if (refusal_) outcome = std::move(*refusal_);
    if (std::string open = still_bookable(); !open.empty()) {
        if (problems_.empty()) outcome = job::Discard{{"still_bookable", open}};
        problems_.push_back({std::move(open), {}});
    }
    SyncEnd end = sent_.empty() ? SyncEnd::Unchanged : SyncEnd::Changed;
    if (!problems_.empty()) end = SyncEnd::Failed;
    SyncResult done = result(end, found_, now);
    done.error = problems_.empty() ? note() : text_of_problems(&Problem::text);
    return settle({std::move(outcome), std::move(done)});
}

void Push::sort_foreign(SyncResult& result) const {
    const Service& service = *facts_.service;
    const Fields edited =
        differing(service.wanted, service.pushed ? service.pushed->fields : Fields{});
    for (const Divergence& divergence : foreign_) {
        const bool is_open = value_of(edited, divergence.field).has_value();
        (is_open ? result.open : result.kept).push_back(divergence);
    }
}

std::string Push::note() const {
    std::string text;
    if (!hidden_copies_.empty() && !sent_.empty()) text = shown_again_text(hidden_copies_);
    if (losses_unseen_ && sent_.booking_fields) {
        if (!text.empty()) text += "; ";
        text += unseen_losses_text();
    }
    return text;
}

std::string Push::still_bookable() const {
    const bool wanted = facts_.service->wanted.active.value_or(true);
    if (wanted || found_.scheduling != calcom::Scheduling::Managed || found_.hosts.empty())
        return {};
    return "is_active: the managed event type is hidden, and its " +
           std::to_string(found_.hosts.size()) +
           " members' copies can be booked all the same, for Cal.com shows them after every change "
           "of it; take the hosts off at Cal.com, or have each member hide the copy";
}

SyncResult Push::result(SyncEnd end, const calcom::EventType& at_calcom, const Fields& now) const {
    const Service& service = *facts_.service;
    SyncResult result;
    result.end = end;
    result.endpoint = endpoint_;
    result.pushed = Pushed{.fields = now, .unconfirmed = {}};
    result.pushed->policy = policy_;
    // Neither is what was found there then: it is somebody else's for as long as it lasts.
    const Fields not_ours = laid_over(kept_, left_out_);
    if (service.pushed)
        result.pushed->fields = laid_over(only(service.pushed->fields, not_ours), now);
    result.before = only(there_, sent_);
    result.after = only(now, sent_);
    if (facts_.foreign_edits == ForeignEdits::Kept) sort_foreign(result);
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
