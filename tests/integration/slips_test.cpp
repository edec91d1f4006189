// What is typed where it does not belong, a key for a file, a URL for a path, a password that no
// URL can hold, comes out of no program again: neither as a complaint nor as a log line.
#include "common/core/text.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/process.h"
#include "tests/support/wait.h"

namespace calfleet {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const std::string kHexKey = "0badc0de5ec2e7000badc0de5ec2e7000badc0de5ec2e7000badc0de5ec2e700";
const std::string kBase64Key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

struct Slip {
    std::string name;
    std::string variable; ///< without the prefix of the program
    std::string value;
    std::string secret; ///< must be nowhere in the output
};

void PrintTo(const Slip& slip, std::ostream* out) {
    *out << slip.name;
}

std::vector<Slip> slips() {
    std::vector<Slip> all{
        {"KeyAsKeyFiles", "KEY_FILES", kHexKey, "5ec2e7"},
        {"KeyBehindAFile", "KEY_FILES", "/etc/hostname," + kHexKey, "5ec2e7"},
        {"Base64KeyAsKeyFiles", "KEY_FILES", kBase64Key, "RWeJ"},
        {"PasswordAsKeyFiles", "KEY_FILES", "hunter2", "hunter2"},
        {"PasswordAsUrlFile", "POSTGRES_URL_FILE", "hunter2", "hunter2"},
        {"KeyAsUrlFile", "POSTGRES_URL_FILE", kHexKey, "5ec2e7"},
        {"UrlAsBrokers", "KAFKA_BROKERS", "postgresql://me:hunter2@127.0.0.1:1/x", "hunter2"},
        {"CredentialsInBrokers", "KAFKA_BROKERS", "me:hunter2@127.0.0.1:1", "hunter2"},
        {"KeyAsPort", "HTTP_PORT", "cal_live_hunter2hunter2", "hunter2"},
        {"KeyAsLevel", "LOG_LEVEL", kHexKey, "5ec2e7"},
        {"UrlAsDuration",
         "STATEMENT_TIMEOUT",
         "postgresql://me:" + std::string(60, 'x') + "hunter2@db/x",
         "xxxx"},
        {"KeyAsAddress", "HTTP_ADDRESS", "cal_live_hunter2hunter2", "hunter2"},
        {"ValueOfAnUnknownVariable", "PASSWORD", "hunter2", "hunter2"},
    };
    // A password with hunter2 in it, as libpq would read the string.
    const std::pair<const char*, const char*> urls[] = {
        {"At", "postgresql://me:go@hunter2@127.0.0.1:1/x"},
        {"TwoAts", "postgresql://me:go@hunter2@more@127.0.0.1:1/x"},
        {"Slash", "postgresql://me:go/hunter2@127.0.0.1:1/x"},
        {"DigitsAndSlash", "postgresql://me:1/hunter2@127.0.0.1:1/x"},
        {"Question", "postgresql://me:go?hunter2@127.0.0.1:1/x"},
        {"QuestionAndSign", "postgresql://me:go?hunter2=a@127.0.0.1:1/x"},
        {"Percent", "postgresql://me:go%hunter2@127.0.0.1:1/x"},
        {"Blank", "postgresql://me:go hunter2@127.0.0.1:1/x"},
        {"Hash", "postgresql://me:go#hunter2@127.0.0.1:1/x"},
        {"OtherScheme", "mysql://me:hunter2@127.0.0.1:1/x"},
        {"OneSlash", "postgresql:/me:hunter2@127.0.0.1:1/x"},
        {"WordsOfAPassword", "host=127.0.0.1 port=1 password=go hunter2 user=me"},
        {"OpenQuote", "host=127.0.0.1 port=1 password='go hunter2 user=me"},
        {"Alone", "hunter2"}};
    for (const auto& [name, url] : urls) {
        all.push_back({std::string(name) + "InUrl", "POSTGRES_URL", url, "hunter2"});
        all.push_back({std::string(name) + "AsUrlFile", "POSTGRES_URL_FILE", url, "hunter2"});
    }
    return all;
}

class Slips : public ::testing::TestWithParam<Slip> {
protected:
    // Ends by itself, or is killed: a program that waits for its servers has said what it has to
    // say.
    std::string said_by(const std::string& program, const std::vector<std::string>& arguments) {
        std::string prefix = program;
        for (char& c : prefix)
            c = c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        std::map<std::string, std::string> environment{
            {prefix + "_KAFKA_BROKERS", "127.0.0.1:1"},
            {prefix + "_HTTP_ADDRESS", "127.0.0.1"},
            {prefix + "_HTTP_PORT", "0"}};
        if (GetParam().variable != "POSTGRES_URL_FILE")
            environment[prefix + "_POSTGRES_URL"] = "postgresql://me@127.0.0.1:1/x";
        if (GetParam().variable != "KEY_FILES") environment[prefix + "_KEY_FILES"] = key_file_;
        if (program == "host-mapper" || program == "outbox-relay" ||
            program == "event-type-importer")
            environment.erase(prefix + "_KEY_FILES");
        environment[prefix + "_" + GetParam().variable] = GetParam().value;
        std::vector<std::string> argv{CALFLEET_BIN_DIR "/" + program};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        const auto done = test_support::run(
            {.argv = argv, .environment = environment, .directory = directory_.path()}, 1500ms
        );
        return done.out + done.err;
    }

    void SetUp() override {
        key_file_ = directory_.path() / "kek";
        std::ofstream(key_file_) << std::string(64, 'a') << '\n';
    }

    test_support::TemporaryDirectory directory_{"slips"};
    fs::path key_file_;
};

TEST_P(Slips, AreRepeatedByNoProgram) {
    for (const char* program :
         {"event-type-importer", "host-mapper", "outbox-relay", "service-pusher", "team-syncer"})
        for (const std::vector<std::string>& arguments :
             {std::vector<std::string>{}, std::vector<std::string>{"--settings"}}) {
            const std::string said = said_by(program, arguments);
            EXPECT_TRUE(arguments.empty() || !said.empty()) << program;
            EXPECT_EQ(said.find(GetParam().secret), std::string::npos) << program << ": " << said;
        }
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"company", "list"},
          std::vector<std::string>{"company", "set-key", "1"},
          std::vector<std::string>{"publish", "t"}}) {
        const std::string said = said_by("calfleet", arguments);
        EXPECT_EQ(said.find(GetParam().secret), std::string::npos) << said;
    }
}

INSTANTIATE_TEST_SUITE_P(OfEveryKind, Slips, ::testing::ValuesIn(slips()), [](const auto& p) {
    return p.param.name;
});

class SlipsOnTheCommandLine : public ::testing::TestWithParam<std::string> {};

TEST_P(SlipsOnTheCommandLine, AreNotRepeated) {
    for (const std::string& word :
         {"--" + kHexKey,
          std::string("cal_live_hunter2hunter2"),
          std::string("postgresql://me:hun@ter2@db/x")}) {
        const auto done =
            test_support::run({.argv = {CALFLEET_BIN_DIR "/" + GetParam(), word}}, 10s);
        const std::string said = done.out + done.err;
        EXPECT_NE(said, "");
        for (const char* secret : {"5ec2e7", "hunter2", "ter2"})
            EXPECT_EQ(said.find(secret), std::string::npos) << said;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Programs,
    SlipsOnTheCommandLine,
    ::testing::Values(
        "event-type-importer",
        "host-mapper",
        "outbox-relay",
        "service-pusher",
        "team-syncer",
        "calfleet"
    ),
    [](const auto& p) {
        std::string name = p.param;
        for (char& c : name)
            if (c == '-') c = '_';
        return name;
    }
);

} // namespace
} // namespace calfleet
