-- The figures of the fleet are counted across companies by the workers' housekeeping: it may read the columns that are
-- counted, none that says who anybody is.
set local role calfleet_owner;
set local search_path = platform;

create policy runtime_counts on appointments for select to calfleet_runtime using (true);
create policy runtime_counts on calcom_host_mappings for select to calfleet_runtime using (true);
grant select (company_id, calcom_host_id, status, staff_id, assignment, updated_at) on appointments to calfleet_runtime;
grant select (company_id, calcom_host_id, state, source, score, decided_at) on calcom_host_mappings to calfleet_runtime;

-- Bookings of the last hours: rows are written in the order of time, so a block-range index is small and nearly free.
create index appointments_recent on appointments using brin (updated_at) with (pages_per_range = 32);
