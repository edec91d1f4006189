-- calfleet: no-transaction
-- Which bookings a host holds beside others, when a person decides about many hosts at once.
create index concurrently appointment_hosts_of_host on platform.appointment_hosts (company_id, calcom_host_id);
