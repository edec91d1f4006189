#pragma once
// Keys of companies as the operator's commands seal them, and what opens with which key files.

#include "common/core/uuid.h"
#include "common/postgres/session.h"
#include "common/sealing/envelope.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/integration/calfleet/command_test.h"

namespace calfleet::cli {

inline constexpr const char* kCanary = "cal_live_canary0123456789";

class Keys : public CommandTest {
protected:
    std::string kek(char digit) const {
        return file(std::string("kek-") + digit, std::string(64, digit) + "\n");
    }

    // The program inherits an open descriptor, as a shell's `3< FILE` makes it.
    struct Descriptor {
        explicit Descriptor(const std::string& path)
            : number(::open(path.c_str(), O_RDONLY)) {}
        ~Descriptor() { ::close(number); }
        Descriptor(const Descriptor&) = delete;
        int number;
    };

    test_support::Finished
    set_key(int company, const std::string& secret, const std::string& keks) const {
        const Descriptor descriptor(file("secret", secret));
        const std::string number = std::to_string(company), fd = std::to_string(descriptor.number);
        const std::string pepper = file("pepper", std::string(64, 'e'));
        return calfleet(
            {"company",
             "set-key",
             number,
             "--key-fd",
             fd,
             "--key-files",
             keks,
             "--pepper-file",
             pepper,
             "--json"}
        );
    }
    std::string set(int company, const std::string& secret, const std::string& keks) const {
        const auto done = set_key(company, secret, keks);
        return done.exit == test_support::Exit{0, 0} ? done.out : done.err;
    }

    // What a worker would read with these key files.
    std::string opened(int company, const std::vector<std::string>& keks) const {
        const auto ring = sealing::KeyRing::read(keks);
        if (!ring) return ring.error().message;
        static constexpr postgres::Statement kRow{
            "test.sealed",
            "select c.credential_id, c.sealed, k.dek_id, k.kek_id, k.wrapped, c.fingerprint from "
            "calfleet.calcom_credentials c "
            "join calfleet.sealing_keys k on k.dek_id = c.dek_id where c.company_id = $1 and "
            "c.state = 'active'"};
        postgres::Session session({.dsn = database().dsn()});
        const auto text = session.transact(
            postgres::Access::login(),
            [&](postgres::Transaction& t) -> std::string {
                const auto rows = t.exec(kRow, postgres::params(std::int64_t{company}));
                if (rows.empty()) return "no key";
                const postgres::Row row = rows[0];
                const auto key = ring->unwrap(
                    {.kek_id = std::string(row.text(3)), .bytes = row.bytes(4)},
                    {.company = CompanyId{company}, .dek = row.uuid(2)}
                );
                if (!key) return key.error().message;
                const auto secret = sealing::open(
                    *key,
                    {.company = CompanyId{company},
                     .credential = row.uuid(0),
                     .purpose = "api-key",
                     .fingerprint = row.text(5)},
                    row.bytes(1)
                );
                return secret ? secret->reveal_for_use() : secret.error().message;
            }
        );
        return text ? *text : text.error().message;
    }

    void park(const std::string& reason) const {
        run("insert into calfleet.jobs (worker, kind, company_id, entity, state, run_at, "
            "deadline_at, last_class) "
            "values ('service-pusher', 'push', 1, gen_random_uuid(), 'parked', now() + interval '1 "
            "hour', now() + interval '2 days', '" +
            reason + "')");
    }
};

} // namespace calfleet::cli
