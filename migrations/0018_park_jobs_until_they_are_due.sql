-- What is ready is due. Claims walk over ready rows company by company: with a hundred thousand companies whose jobs are due later,
-- each claim took seconds and found nothing. Whoever writes a job that is ready and due later, workers of the release before
-- included, finds it parked; workers of both releases wake parked jobs when they are due.
set local role calfleet_owner;
set local search_path = calfleet;

alter table jobs add column waits boolean not null default false;
comment on column jobs.waits is 'put off because something is missing or away, not because of a failure: a new request does not hurry it';

create function park_until_due() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.state := 'parked';
    return new;
end $$;

create trigger job_parked_until_due before insert or update on jobs
    for each row when (new.state = 'ready' and new.run_at > now()) execute function park_until_due();

-- Looks begin where the last one ended. A job that becomes ready long after it was queued (its predecessor ended, its lease was
-- taken away) must not be behind them.
create function be_ready_from_now() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.run_at := now();
    return new;
end $$;

create trigger job_ready_from_now before update on jobs
    for each row when (new.state = 'ready' and old.state <> 'ready' and new.run_at < now())
    execute function be_ready_from_now();

-- The owner sees no company's rows otherwise.
alter table jobs no force row level security;
update jobs set waits = true where state = 'parked';
update jobs set state = 'parked' where state = 'ready' and run_at > now();
alter table jobs force row level security;
