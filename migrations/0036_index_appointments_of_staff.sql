-- calfleet: no-transaction
-- The live appointments of a staff member, for those who are not active any more.
create index concurrently appointments_of_staff on platform.appointments (company_id, staff_id, starts_at)
    where status in ('pending', 'accepted');
