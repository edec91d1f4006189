-- Who may log in, and the two groups of tables.
--
--   calfleet_owner     owns every object; nobody logs in as it
--   calfleet_worker    the worker programs: rows of the companies named in the transaction, nothing else
--   calfleet_runtime   the workers' housekeeping (claiming jobs, leases, relay): runtime tables across companies;
--                      entered per transaction with SET LOCAL ROLE by a program logged in as calfleet_worker
--   calfleet_operator  the command line tool: reads and repairs across companies
--
-- Roles belong to the cluster, not to the database, so each may exist already. Passwords are set by whoever installs.

do $$
declare wanted record;
begin
    for wanted in
        select * from (values ('calfleet_owner', 'nologin'), ('calfleet_runtime', 'nologin'),
                              ('calfleet_worker', 'login noinherit'), ('calfleet_operator', 'login noinherit'))
                      as role_list (role_name, attributes)
    loop
        begin
            execute format('create role %I %s nosuperuser nocreatedb nocreaterole nobypassrls',
                           wanted.role_name, wanted.attributes);
        exception when duplicate_object or unique_violation then
            null;   -- another database of this cluster, or a concurrent migrator, made it
        end;
    end loop;
end $$;

grant calfleet_runtime to calfleet_worker;
grant calfleet_runtime to calfleet_operator;

create schema calfleet authorization calfleet_owner;    -- how the fleet runs
create schema platform authorization calfleet_owner;    -- what it is about; a platform may own these tables already

grant usage on schema calfleet, platform to calfleet_worker, calfleet_runtime, calfleet_operator;

-- The companies this transaction may touch: set_config('app.company_ids', '17,18', true). Closed when unset or empty:
-- after a transaction that set it, the setting reads '' and not NULL.
create function calfleet.company_scope() returns setof bigint
    language sql stable parallel safe
    as $$ select unnest(string_to_array(nullif(current_setting('app.company_ids', true), ''), ',')::bigint[]) $$;
alter function calfleet.company_scope() owner to calfleet_owner;
