#include "workers/host-mapper/audit_store.h"

#include "common/json/writer.h"

#include <array>
#include <string>
#include <string_view>

namespace calfleet::host_mapper {
namespace {

using postgres::Array;
using postgres::params;
using postgres::Statement;

// What the row holds now is read from it, with all its columns.
constexpr Statement kAudit{"host_mapper.write_audits", R"sql(
    insert into platform.calcom_host_mapping_audits
        (company_id, mapping_id, calcom_host_id, action, before, after, source, score, reasons, actor, event_id, at)
    select w.company_id, w.mapping_id, w.host, w.action, w.before::jsonb,
           to_jsonb(m) - '{id,company_id,calcom_host_id}'::text[], w.source, w.score::smallint,
           w.reasons::jsonb, 'host-mapper', w.event_id, now()
    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
                $8::text[], $9::text[])
         as w (company_id, mapping_id, host, action, before, source, score, reasons, event_id)
    join platform.calcom_host_mappings m on m.company_id = w.company_id and m.id = w.mapping_id
)sql"};

constexpr std::array kCatalogue{kAudit};

/// Every column, as to_jsonb writes the row.
std::string row_json(const MappingRow& row) {
    json::Writer json;
    const auto text_or_null = [&](std::string_view name, std::string_view value) {
        json.key(name);
        if (value.empty())
            json.null();
        else
            json.value(value);
    };
    const auto id_or_null = [&](std::string_view name, const auto& id) {
        json.key(name);
        if (id)
            json.value(id->value);
        else
            json.null();
    };
    json.begin_object().field("state", text(row.state));
    id_or_null("staff_id", row.staff);
    json.field("source", row.source).field("score", row.score);
    text_or_null("host_name", row.host_name);
    text_or_null("host_email", row.host_email);
    text_or_null("host_username", row.host_username);
    text_or_null("host_time_zone", row.host_time_zone);
    id_or_null("branch_id", row.branch);
    text_or_null("last_seen_at", row.last_seen_at ? format_instant(*row.last_seen_at) : "");
    text_or_null("account_name", row.account_name);
    text_or_null("account_email", row.account_email);
    return json.field("staff_version", row.staff_version)
        .field("decided_by", row.decided_by)
        .field("decided_at", format_instant(row.decided_at))
        .end_object()
        .take();
}

std::string reasons_json(std::span<const matching::Reason> reasons) {
    json::Writer json;
    json.begin_array();
    for (const matching::Reason& reason : reasons)
        json.begin_object()
            .field("in_favour", reason.in_favour)
            .field("code", reason.code)
            .field("text", reason.text)
            .field("weight", reason.weight)
            .end_object();
    return json.end_array().take();
}

} // namespace

postgres::Catalogue audit_catalogue() {
    return kCatalogue;
}

void write_audits(postgres::Transaction& transaction, std::span<const AuditWrite> audits) {
    if (audits.empty()) return;
    Array companies, mappings, hosts, actions, before, sources, scores, reasons, events;
    for (const AuditWrite& write : audits) {
        companies.add(write.audit.company.value);
        mappings.add(write.mapping.value);
        hosts.add(write.audit.host);
        actions.add(write.audit.action);
        if (write.audit.before)
            before.add(row_json(*write.audit.before));
        else
            before.add_null();
        sources.add(write.audit.source);
        scores.add(std::int64_t{write.audit.score});
        reasons.add(reasons_json(write.audit.reasons));
        if (write.audit.event_id.empty())
            events.add_null();
        else
            events.add(write.audit.event_id);
    }
    transaction.exec(
        kAudit,
        params(companies, mappings, hosts, actions, before, sources, scores, reasons, events)
    );
}

} // namespace calfleet::host_mapper
