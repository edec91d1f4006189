-- calfleet: no-transaction
create index concurrently outbox_topic on calfleet.outbox (shard, topic, xid, id);
