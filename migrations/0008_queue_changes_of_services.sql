-- A change of a service reaches Cal.com whoever makes it: the row becomes pending under a higher version, and the event is in
-- the outbox, in the transaction that changed it.
set local role calfleet_owner;
set local search_path = calfleet;

-- The relay's shard of an event: FNV-1a (64 bit) of topic, a zero byte and key, modulo 16. The low four bits of a product depend
-- on the low four bits of its factors only, so four bits are all that is carried; the workers compute the same.
create function outbox_shard(topic text, record_key bytea) returns smallint
    language plpgsql immutable strict parallel safe as $$
declare
    bytes bytea := convert_to(topic, 'UTF8') || '\x00'::bytea || record_key;
    hash  integer := 5;
begin
    for i in 0 .. length(bytes) - 1 loop
        hash := ((hash # (get_byte(bytes, i) & 15)) * 3) & 15;
    end loop;
    return hash;
end $$;

-- Events of one kind, one per element of the arrays, in CloudEvents binary mode; key company:entity. One insert.
create function queue_events(event_type text, companies bigint[], entities text[], documents text[]) returns void
    language sql volatile
begin atomic
    insert into calfleet.outbox (shard, company_id, topic, record_key, record_headers, record_value)
    select calfleet.outbox_shard(event_type, record_key), company_id, event_type, record_key,
           jsonb_build_array(
               jsonb_build_object('name', 'ce_id', 'text', gen_random_uuid()),
               jsonb_build_object('name', 'ce_source', 'text', '/calfleet/platform'),
               jsonb_build_object('name', 'ce_type', 'text', event_type),
               jsonb_build_object('name', 'ce_specversion', 'text', '1.0'),
               jsonb_build_object('name', 'ce_time', 'text',
                                  to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
               jsonb_build_object('name', 'ce_companyid', 'text', company_id::text),
               jsonb_build_object('name', 'content-type', 'text', 'application/json')),
           convert_to(document, 'UTF8')
    from (select company_id, convert_to(company_id || ':' || entity, 'UTF8') as record_key, document, ord
          from unnest(companies, entities, documents) with ordinality as new (company_id, entity, document, ord)) as new
    order by ord;
end;

-- Who writes is 'calfleet:importer' when the fleet's own code says so (app.calcom_writer, set for one transaction), else the
-- login. Anybody can set a setting, so the mark counts only for roles of the fleet. A marked write changes what it says and
-- nothing else: the worker knows what Cal.com has. Assigns only and calls nothing of ours: whoever may change a service needs
-- no right on this schema.
create function mark_service_change() returns trigger
    language plpgsql as $$
declare
    mark text := nullif(current_setting('app.calcom_writer', true), '');
begin
    if mark is not null and (pg_has_role(current_user, 'calfleet_worker', 'member')
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

-- The following run as the owner: whoever may change a service needs no right on the outbox.
create policy triggers_queue on outbox for insert to calfleet_owner with check (true);

create function queue_inserted_services() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform calfleet.queue_events('service-changed', array_agg(company_id order by id), array_agg(id::text order by id),
                                  array_agg(json_build_object('service_id', id, 'version', version)::text order by id))
    from new_rows where calcom_event_type_id is not null and written_by not like 'calfleet:%'
    having count(*) > 0;
    perform calfleet.queue_events('team-sync-requested', array[company_id], array['teams'],
                                  array['{"mode":"sync","reason":"event-type-changed"}'])
    from (select distinct company_id from new_rows
          where calcom_event_type_id is not null and written_by not like 'calfleet:%') as asked;
    return null;
end $$;

create function queue_updated_services() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform calfleet.queue_events('service-changed', array_agg(n.company_id order by n.id), array_agg(n.id::text order by n.id),
                                  array_agg(json_build_object('service_id', n.id, 'version', n.version)::text order by n.id))
    from new_rows n join old_rows o on o.id = n.id
    where n.version > o.version and n.written_by not like 'calfleet:%'
    having count(*) > 0;
    perform calfleet.queue_events('team-sync-requested', array[company_id], array['teams'],
                                  array['{"mode":"sync","reason":"event-type-changed"}'])
    from (select distinct n.company_id from new_rows n join old_rows o on o.id = n.id
          where n.calcom_event_type_id <> coalesce(o.calcom_event_type_id, 0)
            and n.written_by not like 'calfleet:%') as asked;
    return null;
end $$;

create function queue_sync_of_inserted_companies() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform calfleet.queue_events('team-sync-requested', array[id], array['teams'],
                                  array['{"mode":"sync","reason":"team-changed"}'])
    from new_rows where calcom_team_id is not null;
    return null;
end $$;

create function queue_sync_of_updated_companies() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform calfleet.queue_events('team-sync-requested', array[n.id], array['teams'],
                                  array['{"mode":"sync","reason":"team-changed"}'])
    from new_rows n join old_rows o on o.id = n.id
    where n.calcom_team_id <> coalesce(o.calcom_team_id, 0);
    return null;
end $$;

create trigger service_change_marked before insert or update on platform.services
    for each row execute function mark_service_change();
create trigger service_inserted after insert on platform.services referencing new table as new_rows
    for each statement execute function queue_inserted_services();
create trigger service_updated after update on platform.services referencing new table as new_rows old table as old_rows
    for each statement execute function queue_updated_services();
create trigger company_inserted after insert on platform.companies referencing new table as new_rows
    for each statement execute function queue_sync_of_inserted_companies();
create trigger company_updated after update on platform.companies referencing new table as new_rows old table as old_rows
    for each statement execute function queue_sync_of_updated_companies();
