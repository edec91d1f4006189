#include "common/matching/vocabulary.h"

#include "common/matching/word_tables.h"

namespace calfleet::matching {

bool is_title(std::string_view word) {
    return kTitles.contains(word);
}

bool is_title_or_name(std::string_view word) {
    return kTitlesOrNames.contains(word);
}

bool is_ambiguous_title(std::string_view word) {
    return kAmbiguousTitles.contains(word);
}

bool is_degree(std::string_view word) {
    return kDegrees.contains(word);
}

bool is_dotted_degree(std::string_view word) {
    return kDottedDegrees.contains(word) || kDegrees.contains(word);
}

bool is_particle(std::string_view word) {
    return kParticles.contains(word);
}

std::string_view generation_mark(std::string_view word, bool dotted) {
    auto groups = kGenerationMarks.groups_of(word);
    const GroupTable* table = &kGenerationMarks;
    if (groups.empty() && dotted) {
        table = &kDottedGenerationMarks;
        groups = table->groups_of(word);
    }
    if (groups.empty()) return {};
    return table->name_of(*groups.begin() / 2);
}

bool is_occupation(std::string_view word) {
    return kOccupations.contains(word) || kOccupationEndings.has_ending_of(word, 9);
}

bool is_resource(std::string_view word) {
    return kResources.contains(word) || kResourceEndings.has_ending_of(word, 8);
}

bool is_resource_head(std::string_view word) {
    return kResourceHeads.contains(word);
}

bool is_resource_companion(std::string_view word) {
    return kResourceCompanions.contains(word);
}

bool is_organisation(std::string_view word) {
    return kOrganisations.contains(word) || kOrganisationEndings.has_ending_of(word, 8);
}

bool is_legal_form(std::string_view word) {
    return kLegalForms.contains(word);
}

bool is_remark_of_absence(std::string_view word) {
    return kRemarksOfAbsence.contains(word);
}

bool is_maiden_name_word(std::string_view word) {
    return kMaidenNameWords.contains(word);
}

bool is_decoration(std::string_view word) {
    return kDecorations.contains(word);
}

bool is_placeholder(std::string_view word) {
    return kPlaceholders.contains(word);
}

bool is_vietnamese_family_name(std::string_view word) {
    return kVietnameseFamilyNames.contains(word);
}

bool is_east_asian_family_name(std::string_view word) {
    return kEastAsianFamilyNames.contains(word);
}

bool is_patronymic(std::string_view word) {
    return kPatronymicEndings.has_ending_of(word, 6);
}

bool is_role_word(std::string_view word) {
    return kRoleWords.contains(word);
}

bool is_doctorate(std::string_view word) {
    return kDoctorates.contains(word);
}

bool is_partner(std::string_view word) {
    return kPartners.contains(word);
}

bool leads_a_resource(std::string_view word) {
    return kLeadingRooms.contains(word);
}

bool is_remark(std::string_view word) {
    return kRemarks.contains(word) || is_placeholder(word);
}

bool is_fancy_word(std::string_view word) {
    return kFancyHandleWords.contains(word);
}

bool is_private_domain_word(std::string_view word) {
    return kPrivateDomainWords.contains(word);
}

bool is_free_mail(std::string_view domain) {
    return kFreeMailDomains.contains(domain);
}

} // namespace calfleet::matching
