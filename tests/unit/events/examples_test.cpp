// The contract in proto/ against the codec: every example fits its schema and decodes, every
// invalid one is refused by the codec with the reason that its list gives, and by the schema unless
// the list says why it cannot.

#include "common/events/booking.h"
#include "common/events/event_type_updated.h"
#include "common/events/service_changed.h"
#include "common/events/team_sync_requested.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/unit/events/record.h"

namespace calfleet::events {
namespace {

namespace fs = std::filesystem;

const fs::path kProto = fs::path(CALFLEET_SOURCE_DIR) / "proto";

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(in) << file;
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> json_files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const bool example =
            entry.path().extension() == ".json" && entry.path().filename() != "reasons.json";
        if (entry.is_regular_file() && example) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

bool is_booking(std::string_view event) {
    return event.starts_with("booking-");
}

template <class Decoded>
std::string verdict(const Decoded& event) {
    return event ? "decoded" : event.error().message;
}

class ProtoExamples : public ::testing::TestWithParam<std::string_view> {
protected:
    ProtoExamples()
        : folder_(kProto / GetParam()) {
        const boost::json::value document =
            boost::json::parse(bytes_of(folder_ / "v1.schema.json"));
        const valijson::adapters::BoostJsonAdapter adapter(document);
        valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(adapter, schema_);
    }

    bool fits_schema(const fs::path& file) {
        const boost::json::value document = boost::json::parse(bytes_of(file));
        valijson::Validator validator;
        return validator.validate(schema_, valijson::adapters::BoostJsonAdapter(document), nullptr);
    }

    std::string decode(const fs::path& file) {
        TestRecord record;
        record.with("ce_type", std::string(GetParam())).carrying(bytes_of(file));
        TextArena arena;
        const auto envelope = decode_envelope(record.view(), arena);
        if (!envelope) return envelope.error().message;
        if (GetParam() == kServiceChanged)
            return verdict(ServiceChangedDecoder().decode(*envelope));
        if (GetParam() == kTeamSyncRequested)
            return verdict(TeamSyncRequestedDecoder().decode(*envelope, arena));
        if (GetParam() == kEventTypeUpdated)
            return verdict(EventTypeUpdatedDecoder().decode(*envelope, arena));
        return verdict(BookingDecoder().decode(*envelope, arena));
    }

    fs::path folder_;
    valijson::Schema schema_;
};

TEST_P(ProtoExamples, FitTheirSchemaAndDecode) {
    const auto files = json_files(folder_ / "examples");
    EXPECT_GE(files.size(), is_booking(GetParam()) ? 4U : 2U);
    for (const fs::path& file : files) {
        EXPECT_TRUE(fits_schema(file)) << file;
        EXPECT_EQ(decode(file), "decoded") << file;
    }
}

TEST_P(ProtoExamples, AreRefusedForTheReasonThatIsWritten) {
    const fs::path invalid = folder_ / "examples" / "invalid";
    const boost::json::value document = boost::json::parse(bytes_of(invalid / "reasons.json"));
    const boost::json::object& reasons = document.as_object();
    const auto files = json_files(invalid);
    EXPECT_EQ(files.size(), reasons.size()) << "reasons.json lists each invalid example once";
    for (const fs::path& file : files) {
        const boost::json::value* entry = reasons.if_contains(file.filename().string());
        ASSERT_NE(entry, nullptr) << file << " is not in reasons.json";
        EXPECT_EQ(decode(file), std::string_view(entry->at("reason").as_string())) << file;
        const std::string_view schema = entry->at("schema").as_string();
        if (schema.starts_with("depends: ")) continue; // on the validator, says the list
        EXPECT_EQ(fits_schema(file), schema.starts_with("accepts: "))
            << file << ": schema " << schema;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Events,
    ProtoExamples,
    ::testing::Values(
        kBookingCreated,
        kBookingRescheduled,
        kBookingCancelled,
        kServiceChanged,
        kTeamSyncRequested,
        kEventTypeUpdated
    ),
    [](const auto& event) {
        std::string name(event.param);
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    }
);

TEST(ProtoSchemas, ShareTheirDefinitions) {
    const auto definitions = [](std::string_view event) {
        return boost::json::parse(bytes_of(kProto / event / "v1.schema.json")).at("definitions");
    };
    EXPECT_EQ(definitions(kBookingCreated), definitions(kBookingRescheduled));
    EXPECT_EQ(definitions(kBookingCreated), definitions(kBookingCancelled));
}

} // namespace
} // namespace calfleet::events
