#pragma once
// The table of what a push or a reload would change.

#include "workers/calfleet/listing.h"
#include "workers/calfleet/service_actions.h"

#include <string>
#include <string_view>

namespace calfleet::cli {

/// A line for each field that a plan changes, and for each remark about it.
class PlanListing {
public:
    static PlanListing of_push();
    static PlanListing of_reload();

    void add(const ServicePlan& plan);
    void remark(const ServicePlan& plan, const std::string& text);
    const Listing& listing() const { return listing_; }

private:
    /// The side whose value goes stands first.
    struct Side {
        const char* column;
        std::string FieldChange::*value;
    };
    struct Words {
        Side from, to;
        const char* note; ///< column
        std::string_view refused;
        std::string_view unchanged;
    };
    explicit PlanListing(const Words& words);
    void line(const ServicePlan& plan, Cell field, Cell from, Cell to, Cell note);

    Words words_;
    Listing listing_;
};

} // namespace calfleet::cli
