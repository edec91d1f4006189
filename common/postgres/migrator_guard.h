#pragma once
// What a database must not hold before somebody with many rights migrates it. Private to this
// folder.

#include <string_view>

namespace calfleet::postgres {

/// Trusted are superusers, whoever migrates and calfleet_owner. What anybody else made is refused
/// where the migrator reads, writes or resolves names: schema calfleet and everything in it, the
/// book of migrations, which must be an ordinary table without code of its own, and functions and
/// operators of schema platform that have the name of one of the server's. A row is a problem and
/// what to do; the first is enough.
inline constexpr std::string_view kStrangers = R"sql(
with trusted as (
    select oid from pg_roles where rolsuper or rolname in (current_user, 'calfleet_owner')
),
ours as (select oid, nspowner, nspacl from pg_namespace where nspname = 'calfleet'),
book as (
    select c.* from pg_class c join ours on ours.oid = c.relnamespace where c.relname = 'schema_migrations'
),
objects as (
    select 'pg_class'::regclass as kind, c.oid, c.relowner as owner from pg_class c, ours
    where c.relnamespace = ours.oid and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select 'pg_proc'::regclass, p.oid, p.proowner from pg_proc p, ours where p.pronamespace = ours.oid
    union all
    select 'pg_operator'::regclass, o.oid, o.oprowner from pg_operator o, ours where o.oprnamespace = ours.oid
    union all
    select 'pg_type'::regclass, t.oid, t.typowner from pg_type t, ours
    where t.typnamespace = ours.oid and t.typrelid = 0 and t.typelem = 0
),
problems (rank, problem, remedy) as (
    select 1, format('schema calfleet belongs to %I', pg_get_userbyid(nspowner)),
           'look where it comes from, and drop it or run "alter schema calfleet owner to calfleet_owner"'
    from ours where nspowner not in (select oid from trusted)
    union all
    select 2, format('%s may create in schema calfleet',
                     case a.grantee when 0 then 'everybody' else format('role %I', pg_get_userbyid(a.grantee)) end),
           'run "revoke create on schema calfleet from ..."'
    from ours, aclexplode(ours.nspacl) a
    where a.privilege_type = 'CREATE' and a.grantee not in (select oid from trusted)
    union all
    select 3, format('%s belongs to %I', pg_describe_object(o.kind, o.oid, 0), pg_get_userbyid(o.owner)),
           'look where it comes from, and drop it or give it to calfleet_owner ("alter ... owner to calfleet_owner")'
    from objects o where o.owner not in (select oid from trusted)
    union all
    select 4, 'calfleet.schema_migrations is no ordinary table, or has triggers, rules, policies or children',
           'look where they come from, and drop them'
    from book b
    where b.relkind <> 'r' or b.relpersistence <> 'p' or b.relhasrules or b.relrowsecurity or b.relispartition
       or exists (select from pg_trigger t where t.tgrelid = b.oid and not t.tgisinternal)
       or exists (select from pg_policy p where p.polrelid = b.oid)
       or exists (select from pg_inherits i where b.oid in (i.inhrelid, i.inhparent))
    union all
    select 5, format('function %s belongs to %I and has the name of one of PostgreSQL''s',
                     p.oid::regprocedure, pg_get_userbyid(p.proowner)), 'drop or rename it'
    from pg_proc p
    where p.pronamespace = (select oid from pg_namespace where nspname = 'platform')
      and p.proowner not in (select oid from trusted)
      and exists (select from pg_proc q where q.pronamespace = 'pg_catalog'::regnamespace and q.proname = p.proname)
    union all
    select 6, format('operator %s belongs to %I and has the name of one of PostgreSQL''s',
                     o.oid::regoperator, pg_get_userbyid(o.oprowner)), 'drop it'
    from pg_operator o
    where o.oprnamespace = (select oid from pg_namespace where nspname = 'platform')
      and o.oprowner not in (select oid from trusted)
      and exists (select from pg_operator q where q.oprnamespace = 'pg_catalog'::regnamespace and q.oprname = o.oprname)
)
select problem, remedy from problems order by rank, problem limit 1)sql";

} // namespace calfleet::postgres
