"""The words beside a printed range: each that is known says what it says, and no more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rlslabs.population import Sex
from rlslabs.rangewords import RangeWords, range_words

WOMEN = "female females women woman f frau frauen weiblich femme femmes vrouw vrouwen mujer mujeres"
MEN = "male males men man m mann männer maenner männlich maennlich homme hommes mannen hombre hombres"
ADULTS = "adult adulte adultes adulto adultos adults erwachsene volwassene volwassenen"
PREGNANT = "pregnan schwanger enceinte grossesse zwanger embaraz"
OTHERS = (
    "trimest menopaus child pediat paediat infant newborn neonat boy girl cord lactat athlet elder age year yr "
    "month week old dialys haemodial hemodial kind enfant niñ jahr jaar año mois monat maand jong alter"
)
KINDS = (
    "defici insuffi inadequ suffici adequa optim desir target goal therap treat toxic intox critic panic alert "
    "sever mild moderat low high elevat border replet deplet overload excess risk abnorm positiv negativ mangel "
    "ziel carence carencia tekort objet supplement recommend harm danger potential interven action"
)
HARMLESS = (
    "all and at between bis both de dl equal expected finding for from g gender general "
    "healthy human in interval intervals is l lab laboratory least limit limits liter litre  mcg mg "
    "microgram micrograms ml mol most nanogram nanograms ng nmol norm normal normalbereich normale normales "
    "normals normwert of only or patient patients per percent person pg plasma pmol range ranges ref "
    "reference referencia referentie referentiewaarde referentiewaarden referenz referenzbereich referenzwert "
    "référence serum sex sexes si standard than the to ug umol up usual valeur valeurs valor valores "
    "value values von µg µmol à μg μmol"
)
DENYING = (
    "non not no nicht kein keine niet geen pas sin except excluding ohne sauf without unless sans zonder ausser nor"
)
NOTHING = RangeWords(frozenset(), False, False, False, "", "", "", frozenset())  # noqa: FBT003  each field in its place


@pytest.mark.parametrize("sex", ["female", "male"])
def test_each_word_for_a_sex_names_it(sex: Sex) -> None:
    """In five languages, whatever the case; both may be named at once."""
    for word in {"female": WOMEN, "male": MEN}[sex].split():
        for written in (word, word.upper(), word.capitalize()):
            assert range_words(written) == NOTHING._replace(sexes=frozenset({sex}))
    assert range_words("men and women").sexes == {"female", "male"}


def test_each_word_for_adults_or_a_pregnancy_names_them() -> None:
    """A pregnancy is named by any word that begins like it."""
    for word in ADULTS.split():
        assert range_words(word) == NOTHING._replace(adults=True)
    for stem in PREGNANT.split():
        assert range_words(f"{stem}xy") == NOTHING._replace(pregnant=True)


def test_each_word_for_other_people_or_another_kind_says_which() -> None:
    """The first word of a kind, and the first of other people, is the one that is named."""
    for stem in OTHERS.split():
        assert range_words(f"{stem}xy") == NOTHING._replace(others=f"{stem}xy")
    for stem in KINDS.split():
        assert range_words(f"{stem}xy") == NOTHING._replace(kind=f"{stem}xy")
    for word in ("lower", "upper", "above", "below", "over", "under", "less", "more", "greater", "higher", "outside"):
        assert range_words(f"{word} normal").kind == word  # a band may be called so
        assert not range_words(f"{word} 30").kind or word in {"upper", "outside"}  # how an end is said
    assert (range_words("highest").kind, range_words("lowest").kind) == ("highest", "lowest")
    assert range_words("lower limit") == range_words("upper limit") == NOTHING
    both = range_words("newborn toxic child severe")
    assert (both.others, both.kind, both.unknown) == ("newborn", "toxic", "")


def test_each_word_that_denies_makes_it_unclear_for_whom_a_range_is() -> None:
    """`without`, `kein`, `sauf`: what follows is turned round, so nothing is made of it, and the word is named."""
    for word in DENYING.split():
        assert range_words(f"{word} smokers") == NOTHING._replace(others=word, unknown="smokers")
        assert range_words(word.upper()).contradicts
    assert range_words("außer Rauchern").others == "ausser"


@pytest.mark.parametrize(
    ("text", "contradicts"),
    [
        ("women", True),
        ("pregnant", True),
        ("not pregnant", True),
        ("toxic", True),
        ("children", True),
        ("adults", False),
        ("eclia", False),
        ("", False),
    ],
)
def test_a_range_is_not_of_everybody_where_its_words_name_somebody_or_something(
    text: str, *, contradicts: bool
) -> None:
    """One thing is enough: a sex, a pregnancy or that there is none, another kind, or other people."""
    assert range_words(text).contradicts is contradicts


def test_harmless_words_say_nothing_and_any_other_word_is_not_understood() -> None:
    """What ranges are usually called changes nothing; the first word that is not understood is named."""
    for word in HARMLESS.split():
        assert range_words(word) == NOTHING, word
    assert range_words("Eclia by Roche") == NOTHING._replace(unknown="eclia")
    assert range_words("normal") == range_words("Normal range: ") == range_words("") == NOTHING


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("24-336", {"24", "336"}),
        ("24,5 to 336.25", {"24.5", "336.25"}),
        ("< 150", {"150"}),
        ("3.", {"3"}),
        ("a1b2", {"1", "2"}),
    ],
)
def test_the_numbers_among_the_words_are_read(text: str, numbers: set[str]) -> None:
    """With a point or a comma before their decimals."""
    assert range_words(text).numbers == {Decimal(each) for each in numbers}


def test_a_longer_text_than_anybody_prints_is_not_understood() -> None:
    """Of more than two hundred characters the rest is not read, and that is said."""
    assert range_words("normal " + " " * 193) == NOTHING
    assert range_words("normal " + " " * 194) == NOTHING._replace(unknown="…")
    assert range_words("normal " + " " * 194 + "toxic 5") == NOTHING._replace(unknown="…")


@pytest.mark.parametrize("text", ["women", "pregnant", "toxic", "newborn"])
def test_words_that_name_people_or_a_kind_contradict_the_range_of_everybody(text: str) -> None:
    """Harmless and unknown words, and adults, do not."""
    assert range_words(text).contradicts
    assert not any(range_words(each).contradicts for each in ("normal", "eclia", "adults", "24-336"))
