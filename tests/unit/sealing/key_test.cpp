// Keys come from files or nowhere, and what is wrong with a file is said without telling the key.

#include "common/sealing/key.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/wait.h"

namespace calfleet::sealing {
namespace {

const std::string kDigits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

class KeyFiles : public ::testing::Test {
protected:
    std::string file(const std::string& content) {
        const auto path = folder_.path() / "kek";
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
        return path.string();
    }
    std::string complaint(const std::string& content) {
        const std::string path = file(content);
        const Result<Key> key = read_key_file(path);
        if (key) return "a key";
        EXPECT_EQ(key.error().message.rfind("key file " + path + ": ", 0), 0U)
            << key.error().message;
        return key.error().message.substr(("key file " + path + ": ").size());
    }
    test_support::TemporaryDirectory folder_{"keys"};
};

TEST_F(KeyFiles, HoldSixtyFourDigitsAndPerhapsALineBreak) {
    const Key expected = *Key::from_hex(kDigits);
    for (const std::string& content : {kDigits, kDigits + "\n", "\n" + kDigits + "\r\n"}) {
        const Result<Key> key = read_key_file(file(content));
        ASSERT_TRUE(key) << key.error().message;
        EXPECT_EQ(key_id(*key), key_id(expected));
    }
}

TEST_F(KeyFiles, ThatAreTruncatedEmptyOrNoKeyAreRefusedWithoutTellingTheirContent) {
    EXPECT_EQ(
        complaint(kDigits.substr(0, 61)),
        "a key of 61 characters; expected exactly 64 hexadecimal digits, as from openssl rand "
        "-hex 32"
    );
    EXPECT_EQ(
        complaint(kDigits + "2"),
        "a key of 65 characters; expected exactly 64 hexadecimal digits, as from openssl rand "
        "-hex 32"
    );
    EXPECT_EQ(
        complaint(""), "is empty; expected 64 hexadecimal digits, as from openssl rand -hex 32"
    );
    EXPECT_EQ(
        complaint(" \n"), "is empty; expected 64 hexadecimal digits, as from openssl rand -hex 32"
    );
    std::string wrong = kDigits;
    wrong[6] = 'x';
    EXPECT_EQ(
        complaint(wrong),
        "a key with something else than a hexadecimal digit among its characters 7 and 8; "
        "expected exactly 64 hexadecimal digits, as from openssl rand -hex 32"
    );
    EXPECT_EQ(
        complaint(std::string(5000, '0')), "more than 4096 bytes; expected 64 hexadecimal digits"
    );
}

TEST_F(KeyFiles, ThatAreMissingOrUnreadableAreNamedWithTheRemedy) {
    const std::string path = (folder_.path() / "absent").string();
    const Result<Key> absent = read_key_file(path);
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().kind, ErrorKind::NotFound);
    EXPECT_EQ(
        absent.error().message,
        "key file " + path +
            ": cannot be opened: No such file or directory; make one with: openssl rand -hex 32"
    );
    const Result<Key> folder = read_key_file(folder_.path().string());
    ASSERT_FALSE(folder);
    EXPECT_EQ(
        folder.error().message, "key file " + folder_.path().string() + ": is no regular file"
    );
}

TEST_F(KeyFiles, WhoseNameIsTheKeyItselfAreNotNamed) {
    for (const std::string& slip :
         {kDigits, "./" + kDigits, std::string("hunter2"), "file=" + kDigits}) {
        const Result<Key> key = read_key_file(slip);
        ASSERT_FALSE(key);
        EXPECT_EQ(key.error().message.find(slip.substr(2, 5)), std::string::npos)
            << key.error().message;
        EXPECT_NE(key.error().message.find("openssl rand -hex 32"), std::string::npos);
    }
}

TEST_F(KeyFiles, ThatOthersMayReadOrChangeAreWarnedAbout) {
    const std::string path = (folder_.path() / "kek").string();
    std::ofstream(path) << kDigits;
    const auto exposed = [&](unsigned mode) {
        EXPECT_EQ(::chmod(path.c_str(), mode), 0);
        return exposure_of_key_file(path);
    };
    EXPECT_FALSE(exposed(0400));
    EXPECT_FALSE(exposed(0600));
    EXPECT_FALSE(exposed(0440));
    EXPECT_NE(exposed(0644).value_or("").find("0644: others may read it"), std::string::npos);
    EXPECT_NE(exposed(0660).value_or("").find("0660: others may change it"), std::string::npos);
    EXPECT_NE(exposed(0666).value_or("").find("others may change it"), std::string::npos);
    EXPECT_FALSE(exposure_of_key_file(path + ".absent"));
}

TEST_F(KeyFiles, LeaveNoCoreDumpOfWhoReadThem) {
    const std::string path = (folder_.path() / "kek").string();
    std::ofstream(path) << kDigits;
    ASSERT_TRUE(read_key_file(path));
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_CORE, &limit), 0);
    EXPECT_EQ(limit.rlim_max, 0U);
    EXPECT_EQ(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}

TEST(KeyNames, TellKeysApartAndSecretsByTheirPepper) {
    const Key a = *Key::from_hex(kDigits);
    const Key b = Key::random();
    EXPECT_EQ(key_id(a).size(), 16U);
    EXPECT_NE(key_id(a), key_id(b));
    EXPECT_EQ(fingerprint(a, "cal_live_1"), fingerprint(a, "cal_live_1"));
    EXPECT_NE(fingerprint(a, "cal_live_1"), fingerprint(a, "cal_live_2"));
    EXPECT_NE(fingerprint(a, "cal_live_1"), fingerprint(b, "cal_live_1"));
    // RFC 4231, test case 2, with its key padded by zeros as HMAC does: the first 8 bytes.
    const Key jefe =
        *Key::from_hex("4a65666500000000000000000000000000000000000000000000000000000000");
    EXPECT_EQ(fingerprint(jefe, "what do ya want for nothing?"), "5bdcc146bf60754e");
}

TEST(Keys, AreOverwrittenWhenTheyAreMovedFrom) {
    Key from = *Key::from_hex(kDigits);
    const Key to = std::move(from);
    for (const std::uint8_t byte : from.reveal_for_use()) // NOLINT: looking is the point
        EXPECT_EQ(byte, 0);
    EXPECT_EQ(to.reveal_for_use()[31], 0x1f);
}

} // namespace
} // namespace calfleet::sealing
