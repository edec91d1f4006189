-- Whoever compares a record with a letter must see that letter: the two functions of 0029 run as the owner and would answer for
-- any number, also for those of other companies and other workers.
set local role calfleet_owner;

-- A worker sees the letters that it wrote, of the companies of its transaction and without one; its housekeeping those of all
-- companies; calfleet_worker and calfleet_runtime, which stand for all workers, those of any; an operator all. 'usage' and not 'member': who
-- may enter a role has nothing of it before that.
create function calfleet.sees_letter(letter_worker text, letter_company bigint) returns boolean
    language plpgsql stable set search_path = pg_catalog, calfleet, pg_temp
as $$
declare
    -- Within a function of the owner only these two tell who asks.
    asker name := case current_setting('role') when 'none' then session_user else current_setting('role') end;
    login regrole := to_regrole(quote_ident('calfleet_' || replace(letter_worker, '-', '_')));
    keeper regrole := to_regrole(quote_ident('calfleet_' || replace(letter_worker, '-', '_') || '_runtime'));
begin
    if pg_has_role(asker, 'calfleet_operator', 'usage') or pg_has_role(asker, 'calfleet_runtime', 'usage')
       or coalesce(pg_has_role(asker, keeper, 'usage'), false) then
        return true;
    end if;
    return (pg_has_role(asker, 'calfleet_worker', 'usage') or coalesce(pg_has_role(asker, login, 'usage'), false))
       and (letter_company is null or letter_company in (select calfleet.company_scope()));
end $$;

create or replace function calfleet.letter_digest(letter bigint) returns bytea
    language plpgsql security definer set search_path = pg_catalog, calfleet, pg_temp
as $$
declare digest bytea;
begin
    perform set_config('app.letters_compared', 'on', true);
    select sha256(record_value) into digest from calfleet.dead_letters
    where id = letter and calfleet.sees_letter(worker, company_id);
    perform set_config('app.letters_compared', 'off', true);
    return digest;
end $$;

create or replace function calfleet.letter_holds(letter bigint, key bytea, headers jsonb, digest bytea) returns boolean
    language plpgsql security definer set search_path = pg_catalog, calfleet, pg_temp
as $$
declare same boolean;
begin
    perform set_config('app.letters_compared', 'on', true);
    select record_key is not distinct from key and record_headers = headers
           and sha256(record_value) is not distinct from digest
    into same from calfleet.dead_letters
    where id = letter and calfleet.sees_letter(worker, company_id);
    perform set_config('app.letters_compared', 'off', true);
    return coalesce(same, false);
end $$;
