-- Mappings keep the zone that their host's account has and the instant of the last event that showed it. Housekeeping may count future appointments
-- of staff members who are not active any more. Columns that may be NULL: the release before goes on.
set local role calfleet_owner;

alter table platform.calcom_host_mappings add column host_time_zone text, add column last_seen_at timestamptz;
comment on column platform.calcom_host_mappings.host_time_zone is 'as the host''s account says; NULL: no event has said it';
comment on column platform.calcom_host_mappings.last_seen_at is
    'instant of the newest event that showed the host, moved on at most once an hour; NULL in rows from before';

create policy runtime_counts_departed on platform.staff for select
    to calfleet_runtime, calfleet_host_mapper_runtime using (not is_active);
grant select (company_id, id, is_active) on platform.staff to calfleet_runtime, calfleet_host_mapper_runtime;
grant select (starts_at) on platform.appointments to calfleet_runtime, calfleet_host_mapper_runtime;
