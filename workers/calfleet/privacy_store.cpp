#include "workers/calfleet/privacy_store.h"

#include "common/postgres/columns.h"

#include <array>

namespace calfleet::cli {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Row;
using postgres::Statement;

constexpr Statement kCompany{"calfleet.privacy_company", R"sql(
    select from platform.companies where id = $1
)sql"};

constexpr Statement kFindCustomers{"calfleet.privacy_find_customers", R"sql(
    select id, customer_key from platform.customers
    where company_id = $1
      and (customer_key = any($2::text[]) or lower(btrim(email) collate "C") = any($2)
           or regexp_replace(phone, '[^0-9]', '', 'g') = any($3::text[]))
    order by id
)sql"};

constexpr Statement kCustomerKey{"calfleet.privacy_customer_key", R"sql(
    select customer_key from platform.customers where company_id = $1 and id = $2
)sql"};

constexpr Statement kFindUids{"calfleet.privacy_find_appointments", R"sql(
    select calcom_booking_uid, status in ('pending', 'accepted') and starts_at > now()
    from platform.appointments where company_id = $1 and calcom_booking_uid in (
        select calcom_booking_uid from platform.appointments where company_id = $1 and customer_id = any($2::bigint[])
        union
        select calcom_booking_uid from platform.appointment_attendees where company_id = $1 and customer_id = any($2::bigint[]))
    order by id
)sql"};

// Bounded in rows and, by the size that a value has without being read, in bytes; the first row
// always comes. $1 company, $2 after.
constexpr Statement kReadLetters{"calfleet.privacy_read_letters", R"sql(
    select id, state in ('open', 'replaying') as is_open, worker, record_topic, state, entity, event_source, event_id,
           reason, decided_reason, record_key, record_headers::text as record_headers, record_value, company_id
    from dead_letters where id in (
        select id from (
            select id, sum(coalesce(octet_length(record_value), 0)) over (order by id)
                       - coalesce(octet_length(record_value), 0) as bytes_before
            from dead_letters where id > $2::bigint and (company_id = $1::bigint or company_id is null)
            order by id limit 1000
        ) counted where bytes_before < 8388608
    ) order by id
)sql"};

constexpr Statement kReadJobs{"calfleet.privacy_read_jobs", R"sql(
    select id, true as is_open, worker, record_topic, state, entity, null as event_source, event_id, last_reason as reason,
           null as decided_reason, record_key, record_headers::text as record_headers, record_value, company_id
    from jobs where id in (
        select id from (
            select id, sum(coalesce(octet_length(record_value), 0)) over (order by id)
                       - coalesce(octet_length(record_value), 0) as bytes_before
            from jobs where id > $2::bigint and (company_id = $1::bigint or company_id is null)
            order by id limit 1000
        ) counted where bytes_before < 8388608
    ) order by id
)sql"};

constexpr Statement kReadOutbox{"calfleet.privacy_read_outbox", R"sql(
    select id, topic not like '%.dlq' as is_open, null as worker, topic as record_topic, null as state, null as entity,
           null as event_source, null as event_id, null as reason, null as decided_reason, record_key,
           record_headers::text as record_headers, record_value, company_id
    from outbox where id in (
        select id from (
            select id, sum(coalesce(octet_length(record_value), 0)) over (order by id)
                       - coalesce(octet_length(record_value), 0) as bytes_before
            from outbox where id > $2::bigint and (company_id = $1::bigint or company_id is null)
            order by id limit 1000
        ) counted where bytes_before < 8388608
    ) order by id
)sql"};

constexpr std::array kRead{kReadLetters, kReadJobs, kReadOutbox};

constexpr Statement kLockLetters{"calfleet.privacy_lock_letters", R"sql(
    select id, state in ('open', 'replaying') as is_open, worker, record_topic, state, entity, event_source, event_id,
           reason, decided_reason, record_key, record_headers::text as record_headers, record_value, company_id
    from dead_letters where id = any($1::bigint[]) order by id for update
)sql"};

constexpr Statement kLockJobs{"calfleet.privacy_lock_jobs", R"sql(
    select id, true as is_open, worker, record_topic, state, entity, null as event_source, event_id, last_reason as reason,
           null as decided_reason, record_key, record_headers::text as record_headers, record_value, company_id
    from jobs where id = any($1::bigint[]) order by id for update
)sql"};

constexpr Statement kLockOutbox{"calfleet.privacy_lock_outbox", R"sql(
    select id, topic not like '%.dlq' as is_open, null as worker, topic as record_topic, null as state, null as entity,
           null as event_source, null as event_id, null as reason, null as decided_reason, record_key,
           record_headers::text as record_headers, record_value, company_id
    from outbox where id = any($1::bigint[]) order by id for update
)sql"};

constexpr std::array kLock{kLockLetters, kLockJobs, kLockOutbox};

constexpr Statement kReplaceLetter{
    "calfleet.privacy_replace_letter",
    "update dead_letters set record_value = $2::bytea, replay_run = null,"
    "       state = case when state = 'replaying' then 'open' else state end where id = $1"};
constexpr Statement kReplaceJob{
    "calfleet.privacy_replace_job", "update jobs set record_value = $2::bytea where id = $1"};
constexpr Statement kReplaceOutbox{
    "calfleet.privacy_replace_outbox", "update outbox set record_value = $2::bytea where id = $1"};
constexpr std::array kReplace{kReplaceLetter, kReplaceJob, kReplaceOutbox};

constexpr Statement kEmptyLetter{"calfleet.privacy_empty_letter", R"sql(
    update dead_letters
    set record_key = null, record_headers = case when record_topic is not null then '[]'::jsonb end, record_value = null,
        event_source = case when 'event_source' = any($3::text[]) then '(erased)' else event_source end,
        event_id = case when 'event_id' = any($3) then '(erased)' else event_id end,
        entity = case when 'entity' = any($3) then '(erased)' else entity end,
        reason = case when 'reason' = any($3) then '(erased)' else reason end,
        payload_emptied_at = now(),
        decided_reason = case when state in ('open', 'replaying') then 'personal data erased'
                              when 'decided_reason' = any($3) then '(erased)' else decided_reason end,
        decided_by = case when state in ('open', 'replaying') then $2 else decided_by end,
        decided_at = case when state in ('open', 'replaying') then now() else decided_at end,
        state = case when state in ('open', 'replaying') then 'discarded' else state end
    where id = $1
)sql"};

constexpr Statement kCleanJob{"calfleet.privacy_clean_job", R"sql(
    update jobs
    set event_id = case when event_id is not null then '(erased)' end,
        last_reason = case when last_reason is not null then '(erased)' end
    where id = $1
)sql"};

constexpr Statement kDeleteOutbox{"calfleet.privacy_delete_outbox", R"sql(
    delete from outbox where id = $1
)sql"};

constexpr Statement kForgetCustomers{"calfleet.privacy_forget_customers", R"sql(
    update platform.appointments set customer_id = null
    where company_id = $1 and customer_id = any($2::bigint[])
)sql"};

constexpr Statement kDeleteCustomers{"calfleet.privacy_delete_customers", R"sql(
    delete from platform.customers where company_id = $1 and id = any($2::bigint[])
)sql"};

constexpr Statement kRecordErasure{"calfleet.record_erasure", R"sql(
    insert into erasures (company_id, digest, actor, why, counts) values ($1, $2::bytea, $3, $4, $5::jsonb)
)sql"};

constexpr Statement kCustomersJson{"calfleet.privacy_customers", R"sql(
    select to_jsonb(c)::text from platform.customers c where company_id = $1 and id = any($2::bigint[]) order by id
)sql"};

constexpr Statement kAppointmentsJson{"calfleet.privacy_appointments", R"sql(
    select (to_jsonb(a) || jsonb_build_object('service', s.name, 'staff', m.name))::text
    from platform.appointments a
    left join platform.services s on s.company_id = a.company_id and s.id = a.service_id
    left join platform.staff m on m.company_id = a.company_id and m.id = a.staff_id
    where a.company_id = $1 and a.customer_id = any($2::bigint[])
    union all
    select (to_jsonb(a) - 'customer_id' || jsonb_build_object('service', s.name, 'staff', m.name, 'seat', to_jsonb(x)))::text
    from platform.appointment_attendees x
    join platform.appointments a on a.company_id = x.company_id and a.calcom_booking_uid = x.calcom_booking_uid
    left join platform.services s on s.company_id = a.company_id and s.id = a.service_id
    left join platform.staff m on m.company_id = a.company_id and m.id = a.staff_id
    where x.company_id = $1 and x.customer_id = any($2::bigint[])
)sql"};

constexpr Statement kErasuresJson{"calfleet.privacy_erasures", R"sql(
    select jsonb_build_object('erased_at', erased_at, 'counts', counts)::text
    from erasures where company_id = $1 and digest = any($2::bytea[]) order by id
)sql"};

constexpr Statement kLetterJson{
    "calfleet.privacy_letter",
    "select (to_jsonb(d) - 'record_key' - 'record_headers' - 'record_value')::text from "
    "dead_letters d where id = $1"};
constexpr Statement kJobJson{
    "calfleet.privacy_job",
    "select (to_jsonb(j) - 'record_key' - 'record_headers' - 'record_value')::text from jobs j "
    "where id = $1"};
constexpr Statement kOutboxJson{
    "calfleet.privacy_outbox_row",
    "select (to_jsonb(o) - 'record_key' - 'record_headers' - 'record_value' - 'xid')::text "
    "from outbox o where id = $1"};
constexpr std::array kRecordJson{kLetterJson, kJobJson, kOutboxJson};

constexpr std::array kCatalogue{
    kCompany,          kCustomerKey,     kFindCustomers,   kFindUids,      kRead[0],
    kRead[1],          kRead[2],         kLock[0],         kLock[1],       kLock[2],
    kReplace[0],       kReplace[1],      kReplace[2],      kEmptyLetter,   kCleanJob,
    kDeleteOutbox,     kForgetCustomers, kDeleteCustomers, kRecordErasure, kCustomersJson,
    kAppointmentsJson, kErasuresJson,    kRecordJson[0],   kRecordJson[1], kRecordJson[2]};

std::size_t index_of(RecordTable table) {
    return static_cast<std::size_t>(table);
}

Array array_of(const std::vector<std::int64_t>& ids) {
    const Array array = postgres::array_of(ids);
    return array;
}

Array array_of_texts(const std::vector<std::string>& texts) {
    Array array;
    for (const std::string& text : texts)
        array.add(text);
    return array;
}

std::string_view bytes_of(const Sha256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::vector<RecordRow> read_rows(const postgres::Rows& rows, RecordTable table) {
    std::vector<RecordRow> records;
    for (const Row row : rows) {
        RecordRow& record = records.emplace_back();
        record.table = table;
        record.id = row.int64("id");
        record.is_open = row.boolean("is_open");
        record.worker = row.optional_text("worker");
        record.topic = row.optional_text("record_topic");
        record.state = row.optional_text("state");
        record.entity = row.optional_text("entity");
        record.event_source = row.optional_text("event_source");
        record.event_id = row.optional_text("event_id");
        record.why = row.optional_text("reason");
        record.decided_reason = row.optional_text("decided_reason");
        record.key = row.optional_bytes("record_key");
        record.headers = row.optional_text("record_headers");
        record.value = row.optional_bytes("record_value");
        record.company = row.optional_int64("company_id");
    }
    return records;
}

std::vector<std::string> texts(const postgres::Rows& rows) {
    std::vector<std::string> all;
    for (const Row row : rows)
        all.emplace_back(row.text(0));
    return all;
}

} // namespace

postgres::Catalogue privacy_catalogue() {
    return kCatalogue;
}

std::string_view name(RecordTable table) {
    static constexpr std::array<std::string_view, 3> kNames{"dead_letters", "jobs", "outbox"};
    return kNames[index_of(table)];
}

bool company_exists(postgres::Transaction& transaction, CompanyId company) {
    return !transaction.exec(kCompany, params(company.value)).empty();
}

PersonRows
find_person(postgres::Transaction& transaction, CompanyId company, const Person& person) {
    PersonRows found;
    const auto customers = transaction.exec(
        kFindCustomers,
        params(company.value, array_of_texts(person.keys()), array_of_texts(person.numbers()))
    );
    for (const Row row : customers) {
        found.customers.push_back(row.int64(0));
        found.keys.emplace_back(row.text(1));
    }
    const auto rows = transaction.exec(kFindUids, params(company.value, array_of(found.customers)));
    for (const Row row : rows) {
        found.uids.emplace_back(row.text(0));
        if (!row.is_null(1) && row.boolean(1)) ++found.to_come;
    }
    return found;
}

std::optional<std::string>
key_of_customer(postgres::Transaction& transaction, CompanyId company, std::int64_t customer) {
    const auto rows = transaction.exec(kCustomerKey, params(company.value, customer));
    if (rows.empty()) return std::nullopt;
    return std::string(rows[0].text(0));
}

std::vector<RecordRow> read_records(
    postgres::Transaction& transaction, RecordTable table, CompanyId company, std::int64_t after
) {
    return read_rows(transaction.exec(kRead[index_of(table)], params(company.value, after)), table);
}

std::vector<RecordRow> lock_records(
    postgres::Transaction& transaction, RecordTable table, const std::vector<std::int64_t>& ids
) {
    return read_rows(transaction.exec(kLock[index_of(table)], params(array_of(ids))), table);
}

void replace_value(
    postgres::Transaction& transaction, RecordTable table, std::int64_t id, std::string_view value
) {
    postgres::Params values = params(id);
    transaction.exec(kReplace[index_of(table)], values.add_bytes(value));
}

void empty_letter(
    postgres::Transaction& transaction,
    std::int64_t id,
    std::string_view actor,
    const std::vector<std::string_view>& texts
) {
    const Array columns = postgres::array_of(texts);
    transaction.exec(kEmptyLetter, params(id, actor, columns));
}

void clean_job(postgres::Transaction& transaction, std::int64_t id) {
    transaction.exec(kCleanJob, params(id));
}

void delete_outbox_row(postgres::Transaction& transaction, std::int64_t id) {
    transaction.exec(kDeleteOutbox, params(id));
}

CustomersTaken take_customers(
    postgres::Transaction& transaction,
    CompanyId company,
    const std::vector<std::int64_t>& customers
) {
    const Array ids = array_of(customers);
    CustomersTaken taken;
    taken.appointments = transaction.exec(kForgetCustomers, params(company.value, ids)).affected();
    taken.customers = transaction.exec(kDeleteCustomers, params(company.value, ids)).affected();
    return taken;
}

void record_erasure(
    postgres::Transaction& transaction, const Erasure& erasure, const Person& person
) {
    // What was taken is told once; each key keeps the person out.
    std::string_view counts = erasure.counts;
    for (const Sha256& digest : person.digests(erasure.company.value)) {
        postgres::Params values = params(erasure.company.value);
        values.add_bytes(bytes_of(digest)).add(erasure.actor).add(erasure.why).add(counts);
        transaction.exec(kRecordErasure, values);
        counts = "{}";
    }
}

std::vector<std::string> customers_json(
    postgres::Transaction& transaction,
    CompanyId company,
    const std::vector<std::int64_t>& customers
) {
    return texts(transaction.exec(kCustomersJson, params(company.value, array_of(customers))));
}

std::vector<std::string> appointments_json(
    postgres::Transaction& transaction,
    CompanyId company,
    const std::vector<std::int64_t>& customers
) {
    return texts(transaction.exec(kAppointmentsJson, params(company.value, array_of(customers))));
}

std::vector<std::string>
erasures_json(postgres::Transaction& transaction, CompanyId company, const Person& person) {
    Array digests;
    for (const Sha256& digest : person.digests(company.value))
        digests.add_bytes(bytes_of(digest));
    return texts(transaction.exec(kErasuresJson, params(company.value, digests)));
}

std::string record_json(postgres::Transaction& transaction, RecordTable table, std::int64_t id) {
    const auto rows = transaction.exec(kRecordJson[index_of(table)], params(id));
    return rows.empty() ? "{}" : std::string(rows[0].text(0));
}

} // namespace calfleet::cli
