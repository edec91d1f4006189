#pragma once
// What the database keeps of a customer, and how it is taken away.

#include "workers/calfleet/person.h"

#include "common/core/ids.h"
#include "common/core/time.h"
#include "common/postgres/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calfleet::cli {

postgres::Catalogue privacy_catalogue();

/// The customer's own rows.
struct PersonRows {
    std::vector<std::int64_t> customers;
    std::vector<std::string> keys; ///< of the customers
    std::vector<std::string> uids; ///< of their appointments
    std::int64_t to_come{0};       ///< appointments that still take place
};
PersonRows find_person(postgres::Transaction& transaction, CompanyId company, const Person& person);
/// customer_key of a customer; nothing: there is none of that number.
std::optional<std::string>
key_of_customer(postgres::Transaction& transaction, CompanyId company, std::int64_t customer);

enum class RecordTable { Letters, Jobs, Outbox };
std::string_view name(RecordTable table); ///< "dead_letters", "jobs", "outbox"

/// A row that carries a record. Texts and bytes as stored.
struct RecordRow {
    RecordTable table{RecordTable::Letters};
    std::int64_t id{0};
    bool is_open{false}; ///< somebody may still want to work with the record
    std::optional<std::int64_t> company;
    std::optional<std::string> worker, topic, state, entity, event_source, event_id, why,
        decided_reason;
    std::optional<std::string> key, headers, value;
};

/// The next rows of the company, and of no company, after an id, at most about 8 MiB. Empty at the
/// end.
std::vector<RecordRow> read_records(
    postgres::Transaction& transaction, RecordTable table, CompanyId company, std::int64_t after
);
/// Those that still are, locked.
std::vector<RecordRow> lock_records(
    postgres::Transaction& transaction, RecordTable table, const std::vector<std::int64_t>& ids
);

/// A letter that is being replayed is open again: what is on its way is no longer its record.
void replace_value(
    postgres::Transaction& transaction, RecordTable table, std::int64_t id, std::string_view value
);
/// Key, headers, value, and the texts named by column; an open letter is closed as discarded.
void empty_letter(
    postgres::Transaction& transaction,
    std::int64_t id,
    std::string_view actor,
    const std::vector<std::string_view>& texts
);
/// The event's id and the last reason.
void clean_job(postgres::Transaction& transaction, std::int64_t id);
void delete_outbox_row(postgres::Transaction& transaction, std::int64_t id);

struct CustomersTaken {
    std::int64_t customers{0}, appointments{0};
};
CustomersTaken take_customers(
    postgres::Transaction& transaction,
    CompanyId company,
    const std::vector<std::int64_t>& customers
);

struct Erasure {
    CompanyId company;
    std::string actor;
    std::optional<std::string> why;
    std::string counts; ///< JSON object
};
void record_erasure(
    postgres::Transaction& transaction, const Erasure& erasure, const Person& person
);

/// For the export: JSON texts, one object a row.
std::vector<std::string> customers_json(
    postgres::Transaction& transaction,
    CompanyId company,
    const std::vector<std::int64_t>& customers
);
std::vector<std::string> appointments_json(
    postgres::Transaction& transaction,
    CompanyId company,
    const std::vector<std::int64_t>& customers
);
std::vector<std::string>
erasures_json(postgres::Transaction& transaction, CompanyId company, const Person& person);
/// A letter, job or outbox row whole, but for key, headers and value.
std::string record_json(postgres::Transaction& transaction, RecordTable table, std::int64_t id);

bool company_exists(postgres::Transaction& transaction, CompanyId company);

} // namespace calfleet::cli
