#include "common/messaging/dead_letter_replays.h"

#include "common/core/digest.h"
#include "common/messaging/dead_letter_headers.h"
#include "common/messaging/dead_letter_store.h"
#include "common/messaging/record_json.h"
#include "common/messaging/storable.h"
#include "common/postgres/columns.h"

#include <array>

namespace calfleet::messaging {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// The run stands in the row alone: without it, or with another record, nobody passes.
constexpr Statement kVerify{"dead_letters.verify_replays", R"sql(
    select claim.ord
    from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::jsonb[], $9::bytea[])
         with ordinality as claim (letter_id, company_id, source, id, topic, key, headers, digest, ord)
    join dead_letters letter on letter.id = claim.letter_id
    where letter.worker = $1 and letter.state = 'replaying' and letter.replay_run is not null
      and letter.company_id is not distinct from claim.company_id
      and letter.event_source is not distinct from claim.source and letter.event_id is not distinct from claim.id
      and letter.record_topic = claim.topic
      and calfleet.letter_holds(letter.id, claim.key, claim.headers, claim.digest)
)sql"};

constexpr Statement kSettle{"dead_letters.settle_replays", R"sql(
    update dead_letters letter
    set state = ended.state, decided_at = now(), decided_by = coalesce(letter.decided_by, 'replay')
    from unnest($2::bigint[], $3::bigint[], $4::text[]) as ended (id, company_id, state)
    where letter.id = ended.id and letter.worker = $1 and letter.state = 'replaying'
      and letter.company_id is not distinct from ended.company_id
)sql"};

// Also an open one: its run did not wait for the job, and what it is about is done now.
constexpr Statement kSettleOfEvents{"dead_letters.settle_replays_of_events", R"sql(
    update dead_letters letter
    set state = ended.state, decided_at = now(), decided_by = coalesce(letter.decided_by, 'replay')
    from unnest($2::uuid[], $3::bigint[], $4::text[]) as ended (letter_key, company_id, state)
    where letter.worker = $1 and letter.letter_key = ended.letter_key and letter.company_id = ended.company_id
      and letter.state in ('open', 'replaying')
)sql"};

constexpr Statement kSettleOfEntities{"dead_letters.settle_replays_of_entities", R"sql(
    update dead_letters letter
    set state = ended.state, decided_at = now(), decided_by = coalesce(letter.decided_by, 'replay')
    from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) as ended (company_id, kind, entity, state)
    where letter.worker = $1 and letter.company_id = ended.company_id and letter.job_kind = ended.kind
      and letter.entity = ended.entity and letter.state = 'replaying' and letter.record_topic is null
)sql"};

constexpr std::array kCatalogue{kVerify, kSettle, kSettleOfEvents, kSettleOfEntities};

std::string_view state_of(bool superseded) {
    return superseded ? "superseded" : "replayed";
}

void add_company(Array& column, CompanyId company) {
    column.add(company ? std::optional(company.value) : std::nullopt);
}

struct ClaimColumns {
    Array letters, companies, sources, ids, topics, keys, headers, digests;

    void add(const ReplayClaim& claim) {
        letters.add(claim.letter.value);
        add_company(companies, claim.identity.company);
        add_storable_text(sources, claim.identity.source);
        add_storable_text(ids, claim.identity.id);
        topics.add(claim.record.topic);
        if (claim.record.key)
            keys.add_bytes(*claim.record.key);
        else
            keys.add_null();
        headers.add(headers_to_json(original_headers(claim.record)));
        if (claim.record.value) {
            const Sha256 digest = sha256(*claim.record.value);
            digests.add_bytes({reinterpret_cast<const char*>(digest.data()), digest.size()});
        } else {
            digests.add_null();
        }
    }
};

} // namespace

postgres::Catalogue dead_letter_replay_catalogue() {
    return kCatalogue;
}

std::vector<bool> verify_replays(
    postgres::Transaction& transaction, std::string_view worker, std::span<const ReplayClaim> claims
) {
    std::vector<bool> verified(claims.size(), false);
    if (claims.empty()) return verified;
    ClaimColumns c;
    for (const ReplayClaim& claim : claims)
        c.add(claim);
    // clang-format off
    const auto rows = transaction.exec(kVerify, params(
        worker, c.letters, c.companies, c.sources, c.ids, c.topics, c.keys, c.headers, c.digests));
    // clang-format on
    for (const postgres::Row row : rows)
        verified[postgres::ordinal(row, 0)] = true;
    return verified;
}

void settle_replays(
    postgres::Transaction& transaction, std::string_view worker, std::span<const ReplayEnd> ends
) {
    if (ends.empty()) return;
    Array ids, companies, states;
    for (const ReplayEnd& end : ends) {
        ids.add(end.letter.value);
        add_company(companies, end.company);
        states.add(state_of(end.superseded));
    }
    transaction.exec(kSettle, params(worker, ids, companies, states));
}

void settle_replays_of_jobs(
    postgres::Transaction& transaction, std::string_view worker, std::span<const JobReplayEnd> ends
) {
    Array keys, companies_of_events, states_of_events;
    Array companies, kinds, entities, states;
    for (const JobReplayEnd& end : ends) {
        const std::string_view state = state_of(end.superseded);
        if (end.event_key) {
            const LetterKeys both = letter_keys_of(EventKey{end.company, *end.event_key});
            for (const Uuid& key : {both.key, both.former}) {
                keys.add(key);
                companies_of_events.add(end.company.value);
                states_of_events.add(state);
            }
        } else {
            companies.add(end.company.value);
            kinds.add(end.kind);
            entities.add(end.entity);
            states.add(state);
        }
    }
    if (keys.size() != 0)
        transaction.exec(
            kSettleOfEvents, params(worker, keys, companies_of_events, states_of_events)
        );
    if (kinds.size() != 0)
        transaction.exec(kSettleOfEntities, params(worker, companies, kinds, entities, states));
}

} // namespace calfleet::messaging
