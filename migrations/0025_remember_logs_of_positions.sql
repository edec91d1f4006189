-- A position belongs to one log. A topic that was deleted and created again has other records at the same offsets, so the
-- last record that was taken from the log is kept with the position.
set local role calfleet_owner;
set local search_path = calfleet;

-- Workers of the release before write none of these and read none of them.
alter table consumer_positions
    add column mark_offset    bigint,
    add column mark_timestamp bigint,
    add column mark_digest    text,
    add column mark_position  bigint;
comment on column consumer_positions.mark_offset is 'offset of the last record that was taken from the log';
comment on column consumer_positions.mark_timestamp is 'its timestamp in milliseconds since 1970, where it has a sound one';
comment on column consumer_positions.mark_digest is 'SHA-256 of its key and value';
comment on column consumer_positions.mark_position is
    'next_offset when the mark was written; a mark whose position is another one says nothing';
