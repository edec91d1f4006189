-- calfleet: no-transaction
create index concurrently jobs_ready_since on calfleet.jobs (worker, run_at, id) where state = 'ready';
