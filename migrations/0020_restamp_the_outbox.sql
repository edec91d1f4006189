-- Rows of the outbox are read when no transaction is open that began before theirs. A dump brings rows with the numbers of
-- another cluster's transactions, which may lie far in this one's future: they are written anew, in their order. The relay and
-- calfleet migrate do so.
set local role calfleet_owner;
set local search_path = calfleet;

-- For the function below alone; nobody logs in as the owner.
create policy owner_restamps on outbox to calfleet_owner
    using (current_setting('app.outbox_restamping', true) = 'on') with check (current_setting('app.outbox_restamping', true) = 'on');

create function restamp_outbox(most integer) returns bigint
    language plpgsql security definer set search_path = calfleet, pg_temp as $$
declare
    shard_number smallint;
    moved bigint;
    total bigint := 0;
begin
    perform set_config('app.outbox_restamping', 'on', true);
    for shard_number in select generate_series(0, 15) loop
        -- Whatever can be seen was written by a transaction that this cluster has begun.
        with brought as materialized (
            select id from outbox
            where shard = shard_number and xid >= pg_snapshot_xmax(pg_current_snapshot())
            order by xid, id limit most - total for update
        ), gone as (
            delete from outbox o using brought where o.id = brought.id returning o.*
        )
        insert into outbox (shard, company_id, topic, record_key, record_headers, record_value, created_at)
        select shard, company_id, topic, record_key, record_headers, record_value, created_at
        from gone order by xid, id;
        get diagnostics moved = row_count;
        total := total + moved;
        exit when total >= most;
    end loop;
    perform set_config('app.outbox_restamping', '', true);
    return total;
end $$;
revoke all on function restamp_outbox(integer) from public;
grant execute on function restamp_outbox(integer) to calfleet_runtime, calfleet_operator;
grant select on sequence outbox_id_seq to calfleet_runtime;
