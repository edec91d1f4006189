#include "workers/calfleet/letter_import_store.h"
#include "workers/calfleet/replay.h"
#include "workers/calfleet/topic_letter.h"

#include "common/core/text.h"
#include "common/kafka/admin.h"

#include <algorithm>
#include <set>

namespace calfleet::cli {
namespace {

constexpr std::chrono::seconds kWait{30};
constexpr std::size_t kLettersATime = 200;
constexpr std::size_t kBytesATime = 8 * 1024 * 1024;
constexpr std::size_t kMostRefusalsShown = 100;

bool matches(const TopicLetter& letter, const DeadLetterFilter& filter) {
    if (!filter.ids.empty() &&
        std::find(filter.ids.begin(), filter.ids.end(), letter.number) == filter.ids.end())
        return false;
    if (filter.worker && *filter.worker != letter.worker) return false;
    if (filter.reason_class && *filter.reason_class != letter.reason_class) return false;
    if (filter.event_id && *filter.event_id != letter.event_id) return false;
    if (filter.company && filter.company != letter.company) return false;
    if (filter.key && filter.key != letter.key) return false;
    if (!filter.since && !filter.until) return true;
    const auto& failed = letter.last_failed_at;
    return failed && (!filter.since || *failed >= *filter.since) &&
           (!filter.until || *failed < *filter.until);
}

/// Whether a letter that cannot be read is worth a line: what the filter says of it is unknown, but
/// for the event's id and the class.
bool may_match(const RecordView& record, const DeadLetterFilter& filter) {
    const auto same = [&](const std::optional<std::string>& wanted, std::string_view header) {
        return !wanted || record.header(header).value_or("") == *wanted;
    };
    return same(filter.event_id, "ce_id") && same(filter.reason_class, "calfleet_dlq_class");
}

/// Reads a topic of letters and keeps in the database those that can be replayed.
class Reading {
public:
    Reading(
        postgres::Session& session,
        const ReplayOptions& options,
        std::string worker,
        Progress& progress
    )
        : session_(session)
        , options_(options)
        , worker_(std::move(worker))
        , progress_(progress) {}

    /// False to stop: enough, or something went wrong.
    bool take(const kafka::Message& message) {
        progress_.update(++read_, 0);
        std::vector<HeaderView> headers;
        const RecordView record = message.view(headers);
        auto letter = read_topic_letter(worker_, record);
        if (!letter) {
            if (may_match(record, options_.filter))
                refuse(record.partition, record.offset, event_id(record), letter.error().message);
            return true;
        }
        if (!matches(*letter, options_.filter)) return true;
        bytes_ += message.size_bytes();
        places_.push_back({record.partition, record.offset});
        waiting_.push_back(std::move(*letter));
        if (waiting_.size() >= kLettersATime || bytes_ >= kBytesATime) keep();
        return !failure_ &&
               static_cast<std::int64_t>(ids_.size() + waiting_.size()) < options_.limit;
    }

    /// What take() has left over.
    Result<> finish() {
        keep();
        return failure_ ? Result<>(*failure_) : Result<>();
    }

    std::vector<std::int64_t> ids() const { return {ids_.begin(), ids_.end()}; }
    std::int64_t refused() const { return refused_; }
    const std::vector<ReplayCandidate>& plan() const { return plan_; }

    Listing imported() const {
        return {
            .columns = {"read", "new_in_the_database", "known_as_open", "closed_before", "refused"},
            .rows = {{read_, imported_, known_open_, closed_before_, refused_}},
            .single = true};
    }
    Listing refusals() const { return refusals_; }

private:
    static std::string event_id(const RecordView& record) {
        return printable(record.header("ce_id").value_or(""), 80);
    }

    void refuse(std::int64_t partition, std::int64_t offset, std::string id, std::string why) {
        if (++refused_ <= static_cast<std::int64_t>(kMostRefusalsShown))
            refusals_.add(
                {partition, offset, id.empty() ? Cell{} : Cell{std::move(id)}, std::move(why)}
            );
    }

    // With --dry-run the same is done and rolled back, after what stands there was counted.
    void keep() {
        if (waiting_.empty() || failure_) return;
        std::vector<KnownLetter> known;
        std::vector<ReplayCandidate> planned;
        const auto done =
            session_.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
                known = import_letters(transaction, waiting_);
                if (!options_.dry_run) return;
                planned = plan(transaction, known);
                throw postgres::Abort({ErrorKind::Conflict, "only a plan"});
            });
        if (!done && !(options_.dry_run && done.error().kind == ErrorKind::Conflict)) {
            failure_ = done.error();
            return;
        }
        for (std::size_t i = 0; i < known.size(); ++i)
            count(known[i], i);
        plan_.insert(plan_.end(), planned.begin(), planned.end());
        waiting_.clear();
        places_.clear();
        bytes_ = 0;
    }

    static std::vector<ReplayCandidate>
    plan(postgres::Transaction& transaction, const std::vector<KnownLetter>& known) {
        DeadLetterFilter chosen;
        for (const KnownLetter& letter : known)
            chosen.ids.push_back(letter.id.value);
        return find_replayable(transaction, chosen, static_cast<std::int64_t>(known.size()));
    }

    void count(const KnownLetter& letter, std::size_t index) {
        if (letter.emptied) {
            refuse(
                places_[index].first,
                places_[index].second,
                waiting_[index].event_id,
                "letter " + std::to_string(letter.id.value) + " is " + letter.state +
                    " and its record was taken away (retention, or calfleet privacy erase)"
            );
        } else if (letter.state != "open" && letter.state != "replaying") {
            ++closed_before_;
        } else if (ids_.insert(letter.id.value).second) {
            ++(letter.imported ? imported_ : known_open_);
        }
    }

    postgres::Session& session_;
    const ReplayOptions& options_;
    std::string worker_;
    Progress& progress_;
    std::vector<TopicLetter> waiting_;
    std::vector<std::pair<std::int64_t, std::int64_t>> places_;
    std::size_t bytes_{0};
    std::set<std::int64_t> ids_;
    std::int64_t read_{0}, imported_{0}, known_open_{0}, closed_before_{0}, refused_{0};
    Listing refusals_{
        .columns = {"partition", "offset", "event_id", "refused_because"},
        .rows = {},
        .empty_text = "no letter was refused"};
    std::optional<Error> failure_;
    std::vector<ReplayCandidate> plan_;
};

} // namespace

Result<Exit> replay_from_topic(
    const Environment& environment, const ReplayOptions& options, const std::string& topic
) {
    auto worker = worker_of_letters(topic);
    if (!worker) return worker.error();
    auto database = environment.database();
    if (!database) return database.error();
    auto admin = environment.kafka_admin("calfleet-replay");
    if (!admin) return admin.error();

    Progress progress(environment, "read");
    Reading reading(**database, options, std::move(*worker), progress);
    const Result<> read = (*admin)->read_all(topic, kWait, [&](const kafka::Message& message) {
        return reading.take(message);
    });
    if (!read) return read.error();
    if (const Result<> kept = reading.finish(); !kept) return kept.error();

    ReplayOptions chosen = options;
    chosen.filter = {};
    chosen.filter.ids = reading.ids();
    chosen.also = {{"letters", reading.imported()}, {"refused", reading.refusals()}};
    Result<Exit> done = Exit::Ok;
    if (options.dry_run)
        print_replay_plan(environment, chosen, reading.plan());
    else if (chosen.filter.ids.empty())
        print_replay_account(
            environment, chosen, {.columns = {"sent"}, .rows = {{std::int64_t{0}}}, .single = true}
        );
    else
        done = replay_from_database(environment, chosen);
    if (done && *done == Exit::Ok && reading.refused() > 0) return Exit::Refused;
    return done;
}

} // namespace calfleet::cli
