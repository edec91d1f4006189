-- calfleet: no-transaction
create index concurrently dead_letters_open_of_entity on calfleet.dead_letters (worker, company_id, entity)
    where state in ('open', 'replaying');
