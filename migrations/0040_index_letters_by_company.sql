-- calfleet: no-transaction
create index concurrently dead_letters_of_company on calfleet.dead_letters (company_id, state, id)
