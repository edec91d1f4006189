#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/command_test.h"

// People who are known by their telephone, and customers by the number of their row.
namespace calfleet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Bert has a telephone only, Cora an address and the same telephone as her letter names, Dora
/// another.
class PrivacyByPhone : public CommandTest {
protected:
    void prepare() override {
        CommandTest::prepare();
        run(R"sql(
            insert into platform.customers (id, company_id, customer_key, name, email, phone, seen_at) overriding system value values
                (1, 1, 'tel:491701234567', 'Bert', null, '+49 170 1234567', now()),
                (2, 1, 'cora@x.de', 'Cora', 'cora@x.de', '0049 (30) 555-1234', now()),
                (3, 1, 'dora@x.de', 'Dora', 'dora@x.de', '+49 30 5551235', now()),
                (4, 2, 'tel:491701234567', 'Bert', null, '+49 170 1234567', now());
            select setval(pg_get_serial_sequence('platform.customers', 'id'), 100);
            insert into platform.appointments (company_id, calcom_booking_uid, status, assignment, customer_id,
                                               starts_at, ends_at, source_updated_at)
            select company_id, 'u' || id, 'accepted', 'none', id, now(), now(), now() from platform.customers)sql"
        );
        letter(R"({"booking":{"uid":"b","attendees":[{"phoneNumber":"+49 170 1234567"}]}})");
        letter(R"({"booking":{"uid":"c","attendees":[{"email":"cora@x.de"}]}})");
        letter(R"({"booking":{"uid":"d","attendees":[{"phoneNumber":"+49305551235"}]}})");
    }
    void letter(const std::string& value) const {
        run("insert into calfleet.dead_letters (letter_key, worker, company_id, state, "
            "reason_class, reason, first_failed_at, last_failed_at, event_source, event_id, "
            "record_topic, record_partition, record_offset, record_key, record_headers, "
            "record_value) values (gen_random_uuid(), 'host-mapper', 1, 'discarded', 'schema', "
            "'x', now(), now(), 's', 'e', 'booking-created', 0, 1, '1:k', '[]', convert_to($$" +
            value + "$$, 'UTF8'))");
    }
    std::string erase(const std::string& by, const std::string& whom) const {
        const auto done =
            calfleet({"privacy", "erase", "--company", "1", by, whom, "--yes", "--json"});
        return done.exit == test_support::Exit{} ? done.out : done.err;
    }
    std::string customers() const {
        return ask("select string_agg(id::text, ' ' order by id) from platform.customers");
    }
    std::string emptied() const {
        return ask("select coalesce(string_agg(id::text, ' ' order by id), '') from "
                   "calfleet.dead_letters where record_value is null");
    }
    void tell_again(const std::string& key) const {
        run("insert into platform.customers (company_id, customer_key, name, seen_at) values (1, "
            "'" +
            key + "', 'again', now() - interval '1 hour')");
    }
};

TEST_F(PrivacyByPhone, ErasesWhoHasATelephoneOnly) {
    const std::string done = erase("--phone", "+49 (170) 123-4567");
    EXPECT_THAT(
        done,
        AllOf(
            HasSubstr(R"({"what":"customers","rows":1})"),
            HasSubstr(R"({"what":"letters_emptied","rows":1})")
        )
    );
    EXPECT_EQ(customers(), "2 3 4");
    EXPECT_EQ(emptied(), "1");
    tell_again("tel:491701234567");
    tell_again("tel:00491701234567");
    EXPECT_EQ(customers(), "2 3 4") << "an event from before brings nobody back";
    EXPECT_EQ(
        ask("select string_agg(actor || ' ' || login || ' ' || (counts <> '{}'), ', ' order by id) "
            "from calfleet.erasures"),
        "anna calfleet_operator true, anna calfleet_operator false"
    );
    EXPECT_EQ(
        ask("select count(*) from calfleet.erasures e where e::text like '%1701234567%'"), "0"
    );
}

TEST_F(PrivacyByPhone, FindsWhoIsKeptUnderAnAddressAndErasesThatToo) {
    erase("--phone", "+49 30 5551234");
    EXPECT_EQ(customers(), "1 3 4");
    EXPECT_EQ(emptied(), "2") << "the letter names the address only";
    tell_again("cora@x.de");
    EXPECT_EQ(customers(), "1 3 4");
}

TEST_F(PrivacyByPhone, ErasesACustomerByNumber) {
    erase("--customer", "3");
    EXPECT_EQ(customers(), "1 2 4");
    EXPECT_EQ(emptied(), "") << "a telephone may be of several people: it is not what is asked for";
    erase("--customer", "1");
    EXPECT_EQ(customers(), "2 4");
    EXPECT_EQ(emptied(), "1");
    EXPECT_THAT(erase("--customer", "4"), HasSubstr("company 1 has no customer 4"));
}

TEST_F(PrivacyByPhone, ExportsBoth) {
    for (const auto& [by, whom] :
         {std::pair<std::string, std::string>{"--phone", "00491701234567"}, {"--customer", "1"}}) {
        const std::string document =
            output_of({"privacy", "export", "--company", "1", by, whom}, 0);
        EXPECT_THAT(
            document,
            AllOf(
                HasSubstr("Bert"),
                HasSubstr("u1"),
                HasSubstr("dead_letters"),
                Not(HasSubstr("Cora"))
            )
        );
    }
}

TEST_F(PrivacyByPhone, NeedsExactlyOneWayToSayWho) {
    EXPECT_NE(calfleet({"privacy", "export", "--company", "1"}).exit.code, 0);
    EXPECT_NE(
        calfleet({"privacy", "export", "--company", "1", "--phone", "+49170", "--email", "a@b.de"})
            .exit.code,
        0
    );
    EXPECT_THAT(
        complaint_of({"privacy", "export", "--company", "1", "--phone", "none"}, 2),
        HasSubstr("--phone: 'none' is no number")
    );
    EXPECT_THAT(
        complaint_of(
            {"privacy",
             "erase",
             "--company",
             "1",
             "--phone",
             "+49 170 1234567",
             "--why",
             "called from 0049 170 1234567",
             "--yes"},
            2
        ),
        HasSubstr("--why: leave the address and the number out")
    );
    EXPECT_EQ(customers(), "1 2 3 4");
}

} // namespace
} // namespace calfleet::cli
