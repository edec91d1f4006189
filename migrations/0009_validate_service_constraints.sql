-- The constraints of 0005, checked against the rows that were there before: reads and writes go on meanwhile.
set local role calfleet_owner;

do $$
declare found record;
begin
    for found in
        select c.conrelid::regclass as on_table, c.conname from pg_constraint c
        where not c.convalidated and c.conrelid in ('platform.companies'::regclass, 'platform.services'::regclass)
        order by c.oid
    loop
        execute format('alter table %s validate constraint %I', found.on_table, found.conname);
    end loop;
end $$;
