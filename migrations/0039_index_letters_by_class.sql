-- calfleet: no-transaction
create index concurrently dead_letters_of_class on calfleet.dead_letters (reason_class, state, id)
