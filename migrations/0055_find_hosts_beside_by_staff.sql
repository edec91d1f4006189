-- calfleet: no-transaction
create index concurrently appointment_hosts_of_staff on platform.appointment_hosts (company_id, staff_id) where staff_id is not null;
