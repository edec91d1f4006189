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
const SecretName kSecret{
    .company = CompanyId{7},
    .credential = uuid(2),
    .purpose = "api-key",
    .fingerprint = "00000000000000f7"};

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

TEST(SealedSecrets, DoNotOpenUnderAnotherFingerprint) {
    const Key data_key = key('a');
    SecretName other = kSecret;
    other.fingerprint = "00000000000000f8";
    const std::string ours = *seal(data_key, uuid(1), kSecret, "ours");
    const std::string theirs = *seal(data_key, uuid(1), other, "theirs");
    EXPECT_TRUE(open(data_key, kSecret, ours));
    EXPECT_TRUE(open(data_key, other, theirs));
    EXPECT_FALSE(open(data_key, kSecret, theirs));
    EXPECT_FALSE(open(data_key, other, ours));
    other.fingerprint = "";
    EXPECT_FALSE(open(data_key, other, ours));
}

/// What stands before the bar and what behind it cannot be told apart by moving the bar.
TEST(SealedSecrets, AreNotSealedUnderWhatIsNoFingerprint) {
    SecretName other = kSecret;
    for (const std::string_view wrong :
         {"", "00000000000000f", "00000000000000f77", "00000000000000F7", "|000000000000000"}) {
        other.fingerprint = wrong;
        EXPECT_EQ(
            seal(key('a'), uuid(1), other, "s").error().message,
            "a secret of company 7 has no fingerprint to be sealed with"
        );
    }
}

std::string bytes_of_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2)
        bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16))
        );
    return bytes;
}

/// The bytes are what release 0.2.0 made of these names, with the data key 'd' and the key 'a'.
TEST(SealedSecrets, OfTheReleaseBeforeOpenAsTheyAre) {
    const std::string sealed =
        bytes_of_hex("0100000000000000000000000000000001a70ec431dd236f55db1547b7652d2ff07736"
                     "f00f0e938053919b34e8a87a227ad42957bd4b0c431bf9c1bffa3db06e356584942743");
    EXPECT_TRUE(is_without_fingerprint(sealed));
    EXPECT_FALSE(is_without_fingerprint(*seal(key('d'), uuid(1), kSecret, "s")));
    const auto opened = open(key('d'), kSecret, sealed);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->reveal_for_use(), "cal_live_canary0123456789");
    SecretName other = kSecret;
    other.company = CompanyId{8};
    EXPECT_FALSE(open(key('d'), other, sealed));
    // Saying that it is of the other version does not make it one.
    std::string renamed = sealed;
    renamed.front() = 2;
    EXPECT_FALSE(open(key('d'), kSecret, renamed));
    std::string anew = *seal(key('d'), uuid(1), kSecret, "s");
    anew.front() = 1;
    EXPECT_FALSE(open(key('d'), kSecret, anew));
    const WrappedKey wrapped{
        .kek_id = key_id(key('a')),
        .bytes =
            bytes_of_hex("01135898e76bec02ab273204c57a45527e7dd337334f9c327571aa394e517b90330359"
                         "c2608a62aaa2e3b7e2643487fdf2f24cf91876777a57bc8f47c1")};
    EXPECT_EQ(key_id(*ring({'a'}).unwrap(wrapped, kDataKey)), key_id(key('d')));
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
