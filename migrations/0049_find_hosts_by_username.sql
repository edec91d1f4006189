-- calfleet: no-transaction
create index concurrently mappings_of_username on platform.calcom_host_mappings (company_id, lower(host_username collate "C"))
    where state <> 'inactive' and host_username is not null;
