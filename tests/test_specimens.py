"""The specimens that a text names: codes of HL7, and words of five languages."""

from __future__ import annotations

import pytest

from rlslabs.specimens import is_specimen, other_fluids, other_specimens, whole_blood

SERUM = "serum or plasma"


@pytest.mark.parametrize("written", ["SER Serum HL70487", "PLAS", "Serum or plasma", "suero", "Sérum", "Plasma EDTA"])
def test_serum_and_plasma_are_known(written: str) -> None:
    """Codes of table 0487 and words."""
    assert is_specimen(written, SERUM)


@pytest.mark.parametrize(
    "written",
    [
        "UR",
        "Urin",
        "orina",
        "BLD",
        "BLDV Blood venous",
        "Whole blood",
        "CSF",
        "SER UR",
        "Serum/Urine",
        "",
        "X",
        "SST",
        "1",
    ],
)
def test_any_other_specimen_and_one_that_is_not_known_are_not_serum(written: str) -> None:
    """What is unknown is not taken for serum, and two specimens are not one."""
    assert not is_specimen(written, SERUM)


def test_blood_is_the_specimen_of_what_is_measured_in_blood() -> None:
    """Haemoglobin is read in blood, and not in serum."""
    assert is_specimen("BLD Blood", "blood")
    assert not is_specimen("SER", "blood")


def test_a_name_without_a_specimen_names_no_other() -> None:
    """Words that are part of other words do not count."""
    assert other_specimens("Ferritin Curve, serum") == []
    assert other_specimens("Ferritin (Urine)") == ["urine"]


@pytest.mark.parametrize(
    "name",
    [
        *("Urinalysis", "Urinstatus", "Spontanurin", "Abendurin", "Spoturine", "24-uursurine", "Examen d'urines", "UA"),
        *("Sammelharn", "Harnstatus", "Urinsediment", "Orina de 24 h", "24h-Urin", "Aszites", "Ascites fluid"),
        *("Pleurapunktat", "Knochenmarkpunktion", "Bone marrow aspirate", "Liquordiagnostik", "Synovialflüssigkeit"),
        *("Moelle osseuse", "Médula ósea", "Beenmerg", "Fruchtwasser", "Dialysat", "Dialysate"),
    ],
)
def test_a_word_made_of_a_fluid_names_it(name: str) -> None:
    """Words that are put together or bent, in five languages, are no blood."""
    assert other_fluids(name)
    assert other_specimens(name)
    assert not is_specimen(f"Serum {name}", SERUM)


@pytest.mark.parametrize(
    "name",
    [
        *("Harnstoff", "Harnsäure", "Allopurinol", "Mercaptopurine", "Taurine", "During dialysis", "Measuring"),
        *("Complete blood count", "Liver panel", "Bone profile", "Venenpunktion", "Coronarium", "Eisenstatus"),
    ],
)
def test_a_word_that_only_looks_like_a_fluid_names_none(name: str) -> None:
    """Urea, purines and what is said of the blood, the liver or the bone leave the order one of serum."""
    assert other_fluids(name) == []


def test_a_word_of_any_length_is_looked_through_once() -> None:
    """A hostile name costs no more than its length."""
    assert other_fluids("urimarro" * 8000) == []


@pytest.mark.parametrize("written", ["Vollblut", "WB", "Cord blood", "Sangre total", "dried blood spot", "RBC"])
def test_blood_of_which_nothing_was_separated_is_told_from_blood_that_may_have_been(written: str) -> None:
    """A tube of venous blood may become serum, and a dried spot or the cells may not."""
    assert whole_blood(written)
    assert not is_specimen(written, SERUM)


@pytest.mark.parametrize("written", ["Venous blood", "Total iron, serum", "Serum", ""])
def test_blood_that_may_have_been_separated_is_not_whole(written: str) -> None:
    """The words count beside blood alone."""
    assert not whole_blood(written)
