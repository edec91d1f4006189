-- calfleet: no-transaction
create index concurrently dead_letters_of_run on calfleet.dead_letters (replay_run) where replay_run is not null
