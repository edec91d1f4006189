-- What runs in somebody else's session must not take that session's word for what a name means: the trigger on services runs
-- for every writer there is.
set local role calfleet_owner;

alter function calfleet.mark_service_change() set search_path = pg_catalog, pg_temp;
alter function calfleet.outbox_shard(text, bytea) set search_path = pg_catalog, pg_temp;
