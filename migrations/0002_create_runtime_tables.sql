-- How the fleet runs: seen events, positions, jobs, events to publish, dead letters.
set local role calfleet_owner;
set local search_path = calfleet;

-- Seen events, one row per (worker, event). Partitioned by the event's own day so that a redelivery always meets its
-- first row; whole days are dropped after the retention. event_key is name_uuid(worker, ce_source, ce_id).
create table inbox (
    company_id bigint   not null,
    event_key  uuid     not null,
    bucket     date     not null,
    outcome    smallint not null,
    primary key (event_key, bucket),
    constraint inbox_outcome_is_known check (outcome between 1 and 5)
) partition by range (bucket);
comment on column inbox.outcome is '1 applied, 2 superseded, 3 discarded, 4 dead letter, 5 handed to a job';

-- The authoritative position of a worker in a partition; Kafka's committed offset is only a hint. Whoever is assigned the
-- partition raises the epoch, and every batch moves the position under its epoch, so a zombie cannot write.
create table consumer_positions (
    worker      text        not null,
    topic       text        not null,
    partition   integer     not null,
    next_offset bigint      not null default 0,
    epoch       bigint      not null default 0,
    owner       text        not null default '',
    updated_at  timestamptz not null default now(),
    primary key (worker, topic, partition),
    constraint consumer_positions_offset_is_not_negative check (next_offset >= 0)
) with (fillfactor = 50);

-- Work that could not be finished in its batch. A row is open work: it leaves the table when the job is completed,
-- discarded or dead. Order is kept per (worker, company_id, entity): only the oldest row of an entity is not 'waiting'.
create table jobs (
    id               bigint generated always as identity primary key,
    worker           text        not null,
    kind             text        not null,
    company_id       bigint      not null,
    entity           text        not null,
    state            text        not null default 'ready',
    lane             smallint    not null default 1,
    coalesced        boolean     not null default false,
    dirty            boolean     not null default false,
    run_at           timestamptz not null default now(),
    deadline_at      timestamptz not null,
    attempts         integer     not null default 0,
    crashes          integer     not null default 0,
    lease_owner      text,
    lease_epoch      bigint      not null default 0,
    lease_until      timestamptz,
    last_class       text,
    last_reason      text,
    first_failed_at  timestamptz,
    last_failed_at   timestamptz,
    created_at       timestamptz not null default now(),
    dead_letter_id   bigint,
    event_key        uuid,
    event_id         text,
    record_topic     text,
    record_partition integer,
    record_offset    bigint,
    record_timestamp timestamptz,
    record_key       bytea,
    record_headers   jsonb,
    record_value     bytea,
    constraint jobs_state_is_known check (state in ('ready', 'running', 'parked', 'waiting')),
    constraint jobs_lane_is_known check (lane between 0 and 3),
    constraint jobs_counts_are_not_negative check (attempts >= 0 and crashes >= 0),
    constraint jobs_running_has_lease check ((state = 'running') = (lease_until is not null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
comment on column jobs.lane is '0 interactive, 1 sync, 2 bulk (replays), 3 reconcile';
comment on column jobs.dirty is 'asked for again while it ran: it is queued once more when it completes';
comment on column jobs.dead_letter_id is 'the dead letter whose replay made this job';

-- Running rows too: whoever asks again while the job runs meets that row and marks it dirty, in one statement.
create unique index jobs_coalesce on jobs (worker, company_id, kind, entity) where coalesced;
create index jobs_due on jobs (worker, company_id, lane, run_at, id) where state = 'ready';
create index jobs_parked on jobs (worker, run_at) where state = 'parked';
create index jobs_entity on jobs (worker, company_id, entity, id);
-- Never two running jobs of an entity, whatever races; also counts a company's running jobs and finds ended leases. Without
-- lease_until in it, renewing a lease touches no index.
create unique index jobs_running on jobs (worker, company_id, entity) where state = 'running';
create index jobs_waiting on jobs (worker, company_id, entity) where state = 'waiting';

-- Events to publish, written in the transaction that caused them. The relay reads rows whose transaction is older than
-- every one still running: reading by id alone would skip rows that commit late.
create table outbox (
    id             bigint generated always as identity primary key,
    xid            xid8        not null default pg_current_xact_id(),
    shard          smallint    not null,
    company_id     bigint,
    topic          text        not null,
    record_key     bytea,
    record_headers jsonb       not null,
    record_value   bytea,
    created_at     timestamptz not null default now(),
    constraint outbox_shard_is_known check (shard between 0 and 15)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
create index outbox_order on outbox (shard, xid, id);

-- Who publishes which shard. Taken over when the lease ends; the epoch fences the old owner's deletes.
create table outbox_shards (
    shard       smallint    primary key,
    lease_owner text,
    lease_epoch bigint      not null default 0,
    lease_until timestamptz not null default '-infinity',
    constraint outbox_shards_shard_is_known check (shard between 0 and 15)
);
insert into outbox_shards (shard) select generate_series(0, 15);

-- Which relays run, so that they can share the shards out fairly; one that holds none yet must be seen, too.
create table outbox_relays (
    relay       text        primary key,
    alive_until timestamptz not null
);

-- What no retry can mend, until a person decides. letter_key is the event's key, or name_uuid(worker, topic, partition,
-- offset) for a record without an identity: the same failure never makes a second row.
create table dead_letters (
    id               bigint generated always as identity primary key,
    letter_key       uuid        not null,
    worker           text        not null,
    company_id       bigint,
    state            text        not null default 'open',
    reason_class     text        not null,
    reason           text        not null,
    attempts         integer     not null default 0,
    failures         integer     not null default 1,
    first_failed_at  timestamptz not null,
    last_failed_at   timestamptz not null,
    event_source     text,
    event_id         text,
    event_type       text,
    job_kind         text,
    entity           text,
    record_topic     text,
    record_partition integer,
    record_offset    bigint,
    record_timestamp timestamptz,
    record_key       bytea,
    record_headers   jsonb,
    record_value     bytea,
    replay_run       uuid,
    decided_at       timestamptz,
    decided_by       text,
    decided_reason   text,
    created_at       timestamptz not null default now(),
    constraint dead_letters_key_is_unique unique (worker, letter_key),
    constraint dead_letters_state_is_known
        check (state in ('open', 'replaying', 'replayed', 'superseded', 'discarded'))
);
create index dead_letters_open on dead_letters (worker, id) where state in ('open', 'replaying');

-- Workers cannot do DDL, so partitions come from a function of the owner. A partition is only reached through inbox: it has
-- row-level security of its own without any policy, and no grants.
create function maintain_inbox(today date, days_ahead integer, days_kept integer)
    returns table (created integer, dropped integer)
    language plpgsql security definer set search_path = calfleet, pg_temp
as $$
declare
    day date;
    partition text;
    old record;
begin
    created := 0;
    dropped := 0;
    -- Two maintainers at once: the second waits, then finds everything done.
    perform pg_advisory_xact_lock(hashtext('calfleet.maintain_inbox'));
    for day in select generate_series(today - days_kept, today + days_ahead, interval '1 day')::date loop
        if to_regclass('calfleet.inbox_' || to_char(day, 'YYYYMMDD')) is null then
            -- Made apart and then attached: CREATE TABLE ... PARTITION OF would lock every writer out meanwhile.
            partition := 'inbox_' || to_char(day, 'YYYYMMDD');
            execute format('create table calfleet.%I (like calfleet.inbox including all)', partition);
            execute format('alter table calfleet.%I enable row level security, force row level security', partition);
            execute format('alter table calfleet.inbox attach partition calfleet.%I for values from (%L) to (%L)',
                           partition, day, day + 1);
            created := created + 1;
        end if;
    end loop;
    for old in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'calfleet.inbox'::regclass
          and c.relname < 'inbox_' || to_char(today - days_kept, 'YYYYMMDD')
    loop
        execute format('drop table calfleet.%I', old.relname);
        dropped := dropped + 1;
    end loop;
    return next;
end $$;
revoke all on function maintain_inbox(date, integer, integer) from public;
grant execute on function maintain_inbox(date, integer, integer) to calfleet_runtime, calfleet_operator;

-- Row-level security, forced: closed unless a policy opens it.
do $$
declare t text;
begin
    foreach t in array array['inbox', 'jobs', 'outbox', 'dead_letters'] loop
        execute format('alter table calfleet.%I enable row level security', t);
        execute format('alter table calfleet.%I force row level security', t);
        execute format('create policy operator_sees_all on calfleet.%I to calfleet_operator using (true) with check (true)', t);
    end loop;
    foreach t in array array['inbox', 'jobs'] loop
        execute format('create policy worker_within_scope on calfleet.%I to calfleet_worker
                        using (company_id in (select calfleet.company_scope()))
                        with check (company_id in (select calfleet.company_scope()))', t);
    end loop;
    -- A record whose company is unknown still becomes a dead letter and its outbox row.
    foreach t in array array['outbox', 'dead_letters'] loop
        execute format('create policy worker_within_scope on calfleet.%I to calfleet_worker
                        using (company_id is null or company_id in (select calfleet.company_scope()))
                        with check (company_id is null or company_id in (select calfleet.company_scope()))', t);
    end loop;
    foreach t in array array['jobs', 'outbox', 'dead_letters'] loop
        execute format('create policy runtime_sees_all on calfleet.%I to calfleet_runtime using (true) with check (true)', t);
    end loop;
end $$;

grant select, insert, update on inbox to calfleet_worker;
grant select, insert, update, delete on jobs, outbox, dead_letters to calfleet_worker;
grant select, insert, update, delete on consumer_positions to calfleet_worker;
grant select, insert, update, delete on jobs, outbox, dead_letters, outbox_shards, outbox_relays to calfleet_runtime;
grant select on consumer_positions to calfleet_runtime;
grant select, insert, update, delete on inbox, consumer_positions, jobs, outbox, dead_letters, outbox_shards, outbox_relays to calfleet_operator;
