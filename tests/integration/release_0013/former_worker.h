#pragma once
// A worker of release 0.2 as the database sees it: its statements, in its order.

#include "common/core/clock.h"
#include "common/core/uuid.h"
#include "common/postgres/session.h"

#include <map>
#include <string>
#include <vector>

#include "tests/fixtures/release_0013/statements.h"

namespace calfleet::release_0013 {

struct FormerEvent {
    std::string id;
    CompanyId company{1};
    Instant at{system_clock().now()};
    int outcome{1}; ///< 1 applied, 4 dead letter, 5 job
};

inline Uuid key_of(const std::string& worker, const std::string& id) {
    return name_uuid({worker, "/test", id});
}

class FormerWorker {
public:
    FormerWorker(std::string worker, postgres::Settings settings)
        : worker_(std::move(worker))
        , session_(std::move(settings)) {}

    /// One transaction: a letter per event, 'A' applied, 'L' letter, 'Q' queued, 'D' duplicate; or
    /// "raced", or "unavailable", after which it would try again; or the error.
    std::string deliver(const std::vector<FormerEvent>& events) {
        std::vector<CompanyId> companies;
        for (const FormerEvent& event : events)
            companies.push_back(event.company);
        std::string fates;
        const Result<> done = session_.transact(
            postgres::Access::companies(companies),
            [&](postgres::Transaction& transaction) { fates = write(transaction, events); }
        );
        if (done) return fates;
        if (done.error().kind == ErrorKind::Conflict) return "raced";
        if (done.error().kind == ErrorKind::Unavailable) return "unavailable";
        return done.error().message;
    }

    /// Its hourly housekeeping.
    Result<> maintain(Date today) {
        return session_.transact(
            postgres::Access::runtime(),
            [&](postgres::Transaction& transaction) {
                transaction.exec(
                    kMaintain, postgres::params(today, std::int64_t{3}, std::int64_t{35})
                );
            }
        );
    }

private:
    std::string
    write(postgres::Transaction& transaction, const std::vector<FormerEvent>& events) const {
        std::map<Date, postgres::Array> by_day;
        for (const FormerEvent& event : events)
            by_day[day(event)].add(key_of(worker_, event.id));
        std::map<Uuid, std::int64_t> seen;
        for (const auto& [bucket, keys] : by_day)
            for (const postgres::Row row :
                 transaction.exec(kFindSeen, postgres::params(bucket, keys)))
                seen.emplace(row.uuid(0), row.int64(1));
        static constexpr Statement kEffect{
            "release_0013.effect",
            "insert into calfleet.effects (entity) select unnest($1::text[])"};
        postgres::Array effects, companies, keys, buckets, outcomes;
        std::vector<const FormerEvent*> letters, jobs;
        std::string fates;
        for (const FormerEvent& event : events) {
            const Uuid key = key_of(worker_, event.id);
            if (!seen.emplace(key, event.outcome).second) {
                fates += 'D';
                continue;
            }
            companies.add(event.company.value);
            keys.add(key);
            buckets.add(day(event));
            outcomes.add(std::int64_t{event.outcome});
            fates += event.outcome == 4 ? 'L' : event.outcome == 5 ? 'Q' : 'A';
            if (event.outcome == 1) effects.add("\"" + event.id + "\"");
            if (event.outcome == 4) letters.push_back(&event);
            if (event.outcome == 5) jobs.push_back(&event);
        }
        if (effects.size() != 0) transaction.exec(kEffect, postgres::params(effects));
        const auto written =
            transaction.exec(kInsertSeen, postgres::params(companies, keys, buckets, outcomes));
        if (written.affected() != static_cast<std::int64_t>(companies.size()))
            throw postgres::Abort(Error{ErrorKind::Conflict, "raced"});
        write_letters(transaction, letters);
        write_jobs(transaction, jobs);
        return fates;
    }

    static Date day(const FormerEvent& event) {
        return std::chrono::floor<std::chrono::days>(event.at);
    }

    static std::string headers_of(const FormerEvent& event) {
        const auto header = [](const std::string& name, const std::string& text) {
            return R"({"name":")" + name + R"(","text":")" + text + "\"}";
        };
        return "[" + header("ce_specversion", "1.0") + "," + header("ce_id", event.id) + "," +
               header("ce_source", "/test") + "," + header("ce_type", "words") + "," +
               header("ce_time", format_instant(event.at)) + "," +
               header("ce_companyid", std::to_string(event.company.value)) + "]";
    }

    struct Records {
        postgres::Array topics, partitions, offsets, timestamps, keys, headers, values;
        void add(const FormerEvent& event) {
            topics.add("words");
            partitions.add(std::int64_t{3});
            offsets.add(std::int64_t{17});
            timestamps.add(event.at);
            keys.add_bytes("a");
            headers.add(headers_of(event));
            values.add_bytes("\"" + event.id + "\"");
        }
    };

    void write_letters(
        postgres::Transaction& transaction, const std::vector<const FormerEvent*>& letters
    ) const {
        postgres::Array keys, companies, classes, reasons, attempts, at, sources, ids, types, nulls;
        Records records;
        for (const FormerEvent* letter : letters) {
            keys.add(key_of(worker_, letter->id));
            companies.add(letter->company.value);
            classes.add("hopeless");
            reasons.add("no way");
            attempts.add(std::int64_t{1});
            at.add(system_clock().now());
            sources.add("/test");
            ids.add(letter->id);
            types.add("words");
            nulls.add_null();
            records.add(*letter);
        }
        // clang-format off
        transaction.exec(kInsertLetters, postgres::params(
            worker_, keys, companies, classes, reasons, attempts, at, at, sources, ids, types, nulls, nulls,
            records.topics, records.partitions, records.offsets, records.timestamps, records.keys, records.headers,
            system_clock().now(), records.values));
        // clang-format on
    }

    void write_jobs(postgres::Transaction& transaction, const std::vector<const FormerEvent*>& jobs)
        const {
        postgres::Array companies, entities, states, delays, attempts, nulls, keys, ids;
        Records records;
        for (const FormerEvent* job : jobs) {
            companies.add(job->company.value);
            entities.add("job of " + job->id);
            states.add("ready");
            delays.add(std::int64_t{0});
            attempts.add(std::int64_t{0});
            nulls.add_null();
            keys.add(key_of(worker_, job->id));
            ids.add(job->id);
            records.add(*job);
        }
        // clang-format off
        transaction.exec(kEnqueueEventJobs, postgres::params(
            worker_, "event", std::int64_t{72} * 3600 * 1000000, companies, entities, states, delays, attempts, nulls,
            nulls, nulls, keys, ids, records.topics, records.partitions, records.offsets, records.timestamps,
            records.keys, records.headers, records.values));
        // clang-format on
    }

    std::string worker_;
    postgres::Session session_;
};

} // namespace calfleet::release_0013
