# Tells the story of the demo: bookings of every host in hosts.csv, as events in three waves, and writes down what must come
# of them. The same files and the same `now` give the same events, byte for byte.
#
#   awk -f make_events.awk -v now=EPOCH_SECONDS -v out=DIR hosts.csv customers.csv
#
# DIR/wave-1.jsonl  bookings are made
# DIR/wave-2.jsonl  some are moved or cancelled, of which some were never heard of before; and three poison records
# DIR/wave-3.jsonl  the missing beginnings arrive late, and some of the first events come once more
# DIR/expected      "name value" lines: what the database must say when all is processed
# DIR/expected-hosts, DIR/expected-dead-letters: the same, line by line
#
# Three waves because the topics are independent of each other: what is to arrive later must be sent later. What is expected
# is counted here, while telling, from hosts.csv and the rules below; no program of the fleet is asked.

BEGIN {
    per_host = 14
    minute = 60; hour = 3600; day = 86400
    source = "/demo/bookings"
}

# Fields of a CSV line with quotes, into cell[1..]; data files hold no quotes inside quotes.
function split_csv(line, cell,    n, i, c, quoted) {
    delete cell
    n = 1
    for (i = 1; i <= length(line); ++i) {
        c = substr(line, i, 1)
        if (c == "\"") quoted = !quoted
        else if (c == "," && !quoted) ++n
        else cell[n] = cell[n] c
    }
    return n
}

FNR == 1 { file += 1; next }
file == 1 {
    split_csv($0, cell)
    ++hosts
    company[hosts] = cell[1]; host_id[hosts] = cell[2]; host_name[hosts] = cell[3]; host_email[hosts] = cell[4]
    host_user[hosts] = cell[5]; decision[hosts] = cell[6]; staff[hosts] = cell[7]
}
file == 2 {
    split_csv($0, cell)
    customer_name[customers] = cell[1]; customer_email[customers] = cell[2]; customer_phone[customers] = cell[3]
    ++customers
}

function time(epoch) { return strftime("%Y-%m-%dT%H:%M:%SZ", epoch, 1) }

# As a webhook carries it.
function webhook_shape(uid, number, h, c, start, status, more) {
    return sprintf("{\"bookerUrl\":\"https://book.example.com\",\"type\":\"visit\",\"title\":\"Visit\",\"startTime\":\"%s\",\"endTime\":\"%s\",\"eventTypeId\":%d,\"organizer\":{\"id\":%d,\"name\":\"%s\",\"email\":\"%s\",\"username\":\"%s\",\"timeZone\":\"Europe/Berlin\",\"language\":{\"locale\":\"en\"}},\"attendees\":[{\"name\":\"%s\",\"email\":\"%s\",\"phoneNumber\":%s,\"timeZone\":\"Europe/Berlin\",\"language\":{\"locale\":\"en\"}}],\"responses\":{\"name\":{\"label\":\"your_name\",\"value\":\"%s\",\"isHidden\":false},\"email\":{\"label\":\"email_address\",\"value\":\"%s\",\"isHidden\":false}},\"location\":\"12 Harbour Street\",\"uid\":\"%s\",\"bookingId\":%d,\"length\":30,\"metadata\":{},\"status\":\"%s\"%s}", \
        time(start), time(start + 30 * minute), 4000 + company[h], host_id[h], host_name[h], host_email[h], host_user[h],
        customer_name[c], customer_email[c], customer_phone[c] == "" ? "null" : "\"" customer_phone[c] "\"",
        customer_name[c], customer_email[c], uid, number, toupper(status), more)
}

# As a REST answer carries it.
function rest_shape(uid, number, h, c, start, status, updated, more) {
    return sprintf("{\"id\":%d,\"uid\":\"%s\",\"title\":\"Visit\",\"hosts\":[{\"id\":%d,\"name\":\"%s\",\"email\":\"%s\",\"displayEmail\":\"%s\",\"username\":\"%s\",\"timeZone\":\"Europe/Berlin\"}],\"status\":\"%s\",\"start\":\"%s\",\"end\":\"%s\",\"duration\":30,\"eventTypeId\":%d,\"eventType\":{\"id\":%d,\"slug\":\"visit\"},\"location\":\"12 Harbour Street\",\"updatedAt\":\"%s\",\"metadata\":{},\"attendees\":[{\"name\":\"%s\",\"email\":\"%s\",\"displayEmail\":\"%s\",\"timeZone\":\"Europe/Berlin\",\"language\":\"en\",\"absent\":false%s}],\"bookingFieldsResponses\":{\"email\":\"%s\",\"name\":\"%s\"}%s}", \
        number, uid, host_id[h], host_name[h], host_email[h], host_email[h], host_user[h], status,
        time(start), time(start + 30 * minute), 4000 + company[h], 4000 + company[h], time(updated),
        customer_name[c], customer_email[c], customer_email[c],
        customer_phone[c] == "" ? "" : ",\"phoneNumber\":\"" customer_phone[c] "\"", customer_email[c], customer_name[c], more)
}

# Every second booking in the one shape, the others in the other.
function booking(uid, n, h, c, start, status, at, from, from_start,    more) {
    if (n % 2) {
        if (from != "") more = sprintf(",\"rescheduleUid\":\"%s\",\"rescheduleStartTime\":\"%s\",\"rescheduleEndTime\":\"%s\"", from, time(from_start), time(from_start + 30 * minute))
        return webhook_shape(uid, 80000 + n, h, c, start, status, more)
    }
    if (from != "") more = ",\"rescheduledFromUid\":\"" from "\""
    return rest_shape(uid, 80000 + n, h, c, start, status, at, more)
}

function event(topic, h, uid, id, at, data) {
    return sprintf("{\"topic\":\"%s\",\"company\":%d,\"key\":\"%s\",\"id\":\"%s\",\"time\":\"%s\",\"source\":\"%s\",\"data\":{\"booking\":%s}}", topic, company[h], uid, id, time(at), source, data)
}

function send(wave, line) {
    print line > (out "/wave-" wave ".jsonl")
    ++records
}

# One booking: made, and by its number perhaps moved, cancelled, told late, told twice.
function tell(n, h,    uid, moved, start, at, c, made, late, end, is_moved, is_cancelled) {
    uid = sprintf("demoBooking%05d", n)
    moved = sprintf("demoMoved%07d", n)
    c = n % customers
    start = int(now / day) * day + (2 + n % 20) * day + (8 + n % 9) * hour
    at = now - 2 * hour + n
    is_moved = n % 7 == 3
    is_cancelled = n % 7 == 5
    late = (is_moved || is_cancelled) && n % 3 == 0
    made = event("booking-created", h, uid, "made-" n, at, booking(uid, n, h, c, start, "accepted", at))

    send(late ? 3 : 1, made)
    if (is_moved)
        send(2, event("booking-rescheduled", h, moved, "moved-" n, at + hour, booking(moved, n + 10000, h, c, start + day, "accepted", at + hour, uid, start)))
    if (is_cancelled)
        send(2, event("booking-cancelled", h, uid, "cancelled-" n, at + hour, booking(uid, n, h, c, start, "cancelled", at + hour)))
    if (!late && n % 8 == 1) {
        send(3, made)
        ++duplicates
    }

    end = is_cancelled ? "cancelled" : is_moved ? "rescheduled" : "accepted"
    ++appointments[end]
    if (is_moved) ++appointments["accepted"]
    if (!is_cancelled) ++live[decision[h]]
    if (late) ++superseded
    events += 1 + is_moved + is_cancelled
}

# A record that can never be applied, in the middle of the others.
function poison(number, headers, bytes, reason) {
    gsub(/\\/, "\\\\", bytes)
    gsub(/"/, "\\\"", bytes)
    send(2, sprintf("{\"topic\":\"booking-created\",\"key\":\"1:demoPoison%d\",\"headers\":{%s\"ce_source\":\"%s\",\"ce_type\":\"booking-created\",\"ce_specversion\":\"1.0\",\"ce_time\":\"%s\",\"ce_companyid\":\"1\"},\"raw\":\"%s\"}", number, headers, source, time(now), bytes))
    print reason > (out "/expected-dead-letters")
    ++dead_letters
}

END {
    cut = "{\"booking\":{\"uid\":\"demoPoison1\",\"startTime\":\"2027-"
    for (h = 1; h <= hosts; ++h) {
        for (i = 0; i < per_host; ++i) tell(++n, h)
        printf "%s %s %s %s\n", company[h], host_id[h], decision[h], staff[h] == "" ? "-" : staff[h] > (out "/expected-hosts")
        ++hosts_by[decision[h]]
        if (h == 4) poison(1, "\"ce_id\":\"poison-1\",", cut, "schema data: not JSON: ends too early (expected '\"') at byte " length(cut))
        if (h == 9) poison(2, "", booking_text("demoPoison2", "accepted"), "envelope ce_id: missing; every event needs it")
        if (h == 15) poison(3, "\"ce_id\":\"poison-3\",", booking_text("demoPoison3", "ON_HOLD"), "schema data.booking.status: 'ON_HOLD' is not one of accepted, pending, cancelled, rejected")
    }
    expect("records", records)
    expect("events_with_effect", events - superseded)
    expect("superseded", superseded)
    expect("duplicates", duplicates)
    expect("dead_letters", dead_letters)
    expect("appointments_accepted", appointments["accepted"])
    expect("appointments_rescheduled", appointments["rescheduled"])
    expect("appointments_cancelled", appointments["cancelled"])
    for (i = split("email name review unmatched", kind, " "); i > 0; --i) {
        expect("hosts_" kind[i], hosts_by[kind[i]])
        expect("bookings_" kind[i], live[kind[i]])
    }
}

function booking_text(uid, status) {
    return sprintf("{\"booking\":{\"uid\":\"%s\",\"startTime\":\"%s\",\"endTime\":\"%s\",\"status\":\"%s\"}}", uid, time(now + day), time(now + day + hour), status)
}

function expect(name, value) { printf "%s %d\n", name, value > (out "/expected") }
