#pragma once
// What is kept of a customer: found, told, taken away.

#include "workers/calfleet/privacy_store.h"

#include <functional>
#include <map>
#include <string>

namespace calfleet::cli {

/// What happens to a row that tells of a person.
enum class Fate {
    Nothing,
    Reduce, ///< the booking's facts stay, whoever booked goes: open work can still be done
    Empty,  ///< a closed letter, or one of which nothing useful would be left
    Clean,  ///< a job's texts
    Delete, ///< a copy on its way to a topic of letters
    Leave   ///< an open letter of an event type or service: the address is a host's
};

/// Whose rows are meant.
struct PersonOfCompany {
    CompanyId company;
    Person person;
    PersonRows rows;
};

/// The row is the company's, or nobody's that another company could claim, and names the person or
/// one of their bookings.
bool tells_of(const RecordRow& row, const PersonOfCompany& whose);
Fate fate_of(const RecordRow& row, const PersonOfCompany& whose);

/// Rows by name: "customers", "appointments", "letters_emptied", ...
using Counts = std::map<std::string, std::int64_t>;
std::string counts_json(const Counts& counts);

struct ErasurePlan {
    PersonOfCompany whose;
    Counts counts;
    std::map<RecordTable, std::vector<std::int64_t>> records;
    bool empty() const { return counts.empty(); }
};

/// Calls body with every row that tells of the person, portion by portion, each in a transaction of
/// its own.
Result<> for_each_record(
    postgres::Session& session,
    const PersonOfCompany& whose,
    const std::function<void(postgres::Transaction&, const RecordRow&)>& body
);

/// Who a customer is, by the key of their row. NotFound when there is none of that number.
Result<Person>
person_of_customer(postgres::Session& session, CompanyId company, std::int64_t customer);

/// With every key under which customers were found. NotFound when there is no such company.
Result<PersonOfCompany>
find_person_of_company(postgres::Session& session, CompanyId company, const Person& person);
Result<ErasurePlan>
plan_erasure(postgres::Session& session, CompanyId company, const Person& person);

/// One transaction; what changed since the plan is judged anew. Returns what was done.
Result<Counts> carry_out(
    postgres::Session& session,
    const ErasurePlan& plan,
    const std::string& actor,
    const std::optional<std::string>& why
);

/// All of it as one JSON document.
Result<std::string> export_person(postgres::Session& session, const PersonOfCompany& whose);

} // namespace calfleet::cli
