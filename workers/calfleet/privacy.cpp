#include "workers/calfleet/privacy.h"

#include "workers/calfleet/fleet_topics.h"

#include "common/core/text.h"
#include "common/json/writer.h"
#include "common/messaging/record_json.h"

#include <algorithm>
#include <array>

namespace calfleet::cli {
namespace {

constexpr std::array kTables{RecordTable::Letters, RecordTable::Jobs, RecordTable::Outbox};
constexpr std::size_t kRowsATime = 100;

/// ce_companyid of a record whose row names no company.
std::optional<std::int64_t> told_company(const RecordRow& row) {
    if (!row.headers) return std::nullopt;
    const auto headers = messaging::headers_from_json(*row.headers);
    if (!headers) return std::nullopt;
    for (const auto& header : *headers)
        if (header.name == "ce_companyid" && header.value) return parse_int64(*header.value);
    return std::nullopt;
}

bool is_of_company(const RecordRow& row, CompanyId company) {
    if (row.company) return *row.company == company.value;
    const auto told = told_company(row);
    return !told || *told == company.value;
}

/// The columns of a letter whose text names the person.
std::vector<std::string_view> texts_naming(const RecordRow& row, const Person& person) {
    const std::array<std::pair<std::string_view, const std::optional<std::string>*>, 5> texts{
        {{"entity", &row.entity},
         {"event_source", &row.event_source},
         {"event_id", &row.event_id},
         {"reason", &row.why},
         {"decided_reason", &row.decided_reason}}};
    std::vector<std::string_view> naming;
    for (const auto& [column, text] : texts)
        if (*text && person.named_in(**text)) naming.push_back(column);
    return naming;
}

bool texts_name(const RecordRow& row, const Person& person) {
    return !texts_naming(row, person).empty() || (row.headers && person.named_in(*row.headers)) ||
           (row.key && person.named_in(*row.key));
}

bool is_their_booking(const RecordRow& row, const PersonOfCompany& whose) {
    const std::string prefix = std::to_string(whose.company.value) + ":";
    const auto is = [&](std::string_view text) {
        return std::find(whose.rows.uids.begin(), whose.rows.uids.end(), text) !=
               whose.rows.uids.end();
    };
    return (row.entity && is(*row.entity)) ||
           (row.key && row.key->starts_with(prefix) &&
            is(std::string_view(*row.key).substr(prefix.size())));
}

/// Topics whose events tell of services and hosts, never of customers.
bool is_without_customers(const RecordRow& row) {
    return row.topic && !row.topic->starts_with("booking-") && !consumers_of(*row.topic).empty();
}

bool has_record(const RecordRow& row) {
    return row.value || row.key || (row.headers && *row.headers != "[]");
}

/// What is left of the value, when that is something else than the value.
std::optional<std::string> reduced(const RecordRow& row) {
    if (!row.value) return std::nullopt;
    auto facts = without_customer(*row.value);
    return facts && *facts != *row.value ? std::move(facts) : std::nullopt;
}

Fate fate_of_letter(const RecordRow& row, const PersonOfCompany& whose) {
    const bool named = texts_name(row, whose.person);
    if (!row.is_open) return has_record(row) || named ? Fate::Empty : Fate::Nothing;
    if (is_without_customers(row)) return Fate::Leave;
    if (named) return Fate::Empty;
    if (reduced(row)) return Fate::Reduce;
    return row.value && !without_customer(*row.value) ? Fate::Empty : Fate::Nothing;
}

std::string_view count_name(RecordTable table, Fate fate) {
    switch (fate) {
    case Fate::Reduce:
        return table == RecordTable::Letters ? "letters_reduced"
               : table == RecordTable::Jobs  ? "jobs_reduced"
                                             : "outbox_reduced";
    case Fate::Empty:
        return "letters_emptied";
    case Fate::Clean:
        return "jobs_cleaned";
    case Fate::Delete:
        return "outbox_deleted";
    case Fate::Leave:
        return "letters_left_that_name_a_host";
    case Fate::Nothing:
        break;
    }
    return "";
}

void act(
    postgres::Transaction& transaction,
    const RecordRow& row,
    Fate fate,
    const std::string& actor,
    const Person& person
) {
    switch (fate) {
    case Fate::Reduce:
        return replace_value(transaction, row.table, row.id, *reduced(row));
    case Fate::Empty:
        return empty_letter(transaction, row.id, actor, texts_naming(row, person));
    case Fate::Clean:
        return clean_job(transaction, row.id);
    case Fate::Delete:
        return delete_outbox_row(transaction, row.id);
    case Fate::Leave:
    case Fate::Nothing:
        return;
    }
}

void act_on_portion(
    postgres::Transaction& transaction,
    RecordTable table,
    const std::vector<std::int64_t>& ids,
    const PersonOfCompany& whose,
    const std::string& actor,
    Counts& counts
) {
    for (const RecordRow& row : lock_records(transaction, table, ids)) {
        const Fate fate = tells_of(row, whose) ? fate_of(row, whose) : Fate::Nothing;
        if (fate == Fate::Nothing) continue;
        act(transaction, row, fate, actor, whose.person);
        if (fate == Fate::Reduce && table == RecordTable::Jobs && texts_name(row, whose.person))
            clean_job(transaction, row.id);
        ++counts[std::string(count_name(table, fate))];
    }
}

void write_bytes(
    json::Writer& json, std::string_view name, const std::optional<std::string>& bytes
) {
    json.key(name);
    if (bytes)
        json.value(*bytes);
    else
        json.null();
}

void write_array(json::Writer& json, std::string_view name, const std::vector<std::string>& rows) {
    json.key(name).begin_array();
    for (const std::string& row : rows)
        json.raw(row);
    json.end_array();
}

} // namespace

bool tells_of(const RecordRow& row, const PersonOfCompany& whose) {
    if (!is_of_company(row, whose.company)) return false;
    return (row.value && whose.person.named_in(*row.value)) || texts_name(row, whose.person) ||
           is_their_booking(row, whose);
}

Fate fate_of(const RecordRow& row, const PersonOfCompany& whose) {
    if (row.table == RecordTable::Letters) return fate_of_letter(row, whose);
    if (row.table == RecordTable::Jobs) {
        if (reduced(row)) return Fate::Reduce;
        return (row.event_id && whose.person.named_in(*row.event_id)) ||
                       (row.why && whose.person.named_in(*row.why))
                   ? Fate::Clean
                   : Fate::Nothing;
    }
    if (!row.is_open) return Fate::Delete;
    return reduced(row) ? Fate::Reduce : Fate::Nothing;
}

std::string counts_json(const Counts& counts) {
    json::Writer json;
    json.begin_object();
    for (const auto& [name, count] : counts)
        json.field(name, count);
    json.end_object();
    return json.take();
}

Result<Person>
person_of_customer(postgres::Session& session, CompanyId company, std::int64_t customer) {
    const auto key =
        session.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return key_of_customer(transaction, company, customer);
        });
    if (!key) return key.error();
    const std::string number = std::to_string(customer);
    if (!*key)
        return Error{
            ErrorKind::NotFound,
            "--customer: company " + std::to_string(company.value) + " has no customer " + number};
    const auto person = Person::of_key(**key);
    if (person) return person;
    return invalid("--customer: the key of customer " + number + " is no address and no number");
}

Result<PersonOfCompany>
find_person_of_company(postgres::Session& session, CompanyId company, const Person& asked) {
    Person person = asked;
    const auto rows =
        session.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            if (!company_exists(transaction, company))
                throw postgres::Abort(
                    {ErrorKind::NotFound, "there is no company " + std::to_string(company.value)}
                );
            PersonRows found = find_person(transaction, company, person);
            for (const std::string& key : found.keys)
                if (const auto known_as = Person::of_key(key)) person.also(*known_as);
            return found;
        });
    if (!rows) return rows.error();
    return PersonOfCompany{company, person, *rows};
}

Result<> for_each_record(
    postgres::Session& session,
    const PersonOfCompany& whose,
    const std::function<void(postgres::Transaction&, const RecordRow&)>& body
) {
    for (const RecordTable table : kTables) {
        std::int64_t after = 0;
        for (bool more = true; more;) {
            const auto done = session.transact(
                postgres::Access::login(),
                [&](postgres::Transaction& transaction) {
                    const auto rows = read_records(transaction, table, whose.company, after);
                    for (const RecordRow& row : rows)
                        if (tells_of(row, whose)) body(transaction, row);
                    return rows.empty() ? std::int64_t{0} : rows.back().id;
                }
            );
            if (!done) return done.error();
            more = *done != 0;
            after = *done;
        }
    }
    return {};
}

Result<ErasurePlan>
plan_erasure(postgres::Session& session, CompanyId company, const Person& person) {
    auto whose = find_person_of_company(session, company, person);
    if (!whose) return whose.error();
    ErasurePlan plan{.whose = *whose, .counts = {}, .records = {}};
    if (!whose->rows.customers.empty())
        plan.counts["customers"] = static_cast<std::int64_t>(whose->rows.customers.size());
    if (!whose->rows.uids.empty())
        plan.counts["appointments"] = static_cast<std::int64_t>(whose->rows.uids.size());
    const Result<> read =
        for_each_record(session, *whose, [&](postgres::Transaction&, const RecordRow& row) {
            const Fate fate = fate_of(row, *whose);
            if (fate == Fate::Nothing) return;
            ++plan.counts[std::string(count_name(row.table, fate))];
            if (fate != Fate::Leave) plan.records[row.table].push_back(row.id);
        });
    if (!read) return read.error();
    return plan;
}

Result<Counts> carry_out(
    postgres::Session& session,
    const ErasurePlan& plan,
    const std::string& actor,
    const std::optional<std::string>& why
) {
    return session.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
        PersonOfCompany whose = plan.whose;
        whose.rows = find_person(transaction, whose.company, whose.person);
        // The uids of before, too: the first of several erasures has taken the way to them.
        whose.rows.uids.insert(
            whose.rows.uids.end(), plan.whose.rows.uids.begin(), plan.whose.rows.uids.end()
        );
        Counts counts;
        for (const auto& [table, ids] : plan.records)
            for (std::size_t begin = 0; begin < ids.size(); begin += kRowsATime) {
                const auto end = std::min(ids.size(), begin + kRowsATime);
                act_on_portion(
                    transaction,
                    table,
                    {ids.begin() + static_cast<std::ptrdiff_t>(begin),
                     ids.begin() + static_cast<std::ptrdiff_t>(end)},
                    whose,
                    actor,
                    counts
                );
            }
        const CustomersTaken taken =
            take_customers(transaction, whose.company, whose.rows.customers);
        if (taken.customers > 0) counts["customers"] = taken.customers;
        if (taken.appointments > 0) counts["appointments"] = taken.appointments;
        record_erasure(transaction, {whose.company, actor, why, counts_json(counts)}, whose.person);
        return counts;
    });
}

Result<std::string> export_person(postgres::Session& session, const PersonOfCompany& whose) {
    json::Writer json;
    json.begin_object();
    json.field("company", whose.company.value);
    if (const auto email = whose.person.email()) json.field("email", *email);
    json.key("known_as").begin_array();
    for (const std::string& key : whose.person.keys())
        json.value(key);
    json.end_array();
    const auto rows =
        session.transact(postgres::Access::login(), [&](postgres::Transaction& transaction) {
            return std::array{
                customers_json(transaction, whose.company, whose.rows.customers),
                appointments_json(transaction, whose.company, whose.rows.customers),
                erasures_json(transaction, whose.company, whose.person)};
        });
    if (!rows) return rows.error();
    write_array(json, "customers", (*rows)[0]);
    write_array(json, "appointments", (*rows)[1]);
    write_array(json, "erasures", (*rows)[2]);
    json.key("records").begin_array();
    std::vector<std::string> records;
    const Result<> read = for_each_record(
        session,
        whose,
        [&](postgres::Transaction& transaction, const RecordRow& row) {
            json::Writer record;
            record.begin_object().field("table", name(row.table));
            record.key("row").raw(record_json(transaction, row.table, row.id));
            record.key("headers").raw(row.headers.value_or("null"));
            write_bytes(record, "key", row.key);
            write_bytes(record, "value", row.value);
            records.push_back(record.end_object().take());
        }
    );
    if (!read) return read.error();
    for (const std::string& record : records)
        json.raw(record);
    json.end_array().end_object();
    return json.take();
}

} // namespace calfleet::cli
