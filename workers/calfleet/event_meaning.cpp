#include "workers/calfleet/event_meaning.h"

#include "workers/calfleet/fleet_topics.h"

#include <algorithm>

namespace calfleet::cli {
namespace {

std::string number(std::int64_t value) {
    return std::to_string(value);
}

std::string of_company(const std::optional<std::int64_t>& company) {
    return company ? " of company " + number(*company) : std::string();
}

std::string sentence_of(const SeenEvent& seen) {
    const std::string who = seen.worker + of_company(seen.company) + ": ";
    if (seen.outcome == "applied") return who + "the event had its effect.";
    if (seen.outcome == "superseded")
        return who + "something newer was known already; the event changed nothing.";
    if (seen.outcome == "discarded") return who + "the event was passed over on purpose.";
    if (seen.outcome == "dead letter")
        return who + "the event became a dead letter; see its reason above.";
    return who + "the event could not be finished at once and became a job.";
}

std::string sentence_of(const JobOfEvent& job) {
    const std::string who =
        "Job " + number(job.id) + " of " + job.worker + of_company(job.company) + " ";
    if (job.state == "running") return who + "is being worked on.";
    if (job.state == "waiting")
        return who + "waits behind " +
               (job.behind ? "job " + number(*job.behind) : std::string("an older job")) +
               " of the same entity.";
    const std::string why = job.why_class ? " (" + *job.why_class + ")" : std::string();
    if (job.state == "parked") return who + "is put aside until its reason ends" + why + ".";
    return who + "is due at " + format_instant(job.due) +
           (job.attempts > 0 ? " after " + number(job.attempts) + " failed attempts" + why
                             : std::string()) +
           ".";
}

std::string sentence_of(const LetterOfEvent& letter) {
    const std::string who = "Letter " + number(letter.id) + " of " + letter.worker + " ";
    if (letter.state == "open")
        return who + "is open: mend the cause, then calfleet dlq replay --id " + number(letter.id) +
               ".";
    if (letter.state == "replaying")
        return who + "is being replayed" +
               (letter.decided_at ? " since " + format_instant(*letter.decided_at) : std::string()
               ) +
               ".";
    return who + "was closed: " + letter.state +
           (letter.decided_by ? " by " + *letter.decided_by : std::string()) + ".";
}

std::string sentence_of(const WaitingEvent& waiting) {
    return "Row " + number(waiting.row) +
           " of the outbox waits for outbox-relay to publish it to " + waiting.topic + ", since " +
           format_instant(waiting.written_at) + ".";
}

void add_position(
    std::vector<std::string>& sentences, const EventQuestion& question, const EventAnswer& answer
) {
    if (!question.offset) return;
    const std::string place = *question.topic + "/" + number(*question.partition);
    for (const PositionOfEvent& position : answer.positions) {
        const std::string who = position.worker + " has come to " + number(position.next_offset) +
                                " of " + place + ": ";
        sentences.push_back(
            who + (position.next_offset <= *question.offset
                       ? "the record at " + number(*question.offset) + " is not consumed yet."
                       : "the record at " + number(*question.offset) + " lies behind it.")
        );
    }
    if (!answer.positions.empty()) return;
    const auto consumers = consumers_of(*question.topic);
    if (consumers.empty()) {
        sentences.push_back("No worker of this release reads " + *question.topic + ".");
        return;
    }
    sentences.push_back(
        std::string(consumers.front()) + " has never read " + place +
        ": it did not run yet, or there is no such partition."
    );
}

void add_look(std::vector<std::string>& sentences, RecordLook look) {
    if (look == RecordLook::NotThere)
        sentences.emplace_back(
            "The topic has no record at that offset: not written yet, or removed by its retention."
        );
    if (look == RecordLook::NoBrokers)
        sentences.emplace_back("The record was not read: set CALFLEET_KAFKA_BROKERS, and its "
                               "identity is looked up, too.");
}

bool is_passed(const EventQuestion& question, const EventAnswer& answer) {
    return question.offset && std::any_of(
                                  answer.positions.begin(),
                                  answer.positions.end(),
                                  [&](const PositionOfEvent& position) {
                                      return position.next_offset > *question.offset;
                                  }
                              );
}

void add_what_nothing_means(
    std::vector<std::string>& sentences,
    const EventQuestion& question,
    const EventAnswer& answer,
    RecordLook look
) {
    sentences.emplace_back("Nothing is known of it. That can mean:");
    if (!is_passed(question, answer))
        sentences.emplace_back(
            "- it was not consumed yet: calfleet positions list shows how far each worker has come;"
        );
    sentences.emplace_back(
        "- it was not published yet: it is not in the outbox, so ask whoever produces it;"
    );
    if (question.id)
        sentences.emplace_back(
            "- it happened more than 35 days ago: identities are kept for that long;"
        );
    else if (look != RecordLook::Found)
        sentences.emplace_back(
            "- it went well: what is done is kept by source and id, so name these (--source, --id);"
        );
    if (question.company)
        sentences.push_back(
            "- it is another company's: only company " + number(*question.company) +
            " was looked at;"
        );
    sentences.emplace_back(
        "- source, id or uid are written in another way: they are compared letter by letter."
    );
}

} // namespace

std::vector<std::string>
meaning_of(const EventQuestion& question, const EventAnswer& answer, RecordLook look) {
    std::vector<std::string> sentences;
    for (const SeenEvent& seen : answer.seen)
        sentences.push_back(sentence_of(seen));
    for (const JobOfEvent& job : answer.jobs)
        sentences.push_back(sentence_of(job));
    for (const LetterOfEvent& letter : answer.letters)
        sentences.push_back(sentence_of(letter));
    for (const WaitingEvent& waiting : answer.waiting)
        sentences.push_back(sentence_of(waiting));
    for (const AppointmentOfEvent& row : answer.appointments)
        sentences.push_back(
            "Appointment " + number(row.id) + of_company(row.company) + " is " + row.status + "."
        );
    add_position(sentences, question, answer);
    add_look(sentences, look);
    if (answer.knows_nothing()) {
        add_what_nothing_means(sentences, question, answer, look);
    } else if (answer.uids.empty()) {
        sentences.emplace_back(
            "Which booking it is about is not kept with its identity: add --booking to see the "
            "appointment."
        );
    }
    return sentences;
}

} // namespace calfleet::cli
