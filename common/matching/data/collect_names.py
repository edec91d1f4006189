#!/usr/bin/env python3
"""Makes the lists of names that come from the packages Faker (PyPI) and @faker-js/faker (npm); README.md says how.

collect_names.py FAKER_JS.json: the names of @faker-js/faker as README.md writes them. No build needs this program.
"""
import datetime
import importlib
import json
import pathlib
import re
import sys
import unicodedata
import warnings

HERE = pathlib.Path(__file__).parent

# Locales of the countries of the people we serve. Left out: those that repeat another one, and those that are mostly invented.
GIVEN_FAKER = """cs_CZ da_DK de_AT de_CH de_DE de_LI de_LU en_GB en_IE en_IN en_NZ en_PK en_US es_AR es_CL es_CO es_ES es_MX et_EE
fi_FI fr_BE fr_CA fr_CH fr_DZ fr_FR hr_HR hu_HU it_IT lt_LT lv_LV mk_MK nl_BE nl_NL no_NO pl_PL pt_BR pt_PT ro_RO ru_RU sk_SK
sl_SI sv_SE uk_UA""".split()
GIVEN_FAKER_JS = """az cs_CZ da de de_CH en en_IN es es_MX fi fr fr_BE fr_CH fr_SN hr hu it ku_kmr_latin lv mk nb_NO nl pl pt_BR pt_PT
ro ro_MD sk sl_SI sr_RS_latin sv tr uk vi""".split()
FAMILY_FAKER = """bg_BG cs_CZ da_DK de_AT de_CH de_DE de_LI de_LU en_GB en_IN en_US es_ES es_MX fr_BE fr_CH fr_FR hr_HR hu_HU it_IT mk_MK
nl_BE nl_NL no_NO pt_BR pt_PT ro_RO ru_RU sl_SI sv_SE tr_TR uk_UA""".split()
FAMILY_FAKER_JS = "de hr pl ro sk sl_SI sr_RS_latin tr uk vi".split()

# A word that these lists explain is no name to the collected ones.
OTHER_LISTS = """titles degrees resources placeholders legal_forms particles decorations role_words organisations
vietnamese_family_names""".split()

GERMAN = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
PLAIN = {"ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ə": "e", "ø": "o", "ħ": "h"}
CYRILLIC = dict(zip(
    "абвгдезийклмнопрстуфыэјѓќ",
    "a b v g d e z i y k l m n o p r s t u f y e j gj kj".split()))
CYRILLIC |= {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
             "ё": "yo", "є": "ye", "і": "i", "ї": "yi", "ґ": "g", "љ": "lj", "њ": "nj", "џ": "dz", "ѕ": "dz"}
BY_LOCALE = {"uk": {"г": "h", "и": "y", "й": "i"}, "bg": {"щ": "sht", "ъ": "a", "х": "h"}, "mk": {"х": "h", "ж": "z", "ч": "c", "ш": "s", "ц": "c"}}


def folded(word, special):
    """The word in ASCII letters; None when it has others."""
    word = "".join(special.get(c, PLAIN.get(c, c)) for c in unicodedata.normalize("NFC", word.lower()))
    word = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    word = re.sub("['’‘.]", "", word)
    return word if re.fullmatch("[a-z]{2,}", word) else None


def spellings(name):
    """Every word of the name as the matcher folds it; words of one letter are initials."""
    for word in re.split(r"[\s-]+", name):
        for special in (GERMAN, {}):
            if found := folded(word, special):
                yield found


def romanised(name, locale):
    letters = CYRILLIC | BY_LOCALE.get(locale[:2], {})
    return "".join(letters.get(c, c) for c in name.lower())


def of_faker(locale):
    from faker import Generator
    module = importlib.import_module("faker.providers.person." + locale)
    provider = module.Provider(Generator())
    names = lambda *fields: [n for f in fields for n in getattr(provider, f, None) or ()]
    return {"female": names("first_names_female"), "male": names("first_names_male"),
            "any": names("first_names", "first_names_unisex", "first_names_nonbinary"),
            "family": names("last_names", "last_names_female", "last_names_male")}


def words_of(list_name):
    lines = (HERE / f"{list_name}.txt").read_text(encoding="utf-8").splitlines()
    return {w for l in lines if not l.startswith("#") for w in l.replace(":", " ").split()}


def write(list_name, what, source, words):
    header = (f"# what: {what}\n# source: {source}, by collect_names.py\n# licence: MIT, licences/Faker-MIT.txt, licences/faker-js-MIT.txt\n"
              f"# date: {datetime.date.today()}\n")
    (HERE / f"{list_name}.txt").write_text(header + "".join(w + "\n" for w in sorted(words)), encoding="utf-8")
    print(list_name, len(words))


def main():
    warnings.simplefilter("ignore")
    from faker import VERSION
    with open(sys.argv[1], encoding="utf-8") as file:
        faker_js = json.load(file)
    source = f"Faker {VERSION} (PyPI), @faker-js/faker {faker_js['version']} (npm)"
    people = faker_js["people"]
    names = {kind: set() for kind in ("female", "male", "any", "family")}

    def take(locale, kinds, found):
        for kind in kinds:
            for name in found[kind]:
                if re.search("[а-я]", name.lower()):  # Greek and others have too many spellings to list
                    name = romanised(name, locale)
                names[kind].update(spellings(name))

    for locale in GIVEN_FAKER:
        take(locale, ("female", "male", "any"), of_faker(locale))
    for locale in GIVEN_FAKER_JS:
        take(locale, ("female", "male", "any"), people[locale])
    for locale in FAMILY_FAKER:
        take(locale, ("family",), of_faker(locale))
    for locale in FAMILY_FAKER_JS:
        take(locale, ("family",), people[locale])
    others = set()
    for name in OTHER_LISTS:
        others |= words_of(name)
    female, male = names["female"] - others, names["male"] - others
    shared = (female & male) | (names["any"] - others - female - male)
    write("female_given_names", "given names of women in the countries we serve", source, female - shared)
    write("male_given_names", "given names of men in the countries we serve", source, male - shared)
    write("shared_given_names", "given names of women and men, or of whom the source does not say which", source, shared)
    write("family_names", "common family names of the countries we serve", source, names["family"] - others | words_of("vietnamese_family_names"))


main()
