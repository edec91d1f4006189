// What a push asks before it changes anything, and what it leaves out for the answers.

#include "workers/service-pusher/job.h"
#include "workers/service-pusher/texts.h"

#include "common/core/text.h"

#include <utility>

namespace calfleet::service_pusher {
namespace {

/// Of the copies so many are looked at; of event types that would be deleted, all.
constexpr std::size_t kMostCopies = 25;

} // namespace

void Push::ask_what_goes_along() {
    using What = Question::What;
    if (sent_.booking_fields)
        questions_.push_back({.what = What::Losses, .event_type = endpoint_.event_type});
    if (found_.scheduling != calcom::Scheduling::Managed) return;
    const auto ask = [&](What what, const calcom::EventTypeHost& host, const std::string& slug) {
        questions_.push_back(
            {.what = what,
             .name = {host.username, slug, facts_.organization_slug},
             .host = host.user}
        );
    };
    for (const calcom::EventTypeHost& host : found_.hosts) {
        if (sent_.slug && host.username.empty())
            takers_.push_back(
                {"user " + number(host.user.value) +
                     " has no user name at Cal.com, so that nobody can see what is there",
                 {}}
            );
        if (host.username.empty()) continue;
        if (sent_.slug) ask(What::Taken, host, *sent_.slug);
        if (found_.hosts.size() <= kMostCopies) ask(What::Copy, host, found_.slug);
    }
}

Step Push::next_question() {
    if (asked_ == questions_.size()) return decide();
    state_ = State::Asking;
    return questions_[asked_];
}

Step Push::learn(const Learnt& learnt) {
    using What = Question::What;
    // A copy: what is put in behind it moves the list.
    const Question question = questions_[asked_++];
    const auto taken = [&](const std::string& what) {
        const std::string user = "user " + number(question.host.value);
        takers_.push_back(
            {what + " of " + printable(question.name.username, 60) + " (" + user + ")",
             what + " of " + user}
        );
    };
    const auto* denied = std::get_if<calcom::Denied>(&learnt);
    const auto* found = std::get_if<std::optional<calcom::EventType>>(&learnt);
    switch (question.what) {
    case What::Copy:
        if (found != nullptr && (!*found || (*found)->hidden))
            hidden_copies_.push_back(question.host);
        break;
    case What::Taken:
        if (found != nullptr && *found) {
            taken("event type " + number((*found)->id.value));
        } else {
            Question hidden = question;
            hidden.what = What::Hidden;
            questions_.insert(
                questions_.begin() + static_cast<std::ptrdiff_t>(asked_), std::move(hidden)
            );
        }
        break;
    case What::Hidden:
        if (denied != nullptr)
            taken("perhaps a hidden one, which cannot be asked (" + denied->text + "),");
        else if (std::get<bool>(learnt))
            taken("a hidden event type");
        break;
    case What::Losses: {
        const auto* raw = std::get_if<calcom::RawQuestions>(&learnt);
        losses_unseen_ = raw == nullptr || !calcom::shows_all_of(*raw, found_.booking_fields);
        if (raw != nullptr && !raw->losses.empty())
            leave_out(
                {.guests_disabled = false, .booking_fields = events::BookingFields{}},
                losses_text(raw->losses)
            );
        break;
    }
    }
    return next_question();
}

Step Push::decide() {
    if (!takers_.empty()) {
        const auto text = [&](std::string Problem::*of) {
            std::string taken;
            for (const Problem& taker : takers_) {
                const std::string& one = taker.*of;
                taken += (taken.empty() ? "" : ", ") + (one.empty() ? taker.text : one);
            }
            return "slug: a change to '" + *sent_.slug +
                   "' would delete what members of the managed event type have under that name: " +
                   taken + "; rename these first, or choose another slug";
        };
        const std::string why = text(&Problem::text);
        leave_out({.slug = ""}, why, text(&Problem::logged));
    }
    if (sent_.empty()) return finish();
    return send(sent_);
}

} // namespace calfleet::service_pusher
