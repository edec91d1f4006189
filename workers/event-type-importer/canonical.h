#pragma once
// Values as canonical JSON, so that what an event says and what a row holds can be compared as
// text.

#include "workers/event-type-importer/job.h"

#include "common/core/text_arena.h"
#include "common/json/parser.h"
#include "common/json/writer.h"

#include <string>
#include <string_view>

namespace calfleet::event_type_importer {

using service_fields::document;

/// What the row of a new service gets: as document(), with the whole lists of the snapshot.
std::string row_document(const Snapshot& snapshot);

/// Keeps parser memory; one per thread. Strings of the results live in the arena.
class Canonicalizer {
public:
    /// The whole of a checked event. company and event_id are the envelope's.
    Snapshot snapshot_of(
        CompanyId company,
        const events::EventTypeUpdated& event,
        std::string_view event_id,
        TextArena& arena
    );

    /// The members of an object of a row that are called like columns; null is no value. What is
    /// no JSON within the limits of events gives no values.
    Values values_in(std::string_view object, TextArena& arena);

    /// services.pushed.
    Pushed pushed_in(std::string_view object, TextArena& arena);

    /// One document of a row, or of an event, as a value of this field; empty for empty. What no
    /// event could contain (a platform may store numbers and depths that the parser refuses) stays
    /// as it is: it equals no snapshot.
    std::string_view document_in(Field field, std::string_view text, TextArena& arena);

private:
    json::Parser parser_;
};

} // namespace calfleet::event_type_importer
