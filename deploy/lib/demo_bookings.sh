# shellcheck shell=bash
# The demo's bookings: published in three waves, counted, compared with what must have come of them. Sourced by deploy/demo, whose
# functions and variables it uses.
# shellcheck disable=SC2154  # work, events, problems ... are the demo's

# Records whose effect is committed: the fleet's own positions, not Kafka's.
settled_records() { ask "select coalesce(sum(next_offset), 0) from calfleet.consumer_positions where worker = 'host-mapper'"; }
open_work() { ask 'select (select count(*) from calfleet.jobs) + (select count(*) from calfleet.outbox)'; }
has_settled() {
    check_alive
    (($(settled_records) >= $1 && $(open_work) == 0))
}

tell_booking_story() {
    local wave published=0
    local -a told=('' 'bookings are made' 'some are moved or cancelled, and three records are broken'
        'late beginnings of stories that ended already, and repetitions')
    awk -f "$events/make_events.awk" -v now="$(date +%s)" -v out="$work" "$events/hosts.csv" "$events/customers.csv"
    step "Publishing $(cat "$work"/wave-*.jsonl | wc -l) events"
    for wave in 1 2 3; do
        quietly calfleet publish --jsonl "$work/wave-$wave.jsonl"
        published=$((published + $(wc -l <"$work/wave-$wave.jsonl")))
        wait_for "wave $wave to be processed" has_settled "$published"
        note "wave $wave, $(wc -l <"$work/wave-$wave.jsonl") events: ${told[wave]}"
    done
    count_everything >"$work/actual" # now: the inbox is shared, and other workers' events come next
}

# What the tables say, in the words of $work/expected.
count_everything() {
    ask "
        with inbox as (select outcome, count(*) as n from calfleet.inbox group by outcome),
        seen as (select coalesce(sum(n), 0) as n from inbox),
        letters as (select count(*) as n from calfleet.dead_letters),
        dead_in_inbox as (select coalesce(sum(n), 0) as n from inbox where outcome = 4),
        hosts as (select company_id, calcom_host_id, case state when 'active' then source else state end as how
                  from platform.calcom_host_mappings where state <> 'inactive')
        select 'records', sum(next_offset) from calfleet.consumer_positions where worker = 'host-mapper'
        union all select 'events_with_effect', coalesce(sum(n), 0) from inbox where outcome = 1
        union all select 'superseded', coalesce(sum(n), 0) from inbox where outcome = 2
        union all select 'dead_letters', n from letters
        union all select 'duplicates', (select sum(next_offset) from calfleet.consumer_positions where worker = 'host-mapper')
            - (select n from seen) - (select n from letters) + (select n from dead_in_inbox)
        union all select 'appointments_' || status, count(*) from platform.appointments group by status
        union all select 'hosts_' || how, count(*) from hosts group by how
        union all select 'bookings_' || how, count(*) from platform.appointments a join hosts using (company_id, calcom_host_id)
            where a.status = 'accepted' group by how"
}

host_links() {
    ask "
        select m.company_id, m.calcom_host_id, case m.state when 'active' then m.source else m.state end,
               coalesce(s.reference, '-')
        from platform.calcom_host_mappings m left join platform.staff s on s.company_id = m.company_id and s.id = m.staff_id
        where m.state <> 'inactive' order by 1, 2"
}

# Every live appointment is with the person its host stands for, and no other appointment has one.
wrongly_assigned() {
    ask "
        select count(*) from platform.appointments a
        left join platform.calcom_host_mappings m
            on m.company_id = a.company_id and m.calcom_host_id = a.calcom_host_id and m.state = 'active'
        where a.status = 'accepted' and a.staff_id is distinct from m.staff_id"
}

dead_letters() { ask 'select reason_class, reason from calfleet.dead_letters order by reason'; }

dead_letter_records() {
    kcat -b "$CALFLEET_KAFKA_BROKERS" -C -t host-mapper.dlq -e -q -f '%o\n' 2>/dev/null | wc -l
}

tell_booking_account() {
    host_links >"$work/actual-hosts"
    dead_letters >"$work/actual-dead-letters"
    echo
    echo "Of the records published"
    expect_number "read by host-mapper" records
    expect_number "had an effect" events_with_effect
    expect_number "were repetitions, skipped" duplicates
    expect_number "came too late and changed nothing (superseded)" superseded
    expect_number "became dead letters" dead_letters
    echo "Appointments"
    expect_number "standing" appointments_accepted
    expect_number "replaced by another (rescheduled)" appointments_rescheduled
    expect_number "cancelled" appointments_cancelled
    echo "Standing appointments, by how the host's staff member was found"
    expect_number "by e-mail address" bookings_email
    expect_number "by full name" bookings_name
    expect_number "similar name, waiting for review" bookings_review
    expect_number "nobody found" bookings_unmatched
    echo "Cal.com hosts"
    expect_number "linked by e-mail address" hosts_email
    expect_number "linked by full name" hosts_name
    expect_number "waiting for review" hosts_review
    expect_number "unmatched" hosts_unmatched
    expect_lines "hosts and their staff" "$work/expected-hosts" "$work/actual-hosts"
    echo "Dead letters"
    sed 's/^\([a-z_]*\) /  [\1] /' "$work/actual-dead-letters"
    expect_lines "dead letters" "$work/expected-dead-letters" "$work/actual-dead-letters"
    local count
    count=$(dead_letter_records)
    if [[ $count != "$(wc -l <"$work/expected-dead-letters")" ]]; then
        ((++problems))
        echo "  topic host-mapper.dlq holds $count records"
    fi
    count=$(wrongly_assigned)
    if [[ $count != 0 ]]; then
        ((++problems))
        echo "  $count standing appointments are with somebody else than their host's staff member"
    fi
}
