-- calfleet: no-transaction
create index concurrently appointments_of_customer on platform.appointments (company_id, customer_id) where customer_id is not null
