-- When `calfleet retention run` last went through all there is: nothing else ends letters, audits and customers, and nothing else
-- would notice that nobody has it run.
set local role calfleet_owner;

create table calfleet.retention_state (
    is_the_only_row boolean     primary key default true,
    installed_at    timestamptz not null default now(),
    ended_at        timestamptz,
    actor           text,
    login           text,
    constraint retention_state_has_one_row check (is_the_only_row)
);
insert into calfleet.retention_state default values;

alter table calfleet.retention_state enable row level security, force row level security;
create policy operator_sees_all on calfleet.retention_state to calfleet_operator using (true) with check (true);
create policy runtime_sees_all on calfleet.retention_state for select to calfleet_runtime, calfleet_team_syncer_runtime using (true);
grant select, update on calfleet.retention_state to calfleet_operator;
grant select on calfleet.retention_state to calfleet_runtime, calfleet_team_syncer_runtime;
