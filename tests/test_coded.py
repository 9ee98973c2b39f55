"""A coded test: LOINC decides, names are held against it, and no look-alike in any language is taken for a marker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlslabs.catalog import builtin
from rlslabs.errors import LabsError
from rlslabs.hl7v2.coded import NamedTests

NAMES = NamedTests(builtin())
PARTS = [
    "",
    "2276-4",
    "2498-4",
    "Ferritin",
    "Eisen",
    "LN",
    "L",
    "99LAB",
    "sTfR",
    "Ferritin im Urin",
    "2276-5",
    "Mar-89",
]


def meant(coded: str) -> str:
    """The analyte of an OBX-3, or the code of the refusal."""
    try:
        return NAMES.identify(coded.split("^")).analyte.id
    except LabsError as error:
        return error.code


@pytest.mark.parametrize(
    ("coded", "analyte"),
    [
        *(("2276-4^Ferritin^LN", "ferritin"), ("FERR^Ferritin^L^2276-4^Ferritin^LN", "ferritin")),
        *(("2276-4^^LN", "ferritin"), ("2276-4", "ferritin"), ("2276-4^Ferritin", "ferritin")),
        *(
            ("2276-4^Ferritin [Mass/volume] in Serum or Plasma^LN", "ferritin"),
            ("2276-4^FERR CobasE801^LOINC", "ferritin"),
        ),
        *(("X1^x^L^y^y^L^^^^2498-4^Iron^LN", "iron"), ("X1^^L^^^^^^Serum iron", "iron")),
        *(
            ("0815^Eisen^L", "iron"),
            ("0815^Ferritin^99LAB", "ferritin"),
            ("^Ferritine", "ferritin"),
            ("FERR^^L", "ferritin"),
        ),
        *(
            ("B12^^L", "vitamin_b12"),
            ("2132-9^B12^2.16.840.1.113883.6.1", "vitamin_b12"),
            ("GLU^Glukose^L", "unknown-marker"),
        ),
        *(("718-7^Hb^LN", "haemoglobin"), ("^Transferrin^L", "transferrin"), ("^CRP^L", "crp"), ("", "unknown-marker")),
        *(("0815^Ferritin^L^4711^FERR Cobas^L", "ferritin"), ("9^^L", "unknown-marker")),
    ],
)
def test_a_test_is_told_by_its_code_or_its_name(coded: str, analyte: str) -> None:
    """A LOINC code in any place, a name in any place, and a local code that is itself a name."""
    assert meant(coded) == analyte


@pytest.mark.parametrize(
    ("coded", "code"),
    [
        *(("2276-4^Iron^LN", "marker-conflict"), ("2276-4^Soluble transferrin receptor^LN", "marker-conflict")),
        *(("2276-4^Ferritin^LN^2498-4^Iron^LN", "marker-conflict"), ("1^Eisen^L^2^Ferritin^L", "marker-conflict")),
        *(("2276-4^Ferritin Urin^LN", "marker-conflict"), ("2276-4^x^LN^9^Ferritine urinaire^L", "marker-conflict")),
        *(("62292-8^25-OH Vitamin D3^LN", "marker-conflict"), ("1^Ferritin^L^2^Ferritin (Urin)^L", "marker-conflict")),
        *(
            ("2276-5^Ferritin^LN", "code-check-digit"),
            ("Mar-89^25-OH^LN", "code-mangled"),
            ("1649-3^x^LN", "another-analyte"),
        ),
        *(("12345-5^Ferritin^LN", "unknown-marker"), ("1^Ferritin^L^2^Ferritin in blood^L", "another-analyte")),
        *(("FERR^Ferritin Cobas^L", "unknown-marker"), ("CDT^^L", "another-analyte"), ("2276-4^^L", "unknown-marker")),
    ],
)
def test_what_contradicts_itself_or_looks_alike_is_refused(coded: str, code: str) -> None:
    """A code and a name that mean two tests are nobody's result, and a name that says more than is known is none."""
    assert meant(coded) == code


@pytest.mark.parametrize(
    "coded",
    [
        *("2502-3^Haematocrit^LN", "2276-4^Troponin T^LN", "2276-4^PSA^LN", "2502-3^Oxygen sat arterial^LN"),
        *("2502-3^%CDT (Alkohol)^LN", "2502-3^%CDT (carbohydrate deficient transferrin)^LN", "2500-7^LEBK^LN"),
        *("2502-3^Soluble transferrin receptor (sTfR)^LN", "2276-4^Loeslicher Transferrinrezeptor i.S.^LN"),
        *("1989-3^Calcitriol (1,25)^LN", "62292-8^Calcitriol level^LN", "62292-8^1,25-Vit.D^LN", "1989-3^Vit. D2^LN"),
        *("2498-4^Iron --2H post dose^LN", "2276-4^Ferritin index^LN", "3034-6^Transferrin receptor (s)^LN"),
        "2498-4^Iron [Mass/volume] in Serum or Plasma --2 hours post dose iron PO^LN",
        *("2498-4^Iron --2 hours^LN", "2498-4^Spironolactone^LN", "2498-4^Environmental panel^LN"),
        *("2132-9^Vitamin B6^LN", "2132-9^Vitamin B-6^LN", "1989-3^Vitamin K^LN", "2276-4^Transferrin isoforms^LN"),
        *("2502-3^Ferritin and iron^LN", "2502-3^Disialotransferrin^LN"),
        *("2498-4^Iron challenge^LN", "2276-4^Ferritin^LN^4544-3^Hct^LN", "4544-3^Hct^LN^2276-4^Ferritin^LN"),
        *("14685-2^Vitamin B12 active^LN", "14685-2^Vit. B12, aktiv^LN", "2132-9^Vitamin B12 (Holotranscobalamin)^LN"),
        *("62292-8^Vitamin D 1,25^LN", "62292-8^1\u03b1,25-Dihydroxy^LN", "62292-8^25-OH Vitamin D bioavailable^LN"),
        *("2498-4^Eisen-U^LN", "2498-4^U-Fe^LN", "2498-4^Eisen i. U.^LN", "2276-4^Anti-ferritin^LN"),
        *("2500-7^Eisenbindungskapazit\u00e4t unges\u00e4ttigt^LN", "2502-3^O2-S\u00e4ttigung^LN"),
    ],
)
def test_a_name_or_code_of_something_else_beside_a_code_refuses_it(coded: str) -> None:
    """No word of the marker, a look-alike within a longer name, another moment, or a second code that is not of it."""
    assert meant(coded) == "marker-conflict"


@pytest.mark.parametrize(
    ("coded", "known"),
    [
        *(("2276-4^Ferritin SerPl-mCnc^LN", True), ("2276-4^Ferritin [Mass/volume] in Serum or Plasma^LN", True)),
        *(("2132-9^Vit B12 SerPl-mCnc^LN", True), ("2502-3^% Sat.^LN", True), ("62292-8^^LN", True)),
        *(("2276-4^Ferritin^LN^1^FERRITIN (ROCHE)^L", True), ("1^Fe Cobas^L^2498-4^Iron^LN", True)),
        *(("2276-4^FERR CobasE801^LN", False), ("2276-4^S-Ferr^LN", False), ("2502-3^Iron Satn MFr SerPl^LN", False)),
        *(("62292-8^25-OH-VitD Cobas^LN", False), ("62292-8^25-OH Vitamin D2+D3^LN", False), ("2276-4^x^LN", False)),
        *(("2276-4^フェリチン^LN", False), ("2500-7^Eisenbindungskap.^LN", False), ("2276-4^Serum total^LN", False)),
        *(("1989-3^25-OH Vitamin D3 (Cholecalciferol)^LN", False), ("1988-5^C-Reactive Protein, Quant^LN", False)),
        *(("2498-4^Plasmaeisen^LN", False), ("2132-9^Vit. B-12 (CLIA)^LN", False)),
        *(("62292-8^Vitamin D 25-OH, D2 u. D3^LN", False), ("62292-8^25-OH Vitamin D, I-125 RIA^LN", False)),
        *(("2276-4^Ferritin IU^LN", False), ("2501-5^UIBC, latent^LN", False)),
        *(("2502-3^Iron sat 12345-5 calc^LN", False), ("2502-3^1234-5 iron^LN", False), ("3034-6^Hgb^LN", None)),
    ],
)
def test_a_name_beside_a_code_that_is_not_known_is_told(coded: str, *, known: bool | None) -> None:
    """A name of the marker says nothing; one that shares its words, or none that is understood, is a notice."""
    if known is None:
        assert meant(coded) == "marker-conflict"
        return
    test = NAMES.identify(coded.split("^"))
    assert (test.unsure is None) is known
    assert NAMES.identify(coded.split("^")) == test


@pytest.mark.parametrize(
    ("coded", "by_name"),
    [("2276-4^Ferritin^LN", False), ("2276-4", False), ("4711^Ferritin^L", True), ("FERR^^L", True), ("^CRP^L", True)],
)
def test_a_test_without_a_code_is_told_by_its_name(coded: str, *, by_name: bool) -> None:
    """Whether a code of LOINC or a name alone says what was measured is kept."""
    assert NAMES.identify(coded.split("^")).by_name == by_name


def test_no_near_name_is_offered_for_the_test_of_a_laboratory() -> None:
    """What is nearly called like a marker is seldom that marker."""
    with pytest.raises(LabsError) as caught:
        NAMES.identify(["1", "Ferritinn", "L"])
    assert "did you mean" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_name_beside_a_code_is_of_it_or_refused(name: str) -> None:
    """No text escapes as another error."""
    assert meant(f"2276-4^{name.replace('^', '')}^LN") in {"ferritin", "marker-conflict"}


@pytest.mark.parametrize(
    ("coded", "partial"), [("1989-3^x^LN", True), ("1^25-OH-Vitamin D3^L", True), ("62292-8^^LN", False)]
)
def test_a_part_of_an_analyte_is_called_one(coded: str, *, partial: bool) -> None:
    """25-hydroxyvitamin D3 leaves D2 out, by code and by name."""
    assert bool(NAMES.identify(coded.split("^")).partial) is partial


@pytest.mark.parametrize(
    ("name", "analyte"),
    [
        *(("Ferritin im Serum", "ferritin"), ("ferritine sérique", "ferritin"), ("Ferritina sérica", "ferritin")),
        *(
            ("Serumeisen", "iron"),
            ("Fer sérique", "iron"),
            ("IJzer", "iron"),
            ("Hierro sérico", "iron"),
            ("Sidérémie", "iron"),
        ),
        *(("Totale Eisenbindungskapazität", "tibc"), ("Capacité totale de fixation du fer", "tibc"), ("TIJBC", "tibc")),
        *(
            ("Capacidad total de fijación de hierro", "tibc"),
            ("totale ijzerbindingscapaciteit", "tibc"),
            ("TEBK", "tibc"),
        ),
        *(("Transferrin-Sättigung", "transferrin_saturation"), ("Transferrinsaettigung", "transferrin_saturation")),
        ("Coefficient de saturation de la transferrine", "transferrin_saturation"),
        *(("transferrineverzadiging", "transferrin_saturation"), ("ijzerverzadiging", "transferrin_saturation")),
        ("Índice de saturación de transferrina", "transferrin_saturation"),
        *(("Vitamine B12", "vitamin_b12"), ("Vitamina B12", "vitamin_b12"), ("Vitamin B12 i.S.", "vitamin_b12")),
        *(("25-OH-Vitamin D", "vitamin_d"), ("25-OH vitamine D", "vitamin_d"), ("25-hidroxivitamina D", "vitamin_d")),
        *(("Latente Eisenbindungskapazität", "uibc"), ("capacité latente de fixation du fer", "uibc")),
        *(("transferrine", "transferrin"), ("transferrina", "transferrin"), ("25-Hydroxycholecalciferol", "vitamin_d")),
    ],
)
def test_names_in_german_french_dutch_and_spanish_are_known(name: str, analyte: str) -> None:
    """What laboratories call the six markers, and what is read beside them."""
    assert meant(f"0815^{name}^L") == analyte


@pytest.mark.parametrize(
    "name",
    [
        *("löslicher Transferrinrezeptor", "récepteur soluble de la transferrine", "oplosbare transferrinereceptor"),
        *("receptor soluble de transferrina", "Transferrin-Rezeptor, löslich", "sTfR", "CDT", "%CDT"),
        *("Kohlenhydrat-defizientes Transferrin", "transferrine désialylée", "koolhydraatdeficiënt transferrine"),
        *("transferrina deficiente en carbohidratos", "1,25-Dihydroxy-Vitamin D", "1,25-(OH)2 vitamine D"),
        *(
            "1,25-dihidroxivitamina D",
            "1,25-OH-Vitamin D",
            "Calcitriol",
            "Eisen im Urin",
            "fer urinaire",
            "ijzer in urine",
        ),
        *("hierro en orina", "Holotranscobalamin", "vitamine B12 active", "actief vitamine B12", "Vitamine D3"),
        *("freies Vitamin D", "fer hépatique", "25-OH vitamine D2", "Erythrozytenferritin"),
    ],
)
def test_look_alikes_in_german_french_dutch_and_spanish_are_refused(name: str) -> None:
    """A decoy is called one, by name and beside a marker's code."""
    assert meant(f"0815^{name}^L") == "another-analyte"
    assert meant(f"2276-4^{name}^LN") == "marker-conflict"


@pytest.mark.parametrize(
    "name", ["Fer", "EBK", "Eisenbindungskapazität frei", "CTF", "Ferritin Cobas", "IST", "Vit. D 1,25"]
)
def test_a_name_that_could_mean_two_things_is_no_name(name: str) -> None:
    """`Fer` is iron in French and ferritin on many an order form: it is not read."""
    assert meant(f"0815^{name}^L") == "unknown-marker"


def test_hints_at_near_names_are_bounded() -> None:
    """A message of many unknown tests is refused name by name, the first with a hint and the last without."""
    names = NamedTests(builtin())
    told = []
    for number in range(100):
        with pytest.raises(LabsError) as caught:
            names.identify(["", f"feritin{number}"])
        told.append(str(caught.value))
    assert "did you mean" in told[0] or "choose one of" in told[0]
    assert told[-1].endswith("choose one of: " + ", ".join(builtin().markers))
    assert names.identify(["", "Ferritin"]).analyte.id == "ferritin"
    with pytest.raises(LabsError, match="another analyte"):
        names.identify(["", "Holotranscobalamin"])


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=8), max_size=14))
def test_any_parts_are_a_test_or_a_refusal(parts: list[str]) -> None:
    """Nothing in OBX-3 escapes as another error, and a second look says the same."""
    assert meant("^".join(parts)) == meant("^".join(parts))
