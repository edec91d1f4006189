-- Figures know those who hold a booking beside its first host as well.
set local role calfleet_owner;

create policy runtime_counts on platform.appointment_hosts for select to calfleet_host_mapper_runtime using (true);
grant select (company_id, calcom_booking_uid, calcom_host_id, staff_id, assignment)
    on platform.appointment_hosts to calfleet_host_mapper_runtime;
grant select (calcom_booking_uid) on platform.appointments to calfleet_host_mapper_runtime;
