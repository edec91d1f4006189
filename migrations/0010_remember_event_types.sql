-- The instant up to which each event type of Cal.com is known, deleted ones and children included: what is older changes
-- nothing, in whatever order it arrives. Whoever applies a snapshot locks the row first.
set local role calfleet_owner;
set local search_path = platform;

create table calcom_event_types (
    company_id           bigint      not null references companies (id),
    calcom_event_type_id bigint      not null,
    as_of                timestamptz not null,
    is_deleted           boolean     not null,
    digest               bytea       not null,
    primary key (company_id, calcom_event_type_id),
    constraint event_types_id_is_a_number check (calcom_event_type_id > 0)
) with (fillfactor = 90);
comment on column calcom_event_types.as_of is 'when the newest snapshot that was applied was true';
comment on column calcom_event_types.digest is 'SHA-256 of that snapshot: orders two that claim the same instant';

alter table calcom_event_types enable row level security;
alter table calcom_event_types force row level security;
create policy operator_sees_all on calcom_event_types to calfleet_operator using (true) with check (true);
create policy worker_within_scope on calcom_event_types to calfleet_worker
    using (company_id in (select calfleet.company_scope()))
    with check (company_id in (select calfleet.company_scope()));
grant select, insert, update on calcom_event_types to calfleet_worker, calfleet_operator;

-- The last thing known about a field of a service, open or settled. The table is as new as this file: nobody waits.
create index divergences_of_field on service_divergences (company_id, service_id, field, id);
