#include "common/config/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace calfleet::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

enum class Colour { Red, Green };

struct Sample {
    std::string brokers;
    std::int64_t attempts;
    double ratio;
    bool verbose;
    std::chrono::milliseconds timeout;
    std::vector<std::string> topics;
    Secret<std::string> dsn;
    Colour colour;
};

Sample read_sample(Reader& reader) {
    return {
        .brokers = reader.text(
            "KAFKA_BROKERS", {.help = "comma-separated host:port list", .required = true}
        ),
        .attempts =
            reader.integer("ATTEMPTS_MAX", {.help = "tries", .fallback = 4, .min = 1, .max = 100}),
        .ratio = reader.number("RATIO", {.help = "share", .fallback = 0.5, .min = 0, .max = 1}),
        .verbose = reader.flag("VERBOSE", {.help = "more lines"}),
        .timeout = reader.duration(
            "TIMEOUT", {.help = "patience", .fallback = 5s, .min = 100ms, .max = 60s}
        ),
        .topics = reader.list("TOPICS", {.help = "what to read", .fallback = "a,b"}),
        .dsn = reader.secret("POSTGRES_URL", {.help = "libpq URL", .required = true}),
        .colour = reader.choice<Colour>(
            "COLOUR",
            {.help = "of the line",
             .fallback = Colour::Green,
             .choices = {{"red", Colour::Red}, {"green", Colour::Green}}}
        )};
}

Reader reader_of(Environment environment) {
    return Reader("webhook-delivery", "WEBHOOK_DELIVERY_", std::move(environment));
}

Environment complete() {
    return {
        {"WEBHOOK_DELIVERY_KAFKA_BROKERS", "k1:9092"},
        {"WEBHOOK_DELIVERY_POSTGRES_URL", "postgresql://u:hunter2@db/x"}};
}

Environment complete_with(const std::string& name, const std::string& value) {
    Environment environment = complete();
    environment["WEBHOOK_DELIVERY_" + name] = value;
    return environment;
}

std::vector<std::string> complaints_about(const Environment& environment) {
    Reader reader = reader_of(environment);
    read_sample(reader);
    return reader.complaints();
}

class SecretFile {
public:
    explicit SecretFile(std::string_view content)
        : path_(std::filesystem::temp_directory_path() / ("secret-" + std::to_string(::getpid()))) {
        std::ofstream(path_, std::ios::binary) << content;
    }
    ~SecretFile() { std::filesystem::remove(path_); }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

TEST(ConfigReader, UsesDefaultsForWhatIsNotSet) {
    Reader reader = reader_of(complete());
    const Sample sample = read_sample(reader);
    EXPECT_THAT(reader.complaints(), IsEmpty());
    EXPECT_EQ(sample.brokers, "k1:9092");
    EXPECT_EQ(sample.attempts, 4);
    EXPECT_EQ(sample.ratio, 0.5);
    EXPECT_FALSE(sample.verbose);
    EXPECT_EQ(sample.timeout, 5s);
    EXPECT_THAT(sample.topics, ElementsAre("a", "b"));
    EXPECT_EQ(sample.dsn.reveal_for_use(), "postgresql://u:hunter2@db/x");
    EXPECT_EQ(sample.colour, Colour::Green);
}

TEST(ConfigReader, ReadsEveryType) {
    Environment environment = complete();
    environment["WEBHOOK_DELIVERY_ATTEMPTS_MAX"] = "100";
    environment["WEBHOOK_DELIVERY_RATIO"] = "0.25";
    environment["WEBHOOK_DELIVERY_VERBOSE"] = "on";
    environment["WEBHOOK_DELIVERY_TIMEOUT"] = "250ms";
    environment["WEBHOOK_DELIVERY_TOPICS"] = " x , y";
    environment["WEBHOOK_DELIVERY_COLOUR"] = "red";
    Reader reader = reader_of(environment);
    const Sample sample = read_sample(reader);
    EXPECT_THAT(reader.complaints(), IsEmpty());
    EXPECT_EQ(sample.attempts, 100);
    EXPECT_EQ(sample.ratio, 0.25);
    EXPECT_TRUE(sample.verbose);
    EXPECT_EQ(sample.timeout, 250ms);
    EXPECT_THAT(sample.topics, ElementsAre("x", "y"));
    EXPECT_EQ(sample.colour, Colour::Red);
}

TEST(ConfigReader, ReportsAllProblemsAtOnce) {
    Reader reader = reader_of(
        {{"WEBHOOK_DELIVERY_ATTEMPTS_MAX", "900"},
         {"WEBHOOK_DELIVERY_POSTGRES_URL", "postgresql://db/x"}}
    );
    read_sample(reader);
    EXPECT_EQ(
        complaint_report(reader),
        "webhook-delivery: configuration has 2 problems\n"
        "  WEBHOOK_DELIVERY_KAFKA_BROKERS is required: comma-separated host:port list\n"
        "  WEBHOOK_DELIVERY_ATTEMPTS_MAX must be between 1 and 100, got 900\n"
    );
}

TEST(ConfigReader, NamesTheValueAndWhatIsExpected) {
    const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> cases{
        {{"ATTEMPTS_MAX", "ten"}, "ATTEMPTS_MAX must be a whole number, got 'ten'"},
        {{"ATTEMPTS_MAX", "0"}, "ATTEMPTS_MAX must be between 1 and 100, got 0"},
        {{"ATTEMPTS_MAX", "99999999999999999999"}, "ATTEMPTS_MAX must be a whole number"},
        {{"RATIO", "much"}, "RATIO must be a number, got 'much'"},
        {{"RATIO", "nan"}, "RATIO must be a number, got 'nan'"},
        {{"RATIO", "1.5"}, "RATIO must be between 0 and 1, got 1.5"},
        {{"VERBOSE", "maybe"}, "VERBOSE must be true or false, got 'maybe'"},
        {{"TIMEOUT", "30"}, "TIMEOUT: '30' is not a duration (no unit)"},
        {{"TIMEOUT", "2m"}, "TIMEOUT must be between 100ms and 1m, got 2m"},
        {{"TOPICS", "a,,b"}, "TOPICS must not have an empty part between commas, got 'a,,b'"},
        {{"COLOUR", "greeen"}, "must be one of red, green, got 'greeen'; did you mean green?"},
        {{"KAFKA_BROKERS", "a\nb"}, "KAFKA_BROKERS must be UTF-8 without control characters"},
        {{"KAFKA_BROKERS", std::string(5000, 'x')}, "must be at most 4096 bytes, got 5000"}};
    for (const auto& [setting, expected] : cases)
        EXPECT_THAT(
            complaints_about(complete_with(setting.first, setting.second)),
            ElementsAre(HasSubstr(expected))
        );
}

TEST(ConfigReader, ComplainsOfUnknownVariablesWithTheNearestName) {
    EXPECT_THAT(
        complaints_about(complete_with("ATEMPTS_MAX", "3")),
        ElementsAre("WEBHOOK_DELIVERY_ATEMPTS_MAX is not a setting of webhook-delivery; did you "
                    "mean WEBHOOK_DELIVERY_ATTEMPTS_MAX?")
    );
    EXPECT_THAT(
        complaints_about(complete_with("SOMETHING_ELSE_ENTIRELY", "3")),
        ElementsAre(HasSubstr("--help lists them"))
    );
}

TEST(ConfigReader, LeavesVariablesOfOtherProgramsAlone) {
    Environment environment = complete();
    environment["PATH"] = "/bin";
    environment["WEBHOOK_GATEWAY_PORT"] = "1";
    environment["WEBHOOK_DELIVER"] = "1";
    EXPECT_THAT(complaints_about(environment), IsEmpty());
}

TEST(ConfigReader, DoesNotMistakeKubernetesServiceLinksForSettings) {
    Environment environment = complete();
    for (const char* name :
         {"SERVICE_HOST",
          "SERVICE_PORT",
          "SERVICE_PORT_METRICS",
          "PORT",
          "PORT_8080_TCP",
          "PORT_8080_TCP_PROTO",
          "PORT_8080_TCP_PORT",
          "PORT_8080_UDP_ADDR"})
        environment[std::string("WEBHOOK_DELIVERY_") + name] = "tcp://10.0.0.1:8080";
    EXPECT_THAT(complaints_about(environment), IsEmpty());
    EXPECT_FALSE(is_kubernetes_service_link("PORT_X_TCP"));
    EXPECT_FALSE(is_kubernetes_service_link("SERVICE_PORTS"));
    EXPECT_FALSE(is_kubernetes_service_link("PORT_80_TCP_ADDRESS"));
}

TEST(ConfigReader, TreatsAnEmptyVariableAsUnset) {
    EXPECT_THAT(complaints_about(complete_with("ATTEMPTS_MAX", "")), IsEmpty());
    EXPECT_THAT(
        complaints_about(complete_with("KAFKA_BROKERS", "")),
        ElementsAre(HasSubstr("KAFKA_BROKERS is required"))
    );
}

TEST(ConfigReader, ReadsASecretFromAFileWithoutItsLineBreak) {
    const SecretFile file("postgresql://db/y\n");
    Environment environment{
        {"WEBHOOK_DELIVERY_KAFKA_BROKERS", "k"},
        {"WEBHOOK_DELIVERY_POSTGRES_URL_FILE", file.path()}};
    Reader reader = reader_of(environment);
    const Sample sample = read_sample(reader);
    EXPECT_THAT(reader.complaints(), IsEmpty());
    EXPECT_EQ(sample.dsn.reveal_for_use(), "postgresql://db/y");
}

TEST(ConfigReader, ComplainsOfSecretFilesThatCannotServe) {
    const auto with_file = [](const std::string& path) {
        return complaints_about(
            {{"WEBHOOK_DELIVERY_KAFKA_BROKERS", "k"}, {"WEBHOOK_DELIVERY_POSTGRES_URL_FILE", path}}
        );
    };
    EXPECT_THAT(with_file("/nonexistent/x"), ElementsAre(HasSubstr("cannot be read")));
    EXPECT_THAT(with_file("/tmp"), ElementsAre(HasSubstr("'/tmp'")));
    const SecretFile empty("\n");
    EXPECT_THAT(with_file(empty.path()), ElementsAre(HasSubstr("empty file")));
    EXPECT_THAT(with_file("/dev/zero"), ElementsAre(HasSubstr("more than 65536 bytes")));
    Environment both = complete();
    both["WEBHOOK_DELIVERY_POSTGRES_URL_FILE"] = empty.path();
    EXPECT_THAT(complaints_about(both), ElementsAre(HasSubstr("are both set: keep one")));
}

TEST(ConfigReader, NeverPrintsASecret) {
    Environment environment = complete();
    environment["WEBHOOK_DELIVERY_POSTGRES_URL_FILE"] = "/nonexistent";
    environment["WEBHOOK_DELIVERY_ATTEMPTS_MAX"] = "900";
    Reader reader = reader_of(environment);
    read_sample(reader);
    const std::string all = complaint_report(reader) + help_table(reader) +
                            effective_settings(reader) + markdown_table(reader);
    EXPECT_THAT(all, Not(HasSubstr("hunter2")));
    EXPECT_THAT(effective_settings(reader), HasSubstr("WEBHOOK_DELIVERY_POSTGRES_URL=********\n"));
}

TEST(ConfigReader, TakesComplaintsAboutSettingsThatDoNotFitTogether) {
    Reader reader = reader_of(complete());
    read_sample(reader);
    reader.complain("TIMEOUT", "must be shorter than WEBHOOK_DELIVERY_LEASE");
    EXPECT_THAT(
        reader.complaints(),
        ElementsAre("WEBHOOK_DELIVERY_TIMEOUT must be shorter than WEBHOOK_DELIVERY_LEASE")
    );
}

TEST(ConfigReader, DescribesEverySettingForPeopleAndForTheReadme) {
    Reader reader = reader_of({});
    read_sample(reader);
    const std::string help = help_table(reader);
    EXPECT_THAT(help, HasSubstr("WEBHOOK_DELIVERY_KAFKA_BROKERS  comma-separated host:port list"));
    EXPECT_THAT(help, HasSubstr("duration, 100ms to 1m; default: 5s"));
    EXPECT_THAT(help, HasSubstr("or WEBHOOK_DELIVERY_POSTGRES_URL_FILE: path"));
    const std::string table = markdown_table(reader);
    EXPECT_THAT(
        table, HasSubstr("| `WEBHOOK_DELIVERY_ATTEMPTS_MAX` | integer | `4` | 1 to 100 | tries |\n")
    );
    EXPECT_THAT(table, HasSubstr("| choice | `green` | red, green | of the line |\n"));
}

} // namespace
} // namespace calfleet::config
