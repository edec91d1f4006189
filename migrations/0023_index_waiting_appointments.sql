-- calfleet: no-transaction
-- Whose bookings wait for a staff member, so that a host with very many of them is assigned in portions.
create index concurrently appointments_waiting on platform.appointments (company_id, calcom_host_id, calcom_booking_uid)
    where assignment in ('review', 'unmatched') and status in ('pending', 'accepted');
