-- Logins of a fleet, run once by whoever administers the database, after `calfleet migrate`:
--
--   psql -v ON_ERROR_STOP=1 -v host_mapper="$(cat host-mapper.pw)" ... -f logins.sql
--
-- A password for each; whoever uses certificates or peer authentication leaves this file alone. Every login can be changed by
-- itself and without a stop: make a second one, change the worker's ..._POSTGRES_URL, then take the first away
--
--   create role mapper_2027 login password '...' in role calfleet_host_mapper;
--
-- The login of a migration is none of these; see migrations/README.md.
alter role calfleet_event_type_importer password :'event_type_importer';
alter role calfleet_host_mapper password :'host_mapper';
alter role calfleet_outbox_relay password :'outbox_relay';
alter role calfleet_service_pusher password :'service_pusher';
alter role calfleet_team_syncer password :'team_syncer';
alter role calfleet_operator password :'operator';

-- When no worker logs in as calfleet_worker any more, not before:
--
--   alter role calfleet_worker nologin password null;
