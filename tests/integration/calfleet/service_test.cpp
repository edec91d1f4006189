#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/calfleet/command_test.h"

// What an operator sees of services and does about them.
namespace calfleet::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Services : public CommandTest {
protected:
    // 1: in step; 2: an error; 3: never linked; 4: another company's.
    void prepare() override {
        CommandTest::prepare();
        run(R"sql(
            select set_config('app.calcom_writer', 'test', true);
            insert into platform.services (id, company_id, name, slug, duration_minutes, description,
                calcom_event_type_id, calcom_team_id, sync_status, sync_error, pushed, pushed_version, last_calcom_sync) values
                (1, 1, 'Haircut', 'haircut', 30, null, 71, 7, 'synced', null, '{"name":"Haircut"}', 1, now() - interval '2 hours'),
                (2, 1, 'Colour', 'colour', 90, null, 72, 7, 'error', 'it was dropped', null, null, null),
                (3, 1, 'Shave', 'shave', 15, null, null, null, 'never', null, null, null, null),
                (4, 2, 'Massage', 'massage', 60, null, 74, null, 'synced', null, null, 1, now());
            insert into platform.calcom_teams (company_id, calcom_team_id, name) values (1, 7, 'Salon');
            insert into platform.team_event_type_mappings
                (company_id, calcom_team_id, calcom_event_type_id, service_id, title, slug, snapshot, seen_at) values
                (1, 7, 71, 1, 'Cut', 'haircut', '{"id":71,"teamId":7,"title":"Cut","slug":"haircut","description":"short",
                  "lengthInMinutes":45,"hidden":false,"price":0,"currency":"usd","locations":[],"bookingFields":[],
                  "metadata":{}}', now() - interval '1 hour');
            insert into platform.service_divergences (company_id, service_id, field, platform_value, calcom_value) values
                (1, 1, 'name', '"Haircut"', '"Cut"'), (2, 4, 'name', '"Massage"', '"Other"');
        )sql");
    }
    /// A column of a service, as text.
    std::string of(int service, const std::string& expression) const {
        return ask(
            "select (" + expression +
            ")::text from platform.services where id = " + std::to_string(service)
        );
    }
    std::string history(int service) const {
        return ask(
            "select coalesce(string_agg(actor || ' ' || direction || ' ' || outcome || ' ' "
            "|| before || ' -> ' || after, E'\\n' order by id), '') from "
            "platform.service_sync_history where service_id = " +
            std::to_string(service)
        );
    }
    std::string pushes_queued() const {
        return ask("select count(*) from calfleet.outbox where topic = 'service-changed'");
    }
};

TEST_F(Services, AreListedWithTheReasonsWhyTheyCannotBeBooked) {
    run("update platform.companies set is_active = false where id = 2");
    const std::string said = output_of({"service", "list", "--json"});
    EXPECT_THAT(said, HasSubstr(R"("divergences":1,"bookable":true,"why_not":null)"));
    EXPECT_THAT(said, HasSubstr(R"("bookable":false,"why_not":"error: it was dropped")"));
    EXPECT_THAT(said, HasSubstr(R"("bookable":false,"why_not":"it has no event type")"));
    EXPECT_THAT(said, HasSubstr(R"("why_not":"the company is switched off")"));
    EXPECT_THAT(
        output_of({"service", "list", "--company", "1", "--status", "error"}),
        AllOf(HasSubstr("Colour"), Not(HasSubstr("Haircut")), Not(HasSubstr("Massage")))
    );
    EXPECT_THAT(
        output_of({"service", "list", "--company", "1", "--diverged", "--json"}),
        AllOf(HasSubstr("Haircut"), Not(HasSubstr("Colour")))
    );
}

TEST_F(Services, OfAPushThatIsParkedSayWhatItWaitsFor) {
    output_of({"service", "push", "--service", "1"});
    EXPECT_THAT(
        output_of({"service", "list", "--service", "1"}), HasSubstr("its push is on the way")
    );
    run("insert into calfleet.jobs (worker, kind, company_id, entity, state, run_at, deadline_at, "
        "last_class) values ('service-pusher', 'push-service', 1, 'service:1', 'parked', now(), "
        "now() + interval '1 day', 'no_api_key')");
    EXPECT_THAT(
        output_of({"service", "list", "--service", "1"}), HasSubstr("its push waits: no_api_key")
    );
}

TEST_F(Services, OfAPushThatWasGivenUpNameItsLetter) {
    output_of({"service", "push", "--service", "1"});
    run("insert into calfleet.dead_letters (worker, letter_key, company_id, reason_class, reason, "
        "first_failed_at, last_failed_at, job_kind, entity) values ('service-pusher', "
        "gen_random_uuid(), 1, 'deadline', 'late', now(), now(), 'push-service', 'service:1')");
    EXPECT_THAT(
        output_of({"service", "list", "--service", "1"}),
        HasSubstr("its push was given up: dead letter 1")
    );
    run("insert into calfleet.jobs (worker, kind, company_id, entity, deadline_at) values "
        "('service-pusher', 'push-service', 1, 'service:1', now() + interval '1 day')");
    EXPECT_THAT(
        output_of({"service", "list", "--service", "1"}), HasSubstr("its push is on the way")
    );
}

TEST_F(Services, ThatArePushedBecomePendingAndAreQueued) {
    EXPECT_THAT(
        output_of({"service", "push", "--service", "1", "2", "--json"}),
        AllOf(
            HasSubstr(
                R"("service":1,"company":1,"name":"Haircut","done":"queued","status":"pending")"
            ),
            HasSubstr(R"("service":2,)")
        )
    );
    EXPECT_EQ(pushes_queued(), "2");
    EXPECT_EQ(of(2, "sync_status || version || coalesce(sync_error, '-')"), "pending2-");
    EXPECT_THAT(history(2), HasSubstr("operator:anna push changed"));
    EXPECT_THAT(
        history(2), HasSubstr(R"({"version": 1, "sync_status": "error"} -> {"version": 2)")
    );
}

TEST_F(Services, ThatWouldBePushedAreShownWithWhatGoesAlongAndNothingIsDone) {
    run(R"sql(update platform.team_event_type_mappings
        set scheduling_type = 'managed', hosts = '[{"user_id":1},{"user_id":2}]',
            snapshot = snapshot || '{"lengthInMinutesOptions":[15,45],"disableGuests":false}';
        update platform.services set is_active = false, disable_guests = true where id = 1;
        delete from calfleet.outbox)sql");
    const std::string said =
        output_of({"service", "push", "--service", "1", "2", "3", "--dry-run", "--json"});
    EXPECT_THAT(said, HasSubstr(R"("field":"name","calcom":"\"Cut\"","platform":"\"Haircut\"")"));
    EXPECT_THAT(said, HasSubstr(R"("field":"duration_minutes","calcom":"45","platform":"30")"));
    EXPECT_THAT(said, Not(HasSubstr("price_cents"))) << "it cannot be written";
    EXPECT_THAT(said, HasSubstr("not sent: 30 minutes are none of the lengths"));
    EXPECT_THAT(said, HasSubstr("questions and guests are written together"));
    EXPECT_THAT(said, HasSubstr("the 2 members' copies get the event type's values again"));
    EXPECT_THAT(said, HasSubstr("the 2 members' copies can be booked all the same"));
    EXPECT_THAT(said, HasSubstr("not pushed: no sync has read its event type yet"));
    EXPECT_THAT(said, HasSubstr("not pushed: it has no event type"));
    EXPECT_EQ(pushes_queued(), "0");
    EXPECT_EQ(history(1), "");
}

TEST_F(Services, OfOneCompanyArePushedAndNobodyElses) {
    EXPECT_THAT(
        output_of({"service", "push", "--company", "1", "--all", "--json"}),
        HasSubstr(R"("service":3,"company":1,"name":"Shave","done":"nothing")")
    );
    EXPECT_EQ(pushes_queued(), "2");
    EXPECT_EQ(of(4, "version"), "1");
    EXPECT_THAT(
        complaint_of({"service", "push", "--company", "1", "--service", "1", "4"}, 3),
        HasSubstr("there is no service 4 in company 1; nothing was changed")
    );
    EXPECT_EQ(pushes_queued(), "2");
}

TEST_F(Services, WithoutAnEventTypeCannotBePushed) {
    EXPECT_THAT(
        output_of({"service", "push", "--service", "3"}, 4), HasSubstr("it has no event type")
    );
    EXPECT_EQ(pushes_queued(), "0");
}

TEST_F(Services, ThatNobodyPushesInTimeAreReportedAsPending) {
    EXPECT_THAT(
        output_of({"service", "push", "--service", "1", "--wait", "--patience", "1"}, 1),
        HasSubstr("1 are still pending: they go on by themselves")
    );
}

TEST_F(Services, AreChosenByNameOrNotAtAll) {
    for (const std::string action : {"push", "reload", "reset"}) {
        EXPECT_THAT(
            complaint_of({"service", action}, 2),
            HasSubstr("give --service N ..., or --company N --all")
        );
        EXPECT_EQ(calfleet({"service", action, "--all"}).exit.code, 2);
        EXPECT_EQ(calfleet({"service", action, "--company", "1"}).exit.code, 2);
    }
    EXPECT_THAT(complaint_of({"service", "show", "99"}, 3), HasSubstr("there is no service 99"));
}

TEST_F(Services, ThatAreReloadedTakeCalcomsValuesAndSendNothing) {
    EXPECT_THAT(
        output_of({"service", "reload", "--service", "1", "--yes", "--json"}),
        HasSubstr(R"("done":"reloaded","status":"synced","version":2)")
    );
    EXPECT_EQ(of(1, "name || duration_minutes || pushed_version"), "Cut452");
    EXPECT_EQ(of(1, "description is null"), "true") << "the platform has no opinion about it";
    EXPECT_EQ(of(1, "pushed ->> 'description'"), "short");
    EXPECT_EQ(pushes_queued(), "0");
    EXPECT_EQ(
        ask("select string_agg(coalesce(resolution, 'open'), ' ' order by service_id) from "
            "platform.service_divergences"),
        "adopted open"
    );
    EXPECT_EQ(
        history(1),
        R"(operator:anna reload changed {"name": "Haircut", "duration_minutes": 30} -> )"
        R"({"name": "Cut", "duration_minutes": 45})"
    );
    output_of({"service", "reload", "--service", "1", "--yes"});
    EXPECT_THAT(history(1), HasSubstr("reload unchanged"));
    output_of({"service", "reload", "--service", "1", "--yes", "--fill"});
    EXPECT_EQ(of(1, "description"), "short");
}

TEST_F(Services, OfAPersonAloneAreReloadedLikeThoseOfTeams) {
    run(R"sql(
        insert into platform.team_event_type_mappings
            (company_id, calcom_team_id, calcom_event_type_id, title, slug, snapshot, seen_at) values
            (2, null, 74, 'Other', 'massage', '{"id":74,"ownerId":9,"title":"Other","slug":"massage","lengthInMinutes":60,
              "lengthInMinutesOptions":[90,60],"hidden":false}', now() + interval '1 second');
    )sql");
    EXPECT_THAT(
        output_of({"service", "reload", "--service", "4", "--yes", "--fill", "--json"}),
        HasSubstr(R"("done":"reloaded","status":"synced")")
    );
    EXPECT_EQ(of(4, "name || duration_options"), "Other[90, 60]");
    EXPECT_EQ(pushes_queued(), "0");
}

TEST_F(Services, HaveNothingToAdoptOfListsThatCalcomOnlyWritesDifferently) {
    run(R"sql(
        update platform.services set booking_fields = '[]', locations = '[{"type":"integration","integration":"zoom"}]'
        where id = 1;
        update platform.team_event_type_mappings set snapshot = snapshot || '{"bookingFields":[{"isDefault":true,
            "type":"email","slug":"email","required":true,"hidden":false}],
            "locations":[{"type":"integration","integration":"zoom","credentialId":12}]}';
    )sql");
    output_of({"service", "reload", "--service", "1", "--yes"});
    EXPECT_EQ(
        of(1, "booking_fields::text || locations::text"),
        R"([][{"type": "integration", "integration": "zoom"}])"
    );
    EXPECT_THAT(history(1), Not(HasSubstr("booking_fields")));
    run(R"sql(
        update platform.team_event_type_mappings set snapshot = snapshot || '{"locations":[{"type":"attendeePhone"}]}',
            seen_at = now();
    )sql");
    output_of({"service", "reload", "--service", "1", "--yes"});
    EXPECT_EQ(of(1, "locations"), R"([{"type": "attendeePhone"}])");
}

TEST_F(Services, AreShownAndNotReloadedWithoutAYes) {
    EXPECT_THAT(
        output_of({"service", "reload", "--service", "1"}, 4),
        AllOf(HasSubstr(R"("Haircut")"), HasSubstr(R"("Cut")"), HasSubstr("nothing was changed"))
    );
    EXPECT_EQ(of(1, "name || version"), "Haircut1");
    EXPECT_EQ(history(1), "");
}

TEST_F(Services, AreNotReloadedFromAReadingThatMayBeWrong) {
    const auto refusal = [&](int service) {
        return output_of({"service", "reload", "--service", std::to_string(service), "--yes"}, 4);
    };
    EXPECT_THAT(refusal(2), HasSubstr("no team sync has read its event type yet"));
    EXPECT_THAT(refusal(3), HasSubstr("it has no event type"));
    EXPECT_THAT(refusal(4), HasSubstr("its event type is a person's own"));
    EXPECT_THAT(
        output_of({"service", "reload", "--company", "1", "--all"}, 4), HasSubstr("Haircut")
    );
    run("update platform.team_event_type_mappings set seen_at = now() - interval '25 hours'");
    run("update platform.services set last_calcom_sync = null where id = 1");
    EXPECT_THAT(refusal(1), HasSubstr("which is too long ago: run calfleet sync team --company 1"));
    run("update platform.services set last_calcom_sync = now() where id = 1");
    EXPECT_THAT(refusal(1), HasSubstr("was written after it was read"));
    run("update platform.team_event_type_mappings set state = 'deleted'");
    EXPECT_THAT(refusal(1), HasSubstr("was deleted at Cal.com"));
    EXPECT_EQ(of(1, "name || version"), "Haircut1");
    EXPECT_EQ(history(1), "");
}

TEST_F(Services, WhosePushIsQueuedStayPendingAndHaveItConfirmed) {
    run("update platform.services set name = 'Trim' where id = 1");
    ASSERT_EQ(pushes_queued(), "1");
    EXPECT_THAT(
        output_of({"service", "reload", "--service", "1", "--yes", "--json"}),
        HasSubstr(R"("done":"reloaded","status":"pending","version":3)")
    );
    EXPECT_EQ(of(1, "name || pushed_version"), "Cut1");
    EXPECT_EQ(pushes_queued(), "2");
    run("insert into calfleet.jobs (worker, kind, company_id, entity, state, run_at, deadline_at, "
        "lease_until) values ('service-pusher', 'push-service', 1, 'service:1', 'running', now(), "
        "now() + interval '1 day', now() + interval '1 minute')");
    EXPECT_THAT(
        output_of({"service", "reload", "--service", "1", "--yes"}, 4),
        HasSubstr("it is being pushed at this moment")
    );
}

TEST_F(Services, ThatAreResetForgetWhatWasPushedAndQueueNothing) {
    EXPECT_THAT(
        output_of({"service", "reset", "--company", "1", "--all", "--json"}),
        HasSubstr(R"("service":1,"company":1,"name":"Haircut","done":"reset","status":"never")")
    );
    EXPECT_EQ(
        of(1, "sync_status || (pushed is null) || (pushed_version is null)"), "nevertruetrue"
    );
    EXPECT_EQ(of(2, "sync_error is null"), "true");
    EXPECT_EQ(of(4, "sync_status"), "synced") << "another company's";
    EXPECT_EQ(pushes_queued(), "0");
    EXPECT_THAT(
        history(1), AllOf(HasSubstr("operator:anna reset changed"), HasSubstr(R"(["name"])"))
    );
    EXPECT_THAT(
        output_of({"service", "divergences", "--company", "1"}), HasSubstr("no open divergences")
    );
    EXPECT_THAT(
        output_of({"service", "divergences", "--company", "1", "--resolved", "--json"}),
        HasSubstr(R"("resolution":"reset")")
    );
}

TEST_F(Services, ThatAreResetAndPushedAreQueuedOnce) {
    EXPECT_THAT(
        output_of({"service", "reset", "--service", "1", "--push", "--json"}),
        HasSubstr(R"("done":"reset","status":"pending","version":2)")
    );
    EXPECT_EQ(pushes_queued(), "1");
}

TEST_F(Services, WerePushedForTheOperatorsWhoAskedForItSinceThePushBefore) {
    run(R"sql(
        insert into platform.service_sync_history (company_id, service_id, actor, direction, version, outcome, error) values
            (1, 1, 'operator:anna', 'push', 2, 'changed', null), (1, 1, 'operator:bert', 'push', 3, 'changed', null),
            (1, 1, 'operator:anna', 'push', 3, 'changed', null), (1, 1, 'operator:cleo', 'reset', 3, 'changed', null),
            (1, 2, 'operator:dora', 'push', 3, 'changed', null), (1, 1, 'service-pusher', 'push', 3, 'changed', null),
            (1, 1, 'operator:emil', 'push', 5, 'changed', null), (1, 1, 'service-pusher', 'push', 4, 'failed', 'x'),
            (1, 1, 'service-pusher', 'push', 5, 'changed', null);
    )sql");
    const std::string said = output_of({"service", "history", "--service", "1", "--json"});
    const auto pushed = [](const std::string& people, const std::string& outcome, int version) {
        return R"("actor":"service-pusher","asked_by":)" + people +
               R"(,"direction":"push","outcome":")" + outcome + R"(","version":)" +
               std::to_string(version);
    };
    EXPECT_THAT(said, HasSubstr(pushed(R"("operator:anna, operator:bert")", "changed", 3)));
    EXPECT_THAT(said, HasSubstr(pushed("null", "failed", 4)))
        << "emil asked while it was on its way";
    EXPECT_THAT(said, HasSubstr(pushed(R"("operator:emil")", "changed", 5)));
}

TEST_F(Services, AreShownWithWhatHappenedToThem) {
    output_of({"service", "push", "--service", "1"});
    const std::string said = output_of({"service", "show", "1", "--json"});
    EXPECT_THAT(said, HasSubstr(R"("last_action":"push","by":"operator:anna")"));
    EXPECT_THAT(said, HasSubstr(R"("field":"name","platform":"\"Haircut\"","calcom":"\"Cut\"")"));
    EXPECT_THAT(
        output_of({"service", "history", "--company", "1", "--json"}),
        HasSubstr(
            R"("service":1,"actor":"operator:anna","asked_by":null,"direction":"push","outcome":"changed")"
        )
    );
    EXPECT_THAT(
        output_of({"service", "divergences", "--company", "2"}),
        AllOf(HasSubstr("Massage"), Not(HasSubstr("Haircut")))
    );
}

} // namespace
} // namespace calfleet::cli
