-- A snapshot of an event type that claims to be from the future tells nothing about when it was true. It then has the least rank
-- in as_of, and this is when it arrived. Workers of the release before leave the column alone.
set local role calfleet_owner;

alter table platform.calcom_event_types add column bounded_at timestamptz;
comment on column platform.calcom_event_types.bounded_at is
    'when the snapshot arrived, if it claimed a later instant than that; it gives way to whatever comes after it';
comment on column platform.calcom_event_types.digest is
    'SHA-256 of that snapshot: tells whether another of the same instant repeats it; if not, the later one in its partition holds';
