-- One row per event and company, whatever day the event names; nothing has to be created ahead of time, and only the
-- database's date decides what is forgotten. Workers of the release before read and write the same table: its partitions stay
-- below it as children until fold_former_inbox() has moved their rows.
set local role calfleet_owner;

do $$
declare part record;
begin
    for part in
        select c.relname, pg_relation_size(c.oid) as bytes from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'calfleet.inbox'::regclass order by c.relname
    loop
        execute format('alter table calfleet.inbox detach partition calfleet.%I', part.relname);
        if part.bytes = 0 then
            execute format('drop table calfleet.%I', part.relname);
        else
            execute format('create policy owner_maintains on calfleet.%I to calfleet_owner
                            using (current_setting(''app.inbox_upkeep'', true) = ''on'')', part.relname);
        end if;
    end loop;
end $$;
alter table calfleet.inbox rename to inbox_of_days;
alter index calfleet.inbox_pkey rename to inbox_of_days_pkey;

create table calfleet.inbox (
    company_id bigint   not null,
    event_key  uuid     not null,
    bucket     date     not null,
    outcome    smallint not null,
    seen_on    date     not null default (now() at time zone 'UTC')::date,
    -- The key first: workers of the release before look events up by it alone.
    primary key (event_key, company_id),
    constraint inbox_outcome_is_known check (outcome between 1 and 5)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
comment on column calfleet.inbox.event_key is 'name_uuid(worker, ce_source, ce_id)';
comment on column calfleet.inbox.bucket is 'the day the event says that it happened';
comment on column calfleet.inbox.outcome is '1 applied, 2 superseded, 3 discarded, 4 dead letter, 5 handed to a job';
comment on column calfleet.inbox.seen_on is 'by the database''s clock, UTC: decides when the row is forgotten';

alter table calfleet.inbox enable row level security, force row level security;
create policy operator_sees_all on calfleet.inbox to calfleet_operator using (true) with check (true);
create policy worker_within_scope on calfleet.inbox to calfleet_worker
    using (company_id in (select calfleet.company_scope())) with check (company_id in (select calfleet.company_scope()));
-- For the two functions below, which set it; nobody logs in as the owner.
create policy owner_maintains on calfleet.inbox to calfleet_owner
    using (current_setting('app.inbox_upkeep', true) = 'on') with check (current_setting('app.inbox_upkeep', true) = 'on');
-- Whoever was let in before is let in now.
do $$
declare
    granted record;
    roles text := (select string_agg(r::regrole::text, ', ') from pg_policy, unnest(polroles) r
                   where polrelid = 'calfleet.inbox_of_days'::regclass and polname = 'worker_within_scope');
begin
    execute 'alter policy worker_within_scope on calfleet.inbox to ' || roles;
    for granted in
        select a.grantee::regrole as role, a.privilege_type as may from pg_class, aclexplode(relacl) a
        where oid = 'calfleet.inbox_of_days'::regclass and a.grantee <> relowner
    loop
        execute format('grant %s on calfleet.inbox to %s', granted.may, granted.role);
    end loop;
end $$;
drop table calfleet.inbox_of_days;

-- Children: a statement on inbox sees them, an insert does not go there.
do $$
declare part record;
begin
    for part in
        select relname from pg_class
        where relnamespace = 'calfleet'::regnamespace and relkind = 'r' and relname ~ '^inbox_[0-9]{8}$'
    loop
        -- Everything old counts as seen today: kept a little longer rather than forgotten too early.
        execute format('alter table calfleet.%I add column seen_on date not null default %L', part.relname,
                       (now() at time zone 'UTC')::date);
        execute format('alter table calfleet.%I inherit calfleet.inbox', part.relname);
    end loop;
end $$;

-- How far upkeep has come. Its row lock is the turn: who finds it taken has nothing to do.
create table calfleet.inbox_upkeep (
    only_row     boolean primary key default true,
    sweep_block  bigint  not null default 0,
    swept_on     date    not null,
    fold_block   bigint  not null default 0,
    constraint inbox_upkeep_is_one_row check (only_row)
);
comment on column calfleet.inbox_upkeep.swept_on is 'the day whose sweep of the whole inbox is complete';
insert into calfleet.inbox_upkeep (swept_on) values ((now() at time zone 'UTC')::date - 1);

-- Deletes what was seen more than 36 days ago, from the next `blocks` pages: a walk through the table once a day costs inserts
-- nothing, an index on the day would. 36: an event may name a time up to a day ahead, and is refused when that is 35 days past.
create function calfleet.forget_events(blocks integer, out forgotten bigint, out finished boolean)
    language plpgsql security definer set search_path = pg_catalog, calfleet, pg_temp
as $$
declare
    today constant date := (now() at time zone 'UTC')::date;
    first_block bigint;
    next_block bigint;
begin
    perform set_config('app.inbox_upkeep', 'on', true);
    forgotten := 0;
    finished := true;
    select sweep_block into first_block from calfleet.inbox_upkeep where swept_on is distinct from today for update skip locked;
    if not found then return; end if;
    next_block := first_block + least(greatest(blocks, 1), 100000);
    delete from only calfleet.inbox
    where ctid >= format('(%s,0)', first_block)::tid and ctid < format('(%s,0)', next_block)::tid and seen_on < today - 36;
    get diagnostics forgotten = row_count;
    finished := next_block >= pg_relation_size('calfleet.inbox') / current_setting('block_size')::bigint;
    update calfleet.inbox_upkeep
    set sweep_block = case when finished then 0 else next_block end, swept_on = case when finished then today else swept_on end;
end $$;

-- Moves rows of a partition of the release before into inbox, `blocks` pages of it, and drops the partition when it is empty
-- and nobody holds it. A row is never in neither of the two.
create function calfleet.fold_former_inbox(blocks integer, out moved bigint, out left_over integer, out my_turn boolean)
    language plpgsql security definer set search_path = pg_catalog, calfleet, pg_temp
    set lock_timeout = '200ms'
as $$
declare
    first_block bigint;
    next_block bigint;
    part regclass;
    is_empty boolean;
begin
    perform set_config('app.inbox_upkeep', 'on', true);
    moved := 0;
    my_turn := false;
    left_over := (select count(*) from pg_inherits where inhparent = 'calfleet.inbox'::regclass);
    if left_over = 0 then return; end if;
    select fold_block into first_block from calfleet.inbox_upkeep for update skip locked;
    if not found then return; end if;
    my_turn := true;
    next_block := first_block + least(greatest(blocks, 1), 100000);
    part := (select inhrelid from pg_inherits i join pg_class c on c.oid = i.inhrelid
             where i.inhparent = 'calfleet.inbox'::regclass order by c.relname limit 1);
    execute format($move$
        with gone as (
            delete from only %s where ctid >= '(%s,0)' and ctid < '(%s,0)'
            returning company_id, event_key, bucket, outcome, seen_on)
        insert into calfleet.inbox as held (company_id, event_key, bucket, outcome, seen_on)
        select distinct on (event_key, company_id) company_id, event_key, bucket, outcome, seen_on
        from gone order by event_key, company_id, outcome
        on conflict (event_key, company_id) do update set outcome = excluded.outcome where excluded.outcome < held.outcome
        $move$, part, first_block, next_block);
    get diagnostics moved = row_count;
    if next_block < pg_relation_size(part) / current_setting('block_size')::bigint then
        update calfleet.inbox_upkeep set fold_block = next_block;
        return;
    end if;
    update calfleet.inbox_upkeep set fold_block = 0;
    execute format('select not exists (select from only %s)', part) into is_empty;
    if not is_empty then return; end if;   -- an update moved a row behind the walk: once more from the start
    begin
        -- Only updates and deletes come this way, so that what is empty stays empty.
        execute format('drop table %s', part);
        left_over := left_over - 1;
    exception when lock_not_available then
        my_turn := false;   -- somebody reads it: a later call comes by again
    end;
end $$;

-- What workers of the release before call every hour. There is nothing to create any more, and the caller's date decides
-- nothing; a caller whose clock is wrong is told.
create or replace function calfleet.maintain_inbox(today date, days_ahead integer, days_kept integer)
    returns table (created integer, dropped integer)
    language plpgsql security definer set search_path = pg_catalog, calfleet, pg_temp
as $$
declare
    before constant bigint := (select count(*) from pg_inherits where inhparent = 'calfleet.inbox'::regclass);
begin
    if abs(today - (now() at time zone 'UTC')::date) > 1 then
        raise exception 'the clock of the caller says %, that of the database %: set the caller''s clock',
                        today, (now() at time zone 'UTC')::date;
    end if;
    created := 0;
    dropped := before - (select f.left_over from calfleet.fold_former_inbox(1000) f);
    return next;
end $$;

do $$
declare role text;
begin
    for role in
        select a.grantee::regrole::text from pg_proc, aclexplode(proacl) a
        where oid = 'calfleet.maintain_inbox(date, integer, integer)'::regprocedure and a.grantee <> proowner
    loop
        execute format('grant execute on function calfleet.forget_events(integer), calfleet.fold_former_inbox(integer) to %s', role);
        execute format('grant select on calfleet.inbox_upkeep to %s', role);
    end loop;
end $$;
