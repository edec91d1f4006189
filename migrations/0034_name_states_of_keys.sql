-- One name for what a key may do, for metrics and command line; the shard of a replay is that of every other record of its key.
set local role calfleet_owner;
set local search_path = calfleet;

-- The worst that holds. most: the rate that the key's limit would allow; rates are raised in steps of fractions, hence the margin.
-- Of a key without a bucket nothing is known that slows it.
create function calfleet.key_state(stopped boolean, frozen_until timestamptz, rate double precision, most double precision)
    returns text language sql stable parallel safe
    return case when stopped then 'stopped' when frozen_until > now() then 'frozen' when rate < most - 0.01 then 'slowed'
                else 'full' end;
grant execute on function calfleet.key_state(boolean, timestamptz, double precision, double precision)
    to calfleet_team_syncer_runtime, calfleet_runtime, calfleet_operator;

grant execute on function calfleet.outbox_shard(text, bytea) to calfleet_operator;
