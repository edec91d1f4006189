-- What a service needs so that it can be kept in step with its Cal.com event type, and the book of what was done about it.
set local role calfleet_owner;
set local search_path = platform;

alter table companies
    add column calcom_team_id    bigint,
    add column divergence_policy text not null default 'overwrite';
alter table companies
    add constraint companies_team_is_a_number check (calcom_team_id > 0) not valid,
    add constraint companies_divergence_policy_is_known check (divergence_policy in ('overwrite', 'keep')) not valid;
comment on column companies.calcom_team_id is 'Cal.com''s number of the company''s team; setting or changing it requests a full sync';
comment on column companies.divergence_policy is
    'a foreign edit at Cal.com is always recorded, then: overwrite with the platform''s value, or keep what Cal.com has';

-- NULL in a synced column: the platform has no opinion, nothing is compared and nothing is sent.
alter table services
    add column branch_id                      bigint,
    add column assignment_settings            jsonb,
    add column composite_settings             jsonb,
    add column slug                           text,
    add column description                    text,
    add column minimum_booking_notice_minutes integer,
    add column buffer_before_minutes          integer,
    add column buffer_after_minutes           integer,
    add column requires_confirmation          boolean,
    add column disable_guests                 boolean,
    add column calcom_schedule_id             bigint,
    add column locations                      jsonb,
    add column booking_fields                 jsonb,
    add column metadata                       jsonb,
    add column booking_url                    text,
    add column price_cents                    integer,
    add column currency                       text,
    add column calcom_price_cents             integer,
    add column calcom_currency                text,
    add column calcom_team_id                 bigint,
    add column calcom_owner_user_id           bigint,
    add column calcom_scheduling_type         text,
    add column deactivation_reason            text,
    add column version                        bigint not null default 1,
    add column written_by                     text   not null default '',
    add column sync_status                    text   not null default 'never',
    add column sync_error                     text,
    add column last_calcom_sync               timestamptz,
    add column last_sync_direction            text,
    add column pushed                         jsonb,
    add column pushed_version                 bigint,
    add column updated_at                     timestamptz not null default now();
alter table services
    add constraint services_branch_is_of_company
        foreign key (company_id, branch_id) references branches (company_id, id) not valid,
    add constraint services_minutes_are_not_negative
        check (minimum_booking_notice_minutes >= 0 and buffer_before_minutes >= 0 and buffer_after_minutes >= 0) not valid,
    add constraint services_prices_are_not_negative check (price_cents >= 0 and calcom_price_cents >= 0) not valid,
    add constraint services_currencies_are_codes
        check (currency ~ '^[A-Z]{3}$' and calcom_currency ~ '^[A-Z]{3}$') not valid,
    add constraint services_calcom_ids_are_numbers
        check (calcom_team_id > 0 and calcom_owner_user_id > 0 and calcom_schedule_id > 0) not valid,
    add constraint services_scheduling_type_is_known
        check (calcom_scheduling_type in ('collective', 'round_robin', 'managed')) not valid,
    add constraint services_locations_are_a_list check (jsonb_typeof(locations) = 'array') not valid,
    add constraint services_booking_fields_are_a_list check (jsonb_typeof(booking_fields) = 'array') not valid,
    add constraint services_metadata_is_an_object check (jsonb_typeof(metadata) = 'object') not valid,
    add constraint services_pushed_is_an_object check (jsonb_typeof(pushed) = 'object') not valid,
    add constraint services_version_counts_from_one check (version >= 1) not valid,
    add constraint services_sync_status_is_known check (sync_status in ('never', 'pending', 'synced', 'error')) not valid,
    add constraint services_error_says_why check (sync_status <> 'error' or sync_error is not null) not valid,
    add constraint services_sync_direction_is_known check (last_sync_direction in ('push', 'import')) not valid;
comment on column services.is_active is 'false: hidden at Cal.com, and not bookable';
comment on column services.price_cents is 'the platform''s price; Cal.com''s API cannot write prices, so it is compared and reported only';
comment on column services.calcom_price_cents is 'the price that Cal.com reports, minor units of calcom_currency';
comment on column services.calcom_team_id is 'the team whose event type it is; NULL: a personal one of calcom_owner_user_id';
comment on column services.calcom_scheduling_type is 'of a team''s event type; managed: the event type is a parent and every PATCH resets its children';
comment on column services.version is 'raised by every change of a synced column; whoever raises it by hand asks for a push';
comment on column services.written_by is 'who wrote the row last: a worker''s mark, else the role';
comment on column services.last_calcom_sync is 'moves only on success';
comment on column services.pushed is 'the fields as Cal.com answered to the last push or import: what differs there now was edited there';
comment on column services.pushed_version is 'the version that was pushed last; synced means it equals version';
comment on column services.branch_id is 'like assignment_settings and composite_settings the platform''s own: no import touches it';

create table service_sync_history (
    id         bigint generated by default as identity primary key,
    company_id bigint      not null,
    service_id bigint      not null,
    at         timestamptz not null default now(),
    actor      text        not null,
    direction  text        not null,
    version    bigint      not null,
    outcome    text        not null,
    error      text,
    event_id   text,
    before     jsonb,
    after      jsonb,
    constraint sync_history_service_is_of_company foreign key (company_id, service_id) references services (company_id, id),
    constraint sync_history_direction_is_known
        check (direction in ('push', 'import', 'reload', 'reset', 'deactivate')),
    constraint sync_history_outcome_is_known check (outcome in ('changed', 'unchanged', 'failed', 'skipped')),
    constraint sync_history_failure_says_why check (outcome <> 'failed' or error is not null)
);
comment on column service_sync_history.actor is 'a worker''s name, or operator:<login> of the person who asked';
comment on column service_sync_history.before is 'the changed fields as they were on the side that was written';
create index sync_history_of_service on service_sync_history (company_id, service_id, id);

create table service_divergences (
    id             bigint generated by default as identity primary key,
    company_id     bigint      not null,
    service_id     bigint      not null,
    field          text        not null,
    platform_value jsonb,
    calcom_value   jsonb,
    first_seen_at  timestamptz not null default now(),
    last_seen_at   timestamptz not null default now(),
    resolved_at    timestamptz,
    resolution     text,
    constraint divergences_service_is_of_company foreign key (company_id, service_id) references services (company_id, id),
    constraint divergences_resolution_is_known check (resolution in ('overwritten', 'kept', 'adopted', 'agreed')),
    constraint divergences_resolved_says_how check ((resolved_at is null) = (resolution is null))
);
comment on column service_divergences.resolution is
    'overwritten: the platform''s value was pushed; kept: by the company''s policy; adopted: an operator reloaded; agreed: both became equal';
create unique index divergences_one_open_per_field on service_divergences (company_id, service_id, field)
    where resolved_at is null;

do $$
declare t text;
begin
    foreach t in array array['service_sync_history', 'service_divergences'] loop
        execute format('alter table platform.%I enable row level security', t);
        execute format('alter table platform.%I force row level security', t);
        execute format('create policy operator_sees_all on platform.%I to calfleet_operator using (true) with check (true)', t);
        execute format('create policy worker_within_scope on platform.%I to calfleet_worker
                        using (company_id in (select calfleet.company_scope()))
                        with check (company_id in (select calfleet.company_scope()))', t);
    end loop;
end $$;

-- The daily sync asks across companies who has a team: three columns that say nothing about anybody.
create policy runtime_lists on companies for select to calfleet_runtime using (true);
grant select (id, is_active, calcom_team_id) on companies to calfleet_runtime;

-- An import creates services and fills what it maps; company, branch, link, assignment and composite settings are out of its
-- reach once the row exists.
grant insert (company_id, name, slug, description, duration_minutes, minimum_booking_notice_minutes, buffer_before_minutes,
              buffer_after_minutes, requires_confirmation, disable_guests, is_active, calcom_event_type_id, calcom_schedule_id,
              locations, booking_fields, metadata, booking_url, price_cents, currency, calcom_price_cents, calcom_currency,
              calcom_team_id, calcom_owner_user_id, calcom_scheduling_type, deactivation_reason, version, sync_status,
              sync_error, last_calcom_sync, last_sync_direction, pushed, pushed_version, updated_at)
    on services to calfleet_worker;
grant update (name, slug, description, duration_minutes, minimum_booking_notice_minutes, buffer_before_minutes,
              buffer_after_minutes, requires_confirmation, disable_guests, is_active, calcom_schedule_id,
              locations, booking_fields, metadata, booking_url, calcom_price_cents, calcom_currency,
              calcom_team_id, calcom_owner_user_id, calcom_scheduling_type, deactivation_reason, version, sync_status,
              sync_error, last_calcom_sync, last_sync_direction, pushed, pushed_version, updated_at)
    on services to calfleet_worker;
grant select, insert on service_sync_history to calfleet_worker, calfleet_operator;
grant select, insert, update on service_divergences to calfleet_worker, calfleet_operator;
