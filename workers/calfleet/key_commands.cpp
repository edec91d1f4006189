#include "workers/calfleet/environment.h"
#include "workers/calfleet/key_store.h"
#include "workers/calfleet/secret_input.h"

#include "common/core/crash_point.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>

namespace calfleet::cli {
namespace {

using postgres::Access;
using postgres::Transaction;

constexpr int kRewrapBatch = 50;
constexpr std::size_t kMostFailuresShown = 20;
constexpr std::string_view kKeyOption = "--key-fd";

struct SetKeyOptions {
    std::int64_t company{0};
    int key_fd{-1};
};

Result<Exit> set_key(const Environment& environment, const SetKeyOptions& options) {
    auto ring = environment.key_ring();
    if (!ring) return ring.error();
    auto pepper = environment.pepper();
    if (!pepper) return pepper.error();
    const SealingKeys keys{std::move(*ring), std::move(*pepper)};
    const std::string prompt =
        "API key of company " + std::to_string(options.company) + " (not shown): ";
    const auto secret = options.key_fd >= 0 ? read_secret_from(options.key_fd, kKeyOption)
                                            : ask_secret(prompt, kKeyOption);
    if (!secret) return secret.error();
    if (const auto fit = check_api_key(*secret); !fit) return fit.error();
    auto database = environment.database();
    if (!database) return database.error();
    Random random = Random::from_system();
    const auto change = (*database)->transact(Access::login(), [&](Transaction& transaction) {
        return set_api_key(
            transaction, keys, CompanyId{options.company}, *secret, environment.actor, random
        );
    });
    if (!change) return change.error();
    environment.print(
        {.columns = {"company", "fingerprint", "changed", "new_data_key", "jobs_woken"},
         .rows =
             {{options.company,
               change->fingerprint,
               change->changed,
               change->new_data_key,
               change->jobs_woken}},
         .single = true}
    );
    return Exit::Ok;
}

std::string
file_of(const Environment& environment, const sealing::KeyRing& ring, std::string_view id) {
    const auto ids = ring.ids();
    const auto files = environment.key_file_list();
    for (std::size_t i = 0; i < ids.size() && i < files.size(); ++i)
        if (ids[i] == id) return files[i];
    return "";
}

Result<Exit> status(const Environment& environment) {
    const auto ring = environment.key_ring();
    if (!ring) return ring.error();
    auto database = environment.database();
    if (!database) return database.error();
    auto counts = (*database)->transact(Access::login(), count_wraps);
    if (!counts) return counts.error();
    for (const std::string& id : ring->ids())
        if (std::none_of(counts->begin(), counts->end(), [&](const auto& c) {
                return c.kek_id == id;
            }))
            counts->push_back({.kek_id = id});
    Listing listing{.columns = {"kek_id", "role", "data_keys", "companies", "file"}, .rows = {}};
    bool lost = false;
    for (const WrapCount& count : *counts) {
        const bool known = ring->knows(count.kek_id);
        lost = lost || !known;
        const char* role = !known                              ? "missing"
                           : count.kek_id == ring->newest_id() ? "newest"
                           : count.data_keys == 0              ? "unused"
                                                               : "old";
        const std::string file = file_of(environment, *ring, count.kek_id);
        listing.add(
            {count.kek_id,
             std::string(role),
             count.data_keys,
             count.companies,
             file.empty() ? Cell{} : Cell{file}}
        );
    }
    environment.print(listing);
    return lost ? Exit::Refused : Exit::Ok;
}

struct Rotation {
    explicit Rotation(const Environment& environment)
        : progress(environment, "renewed") {}
    std::int64_t done() const { return rewrapped + resealed; }

    std::int64_t rewrapped{0}, resealed{0}, total{0};
    std::vector<std::string> failures;
    Progress progress;
};

// One way through all that is old of one kind; each batch is a transaction of its own, so a
// rotation that was killed is simply begun again.
template <class Renew>
Result<>
rotate_all(postgres::Session& session, const Renew& renew, std::int64_t& done, Rotation& rotation) {
    Uuid after;
    for (;;) {
        auto batch = session.transact(Access::login(), [&](Transaction& transaction) {
            auto renewed = renew(transaction, after);
            crash_point("X1");
            return renewed;
        });
        if (!batch) return batch.error();
        crash_point("X2");
        done += batch->done;
        for (std::string& failure : batch->failures)
            rotation.failures.push_back(std::move(failure));
        rotation.progress.update(rotation.done(), rotation.total);
        if (!batch->more) return {};
        after = batch->last;
    }
}

Result<> rotate_once(
    postgres::Session& session, const sealing::KeyRing& ring, Held held, Rotation& rotation
) {
    const auto wraps = [&](Transaction& transaction, const Uuid& after) {
        return rewrap(transaction, ring, after, kRewrapBatch, held);
    };
    const auto seals = [&](Transaction& transaction, const Uuid& after) {
        return reseal(transaction, ring, after, kRewrapBatch, held);
    };
    if (const auto done = rotate_all(session, wraps, rotation.rewrapped, rotation); !done)
        return done;
    return rotate_all(session, seals, rotation.resealed, rotation);
}

Result<Exit> rotate(const Environment& environment) {
    const auto ring = environment.key_ring();
    if (!ring) return ring.error();
    auto database = environment.database();
    if (!database) return database.error();
    postgres::Session& session = **database;
    const auto count = [&](Transaction& transaction) { return count_left(transaction, *ring); };
    auto left = session.transact(Access::login(), count);
    if (!left) return left.error();
    Rotation rotation(environment);
    // Rows that another rotation holds are its business; the second way round waits for them.
    for (const Held held : {Held::Skip, Held::Wait}) {
        if (*left == static_cast<std::int64_t>(rotation.failures.size())) break;
        rotation.failures.clear();
        rotation.total = rotation.done() + *left;
        if (const auto done = rotate_once(session, *ring, held, rotation); !done)
            return done.error();
        left = session.transact(Access::login(), count);
        if (!left) return left.error();
    }
    environment.print(
        {.columns = {"kek_id", "rewrapped", "left", "failed", "resealed"},
         .rows =
             {{ring->newest_id(),
               rotation.rewrapped,
               *left,
               static_cast<std::int64_t>(rotation.failures.size()),
               rotation.resealed}},
         .single = true}
    );
    for (std::size_t i = 0; i < rotation.failures.size() && i < kMostFailuresShown; ++i)
        environment.complain(rotation.failures[i]);
    return *left == 0 ? Exit::Ok : Exit::Failed;
}

void add_set_key(CLI::App& app, Environment& environment) {
    const auto options = std::make_shared<SetKeyOptions>();
    auto* command = app.get_subcommand("company")->add_subcommand(
        "set-key", "seals a company's Cal.com API key and wakes the work that waited for it"
    );
    command->footer("The key is asked for without being shown, or read from a file descriptor: "
                    "never given on the "
                    "command line.\n"
                    "The key before it is forgotten. Setting the same key again changes nothing.\n"
                    "Examples:\n"
                    "  calfleet company set-key 1\n"
                    "  calfleet company set-key 1 --key-fd 3 3< /run/secrets/calcom-key");
    command->add_option("company", options->company, "number of the company")->required();
    command
        ->add_option(
            std::string(kKeyOption), options->key_fd, "open file descriptor to read it from"
        )
        ->check(CLI::Range(0, 1 << 20));
    command->callback([&environment, options] {
        environment.action = [&environment, options] { return set_key(environment, *options); };
    });
}

} // namespace

void add_key_commands(CLI::App& app, Environment& environment) {
    add_set_key(app, environment);
    auto* keys = app.add_subcommand("keys", "the keys that wrap companies' data keys");
    keys->require_subcommand(1);
    auto* status_command = keys->add_subcommand(
        "status", "how many data keys each key wraps; exit 4 when one is missing"
    );
    status_command->footer("Example:\n  calfleet keys status --key-files new.key,old.key");
    status_command->callback([&environment] {
        environment.action = [&environment] { return status(environment); };
    });
    auto* rotate_command = keys->add_subcommand(
        "rotate",
        "wraps every data key with the newest key file, and seals "
        "secrets of releases before 0.3.0 with their fingerprint"
    );
    rotate_command->footer(
        "1. put the new key file first in CALFLEET_KEY_FILES and in every worker's ..._KEY_FILES, "
        "the old "
        "one behind it;\n"
        "2. calfleet keys rotate (may be killed and begun again; several at once do no harm);\n"
        "3. when keys status shows the old key unused, take its file away.\n"
        "Example:\n  calfleet keys rotate --key-files new.key,old.key"
    );
    rotate_command->callback([&environment] {
        environment.action = [&environment] { return rotate(environment); };
    });
}

} // namespace calfleet::cli
