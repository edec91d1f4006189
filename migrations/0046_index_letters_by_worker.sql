-- calfleet: no-transaction
create index concurrently dead_letters_of_worker on calfleet.dead_letters (worker, state, id)
