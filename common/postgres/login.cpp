#include "common/postgres/login.h"

#include "common/core/text.h"

namespace calfleet::postgres {

std::optional<std::string> why_no_worker(const LoginFacts& login) {
    const std::string who = "\"" + printable(login.name, 63) + "\" ";
    const auto refusal = [&](const std::string& what) {
        return std::string(kLoginRefused) + who + what +
               ", so that nothing keeps the companies apart: log in as calfleet_worker or as a "
               "member of it that has nothing else";
    };
    if (login.superuser) return refusal("is a superuser");
    if (login.bypasses_row_security) return refusal("bypasses row-level security (BYPASSRLS)");
    if (login.becomes_unbound)
        return refusal("may become a superuser or a role that bypasses row-level security");
    if (login.operates) return refusal("is calfleet_operator or a member of it");
    if (login.owner) return refusal("is calfleet_owner or a member of it");
    if (login.inherits_runtime)
        return refusal(
            "inherits calfleet_runtime (a worker enters it, and must not have its rights "
            "all the time: NOINHERIT, or GRANT ... WITH INHERIT FALSE from 16 on)"
        );
    return std::nullopt;
}

} // namespace calfleet::postgres
