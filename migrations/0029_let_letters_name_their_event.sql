-- Which event a letter is about: (company, event) finds it.
set local role calfleet_owner;

alter table calfleet.dead_letters add column event_key uuid;
comment on column calfleet.dead_letters.event_key is 'as in inbox; null: the letter of a job, of a record without identity, or of the release before (then letter_key)';

-- A worker may not read what letters hold. It may ask whether one holds the record at hand.
create policy owner_compares on calfleet.dead_letters for select to calfleet_owner
    using (current_setting('app.letters_compared', true) = 'on');
create function calfleet.letter_digest(letter bigint) returns bytea
    language plpgsql security definer set search_path = pg_catalog, calfleet, pg_temp
as $$
declare digest bytea;
begin
    perform set_config('app.letters_compared', 'on', true);
    select sha256(record_value) into digest from calfleet.dead_letters where id = letter;
    perform set_config('app.letters_compared', 'off', true);
    return digest;
end $$;
create function calfleet.letter_holds(letter bigint, key bytea, headers jsonb, digest bytea) returns boolean
    language plpgsql security definer set search_path = pg_catalog, calfleet, pg_temp
as $$
declare same boolean;
begin
    perform set_config('app.letters_compared', 'on', true);
    select record_key is not distinct from key and record_headers = headers
           and sha256(record_value) is not distinct from digest
    into same from calfleet.dead_letters where id = letter;
    perform set_config('app.letters_compared', 'off', true);
    return coalesce(same, false);
end $$;
grant execute on function calfleet.letter_digest(bigint), calfleet.letter_holds(bigint, bytea, jsonb, bytea)
    to calfleet_worker, calfleet_runtime, calfleet_operator;

-- Logins that may touch some columns of letters only: those that write them find a letter by what it is about, compare a replay
-- with the record that it holds, and open it again; those that settle jobs close the letters that the jobs answer for.
do $$
declare role text;
begin
    for role in
        select distinct a.grantee::regrole::text from pg_attribute, aclexplode(attacl) a
        where attrelid = 'calfleet.dead_letters'::regclass and attname = 'letter_key' and a.privilege_type = 'INSERT'
    loop
        execute format('grant insert (event_key), select (event_key, event_source, event_id, job_kind, entity, record_topic, record_partition,
                            record_offset, replay_run, payload_emptied_at, decided_reason),
                        update (event_key, decided_reason, record_key, record_headers, record_value, payload_emptied_at)
                        on calfleet.dead_letters to %s', role);
        execute format('grant execute on function calfleet.letter_digest(bigint),
                            calfleet.letter_holds(bigint, bytea, jsonb, bytea) to %s', role);
    end loop;
    for role in
        select a.grantee::regrole::text from pg_proc, aclexplode(proacl) a
        where oid = 'calfleet.maintain_inbox(date, integer, integer)'::regprocedure and a.grantee <> proowner
    loop
        execute format('grant select (id, worker, company_id, letter_key, state, decided_by, job_kind, entity, record_topic),
                        update (state, decided_at, decided_by) on calfleet.dead_letters to %s', role);
    end loop;
end $$;
