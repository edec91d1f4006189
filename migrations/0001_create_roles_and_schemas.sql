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

-- A role that was made elsewhere must not open what the policies close.
do $$
declare found record;
begin
    for found in
        select rolname, rolsuper or rolbypassrls as unbound,
               rolinherit and rolname in ('calfleet_worker', 'calfleet_operator') as inherits
        from pg_roles where rolname in ('calfleet_owner', 'calfleet_runtime', 'calfleet_worker', 'calfleet_operator')
    loop
        if found.unbound then
            raise exception 'role % is a superuser or bypasses row-level security: take that away, then migrate again',
                            found.rolname;
        end if;
        if found.inherits then
            -- With INHERIT the policies of calfleet_runtime would apply to every statement of a worker.
            raise exception 'role % inherits: run "alter role % noinherit", then migrate again',
                            found.rolname, found.rolname;
        end if;
    end loop;
end $$;

do $$
begin
    if not pg_has_role('calfleet_worker', 'calfleet_runtime', 'member') then
        grant calfleet_runtime to calfleet_worker;
    end if;
    if not pg_has_role('calfleet_operator', 'calfleet_runtime', 'member') then
        grant calfleet_runtime to calfleet_operator;
    end if;
    -- An administrator without superuser rights makes the objects by way of a membership. From PostgreSQL 16 on, whoever made
    -- a role is a member of it that may not become it before granting that to himself.
    if not pg_has_role(current_user, 'calfleet_owner',
                       case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) then
        execute format('grant calfleet_owner to %I', current_user);
    end if;
end $$;

create schema if not exists calfleet;                   -- how the fleet runs; the migrator has made it for its own table
alter schema calfleet owner to calfleet_owner;
create schema if not exists platform authorization calfleet_owner;   -- what it is about; a platform may own it already

grant usage on schema calfleet, platform to calfleet_worker, calfleet_runtime, calfleet_operator;

do $$
begin
    if to_regclass('calfleet.schema_migrations') is not null then
        grant select on calfleet.schema_migrations to calfleet_worker, calfleet_runtime, calfleet_operator;
    end if;
end $$;

-- Nothing of ours is executable by everybody: each function names who may call it.
alter default privileges for role calfleet_owner revoke execute on functions from public;

set local role calfleet_owner;

-- The companies this transaction may touch: set_config('app.company_ids', '17,18', true). Closed when unset or empty:
-- after a transaction that set it, the setting reads '' and not NULL. Written in the parsed form, so that no search_path
-- of a caller can change its meaning. Policies call it once per statement and look the rows up in a hash table.
create function calfleet.company_scope() returns setof bigint
    language sql stable parallel safe
begin atomic
    select unnest(string_to_array(nullif(current_setting('app.company_ids', true), ''), ',')::bigint[]);
end;
grant execute on function calfleet.company_scope() to calfleet_worker, calfleet_runtime, calfleet_operator;
