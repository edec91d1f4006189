// What is sealed opens for the same company, credential and purpose, under a key that is still
// there, and for nobody else.

#include "common/sealing/envelope.h"

#include <gtest/gtest.h>

namespace calfleet::sealing {
namespace {

Uuid uuid(std::uint8_t last) {
    Uuid id;
    id.bytes[15] = last;
    return id;
}

Key key(char digit) {
    return *Key::from_hex(std::string(64, digit));
}

KeyRing ring(std::initializer_list<char> newest_first) {
    std::vector<Key> keys;
    for (const char digit : newest_first)
        keys.push_back(key(digit));
    return *KeyRing::of(std::move(keys));
}

const DataKeyName kDataKey{.company = CompanyId{7}, .dek = uuid(1)};
const SecretName kSecret{.company = CompanyId{7}, .credential = uuid(2), .purpose = "api-key"};

TEST(SealedSecrets, OpenForTheSameNameAndKey) {
    const Key data_key = Key::random();
    const auto sealed = seal(data_key, uuid(1), kSecret, "cal_live_0123456789");
    ASSERT_TRUE(sealed) << sealed.error().message;
    EXPECT_EQ(sealed->find("cal_live"), std::string::npos);
    EXPECT_EQ(*data_key_of(*sealed), uuid(1));
    const auto opened = open(data_key, kSecret, *sealed);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->reveal_for_use(), "cal_live_0123456789");
}

TEST(SealedSecrets, NeverLookAlike) {
    const Key data_key = Key::random();
    EXPECT_NE(
        *seal(data_key, uuid(1), kSecret, "the same"), *seal(data_key, uuid(1), kSecret, "the same")
    );
}

TEST(SealedSecrets, DoNotOpenForAnotherCompanyCredentialPurposeOrKey) {
    const Key data_key = key('a');
    const std::string sealed = *seal(data_key, uuid(1), kSecret, "s");
    SecretName other = kSecret;
    other.company = CompanyId{8};
    EXPECT_EQ(open(data_key, other, sealed).error().kind, ErrorKind::Invalid);
    other = kSecret;
    other.credential = uuid(3);
    EXPECT_FALSE(open(data_key, other, sealed));
    other = kSecret;
    other.purpose = "webhook-secret";
    EXPECT_FALSE(open(data_key, other, sealed));
    EXPECT_FALSE(open(key('b'), kSecret, sealed));
}

TEST(SealedSecrets, DoNotOpenWithAnyBitChangedOrAnyByteCutOff) {
    const Key data_key = Key::random();
    const std::string sealed = *seal(data_key, uuid(1), kSecret, "cal_live_1");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = sealed;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            EXPECT_FALSE(open(data_key, kSecret, changed)) << "byte " << i << ", bit " << bit;
        }
        EXPECT_FALSE(open(data_key, kSecret, sealed.substr(0, i))) << i << " bytes left";
    }
}

TEST(SealedSecrets, AreNeitherEmptyNorEndless) {
    EXPECT_FALSE(seal(key('a'), uuid(1), kSecret, ""));
    EXPECT_TRUE(seal(key('a'), uuid(1), kSecret, std::string(kMostSecretBytes, 'x')));
    EXPECT_EQ(
        seal(key('a'), uuid(1), kSecret, std::string(kMostSecretBytes + 1, 'x')).error().message,
        "a secret of 4097 bytes; expected 1 to 4096"
    );
}

TEST(KeyRings, WrapUnderTheNewestKeyAndUnwrapWithAnyTheyHave) {
    const Key data_key = Key::random();
    const WrappedKey old = ring({'a'}).wrap(data_key, kDataKey);
    const KeyRing rotating = ring({'b', 'a'});
    const auto unwrapped = rotating.unwrap(old, kDataKey);
    ASSERT_TRUE(unwrapped) << unwrapped.error().message;
    EXPECT_EQ(key_id(*unwrapped), key_id(data_key));
    const WrappedKey fresh = rotating.wrap(*unwrapped, kDataKey);
    EXPECT_EQ(fresh.kek_id, key_id(key('b')));
    EXPECT_EQ(key_id(*ring({'b'}).unwrap(fresh, kDataKey)), key_id(data_key));
}

TEST(KeyRings, SayWhichKeyIsMissing) {
    const WrappedKey old = ring({'a'}).wrap(Key::random(), kDataKey);
    const auto refused = ring({'b'}).unwrap(old, kDataKey);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::NotFound);
    EXPECT_EQ(
        refused.error().message,
        "the data key of company 7 is wrapped with key " + key_id(key('a')) +
            ", which is in no key file given: add that file behind the newest one"
    );
}

TEST(KeyRings, UnwrapNothingThatWasWrappedForAnotherCompanyOrChanged) {
    const KeyRing keys = ring({'a'});
    WrappedKey wrapped = keys.wrap(Key::random(), kDataKey);
    EXPECT_FALSE(keys.unwrap(wrapped, {.company = CompanyId{8}, .dek = kDataKey.dek}));
    EXPECT_FALSE(keys.unwrap(wrapped, {.company = kDataKey.company, .dek = uuid(9)}));
    wrapped.bytes.back() = static_cast<char>(wrapped.bytes.back() ^ 1);
    EXPECT_FALSE(keys.unwrap(wrapped, kDataKey));
    wrapped.bytes.resize(20);
    EXPECT_EQ(
        keys.unwrap(wrapped, kDataKey).error().message,
        "the data key of company 7 is no wrapped key of version 1"
    );
}

TEST(KeyRings, NeedAKeyAndEachOfThemOnce) {
    EXPECT_EQ(
        KeyRing::read({}).error().message,
        "no key file is named: nothing can be sealed or opened without one"
    );
    std::vector<Key> twice;
    twice.push_back(key('a'));
    twice.push_back(key('a'));
    EXPECT_EQ(
        KeyRing::of(std::move(twice)).error().message,
        "key " + key_id(key('a')) + " is there twice: each key file must have a key of its own"
    );
}

} // namespace
} // namespace calfleet::sealing
