-- A key may make 115.5 calls a minute now, of Cal.com's 120. A rate at the former most was lowered by nothing; one below it rises by itself.
set local role calfleet_owner;
set local search_path = calfleet;

alter table rate_buckets alter column rate_per_minute set default 115.5;
update rate_buckets set rate_per_minute = 115.5 where rate_per_minute = 100;
