-- Which sources of events may speak for which companies, for platforms where several services publish: one that names
-- the wrong company is refused. Empty until somebody binds a source; then nothing is looked up but this.
set local role calfleet_owner;
set local search_path = calfleet;

create table event_sources (
    company_id bigint      not null,
    source     text        not null,
    bound_at   timestamptz not null default now(),
    bound_by   text        not null,
    constraint event_sources_pkey primary key (source, company_id),
    constraint event_source_is_one_of_an_event check (octet_length(source) between 1 and 255)
);
comment on table event_sources is 'a source with a row speaks for the companies of its rows only';

create table bound_companies (
    company_id bigint      primary key,
    bound_at   timestamptz not null default now(),
    bound_by   text        not null
);
comment on table bound_companies is 'companies for which only sources speak that are bound to them; 0: every company';

alter table event_sources enable row level security;
alter table event_sources force row level security;
create policy operator_sees_all on event_sources to calfleet_operator using (true) with check (true);
alter table bound_companies enable row level security;
alter table bound_companies force row level security;
create policy operator_sees_all on bound_companies to calfleet_operator using (true) with check (true);
-- For the function below; nobody logs in as the owner.
create policy sources_are_compared on event_sources for select to calfleet_owner using (true);
create policy companies_are_compared on bound_companies for select to calfleet_owner using (true);
grant select, insert, delete on event_sources, bound_companies to calfleet_operator;

-- The positions of those pairs whose source may not speak for the company. The fleet's own sources need not be bound to a
-- company that takes bound ones only.
create function foreign_sources(companies bigint[], sources text[]) returns setof bigint
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select pair.position
    from unnest(companies, sources) with ordinality as pair(company_id, source, position)
    where not exists (select from calfleet.event_sources own
                      where own.source = pair.source and own.company_id = pair.company_id)
      and (exists (select from calfleet.event_sources bound where bound.source = pair.source)
           or (not starts_with(pair.source, '/calfleet/')
               and exists (select from calfleet.bound_companies b where b.company_id in (0, pair.company_id))))
$$;
grant execute on function foreign_sources(bigint[], text[]) to calfleet_worker;
