-- What stands between a job and a remote call: the company's sealed key, the key's rate, breakers; and the daily schedule.
set local role calfleet_owner;
set local search_path = calfleet;

-- Data keys, each wrapped by a key-encryption key that only files have. Without the file every secret of the database is noise.
create table sealing_keys (
    dek_id     uuid        primary key,
    company_id bigint      not null,
    kek_id     text        not null,
    wrapped    bytea       not null,
    is_current boolean     not null default true,
    created_at timestamptz not null default now(),
    wrapped_at timestamptz not null default now(),
    constraint sealing_keys_belong_to_company unique (company_id, dek_id),
    constraint sealing_keys_kek_id_is_a_name check (kek_id ~ '^[0-9a-f]{16}$')
);
comment on column sealing_keys.kek_id is 'which key file wraps it: the first 8 bytes of the SHA-256 of a label and the key';
create unique index sealing_keys_one_current on sealing_keys (company_id) where is_current;
create index sealing_keys_of_kek on sealing_keys (kek_id);

create table calcom_credentials (
    credential_id uuid        primary key,
    company_id    bigint      not null,
    purpose       text        not null,
    dek_id        uuid        not null,
    sealed        bytea       not null,
    fingerprint   text        not null,
    state         text        not null default 'active',
    valid_until   timestamptz not null default 'infinity',
    created_at    timestamptz not null default now(),
    created_by    text        not null,
    retired_at    timestamptz,
    constraint credentials_purpose_is_known check (purpose in ('api-key', 'webhook-secret')),
    constraint credentials_state_is_known check (state in ('active', 'retired')),
    constraint credentials_retired_has_a_time check ((state = 'retired') = (retired_at is not null)),
    constraint credentials_retired_keep_nothing check (state <> 'retired' or length(sealed) = 0),
    constraint credentials_fingerprint_is_hex check (fingerprint ~ '^[0-9a-f]{16}$'),
    constraint credentials_dek_is_of_company foreign key (company_id, dek_id) references sealing_keys (company_id, dek_id)
);
comment on column calcom_credentials.fingerprint is 'keyed digest of the secret: the limiter''s and the logs'' name for it';
create unique index credentials_one_active_api_key on calcom_credentials (company_id)
    where state = 'active' and purpose = 'api-key';

-- One row per API key in use, by its fingerprint: whoever shares a key shares its rate. Virtual scheduling (GCRA): tat is when
-- the bucket would be full again.
create table rate_buckets (
    fingerprint      text             primary key,
    tat              timestamptz      not null default '-infinity',
    rate_per_minute  double precision not null default 100,
    rate_changed_at  timestamptz      not null default now(),
    limit_per_minute integer          not null default 120,
    grants           bigint           not null default 0,
    ceiling          bigint,
    ceiling_first    bigint,
    ceiling_until    timestamptz,
    frozen_until     timestamptz      not null default '-infinity',
    refused_at       timestamptz,
    refusals         integer          not null default 0,
    constraint rate_buckets_fingerprint_is_hex check (fingerprint ~ '^[0-9a-f]{16}$'),
    constraint rate_buckets_rate_is_within_limit
        check (rate_per_minute between 1 and 1000 and limit_per_minute between 1 and 100000),
    constraint rate_buckets_ceiling_ends check ((ceiling is null) = (ceiling_until is null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
comment on column rate_buckets.ceiling is 'grants that the remote''s own count still allows until ceiling_until, as a value of grants';
comment on column rate_buckets.refused_at is 'the last 429';
comment on column rate_buckets.refusals is 'all 429s so far';

create table breakers (
    scope         text        not null,
    key           text        not null,
    state         text        not null default 'closed',
    reason        text        not null default '',
    opened_at     timestamptz,
    retry_at      timestamptz,
    pause_seconds integer     not null default 0,
    successes     integer     not null default 0,
    strikes       integer     not null default 0,
    struck_at     timestamptz,
    closed_at     timestamptz,
    probe_owner   text,
    probe_until   timestamptz not null default '-infinity',
    probe_epoch   bigint      not null default 0,
    slot          bigint      not null default 0,
    calls         integer[]   not null default '{0,0,0,0,0,0}',
    failures      integer[]   not null default '{0,0,0,0,0,0}',
    callers       bigint[]    not null default '{}',
    caller_slots  bigint[]    not null default '{}',
    failing       bigint[]    not null default '{}',
    failing_slots bigint[]    not null default '{}',
    updated_at    timestamptz not null default now(),
    primary key (scope, key),
    constraint breakers_scope_is_known check (scope in ('credential', 'host', 'operation')),
    constraint breakers_state_is_known check (state in ('closed', 'open')),
    constraint breakers_open_has_a_retry check (state = 'closed' or (opened_at is not null and retry_at is not null)),
    constraint breakers_window_has_six_slots check (cardinality(calls) = 6 and cardinality(failures) = 6)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
comment on column breakers.key is 'fingerprint of an API key, a host, or a host and a kind of call';
comment on column breakers.slot is 'number of the 10 s since 1970 that the newest of the six counters stands for';
comment on column breakers.callers is 'the companies seen last, with their slots beside; bounded';

-- What happens once a day, by whichever process is first: it moves next_at in the transaction that queues the work.
create table sync_schedule (
    task     text        primary key,
    next_at  timestamptz not null,
    fired_at timestamptz,
    fired_by text,
    constraint sync_schedule_task_is_known check (task in ('team-sync'))
);
insert into sync_schedule (task, next_at)
    select 'team-sync', case when next > now() then next else next + interval '1 day' end
    from (select (date_trunc('day', now() at time zone 'UTC') + interval '30 minutes') at time zone 'UTC' as next) as today;

do $$
declare t text;
begin
    foreach t in array array['sealing_keys', 'calcom_credentials', 'rate_buckets', 'breakers'] loop
        execute format('alter table calfleet.%I enable row level security', t);
        execute format('alter table calfleet.%I force row level security', t);
        execute format('create policy operator_sees_all on calfleet.%I to calfleet_operator using (true) with check (true)', t);
    end loop;
    foreach t in array array['sealing_keys', 'calcom_credentials'] loop
        execute format('create policy worker_within_scope on calfleet.%I to calfleet_worker
                        using (company_id in (select calfleet.company_scope()))
                        with check (company_id in (select calfleet.company_scope()))', t);
    end loop;
    foreach t in array array['rate_buckets', 'breakers'] loop
        execute format('create policy runtime_sees_all on calfleet.%I to calfleet_runtime using (true) with check (true)', t);
    end loop;
end $$;

-- Admission asks across companies which key is whose, by fingerprint; it never sees what is sealed.
create policy runtime_finds_the_key on calcom_credentials for select to calfleet_runtime using (true);
grant select (company_id, purpose, state, valid_until, fingerprint) on calcom_credentials to calfleet_runtime;

-- Workers open what is sealed; only the operator's tool seals and rotates.
grant select on sealing_keys, calcom_credentials to calfleet_worker;
grant select, insert, update on sealing_keys, calcom_credentials to calfleet_operator;
grant select, insert, update on rate_buckets, breakers to calfleet_runtime, calfleet_operator;
grant select on sync_schedule to calfleet_worker;
grant select, update on sync_schedule to calfleet_runtime, calfleet_operator;
