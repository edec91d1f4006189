-- A booking's description that claims to be from the future tells nothing about when it was true. It then has the least rank
-- in source_updated_at, and this is when it arrived. Workers of the release before leave the column alone.
set local role calfleet_owner;

alter table platform.appointments add column bounded_at timestamptz;
comment on column platform.appointments.bounded_at is
    'when the description arrived, if it claimed a later instant than that; it gives way to whatever comes after it';
