#pragma once
// Whether a login is one that a worker may have: one that row-level security binds. Private to this
// folder, but for the prefix.

#include <optional>
#include <string>
#include <string_view>

namespace calfleet::postgres {

/// How a refusal begins, so that a program can tell it from a server that is away.
inline constexpr std::string_view kLoginRefused = "postgres: this login is refused: ";

struct LoginFacts {
    std::string name{};
    bool superuser{false};
    bool bypasses_row_security{false};
    bool owner{false};            ///< is calfleet_owner, or may become it
    bool operates{false};         ///< is calfleet_operator, or may become it
    bool inherits_runtime{false}; ///< has a runtime role's rights without entering it
    bool becomes_unbound{false};  ///< may become a superuser or a role that bypasses
};

/// One row, the columns in the order of LoginFacts. Both the login and the role that it was turned
/// into at once (`alter role ... set role`) are looked at. pg_has_role knows how this server
/// version inherits: by the role before 16, by each membership since.
inline constexpr std::string_view kLoginFacts =
    "with who as (select rolname, oid, rolsuper, rolbypassrls from pg_catalog.pg_roles "
    "where rolname in (session_user, current_user)), "
    "seats as (select who.*, seat.rolname as seat, seat.oid as seat_oid, "
    "seat.rolsuper or seat.rolbypassrls as unbound from who cross join pg_catalog.pg_roles seat "
    "where seat.rolsuper or seat.rolbypassrls "
    "or seat.rolname in ('calfleet_owner', 'calfleet_operator') "
    "or seat.rolname ~ '^calfleet_([a-z_]+_)?runtime$') "
    "select session_user::text, "
    "(select pg_catalog.bool_or(rolsuper) from who), "
    "(select pg_catalog.bool_or(rolbypassrls) from who), "
    "coalesce(pg_catalog.bool_or(seat = 'calfleet_owner' "
    "and pg_catalog.pg_has_role(oid, seat_oid, 'MEMBER')), false), "
    "coalesce(pg_catalog.bool_or(seat = 'calfleet_operator' "
    "and pg_catalog.pg_has_role(oid, seat_oid, 'MEMBER')), false), "
    "coalesce(pg_catalog.bool_or(seat ~ '^calfleet_([a-z_]+_)?runtime$' "
    "and pg_catalog.pg_has_role(oid, seat_oid, 'USAGE')), false), "
    "coalesce(pg_catalog.bool_or(unbound "
    "and pg_catalog.pg_has_role(oid, seat_oid, 'MEMBER')), false) from seats";

/// Nothing when a worker may log in so; else what is wrong and what to do.
std::optional<std::string> why_no_worker(const LoginFacts& login);

} // namespace calfleet::postgres
