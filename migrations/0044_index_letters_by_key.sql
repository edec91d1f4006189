-- calfleet: no-transaction
-- Of a digest: a key of Kafka may be longer than what an index holds.
create index concurrently dead_letters_of_key on calfleet.dead_letters (sha256(record_key)) where record_key is not null
