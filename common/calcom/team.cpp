#include "common/calcom/team.h"

#include "common/calcom/answer_fields.h"

#include <array>
#include <utility>

namespace calfleet::calcom {
namespace {

using events::Path;

constexpr Path kData{.name = "data"};

Result<Team> read_team(const Path& path, json::Value value) {
    static constexpr json::FieldTable kFields{std::array<std::string_view, 6>{
        "id", "parentId", "name", "slug", "timeZone", "isOrganization"}};
    json::Fields<6> fields;
    AnswerFields in;
    Team team;
    const bool readable = in.object(path, value, kFields, fields) &&
                          in.required_id(path / "id", fields[0], team.id) &&
                          in.id(path / "parentId", fields[1], team.parent) &&
                          in.label(path / "name", fields[2], kMostNameBytes, team.name) &&
                          in.label(path / "slug", fields[3], kMostUsernameBytes, team.slug) &&
                          in.label(path / "timeZone", fields[4], kMostWordBytes, team.time_zone) &&
                          in.truth(path / "isOrganization", fields[5], team.is_organization);
    if (!readable) return in.error();
    return team;
}

Membership::Role role_of(std::string_view word) {
    if (word == "MEMBER") return Membership::Role::Member;
    if (word == "ADMIN") return Membership::Role::Admin;
    if (word == "OWNER") return Membership::Role::Owner;
    return Membership::Role::Other;
}

bool read_user(AnswerFields& in, const Path& path, json::Value value, Membership& out) {
    static constexpr json::FieldTable kFields{
        std::array<std::string_view, 3>{"email", "name", "username"}};
    json::Fields<3> fields;
    return in.object(path, value, kFields, fields) &&
           in.label(path / "email", fields[0], kMostMailboxBytes, out.email) &&
           in.label(path / "name", fields[1], kMostNameBytes, out.name) &&
           in.label(path / "username", fields[2], kMostUsernameBytes, out.username);
}

Result<Membership> read_membership(const Path& path, json::Value value) {
    static constexpr json::FieldTable kFields{
        std::array<std::string_view, 6>{"id", "userId", "teamId", "accepted", "role", "user"}};
    json::Fields<6> fields;
    AnswerFields in;
    Membership membership;
    std::string role;
    const bool readable = in.object(path, value, kFields, fields) &&
                          in.required_id(path / "id", fields[0], membership.id) &&
                          in.required_id(path / "userId", fields[1], membership.user) &&
                          in.required_id(path / "teamId", fields[2], membership.team) &&
                          in.truth(path / "accepted", fields[3], membership.accepted) &&
                          in.label(path / "role", fields[4], kMostWordBytes, role) &&
                          (!fields[5] || fields[5]->is_null() ||
                           read_user(in, path / "user", *fields[5], membership));
    if (!readable) return in.error();
    membership.role = role_of(role);
    return membership;
}

template <class Item>
Result<std::vector<Item>>
read_list(json::Value value, std::size_t most, Result<Item> (*read)(const Path&, json::Value)) {
    if (!value.is_array())
        return invalid("data: " + std::string(json::name(value.kind())) + ", expected an array");
    std::vector<Item> items;
    for (const json::Value element : value.elements()) {
        if (items.size() == most)
            return Error{
                ErrorKind::Conflict, "data: more than " + std::to_string(most) + " elements"};
        const Path path = kData[items.size()];
        Result<Item> item = read(path, element);
        if (!item) return item.error();
        items.push_back(std::move(*item));
    }
    return items;
}

} // namespace

std::string_view name(Membership::Role role) {
    switch (role) {
    case Membership::Role::Member:
        return "member";
    case Membership::Role::Admin:
        return "admin";
    case Membership::Role::Owner:
        return "owner";
    case Membership::Role::Other:
        return "other";
    }
    return "other";
}

Result<Me> read_me(json::Value value) {
    static constexpr json::FieldTable kFields{std::array<std::string_view, 6>{
        "id", "email", "name", "username", "timeZone", "organizationId"}};
    json::Fields<6> fields;
    AnswerFields in;
    Me me;
    const bool readable =
        in.object(kData, value, kFields, fields) &&
        in.required_id(kData / "id", fields[0], me.id) &&
        in.label(kData / "email", fields[1], kMostMailboxBytes, me.email) &&
        in.label(kData / "name", fields[2], kMostNameBytes, me.name) &&
        in.label(kData / "username", fields[3], kMostUsernameBytes, me.username) &&
        in.label(kData / "timeZone", fields[4], kMostWordBytes, me.time_zone) &&
        in.number(kData / "organizationId", fields[5], 1, me.organization);
    if (!readable) return in.error();
    return me;
}

Result<std::vector<Team>> read_teams(json::Value value) {
    return read_list<Team>(value, kMostTeams, read_team);
}

Result<std::vector<Membership>> read_memberships(json::Value value) {
    return read_list<Membership>(value, kMostMemberships, read_membership);
}

Result<> MembershipCollector::add(std::vector<Membership> page, std::size_t page_size) {
    received_ += page.size();
    complete_ = page.size() < page_size;
    for (Membership& membership : page) {
        const MembershipId id = membership.id;
        members_.insert_or_assign(id, std::move(membership));
    }
    if (received_ > kMostMemberships)
        return invalid(
            "a team with more than " + std::to_string(kMostMemberships) +
            " memberships: the list does not end"
        );
    return {};
}

std::vector<Membership> MembershipCollector::take() {
    std::vector<Membership> all;
    all.reserve(members_.size());
    for (auto& [id, membership] : members_)
        all.push_back(std::move(membership));
    members_.clear();
    return all;
}

} // namespace calfleet::calcom
