-- What was erased of whom, without saying of whom: a digest of the address, so that an event that tells of them again and is no
-- newer than the erasure brings nobody back.
set local role calfleet_owner;
set local search_path = calfleet;

create table erasures (
    id         bigint generated always as identity primary key,
    company_id bigint      not null,
    digest     bytea,
    erased_at  timestamptz not null default now(),
    actor      text        not null,
    login      text        not null,
    why        text,
    counts     jsonb       not null,
    constraint erasures_digest_is_sha256 check (length(digest) = 32),
    constraint erasures_counts_are_an_object check (jsonb_typeof(counts) = 'object')
);
comment on column erasures.digest is
    'SHA-256 of company, colon and customer_key; NULL once no event from before the erasure is accepted any more';
comment on column erasures.counts is 'rows by table: what was erased, nothing of its content';
create index erasures_of_company on erasures (company_id, digest) where digest is not null;

create trigger login_is_noted before insert on erasures for each row execute function note_login();

alter table erasures enable row level security;
alter table erasures force row level security;
create policy operator_sees_all on erasures to calfleet_operator using (true) with check (true);
-- For the trigger below; nobody logs in as the owner.
create policy customers_are_compared on erasures for select to calfleet_owner using (true);
grant select, insert, update on erasures to calfleet_operator;

-- The same bytes that `calfleet privacy` computes.
create function erasure_digest(company bigint, customer_key text) returns bytea
    language sql immutable strict parallel safe
return sha256(convert_to(company::text || ':' || customer_key, 'UTF8'));
grant execute on function erasure_digest(bigint, text) to calfleet_operator;

create function platform.keep_erased_out() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    -- Most companies never erased anybody: one look into an index.
    if not exists (select from calfleet.erasures e where e.company_id = new.company_id and e.digest is not null) then
        return new;
    end if;
    if exists (select from calfleet.erasures e
               where e.company_id = new.company_id and e.erased_at >= new.seen_at
                 and e.digest = calfleet.erasure_digest(new.company_id, new.customer_key)) then
        return null;
    end if;
    return new;
end $$;
create trigger erased_stay_away before insert on platform.customers
    for each row execute function platform.keep_erased_out();

-- A closed letter may lose its record before it goes itself.
alter table dead_letters add column payload_emptied_at timestamptz;
comment on column dead_letters.payload_emptied_at is 'when key, headers and value were taken away: by retention or an erasure';

-- Retention and erasure are the operator's; no worker may delete any of it.
grant delete on platform.customers, platform.calcom_host_mapping_audits, platform.service_sync_history,
    platform.service_divergences, platform.team_syncs to calfleet_operator;
