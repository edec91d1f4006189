# shellcheck shell=bash
# The demo's services: two Cal.com accounts are synced, services are edited in SQL and by a foreign hand, and an outage comes in
# between. Sourced by deploy/demo, whose functions and variables it uses.
# shellcheck disable=SC2154  # work, events, programs ... are the demo's

# Keys that seal, made for this demo only; a simulated Cal.com with two accounts.
start_calcom() {
    step "Starting a simulated Cal.com with two accounts"
    local line
    openssl rand -hex 32 >"$work/kek"
    openssl rand -hex 32 >"$work/pepper"
    chmod 600 "$work/kek" "$work/pepper"
    export CALFLEET_KEY_FILES=$work/kek CALFLEET_PEPPER_FILE=$work/pepper
    start_program calcom-sim "$programs/calcom-sim" --seed-file "$events/calcom.json"
    brokers+=("$started")
    wait_for "the simulated Cal.com" grep -qs admin_port "$work/calcom-sim.log"
    line=$(grep admin_port "$work/calcom-sim.log")
    [[ $line =~ \"port\":([0-9]+),\"admin_port\":([0-9]+) ]] || die 1 "calcom-sim did not tell its ports: $line"
    calcom_url=http://127.0.0.1:${BASH_REMATCH[1]} calcom_admin=${BASH_REMATCH[2]}
    note "Cal.com's API on $calcom_url"
    quietly calfleet company set-key 1 --key-fd 3 3<<<"cal_demo_nordlicht"
    quietly calfleet company set-key 2 --key-fd 3 3<<<"cal_demo_harbour"
    note "companies 1 and 2 have an API key; company 3 has none"
}

# rule_calcom METHOD PATH [BODY]: asks an endpoint that only the simulator has; prints the answer's body.
rule_calcom() {
    local body=${3:-} line length=0
    exec 3<>"/dev/tcp/127.0.0.1/$calcom_admin"
    printf '%s %s HTTP/1.1\r\nHost: demo\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' \
        "$1" "$2" "$(printf %s "$body" | wc -c)" "$body" >&3
    while IFS= read -r line <&3 && [[ $line != $'\r' ]]; do
        [[ ${line,,} != content-length:* ]] || length=$(tr -dc 0-9 <<<"$line")
    done
    head -c "$length" <&3
    exec 3>&- 3<&-
}

# at_calcom EVENT_TYPE FIELD: what Cal.com has now.
at_calcom() {
    rule_calcom GET /sim/state >"$work/calcom-state"
    ask "select type ->> '$2' from jsonb_array_elements(pg_read_file('$work/calcom-state')::jsonb -> 'eventTypes') type
         where (type ->> 'id')::bigint = $1"
}
refused_calls() {
    rule_calcom GET /sim/ledger/summary >"$work/calcom-summary"
    ask "select coalesce(sum(coalesce((key.value -> 'statuses' ->> '503')::int, 0)), 0)
         from jsonb_each(pg_read_file('$work/calcom-summary')::jsonb) key"
}

is_one() { [[ $(ask "$1") == t ]]; }
teams_are_synced() {
    check_alive
    is_one 'select count(*) = 4 from platform.services where sync_status = '"'synced'"' and calcom_event_type_id > 9000' &&
        is_one 'select count(*) = 2 from platform.calcom_event_map where child_resolved_at is not null' &&
        is_one 'select count(*) = 6 from platform.calcom_team_members' && (($(open_work) == 0))
}
services_are_in_step() {
    check_alive
    is_one "select count(*) = 0 from platform.services where calcom_team_id is not null and sync_status <> 'synced'"
}
work_waits() {
    check_alive
    (($(refused_calls) > 0)) && is_one "select count(*) >= 2 from calfleet.jobs where kind = 'push-service' and state <> 'running'"
}
company_3_waits() {
    check_alive
    is_one "select count(*) = 2 from calfleet.jobs where company_id = 3 and state = 'parked' and last_class = 'no_api_key'" &&
        is_one 'select count(*) = 1 from platform.team_syncs where company_id = 3 and ended_at is null'
}
key_is_stopped() {
    check_alive
    is_one "select count(*) = 1 from calfleet.breakers where scope = 'credential' and state = 'open'"
}
slug_is_refused() {
    check_alive
    is_one "select count(*) = 1 from platform.services where calcom_event_type_id = 9002 and sync_status = 'error'"
}
seats_of_the_course() {
    ask "select string_agg(state, ' ' order by state) from platform.appointment_attendees where calcom_booking_uid like 'demoSeats%'"
}
# people_are_known SEATS: the course has these seats, and nothing is on its way.
people_are_known() {
    check_alive
    [[ $(seats_of_the_course) == "$1" ]] && (($(open_work) == 0))
}
edit() { quietly psql -XAtq "$admin" -c "update platform.services set $2 where calcom_event_type_id = $1"; }

calcom_refused=0 calcom_attempts='' calcom_letters='' stopped_keys=''
tell_calcom_story() {
    step "Services and Cal.com"
    quietly psql -XAtq "$admin" -c 'update platform.companies set calcom_team_id = 810 + id where id in (1, 2)'
    wait_for "the teams to be synced" teams_are_synced
    note "two companies got a team: members, event types and their children were read, services made"

    quietly calfleet publish --jsonl "$events/people-made.jsonl"
    wait_for "two seats of a course" people_are_known "booked booked"
    quietly calfleet publish --jsonl "$events/people-cancelled.jsonl"
    wait_for "one seat to be cancelled" people_are_known "booked cancelled"
    note "two people booked seats of one course, and one of them cancelled; somebody booked a managed event type's child"

    edit 9001 "duration_minutes = 50, description = 'Bitte Rezept mitbringen',
        locations = '[{\"type\":\"address\",\"address\":\"Elbchaussee 12\",\"public\":true}]'"
    edit 9002 "buffer_after_minutes = 15"
    wait_for "the edits to be pushed" services_are_in_step
    note "two services were edited in SQL and pushed, one of them a managed event type with two children"

    rule_calcom PATCH /sim/event-types/9011 '{"title":"Check-up (new!)"}' >/dev/null
    edit 9011 "buffer_before_minutes = 5"
    wait_for "the edit to be pushed" services_are_in_step
    note "somebody had changed a title at Cal.com: noticed, written down, and put right"

    rule_calcom POST /sim/faults '{"do":"status","status":503}' >/dev/null
    edit 9012 "duration_minutes = 75"
    edit 9001 "duration_minutes = 40"
    wait_for "the fleet to notice" work_waits
    calcom_refused=$(refused_calls)
    calcom_attempts=$(ask 'select coalesce(max(attempts), 0) from calfleet.jobs')
    edit 9001 "duration_minutes = 55"
    note "Cal.com answers 503 to everything; edits go on and wait"
    rule_calcom DELETE /sim/faults >/dev/null
    wait_for "the fleet to catch up by itself" services_are_in_step
    note "Cal.com is back, and so is everything"

    calcom_letters=$(ask "select count(*) from calfleet.dead_letters where worker <> 'host-mapper'")
    rule_calcom PATCH /sim/keys/harbour '{"revoked":true}' >/dev/null
    edit 9011 "buffer_before_minutes = 10"
    edit 9012 "buffer_before_minutes = 10"
    wait_for "the refused key to be stopped" key_is_stopped
    stopped_keys=$(calfleet quota --json | grep -o '"state":"stopped"' | wc -l)
    rule_calcom PATCH /sim/keys/harbour '{"revoked":false}' >/dev/null
    quietly calfleet breaker reset --scope credential
    wait_for "the key to be used again" services_are_in_step
    note "Cal.com refused a key: it was stopped, its company's work waited, and went on when the key worked again"

    edit 9002 "slug = 'reha'"
    wait_for "the slug to be refused" slug_is_refused
    note "a slug was not sent: Cal.com would have deleted a member's own event type of that name"

    quietly psql -XAtq "$admin" -c "insert into platform.services (company_id, name, duration_minutes, calcom_event_type_id,
        calcom_team_id) values (3, 'Revisión', 30, 9031, 813)"
    wait_for "company 3's work to be put aside" company_3_waits
    note "company 3 has no key: its work waits with that reason, and for nobody else"
}

tell_calcom_account() {
    echo "Cal.com's teams"
    expect "syncs done, and one that waits for a key" "2 1" "$(ask "select count(*) filter (where outcome = 'done'),
        count(*) filter (where ended_at is null) from platform.team_syncs")"
    expect "members, of whom linked to staff" "6 5" "$(ask "select count(*), count(*) filter (where link_state = 'linked')
        from platform.calcom_team_members")"
    expect "invited and not accepted" 1 "$(ask 'select count(*) from platform.calcom_team_members where not accepted')"
    expect "services made from event types" 4 "$(ask 'select count(*) from platform.services where calcom_event_type_id < 9030')"
    expect "children of managed event types found" 2 "$(ask 'select count(*) from platform.calcom_event_map where child_resolved_at is not null')"
    echo "Services at Cal.com after the edits"
    expect "9001: minutes, the last of three edits" 55 "$(at_calcom 9001 lengthInMinutes)"
    expect "9001: where it takes place" "Elbchaussee 12" "$(at_calcom 9001 locations | grep -o 'Elbchaussee 12')"
    expect "9002, managed: buffer behind it, in its child, too" "15 15" "$(at_calcom 9002 afterEventBuffer) $(at_calcom 9004 afterEventBuffer)"
    expect "9011: title, put right again" Check-up "$(at_calcom 9011 title)"
    expect "9012: minutes, edited during the outage" 75 "$(at_calcom 9012 lengthInMinutes)"
    expect "foreign edits written down" "name overwritten" "$(ask "select field, resolution from platform.service_divergences
        where field = 'name'")"
    echo "The outage"
    expect "refused some calls" yes "$( ((calcom_refused > 0)) && echo yes)"
    expect "attempts used up by it" 0 "$calcom_attempts"
    expect "dead letters caused by it" 0 "$calcom_letters"
    echo "People of bookings"
    expect "seats of a course after one was cancelled" "booked cancelled" "$(seats_of_the_course)"
    expect "the course itself" accepted "$(ask "select status from platform.appointments where calcom_booking_uid like 'demoSeats%'")"
    expect "service of a booking of a member's copy" Krankengymnastik "$(ask "select s.name from platform.appointments a
        join platform.services s on (s.company_id, s.id) = (a.company_id, a.service_id) where a.calcom_booking_uid like 'demoChild%'")"
    echo "A refused key, and a slug that was not sent"
    expect "keys stopped while it was refused" 1 "$stopped_keys"
    expect "9021: a member's own event type is still there" reha "$(at_calcom 9021 slug)"
    expect "9002: its slug at Cal.com" krankengymnastik "$(at_calcom 9002 slug)"
    expect "9002: whose event type is named" kasia "$(ask "select sync_error from platform.services
        where calcom_event_type_id = 9002" | grep -o kasia | head -n 1)"
    echo "Company without a key"
    expect "jobs that wait for one, a push and a sync" 2 "$(ask "select count(*) from calfleet.jobs where company_id = 3 and last_class = 'no_api_key'")"
    check_alive
}
