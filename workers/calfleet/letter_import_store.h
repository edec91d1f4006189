#pragma once
// Letters that a restored database lacks, as rows again.

#include "workers/calfleet/topic_letter.h"

#include "common/postgres/session.h"

#include <span>

namespace calfleet::cli {

postgres::Catalogue letter_import_catalogue();

struct KnownLetter {
    DeadLetterId id;
    std::string state;
    bool emptied{false}; ///< its record was taken away: nothing is left to send
    bool imported{false};
};
/// One per letter given, in that order. A letter that the database has stays as it is.
std::vector<KnownLetter>
import_letters(postgres::Transaction& transaction, std::span<const TopicLetter> letters);

} // namespace calfleet::cli
