-- A booking with seats has many customers, a collective one several hosts. appointments keeps the first of each; these keep
-- all. Rows are there for such bookings only: whoever else booked is appointments.customer_id, whoever else holds is staff_id.
set local role calfleet_owner;

create table platform.appointment_attendees (
    id                 bigint generated always as identity primary key,
    company_id         bigint      not null,
    calcom_booking_uid text        not null,
    person             text        not null,
    customer_id        bigint,
    seat_uid           text,
    state              text        not null,
    moved_to_uid       text,
    seated_at          timestamptz not null,
    as_of              timestamptz not null,
    updated_at         timestamptz not null default now(),
    constraint attendees_person_is_unique unique (company_id, calcom_booking_uid, person),
    constraint attendees_state_is_known check (state in ('booked', 'cancelled', 'rescheduled'))
);
comment on column platform.appointment_attendees.person is
    'customer:<id>; seat:<uid> of somebody without address and number; forgotten:<id> once the customer is gone';
comment on column platform.appointment_attendees.seated_at is 'earliest instant at which an event tells of the seat';
comment on column platform.appointment_attendees.as_of is 'instant at which the state was true';
create index attendees_of_customer on platform.appointment_attendees (company_id, customer_id) where customer_id is not null;

create table platform.appointment_hosts (
    id                 bigint generated always as identity primary key,
    company_id         bigint      not null,
    calcom_booking_uid text        not null,
    calcom_host_id     text        not null,
    staff_id           bigint,
    assignment         text        not null,
    as_of              timestamptz not null,
    updated_at         timestamptz not null default now(),
    constraint appointment_hosts_are_unique unique (company_id, calcom_booking_uid, calcom_host_id),
    constraint appointment_hosts_assignment_is_known
        check (assignment in ('mapping', 'email', 'name', 'fuzzy', 'review', 'unmatched', 'manual', 'none'))
);
comment on table platform.appointment_hosts is 'of bookings that several hosts hold: all of them, the first included';
create index appointment_hosts_waiting on platform.appointment_hosts (company_id, calcom_host_id, id)
    where assignment in ('review', 'unmatched');

-- Workers of the release before leave these alone.
alter table platform.appointments
    add column has_seats boolean,
    add column seats_listed_at timestamptz,
    add column ended_by_seats boolean,
    add column series_uid text,
    add column recurs boolean,
    add column series_ended_at timestamptz;
comment on column platform.appointments.seats_listed_at is 'of the newest list that names whoever has a seat: others have none';
comment on column platform.appointments.ended_by_seats is
    'it ended because nobody has a seat any more, and stands again when somebody has';
comment on column platform.appointments.series_uid is 'Cal.com''s recurringBookingUid, where it was told';
comment on column platform.appointments.series_ended_at is
    'when an event ended the series from this occurrence on; those that become known later end as well';

do $$
declare t text;
begin
    foreach t in array array['appointment_attendees', 'appointment_hosts'] loop
        execute format('alter table platform.%I enable row level security, force row level security', t);
        execute format('create policy operator_sees_all on platform.%I to calfleet_operator using (true) with check (true)', t);
        execute format('create policy worker_within_scope on platform.%I to calfleet_worker, calfleet_host_mapper
                        using (company_id in (select calfleet.company_scope()))
                        with check (company_id in (select calfleet.company_scope()))', t);
    end loop;
end $$;
grant select, insert, update on platform.appointment_attendees to calfleet_worker, calfleet_host_mapper;
grant select, insert, update, delete on platform.appointment_hosts to calfleet_worker, calfleet_host_mapper;
grant select, insert, update on platform.appointment_attendees, platform.appointment_hosts to calfleet_operator;

-- Whoever deletes a customer, retention, an erasure or the platform itself, without any right here: the seat stays taken, by
-- nobody.
create policy customers_are_forgotten on platform.appointment_attendees for select to calfleet_owner using (true);
create policy customers_are_detached on platform.appointment_attendees for update to calfleet_owner using (true);
create function platform.forget_attendee() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    nobody constant text := 'forgotten:';
begin
    update platform.appointment_attendees
    set person = nobody || id, customer_id = null, seat_uid = null, updated_at = now()
    where company_id = old.company_id and customer_id = old.id;
    return null;
end $$;
create trigger attendees_are_forgotten after delete on platform.customers
    for each row execute function platform.forget_attendee();

-- Bookings of a managed type's children have the service of the parent.
grant select on platform.calcom_event_map to calfleet_host_mapper;

-- 'account': the staff member whose account at Cal.com it is, as team-syncer found out.
alter table platform.calcom_host_mappings drop constraint mappings_source_is_known;
alter table platform.calcom_host_mappings add constraint mappings_source_is_known
    check (source in ('email', 'name', 'fuzzy', 'none', 'manual', 'admin', 'account')) not valid;
