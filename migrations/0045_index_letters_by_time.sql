-- calfleet: no-transaction
create index concurrently dead_letters_of_time on calfleet.dead_letters (last_failed_at)
