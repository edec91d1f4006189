-- The lengths among which whoever books may choose, and what service-pusher must know before it changes a slug.
set local role calfleet_owner;

alter table platform.services add column duration_options jsonb;
alter table platform.services
    add constraint services_duration_options_are_a_list check (jsonb_typeof(duration_options) = 'array') not valid;
comment on column platform.services.duration_options is
    '[15,30,60]: among which lengths a booking chooses, duration_minutes among them; []: there is only one';

grant insert (duration_options) on platform.services to calfleet_worker, calfleet_event_type_importer;
-- Of a member of an organization an event type is found by the organization's slug.
grant select (company_id, calcom_team_id, parent_team_id, is_organization, slug) on platform.calcom_teams
    to calfleet_service_pusher;
-- A change of a managed event type tells the numbers of its members' copies.
grant select, insert, update on platform.calcom_event_map to calfleet_service_pusher;

-- As in 0027, with the new column among those that count as a change.
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
        new.duration_options, new.calcom_event_type_id, new.calcom_team_id)
       is not distinct from
       (old.name, old.slug, old.description, old.duration_minutes, old.is_active, old.minimum_booking_notice_minutes,
        old.buffer_before_minutes, old.buffer_after_minutes, old.requires_confirmation, old.disable_guests,
        old.calcom_schedule_id, old.locations, old.booking_fields, old.metadata, old.price_cents, old.currency,
        old.duration_options, old.calcom_event_type_id, old.calcom_team_id) then
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
