-- An operator who resets a service forgets its divergences: that is none of the ways to settle one that there were.
set local role calfleet_owner;
set local search_path = platform;

-- Every row satisfies the narrower rule that goes, so there is nothing to validate and nobody waits for a scan.
alter table service_divergences
    drop constraint divergences_resolution_is_known,
    add constraint divergences_resolution_is_known
        check (resolution in ('overwritten', 'kept', 'adopted', 'agreed', 'reset')) not valid;
comment on column service_divergences.resolution is
    'overwritten: the platform''s value was pushed; kept: by the company''s policy; adopted: an operator reloaded; '
    'agreed: both became equal; reset: an operator forgot it';
