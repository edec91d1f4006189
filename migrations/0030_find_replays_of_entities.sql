-- calfleet: no-transaction
create index concurrently dead_letters_replaying on calfleet.dead_letters (worker, company_id, job_kind, entity) where state = 'replaying'
