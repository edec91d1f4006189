-- A login for each worker, with the grants that its statements need. calfleet_worker, which all of them have used so far, keeps
-- what the release before needs: change the logins one after the other, then take its password away.
--
--   calfleet_<worker>          logs in; rows of the companies named in the transaction, and of jobs, letters and positions its own
--   calfleet_<worker>_runtime  its housekeeping; entered per transaction by that login, nobody logs in as it
do $$
declare
    worker text;
    found record;
begin
    foreach worker in array array['event_type_importer', 'host_mapper', 'outbox_relay', 'service_pusher', 'team_syncer'] loop
        begin
            execute format('create role %I login noinherit nosuperuser nocreatedb nocreaterole nobypassrls',
                           'calfleet_' || worker);
        exception when duplicate_object or unique_violation then
            null;   -- another database of this cluster, or a concurrent migrator, made it
        end;
        begin
            execute format('create role %I nologin nosuperuser nocreatedb nocreaterole nobypassrls',
                           'calfleet_' || worker || '_runtime');
        exception when duplicate_object or unique_violation then
            null;
        end;
        if not pg_has_role('calfleet_' || worker, 'calfleet_' || worker || '_runtime', 'member') then
            execute format('grant %I to %I', 'calfleet_' || worker || '_runtime', 'calfleet_' || worker);
        end if;
        for found in
            select rolname, rolsuper or rolbypassrls as unbound, rolinherit and rolname = 'calfleet_' || worker as inherits
            from pg_roles where rolname in ('calfleet_' || worker, 'calfleet_' || worker || '_runtime')
        loop
            if found.unbound then
                raise exception 'role % is a superuser or bypasses row-level security: take that away, then migrate again',
                                found.rolname;
            end if;
            if found.inherits then
                raise exception 'role % inherits: run "alter role % noinherit", then migrate again',
                                found.rolname, found.rolname;
            end if;
        end loop;
    end loop;
end $$;

set local role calfleet_owner;

-- Whoever may not read a row by the policies of all workers may not read it by a login of its own either.
do $$
declare
    logins text := 'calfleet_event_type_importer, calfleet_host_mapper, calfleet_outbox_relay, calfleet_service_pusher, '
                   'calfleet_team_syncer';
    keepers text := 'calfleet_event_type_importer_runtime, calfleet_host_mapper_runtime, calfleet_outbox_relay_runtime, '
                    'calfleet_service_pusher_runtime, calfleet_team_syncer_runtime';
    policy record;
begin
    execute format('grant usage on schema calfleet, platform to %s, %s', logins, keepers);
    execute format('grant execute on function calfleet.company_scope() to %s, %s', logins, keepers);
    for policy in
        select polname, polrelid::regclass::text as on_table, relname, polroles from pg_policy
        join pg_class c on c.oid = polrelid
        where c.relnamespace in ('calfleet'::regnamespace, 'platform'::regnamespace)
    loop
        if 'calfleet_worker'::regrole = any(policy.polroles) then
            execute format('alter policy %I on %s to calfleet_worker, %s', policy.polname, policy.on_table, logins);
        elsif 'calfleet_runtime'::regrole = any(policy.polroles)
              and policy.relname not in ('jobs', 'outbox', 'dead_letters') then
            execute format('alter policy %I on %s to calfleet_runtime, %s', policy.polname, policy.on_table, keepers);
        end if;
    end loop;
end $$;

-- Positions have no company: whoever has no login of its own sees them all, as before.
alter table calfleet.consumer_positions enable row level security, force row level security;
create policy positions_of_all on calfleet.consumer_positions to calfleet_worker, calfleet_runtime, calfleet_operator
    using (true) with check (true);

-- Among jobs and letters of a company a worker sees its own; its housekeeping sees those of all companies.
do $$
declare
    worker text;
    login text;
    keeper text;
    name text;
    on_table text;
    topics text;
begin
    foreach worker in array array['event_type_importer', 'host_mapper', 'outbox_relay', 'service_pusher', 'team_syncer'] loop
        login := format('%I', 'calfleet_' || worker);
        keeper := format('%I', 'calfleet_' || worker || '_runtime');
        name := replace(worker, '_', '-');
        foreach on_table in array array['jobs', 'dead_letters'] loop
            execute format('create policy %I on calfleet.%I as restrictive to %s using (worker = %L) with check (worker = %L)',
                           'own_of_' || worker, on_table, login, name, name);
            execute format('create policy %I on calfleet.%I to %s using (worker = %L) with check (worker = %L)',
                           'own_of_' || worker || '_runtime', on_table, keeper, name, name);
        end loop;
        execute format('create policy %I on calfleet.consumer_positions to %s using (worker = %L) with check (worker = %L)',
                       'own_of_' || worker, login, name, name);
        -- What it may publish: its dead letters, and the events that it makes.
        topics := case worker when 'team_syncer' then format('topic in (%L, %L, %L)', name || '.dlq', 'event-type-updated',
                                                             'team-sync-requested')
                              else format('topic = %L', name || '.dlq') end;
        execute format('create policy %I on calfleet.outbox as restrictive for insert to %s with check (%s)',
                       'topics_of_' || worker, login, topics);
        if worker = 'outbox_relay' then
            execute format('create policy relay_sees_all on calfleet.outbox to %s using (true) with check (%s)', keeper, topics);
        end if;
    end loop;
end $$;

-- team-syncer shows what jobs of the whole fleet wait for.
create policy waits_of_all on calfleet.jobs for select to calfleet_team_syncer_runtime
    using (state = 'parked' and last_class is not null);

-- Every worker that takes events from Kafka and works on jobs; the relay writes letters and publishes as its housekeeping.
do $$
declare
    worker text;
    login text;
    keeper text;
    writer text;
    all_columns text := (select string_agg(quote_ident(attname), ', ') from pg_attribute
                         where attrelid = 'calfleet.dead_letters'::regclass and attnum > 0 and not attisdropped
                           and attidentity = '' and attname !~ '^(decided_|replay_|payload_)');
    -- A letter is written, found, opened again and settled; why it was written and what it says, a person reads.
    found_columns text := 'id, letter_key, worker, company_id, state, failures, attempts, first_failed_at, last_failed_at, decided_by';
    changed_columns text := 'state, failures, reason_class, reason, attempts, last_failed_at, decided_at, decided_by';
begin
    foreach worker in array array['event_type_importer', 'host_mapper', 'outbox_relay', 'service_pusher', 'team_syncer'] loop
        login := format('%I', 'calfleet_' || worker);
        keeper := format('%I', 'calfleet_' || worker || '_runtime');
        writer := case worker when 'outbox_relay' then keeper else login end;
        execute format('grant insert (%s), select (%s), update (%s) on calfleet.dead_letters to %s',
                       all_columns, found_columns, changed_columns, writer);
        execute format('grant insert (shard, company_id, topic, record_key, record_headers, record_value) on calfleet.outbox to %s',
                       writer);
        if worker = 'outbox_relay' then continue; end if;
        execute format('grant select, insert, update on calfleet.inbox, calfleet.consumer_positions to %s', login);
        execute format('grant select, insert, update, delete on calfleet.jobs to %s', login);
        execute format('grant select, update, delete on calfleet.jobs to %s', keeper);
        execute format('grant execute on function calfleet.maintain_inbox(date, integer, integer) to %s', keeper);
        execute format('grant execute on function calfleet.foreign_sources(bigint[], text[]) to %s', login);
    end loop;
end $$;

grant select on platform.companies, platform.services to calfleet_event_type_importer;
grant insert (company_id, name, slug, description, duration_minutes, minimum_booking_notice_minutes, buffer_before_minutes,
              buffer_after_minutes, requires_confirmation, disable_guests, is_active, calcom_event_type_id, calcom_schedule_id,
              locations, booking_fields, metadata, booking_url, price_cents, currency, calcom_price_cents, calcom_currency,
              calcom_team_id, calcom_owner_user_id, calcom_scheduling_type, deactivation_reason, version, sync_status,
              sync_error, last_calcom_sync, last_sync_direction, pushed, pushed_version, updated_at)
    on platform.services to calfleet_event_type_importer;
grant update (name, slug, description, duration_minutes, minimum_booking_notice_minutes, buffer_before_minutes,
              buffer_after_minutes, requires_confirmation, disable_guests, is_active, calcom_schedule_id,
              locations, booking_fields, metadata, booking_url, calcom_price_cents, calcom_currency,
              calcom_team_id, calcom_owner_user_id, calcom_scheduling_type, deactivation_reason, version, sync_status,
              sync_error, last_calcom_sync, last_sync_direction, pushed, pushed_version, updated_at)
    on platform.services to calfleet_event_type_importer;
grant insert on platform.service_sync_history to calfleet_event_type_importer;
grant select, insert, update on platform.service_divergences, platform.calcom_event_types, platform.team_event_type_mappings,
    platform.calcom_event_map to calfleet_event_type_importer;
grant select, insert on platform.calcom_teams to calfleet_event_type_importer;

grant select on platform.companies, platform.branches, platform.staff, platform.services to calfleet_host_mapper;
grant select, insert, update on platform.customers, platform.calcom_host_mappings, platform.appointments
    to calfleet_host_mapper;
grant select, insert on platform.calcom_host_mapping_audits to calfleet_host_mapper;
grant select (company_id, calcom_host_id, status, staff_id, assignment, updated_at) on platform.appointments
    to calfleet_host_mapper_runtime;
grant select (company_id, calcom_host_id, state, source, score, decided_at) on platform.calcom_host_mappings
    to calfleet_host_mapper_runtime;

grant select on platform.companies, platform.services, calfleet.sealing_keys, calfleet.calcom_credentials
    to calfleet_service_pusher;
grant update (sync_status, sync_error, last_calcom_sync, last_sync_direction, pushed, pushed_version, calcom_price_cents,
              calcom_currency, calcom_team_id)
    on platform.services to calfleet_service_pusher;
grant insert on platform.service_sync_history to calfleet_service_pusher;
grant select, insert, update on platform.service_divergences to calfleet_service_pusher;

grant select on platform.companies, platform.staff, platform.services, platform.calcom_host_mappings,
    platform.calcom_host_mapping_audits, calfleet.sealing_keys, calfleet.calcom_credentials
    to calfleet_team_syncer;
grant update (calcom_user_id, updated_at) on platform.staff to calfleet_team_syncer;
grant select, insert, update on platform.calcom_teams, platform.calcom_team_members, platform.team_event_type_mappings,
    platform.calcom_event_map to calfleet_team_syncer;
grant select, insert, update, delete on platform.team_syncs to calfleet_team_syncer;
grant select (id, is_active, calcom_team_id) on platform.companies to calfleet_team_syncer_runtime;
grant select (id, company_id, mode, calcom_team_id, requested_at, ended_at, outcome) on platform.team_syncs
    to calfleet_team_syncer_runtime;
grant select, update on calfleet.sync_schedule to calfleet_team_syncer_runtime;

grant select (company_id, purpose, state, valid_until, fingerprint, retired_at) on calfleet.calcom_credentials
    to calfleet_service_pusher_runtime, calfleet_team_syncer_runtime;
grant select, insert, update, delete on calfleet.rate_buckets, calfleet.breakers
    to calfleet_service_pusher_runtime, calfleet_team_syncer_runtime;

grant select, delete on calfleet.outbox to calfleet_outbox_relay_runtime;
grant select on sequence calfleet.outbox_id_seq to calfleet_outbox_relay_runtime;
grant execute on function calfleet.restamp_outbox(integer) to calfleet_outbox_relay_runtime;
-- A row that no record can hold becomes a letter with all of it.
grant update (record_key, record_headers, record_value) on calfleet.dead_letters to calfleet_outbox_relay_runtime;
grant select, update on calfleet.outbox_shards to calfleet_outbox_relay_runtime;
grant select, insert, update, delete on calfleet.outbox_relays to calfleet_outbox_relay_runtime;

-- Nothing in the fleet, of the release before either, deletes a letter but an operator.
revoke delete on calfleet.dead_letters from calfleet_worker, calfleet_runtime;

-- Numbers of rows that only the fleet makes come from the database alone. Companies, branches, staff and services are the
-- platform's, which may bring numbers of its own.
do $$
declare t text;
begin
    foreach t in array array['customers', 'calcom_host_mappings', 'calcom_host_mapping_audits', 'appointments',
                             'service_sync_history', 'service_divergences', 'calcom_teams', 'calcom_team_members',
                             'team_event_type_mappings', 'calcom_event_map', 'team_syncs'] loop
        execute format('alter table platform.%I alter column id set generated always', t);
    end loop;
end $$;

-- As in 0008; the mark of the fleet counts for the new logins as well.
create or replace function calfleet.mark_service_change() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    mark text := nullif(current_setting('app.calcom_writer', true), '');
begin
    if mark is not null and (pg_has_role(current_user, 'calfleet_worker', 'member')
                             or pg_has_role(current_user, 'calfleet_event_type_importer', 'member')
                             or pg_has_role(current_user, 'calfleet_service_pusher', 'member')
                             or pg_has_role(current_user, 'calfleet_operator', 'member')) then
        new.written_by := 'calfleet:' || mark;
        if tg_op = 'UPDATE' then
            new.version := greatest(new.version, old.version);
        end if;
        return new;
    end if;
    new.written_by := session_user;
    if tg_op = 'INSERT' then
        if new.calcom_event_type_id is not null then
            new.sync_status := 'pending';
        end if;
        return new;
    end if;
    new.version := greatest(new.version, old.version);
    if new.version = old.version and
       (new.name, new.slug, new.description, new.duration_minutes, new.is_active, new.minimum_booking_notice_minutes,
        new.buffer_before_minutes, new.buffer_after_minutes, new.requires_confirmation, new.disable_guests,
        new.calcom_schedule_id, new.locations, new.booking_fields, new.metadata, new.price_cents, new.currency,
        new.calcom_event_type_id, new.calcom_team_id)
       is not distinct from
       (old.name, old.slug, old.description, old.duration_minutes, old.is_active, old.minimum_booking_notice_minutes,
        old.buffer_before_minutes, old.buffer_after_minutes, old.requires_confirmation, old.disable_guests,
        old.calcom_schedule_id, old.locations, old.booking_fields, old.metadata, old.price_cents, old.currency,
        old.calcom_event_type_id, old.calcom_team_id) then
        return new;
    end if;
    new.version := greatest(new.version, old.version + 1);
    new.sync_status := 'pending';
    new.sync_error := null;
    new.updated_at := now();
    if new.calcom_event_type_id is distinct from old.calcom_event_type_id then
        -- What was pushed belongs to another event type: it proves nothing about this one.
        new.pushed := null;
        new.pushed_version := null;
        if new.calcom_event_type_id is null then
            new.sync_status := 'never';
        end if;
    end if;
    return new;
end $$;
