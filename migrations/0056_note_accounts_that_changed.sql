-- A host whose link a person made keeps it when the account at Cal.com gets another name or mailbox; what it is called now is
-- noted beside what it was called then. host-mapper reads who hosts an event type. Columns that may be NULL: the release before
-- goes on.
set local role calfleet_owner;

alter table platform.calcom_host_mappings
    add column account_name text,
    add column account_email text,
    add column account_changed_at timestamptz;
comment on column platform.calcom_host_mappings.account_name is
    'what the account is called now, where that differs from host_name, as it was when the mapping was decided';
comment on column platform.calcom_host_mappings.account_email is 'the same for host_email';
comment on column platform.calcom_host_mappings.account_changed_at is
    'instant of the event that told of account_name or account_email first';

grant select (company_id, calcom_event_type_id, hosts, state) on platform.team_event_type_mappings to calfleet_host_mapper;
