#include "tests/fleet/bookings.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace calfleet::fleet {
namespace {

constexpr std::array kGivenNames{"Anna", "Bruno", "Clara", "David", "Elif",  "Farid",  "Greta",
                                 "Hugo", "Ines",  "Jonas", "Karin", "Luca",  "Mara",   "Nils",
                                 "Olga", "Pavel", "Rosa",  "Sofia", "Tomas", "Valerie"};
constexpr std::array kFamilyNames{
    "Albrecht",
    "Brandt",
    "Castro",
    "Demir",
    "Eriksen",
    "Fischer",
    "Grabowski",
    "Horvath",
    "Ivanova",
    "Jansen",
    "Keller",
    "Lindner",
    "Marques",
    "Novak",
    "Okafor",
    "Petrov",
    "Quade",
    "Rossi",
    "Schubert"};

/// Draws 0..n-1 with probability proportional to 1 / (rank + 1)^exponent.
class Zipf {
public:
    Zipf(int count, double exponent) {
        double sum = 0;
        for (int rank = 1; rank <= count; ++rank)
            cumulative_.push_back(sum += 1.0 / std::pow(rank, exponent));
    }
    template <class Engine>
    int operator()(Engine& engine) const {
        const double at = std::uniform_real_distribution<double>{0, cumulative_.back()}(engine);
        return static_cast<int>(
            std::lower_bound(cumulative_.begin(), cumulative_.end(), at) - cumulative_.begin()
        );
    }

private:
    std::vector<double> cumulative_;
};

std::string make_uid(std::uint64_t seed, std::uint64_t number) {
    static constexpr std::string_view kAlphabet =
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    std::uint64_t state = seed * 0x9E3779B97F4A7C15ULL + number;
    std::string uid;
    for (int i = 0; i < 11; ++i) {
        state ^= state >> 30;
        state *= 0xBF58476D1CE4E5B9ULL;
        uid.push_back(kAlphabet[state % kAlphabet.size()]);
    }
    // The number itself makes it unique; the part before it makes it look and sort like one of
    // Cal.com's.
    std::string digits = std::to_string(number);
    return uid + std::string(11 - std::min<std::size_t>(11, digits.size()), '0') + digits;
}

struct Booking {
    int company{1};
    int member{0};
    int customer{0};
    std::uint64_t number{0};
    std::string uid;
    std::string replaces;
    Instant replaced_start{};
    Instant start{};
    Instant happened{};
    bool cancelled{false};
};

struct People {
    std::int64_t host_id;
    std::string host_name, host_email, host_username;
    std::string customer_name, customer_email;
};

People people_of(const Population& population, const Booking& booking) {
    const std::string number = std::to_string(booking.customer);
    const auto host = population.staff_id(booking.company, booking.member);
    return {
        100'000 + host,
        population.staff_name(booking.company, booking.member),
        population.staff_email(booking.company, booking.member),
        "user" + std::to_string(host),
        std::string(kGivenNames[booking.customer % kGivenNames.size()]) + " Gast " + number,
        "gast" + number + "@customers.example.com"};
}

std::string in_quotes(std::string_view text) {
    return '"' + std::string(text) + '"';
}

/// As a webhook's payload carries it.
std::string webhook_shape(const Population& population, const Booking& booking) {
    const People people = people_of(population, booking);
    const std::string start = format_instant(booking.start);
    const std::string end = format_instant(booking.start + std::chrono::minutes{30});
    std::string json =
        R"({"booking":{"bookerUrl":"https://book.example.com","title":"Beratung between )" +
        people.host_name + " and " + people.customer_name + R"(","startTime":)" + in_quotes(start) +
        R"(,"endTime":)" + in_quotes(end) +
        R"(,"additionalNotes":"","type":"beratung","description":"Ein erstes Gespräch","eventTypeId":7001,)" +
        R"("hideCalendarNotes":false,"hideCalendarEventDetails":false,"hideOrganizerEmail":false,"schedulingType":null,)" +
        R"("seatsPerTimeSlot":null,"seatsShowAttendees":true,"seatsShowAvailabilityCount":true,"customReplyToEmail":null,)" +
        R"("disableRescheduling":false,"disableCancelling":false,"organizer":{"id":)" +
        std::to_string(people.host_id) + R"(,"name":)" + in_quotes(people.host_name) +
        R"(,"email":)" + in_quotes(people.host_email) + R"(,"username":)" +
        in_quotes(people.host_username) +
        R"(,"timeZone":"Europe/Berlin","language":{"locale":"de"},"timeFormat":"HH:mm","utcOffset":60},)" +
        R"("attendees":[{"email":)" + in_quotes(people.customer_email) + R"(,"name":)" +
        in_quotes(people.customer_name) +
        R"(,"firstName":"","lastName":"","timeZone":"Europe/Berlin","language":{"locale":"de"},"utcOffset":60}],)" +
        R"("customInputs":{},"responses":{"name":{"label":"your_name","value":)" +
        in_quotes(people.customer_name) +
        R"(,"isHidden":false},"email":{"label":"email_address","value":)" +
        in_quotes(people.customer_email) +
        R"(,"isHidden":false},"location":{"label":"location","value":{"value":"Musterstr. 1, Berlin","optionValue":""},)" +
        R"("isHidden":false},"notes":{"label":"additional_notes","isHidden":false},"guests":{"label":"additional_guests",)" +
        R"("isHidden":false}},"userFieldsResponses":{},"location":"Musterstr. 1, Berlin","destinationCalendar":null,)" +
        R"("iCalSequence":0,"requiresConfirmation":false,"uid":)" + in_quotes(booking.uid) +
        R"(,"bookingId":)" + std::to_string(900'000 + booking.number);
    if (!booking.replaces.empty() && !booking.cancelled)
        json += R"(,"rescheduleUid":)" + in_quotes(booking.replaces) +
                R"(,"rescheduleStartTime":)" + in_quotes(format_instant(booking.replaced_start)) +
                R"(,"rescheduleEndTime":)" +
                in_quotes(format_instant(booking.replaced_start + std::chrono::minutes{30}));
    json +=
        R"(,"eventTitle":"Beratung","eventDescription":"Ein erstes Gespräch","price":0,"currency":"eur","length":30,)"
        R"("metadata":{"source":"example"},"status":)";
    json += booking.cancelled ? R"("CANCELLED","cancellationReason":"verhindert"}})"
                              : R"("ACCEPTED"}})";
    return json;
}

/// As a REST answer carries it.
std::string rest_shape(const Population& population, const Booking& booking) {
    const People people = people_of(population, booking);
    const std::string start = format_instant(booking.start);
    const std::string end = format_instant(booking.start + std::chrono::minutes{30});
    std::string json =
        R"({"booking":{"id":)" + std::to_string(900'000 + booking.number) + R"(,"uid":)" +
        in_quotes(booking.uid) + R"(,"title":"Beratung between )" + people.host_name + " and " +
        people.customer_name + R"(","description":"","hosts":[{"id":)" +
        std::to_string(people.host_id) + R"(,"name":)" + in_quotes(people.host_name) +
        R"(,"email":)" + in_quotes(people.host_email) + R"(,"displayEmail":)" +
        in_quotes(people.host_email) + R"(,"username":)" + in_quotes(people.host_username) +
        R"(,"timeZone":"Europe/Berlin"}],"status":)" +
        (booking.cancelled ? R"("cancelled")" : R"("accepted")") +
        R"(,"cancellationReason":"","cancelledByEmail":"","rescheduledByEmail":null)";
    if (!booking.replaces.empty())
        json += R"(,"rescheduledFromUid":)" + in_quotes(booking.replaces);
    json +=
        R"(,"start":)" + in_quotes(start) + R"(,"end":)" + in_quotes(end) +
        R"(,"duration":30,"eventTypeId":7001,"eventType":{"id":7001,"slug":"beratung"},)" +
        R"("meetingUrl":"https://meet.example.com/room","location":"https://meet.example.com/room","absentHost":false,)" +
        R"("createdAt":)" + in_quotes(format_instant(booking.happened)) + R"(,"updatedAt":)" +
        in_quotes(format_instant(booking.happened)) +
        R"(,"metadata":{"crmId":"K-4711","source":"example"},"rating":null,"icsUid":)" +
        in_quotes(booking.uid + "@Cal.com") + R"(,"attendees":[{"name":)" +
        in_quotes(people.customer_name) + R"(,"email":)" + in_quotes(people.customer_email) +
        R"(,"displayEmail":)" + in_quotes(people.customer_email) +
        R"(,"timeZone":"Europe/Berlin","language":"de","absent":false}],"bookingFieldsResponses":{"email":)" +
        in_quotes(people.customer_email) + R"(,"name":)" + in_quotes(people.customer_name) +
        R"(,"displayEmail":)" + in_quotes(people.customer_email) + "}}}";
    return json;
}

class Teller {
public:
    Teller(const StorySettings& settings, const std::function<void(BookingRecord)>& sink)
        : settings_(settings)
        , sink_(sink)
        , engine_(settings.seed)
        , companies_(settings.population.companies, settings.zipf_exponent) {}

    std::map<std::string, ExpectedAppointment> tell() {
        for (int i = 0; i < settings_.bookings; ++i)
            one_booking();
        return std::move(expected_);
    }

private:
    double unit() { return std::uniform_real_distribution<double>{0, 1}(engine_); }
    int below(int bound) { return std::uniform_int_distribution<int>{0, bound - 1}(engine_); }

    void one_booking() {
        Booking booking;
        booking.company = companies_(engine_) + 1;
        booking.member = below(settings_.population.staff_per_company);
        booking.customer = below(settings_.customers_per_company);
        begin(booking);
        publish("booking-created", booking);
        for (int moves = 0; moves < 2 && unit() < settings_.rescheduled; ++moves) {
            Booking next = booking;
            next.replaces = booking.uid;
            next.replaced_start = booking.start;
            begin(next);
            auto& old = expected_[booking.uid];
            old.status = "rescheduled";
            old.staff_id = 0;
            old.rescheduled_to = next.uid;
            publish("booking-rescheduled", next);
            booking = next;
        }
        if (unit() < settings_.cancelled) {
            booking.cancelled = true;
            auto& last = expected_[booking.uid];
            last.status = "cancelled";
            last.staff_id = 0;
            publish("booking-cancelled", booking);
        }
    }

    void begin(Booking& booking) {
        booking.number = ++numbers_;
        booking.uid = make_uid(settings_.seed, booking.number);
        booking.start =
            settings_.start + std::chrono::hours{24} + std::chrono::minutes{30 * below(2000)};
        expected_[booking.uid] = {
            booking.company,
            "accepted",
            settings_.population.staff_id(booking.company, booking.member),
            booking.replaces,
            {}};
    }

    void publish(std::string topic, Booking& booking) {
        booking.happened = settings_.start + std::chrono::milliseconds{events_};
        const std::string id =
            "story-" + std::to_string(settings_.seed) + "-" + std::to_string(++events_);
        const std::string company = std::to_string(booking.company);
        BookingRecord out;
        out.event_id = id;
        out.record.key = company + ":" + booking.uid;
        out.record.value = events_ % 2 == 0 ? webhook_shape(settings_.population, booking)
                                            : rest_shape(settings_.population, booking);
        out.record.headers = {
            {"ce_specversion", "1.0"},
            {"ce_id", id},
            {"ce_source", "/tests/story"},
            {"ce_type", topic},
            {"ce_time", format_instant(booking.happened)},
            {"ce_companyid", company},
            {"content-type", "application/json"}};
        out.record.topic = std::move(topic);
        sink_(std::move(out));
    }

    const StorySettings& settings_;
    const std::function<void(BookingRecord)>& sink_;
    std::mt19937_64 engine_;
    Zipf companies_;
    std::uint64_t numbers_{0};
    std::uint64_t events_{0};
    std::map<std::string, ExpectedAppointment> expected_;
};

kafka::OutgoingRecord
poison(std::string id, Instant time, std::string value, std::string company = "1") {
    kafka::OutgoingRecord record;
    record.topic = "booking-created";
    record.key = company + ":" + id;
    record.value = std::move(value);
    record.headers = {
        {"ce_specversion", "1.0"},
        {"ce_id", std::move(id)},
        {"ce_source", "/tests/poison"},
        {"ce_type", "booking-created"},
        {"ce_time", format_instant(time)},
        {"ce_companyid", std::move(company)},
        {"content-type", "application/json"}};
    return record;
}

} // namespace

std::string Population::staff_name(int company, int member) const {
    // Distinct within a company: the family name steps with the member, the given name with both.
    const auto family = static_cast<std::size_t>(member + company * 3) % kFamilyNames.size();
    const auto given = static_cast<std::size_t>(member * 7 + company) % kGivenNames.size();
    return std::string(kGivenNames[given]) + " " + kFamilyNames[family];
}

std::string Population::staff_email(int company, int member) const {
    std::string local = staff_name(company, member);
    for (char& c : local)
        c = c == ' ' ? '.' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return local + "@company" + std::to_string(company) + ".example.com";
}

std::map<std::string, ExpectedAppointment>
tell_story(const StorySettings& settings, const std::function<void(BookingRecord)>& sink) {
    return Teller(settings, sink).tell();
}

std::vector<Poison> poison_records(Instant time, std::uint64_t seed) {
    int number = 0;
    const auto id = [&] {
        return "poison-" + std::to_string(seed) + "-" + std::to_string(++number);
    };
    const std::string sound =
        R"({"booking":{"uid":"u1","startTime":"2026-11-23T12:00:00Z","endTime":"2026-11-23T12:30:00Z","status":"ACCEPTED"}})";
    std::vector<Poison> records;
    records.push_back({poison(id(), time, ""), "envelope"});
    records.push_back({poison(id(), time, R"({"booking":{"uid":"u1","startTime":)"), "schema"});
    records.push_back({poison(id(), time, "this is no JSON"), "schema"});
    records.push_back({poison(id(), time, "{\"booking\":{\"uid\":\"\xC3\x28\"}}"), "schema"});
    records.push_back(
        {poison(id(), time, std::string(10'000, '[') + std::string(10'000, ']')), "schema"}
    );
    records.push_back({poison(id(), time, R"({"booking":{"uid":17,"startTime":true}})"), "schema"});
    records.push_back(
        {poison(id(), time, R"({"booking":{"startTime":"2026-11-23T12:00:00Z"}})"), "schema"}
    );
    records.push_back({poison(id(), time, sound, "987654"), "unknown_company"});
    records.push_back({poison(id(), time - std::chrono::days{400}, sound), "time_out_of_range"});
    Poison tombstone{poison(id(), time, ""), "envelope"};
    tombstone.record.value.reset();
    records.push_back(std::move(tombstone));
    Poison anonymous{poison(id(), time, sound), "envelope"};
    anonymous.record.headers.clear();
    records.push_back(std::move(anonymous));
    return records;
}

} // namespace calfleet::fleet
