-- calfleet: no-transaction
create index concurrently dead_letters_of_event on calfleet.dead_letters (event_id) where event_id is not null
