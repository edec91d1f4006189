-- An audit's actor is what somebody typed or a variable said. Beside it now stands the login the server knows, which nobody
-- can choose: rows from before have none.
set local role calfleet_owner;

alter table platform.calcom_host_mapping_audits add column login text;
alter table platform.service_sync_history add column login text;
alter table calfleet.calcom_credentials add column login text;
alter table calfleet.dead_letters add column decided_login text;
comment on column platform.calcom_host_mapping_audits.login is 'session_user of whoever wrote the row; actor is free text';
comment on column platform.service_sync_history.login is 'session_user of whoever wrote the row; actor is free text';
comment on column calfleet.calcom_credentials.login is 'session_user of whoever sealed the key; created_by is free text';
comment on column calfleet.dead_letters.decided_login is 'session_user of whoever decided last; decided_by is free text';

create function calfleet.note_login() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.login := session_user;
    return new;
end $$;
create trigger login_is_noted before insert on platform.calcom_host_mapping_audits
    for each row execute function calfleet.note_login();
create trigger login_is_noted before insert on platform.service_sync_history
    for each row execute function calfleet.note_login();
create trigger login_is_noted before insert on calfleet.calcom_credentials
    for each row execute function calfleet.note_login();

-- The worker that settles a replay does not decide: whoever began it did.
create function calfleet.note_deciding_login() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        new.decided_login := case when new.decided_by is not null then session_user end;
    elsif new.decided_by is not null
          and ((new.state <> old.state and not (old.state = 'replaying' and new.state in ('replayed', 'superseded', 'open')))
               or (new.replay_run is not null and new.replay_run is distinct from old.replay_run)) then
        new.decided_login := session_user;
    else
        new.decided_login := old.decided_login;
    end if;
    return new;
end $$;
create trigger login_is_noted before insert or update on calfleet.dead_letters
    for each row execute function calfleet.note_deciding_login();
