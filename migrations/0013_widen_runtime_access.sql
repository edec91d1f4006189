-- Housekeeping tells how the syncs of all companies fare, without seeing who asked or what was found, and takes away the rates
-- and breakers of keys that are in use no more.
set local role calfleet_owner;

create policy runtime_counts on platform.team_syncs for select to calfleet_runtime using (true);
grant select (id, company_id, mode, calcom_team_id, requested_at, ended_at, outcome) on platform.team_syncs to calfleet_runtime;

grant select (retired_at) on calfleet.calcom_credentials to calfleet_runtime;
grant delete on calfleet.rate_buckets, calfleet.breakers to calfleet_runtime;
