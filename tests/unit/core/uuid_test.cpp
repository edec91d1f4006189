#include "common/core/digest.h"
#include "common/core/random.h"
#include "common/core/uuid.h"

#include <gtest/gtest.h>

#include <set>

namespace calfleet {
namespace {

using namespace std::chrono_literals;

TEST(Uuid, IsWrittenAndReadInTheCanonicalForm) {
    const auto uuid = parse_uuid("0190163D-8694-7f9e-bf3c-1f2e3d4c5b6a");
    ASSERT_TRUE(uuid);
    EXPECT_EQ(to_string(*uuid), "0190163d-8694-7f9e-bf3c-1f2e3d4c5b6a");
}

TEST(Uuid, RefusesWhatIsNone) {
    for (const char* text :
         {"",
          "0190163d86947f9ebf3c1f2e3d4c5b6a",
          "0190163d-8694-7f9e-bf3c-1f2e3d4c5b6",
          "0190163d-8694-7f9e-bf3c-1f2e3d4c5b6a0",
          "0190163d-8694-7f9e-bf3c-1f2e3d4c5b6g",
          "0190163d--8694-7f9e-bf3c-1f2e3d4c5b6a",
          "{0190163d-8694-7f9e-bf3c-1f2e3d4c5b6a}",
          "01901-63d86947f9ebf3c1f2e3d4c5b6a"})
        EXPECT_FALSE(parse_uuid(text)) << text;
}

TEST(UuidV7, CarriesTimeVersionAndVariant) {
    Random random(1);
    const Uuid uuid = make_uuid_v7(Instant{1'645'557'742'000ms}, random);
    const std::string text = to_string(uuid);
    EXPECT_EQ(text.substr(0, 13), "017f22e2-79b0") << "the time of RFC 9562's example";
    EXPECT_EQ(text[14], '7');
    EXPECT_EQ(uuid.bytes[8] & 0xC0U, 0x80U);
}

TEST(UuidV7, SortsByTimeAndDoesNotRepeat) {
    Random random(1);
    std::set<Uuid> seen;
    Uuid last{};
    for (int i = 0; i < 10'000; ++i) {
        const Uuid uuid = make_uuid_v7(Instant{std::chrono::milliseconds{i}}, random);
        EXPECT_GT(uuid, last);
        EXPECT_TRUE(seen.insert(uuid).second);
        last = uuid;
    }
}

TEST(NameUuid, IsTheSameEverywhereAndTellsTheBordersOfItsPartsApart) {
    EXPECT_EQ(name_uuid({"host-mapper", "s", "1"}), name_uuid({"host-mapper", "s", "1"}));
    EXPECT_NE(name_uuid({"ab", "c"}), name_uuid({"a", "bc"}));
    EXPECT_NE(name_uuid({"ab"}), name_uuid({"ab", ""}));
    EXPECT_NE(name_uuid({}), name_uuid({""}));
}

TEST(NameUuid, NeverChanges) {
    // Idempotency keys are stored: another value here means every event is new again.
    EXPECT_EQ(
        to_string(name_uuid({"host-mapper", "platform", "e-1"})),
        "67492768-10c8-bce2-a661-079709fa1ed2"
    );
}

TEST(Sha256, MatchesThePublishedVectors) {
    EXPECT_EQ(
        to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    EXPECT_EQ(
        to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

} // namespace
} // namespace calfleet
