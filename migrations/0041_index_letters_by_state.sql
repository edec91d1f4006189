-- calfleet: no-transaction
create index concurrently dead_letters_of_state on calfleet.dead_letters (state, id)
