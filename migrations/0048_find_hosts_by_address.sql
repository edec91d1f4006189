-- calfleet: no-transaction
-- Which host an event means that leaves Cal.com's user id out.
create index concurrently mappings_of_address on platform.calcom_host_mappings (company_id, lower(host_email collate "C"))
    where state <> 'inactive' and host_email is not null;
