#include "common/calcom/client.h"

#include "common/json/parser.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

namespace calfleet::calcom {
namespace {

// What a parser has once seen it keeps room for: a giant answer gets a parser of its own.
constexpr std::size_t kUsualAnswerBytes = 512 * 1024;

constexpr RequestKind kRead{.effect = Effect::Read};
constexpr RequestKind kPatch{.effect = Effect::Repeatable};

http::Headers& headers_of(http::CallResult& result) {
    return std::visit([](auto& one) -> http::Headers& { return one.headers; }, result);
}

int status_of(const http::CallResult& result) {
    return std::visit([](const auto& one) { return one.status; }, result);
}

std::size_t body_size(const http::CallResult& result) {
    const auto* answer = std::get_if<http::Answer>(&result);
    return answer == nullptr ? 0 : answer->body.size();
}

// Every class but Confirmed is a setback of the same type.
Setback setback_of(AnswerClass&& outcome) {
    return std::visit(
        [](auto&& one) -> Setback {
            if constexpr (std::is_same_v<std::decay_t<decltype(one)>, Confirmed>)
                return Unknown{one.status, "success was not looked at"};
            else
                return std::move(one);
        },
        std::move(outcome)
    );
}

template <class T, class Read>
Reply<T> reply_to(
    const RequestKind& kind, http::CallResult& result, json::Parser& parser, Instant now, Read read
) {
    Reply<T> reply{
        .outcome = Setback{Unknown{}}, .limits = parse_rate_limits(headers_of(result), now)};
    AnswerClass outcome = classify(kind, result, parser, now);
    const auto* confirmed = std::get_if<Confirmed>(&outcome);
    if (confirmed == nullptr) {
        reply.outcome = setback_of(std::move(outcome));
        return reply;
    }
    Result<T> value = read(confirmed->data);
    if (value)
        reply.outcome = std::move(*value);
    else if (value.error().kind == ErrorKind::Conflict)
        reply.outcome =
            Setback{Definite{Refusal::TooLarge, status_of(result), {}, value.error().message}};
    else
        reply.outcome = Setback{Unknown{status_of(result), "unexpected: " + value.error().message}};
    return reply;
}

template <class T>
Reply<T> refused_here(const Error& error) {
    return {.outcome = Setback{Definite{Refusal::Invalid, 0, {}, error.message}}, .limits = {}};
}

Result<std::optional<EventType>> read_at_most_one(json::Value data, const UserSlug& slug) {
    auto types = read_event_types(data);
    if (!types) return types.error();
    const auto found = std::ranges::find(*types, slug.event_slug, &EventType::slug);
    if (found == types->end()) return std::optional<EventType>{};
    if (!found->unfit.empty()) return Error{ErrorKind::Conflict, found->unfit};
    return std::optional<EventType>(std::move(*found));
}

Result<PatchedTeamEventType> read_patched(json::Value data, EventTypeId id) {
    PatchedTeamEventType patched;
    if (!data.is_array()) {
        auto type = read_event_type(data);
        if (!type) return type.error();
        patched.event_type = std::move(*type);
        return patched;
    }
    auto types = read_event_types(data);
    if (!types) return types.error();
    bool found = false;
    for (EventType& type : *types) {
        if (type.id == id && !type.unfit.empty())
            return Error{ErrorKind::Conflict, std::move(type.unfit)};
        if (type.id != id) {
            patched.children.push_back(std::move(type));
            continue;
        }
        patched.event_type = std::move(type);
        found = true;
    }
    if (!found) return invalid("data: the changed event type is not among those answered");
    return patched;
}

} // namespace

struct Client::Impl {
    http::Client& http;
    const Clock& clock;
    json::Parser parser{};

    template <class T, class Read>
    Awaitable<T> ask(http::Call call, RequestKind kind, Until until, Read read) {
        http::CallResult result = co_await http.call(std::move(call), until);
        // No wait from here on: one parser serves all calls.
        if (body_size(result) <= kUsualAnswerBytes)
            co_return reply_to<T>(kind, result, parser, clock.now(), read);
        json::Parser own;
        co_return reply_to<T>(kind, result, own, clock.now(), read);
    }
};

Client::Client(http::Client& http, const Clock& clock)
    : impl_(new Impl{http, clock}) {}
Client::~Client() = default;

Client::Awaitable<Me> Client::me(const ApiKey& key, Until until) {
    return impl_->ask<Me>(me_request(key), kRead, until, read_me);
}

Client::Awaitable<std::vector<Team>> Client::teams(const ApiKey& key, Until until) {
    return impl_->ask<std::vector<Team>>(teams_request(key), kRead, until, read_teams);
}

Client::Awaitable<std::vector<Membership>>
Client::memberships(const ApiKey& key, TeamId team, std::size_t skip, Until until) {
    return impl_->ask<std::vector<Membership>>(
        memberships_request(key, team, skip), kRead, until, read_memberships
    );
}

Client::Awaitable<std::vector<EventType>> Client::own_event_types(const ApiKey& key, Until until) {
    return impl_->ask<std::vector<EventType>>(
        own_event_types_request(key), kRead, until, read_event_types
    );
}

Client::Awaitable<EventType> Client::event_type(const ApiKey& key, EventTypeId id, Until until) {
    return impl_->ask<EventType>(event_type_request(key, id), kRead, until, read_event_type);
}

Client::Awaitable<std::vector<EventType>>
Client::team_event_types(const ApiKey& key, TeamId team, Until until) {
    return impl_->ask<std::vector<EventType>>(
        team_event_types_request(key, team), kRead, until, read_event_types
    );
}

Client::Awaitable<EventType>
Client::team_event_type(const ApiKey& key, TeamId team, EventTypeId id, Until until) {
    return impl_->ask<EventType>(
        team_event_type_request(key, team, id), kRead, until, read_event_type
    );
}

Client::Awaitable<std::optional<EventType>>
Client::user_event_type(const ApiKey& key, const UserSlug& slug, Until until) {
    return impl_->ask<std::optional<EventType>>(
        user_event_type_request(key, slug),
        kRead,
        until,
        [slug](json::Value data) { return read_at_most_one(data, slug); }
    );
}

Client::Awaitable<bool> Client::user_slots(const ApiKey& key, const UserSlug& slug, Until until) {
    const auto tomorrow =
        std::chrono::floor<std::chrono::days>(impl_->clock.now()) + std::chrono::days{1};
    return impl_->ask<bool>(
        user_slots_request(key, slug, Date{tomorrow}),
        kRead,
        until,
        [](json::Value) { return Result<bool>(true); }
    );
}

Client::Awaitable<RawQuestions>
Client::raw_questions(const ApiKey& key, EventTypeId id, Until until) {
    return impl_->ask<RawQuestions>(
        raw_event_type_request(key, id),
        kRead,
        until,
        // A server that shows it otherwise, or not at all, tells nothing.
        [](json::Value data) {
            auto raw = read_raw_questions(data);
            return Result<RawQuestions>(raw ? std::move(*raw) : RawQuestions{});
        }
    );
}

Client::Awaitable<EventType> Client::patch_event_type(
    const ApiKey& key, EventTypeId id, const EventTypePatch& patch, Until until
) {
    if (const Result<> sound = check(patch, Ownership::Personal); !sound)
        co_return refused_here<EventType>(sound.error());
    co_return co_await impl_->ask<EventType>(
        patch_event_type_request(key, id, patch), kPatch, until, read_event_type
    );
}

Client::Awaitable<PatchedTeamEventType> Client::patch_team_event_type(
    const ApiKey& key, TeamId team, EventTypeId id, const EventTypePatch& patch, Until until
) {
    if (const Result<> sound = check(patch, Ownership::Team); !sound)
        co_return refused_here<PatchedTeamEventType>(sound.error());
    co_return co_await impl_->ask<PatchedTeamEventType>(
        patch_team_event_type_request(key, team, id, patch),
        kPatch,
        until,
        [id](json::Value data) { return read_patched(data, id); }
    );
}

} // namespace calfleet::calcom
