-- calfleet: no-transaction
create index concurrently staff_of_account on platform.staff (company_id, calcom_user_id) where calcom_user_id is not null;
