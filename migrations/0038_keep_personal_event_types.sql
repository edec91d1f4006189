-- An event type that a person sells alone has no team; its snapshot is kept all the same.
set local role calfleet_owner;

alter table platform.team_event_type_mappings alter column calcom_team_id drop not null;
comment on column platform.team_event_type_mappings.calcom_team_id is
    'NULL: a personal event type, of the account in the snapshot''s ownerId';
