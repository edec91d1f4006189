-- calfleet: no-transaction
create index concurrently appointments_of_series on platform.appointments (company_id, series_uid) where series_uid is not null;
