"""Faults in a clinic's own rules and context analytes name file, key and mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlslabs import Catalog
from rlslabs.errors import CatalogError

FINDING = """
[[finding]]
id = "own"
name = "own"
plain_name = "own"
order = 5
when = {when}
{more}
grade = "own"
clinician = "Consistent with own."
patient = "Own."
sources = ["aasm-2025"]
locator = "page 1"
"""

ANALYTE = """
[[analyte]]
id = "{id}"
name = "{name}"
plain_name = "own"
specimen = "serum"
unit = "mg/L"
accepts = [{{ ucum = "mg/L", spoken = "milligrams per liter" }}{more}]
{loinc}
[analyte.plausible]
unit = "mg/L"
[analyte.plausible.soft]
low = {{ value = 1, source = "aasm-2025", locator = "p" }}
high = {{ value = 2, source = "aasm-2025", locator = "p" }}
[analyte.plausible.hard]
low = {{ value = 0, source = "aasm-2025", locator = "p" }}
high = {{ value = 9, source = "aasm-2025", locator = "p" }}
"""

GUIDELINE = """
id = "own"
name = "own"
plain_name = "own"
order = 5
sources = ["aasm-2025"]
clinician = "own"
patient = "own"
[[criterion]]
id = "own"
name = "own"
order = 5
when = { marker = "ferritin", unit = "%", le = 75 }
grade = "own"
clinician = "own"
patient = "own"
sources = ["aasm-2025"]
locator = "page 1"
"""

TEST = '{ marker = "ferritin", unit = "ug/L", lt = 5 }'


def finding(when: str, more: str = "") -> str:
    """A finding with a condition."""
    return FINDING.format(when=when, more=more)


def analyte(name: str = "own test", id_: str = "own", more: str = "", loinc: str = "") -> str:
    """A context analyte."""
    return ANALYTE.format(id=id_, name=name, more=more, loinc=loinc)


def derivation(gives: str, unit: str) -> str:
    """A derivation of the sum of iron alone."""
    parts = ('id = "x"', f'gives = "{gives}"', 'form = "sum"', 'inputs = ["iron"]', f'unit = "{unit}"')
    return "\n".join(("[[derivation]]", *parts, 'sources = ["aasm-2025"]', 'locator = "p"', ""))


@pytest.mark.parametrize(
    ("file", "text", "key"),
    [
        ("findings.toml", finding('{ marker = "zinc", unit = "ug/L", lt = 5 }'), "finding[0]"),
        ("findings.toml", finding('{ marker = "ferritin", unit = "%", lt = 5 }'), "finding[0].unit"),
        ("findings.toml", finding('{ not = { declared = "tired" } }'), "finding[0].declared"),
        (
            "findings.toml",
            finding(TEST, 'applies_to = { any = [{ marker = "zinc", position = "low" }] }'),
            "finding[0]",
        ),
        ("findings.toml", finding(TEST, "order2 = 5"), "finding[0].order2"),
        ("findings.toml", finding('{ marker = "ferritin", lt = 5 }'), "finding[0].when"),
        ("findings.toml", "[[findings]]", "findings"),
        (
            "findings.toml",
            finding(
                TEST,
                'against = [{ when = { marker = "zinc", unit = "ug/L", lt = 5 }, clinician = "x", patient = "x" }]',
            ),
            "finding[0]",
        ),
        ("own.toml", GUIDELINE, "criterion[0].unit"),
        ("context.toml", analyte("CRP"), "analyte[0].aliases"),
        ("context.toml", analyte("ferritin"), "analyte[0].aliases"),
        (
            "context.toml",
            analyte(loinc='loinc = [{ code = "1988-1", name = "x", property = "mass" }]'),
            "analyte[0].loinc",
        ),
        ("context.toml", analyte(more=', { ucum = "nmol/L", spoken = "nanomoles per liter" }'), "analyte[0].accepts"),
        (
            "sampling.toml",
            '[[circumstance]]\nid = "x"\nabout = "sample"\nmarkers = ["zinc"]\neffect = "fact"\n',
            "circumstance[0].markers",
        ),
        (
            "derivations.toml",
            derivation("zinc", "umol/L"),
            "derivation[0]",
        ),
        (
            "derivations.toml",
            derivation("tibc", "%"),
            "derivation[0].unit",
        ),
    ],
)
def test_a_fault_in_a_rule_names_file_key_and_mend(tmp_path: Path, file: str, text: str, key: str) -> None:
    """Whoever wrote the rule is told where, what and how."""
    (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as refused:
        Catalog.load(tmp_path)
    assert refused.value.file == file
    assert refused.value.key.startswith(key)
    assert refused.value.mend


def test_a_clinic_s_own_rule_is_added_to_ours(tmp_path: Path) -> None:
    """A finding and a context analyte that keep the rules stand beside ours."""
    (tmp_path / "findings.toml").write_text(finding(TEST), encoding="utf-8")
    (tmp_path / "context.toml").write_text(analyte(), encoding="utf-8")
    ours, theirs = Catalog.load(), Catalog.load(tmp_path)
    assert len(theirs.rules.findings) == len(ours.rules.findings) + 1
    assert "own" in theirs.context


def test_the_goal_of_a_clinic_has_an_end_and_in_order(tmp_path: Path) -> None:
    """A goal without a number, or one that begins above its end, is refused by file and key."""
    bound = "{{ value = {}, source = 'healers-rls-protocol', locator = 'page 1' }}"
    for ends in ("", f"low = {bound.format(150)}\nhigh = {bound.format(100)}\n"):
        text = f'id = "ferritin"\n[[goal]]\nname = "x"\nplain_name = "x"\nunit = "ng/mL"\n{ends}'
        (tmp_path / "ferritin.toml").write_text(text, encoding="utf-8")
        with pytest.raises(CatalogError) as error:
            Catalog.load(tmp_path)
        assert (error.value.file, error.value.key) == ("ferritin.toml", "goal[0]")


def test_an_id_of_a_rule_is_given_once(tmp_path: Path) -> None:
    """A clinic's finding under one of our ids would stand beside ours and contradict it, so it is refused."""
    text = finding(TEST).replace('"own"', '"absolute-iron-deficiency"')
    (tmp_path / "findings.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as error:
        Catalog.load(tmp_path)
    assert "already" in str(error.value)


def test_what_is_declared_of_a_sample_is_no_fact_about_the_patient(tmp_path: Path) -> None:
    """A condition speaks of the patient; a circumstance of one sample would always be absent there."""
    (tmp_path / "findings.toml").write_text(finding("{ declared = 'fasting' }"), encoding="utf-8")
    with pytest.raises(CatalogError) as error:
        Catalog.load(tmp_path)
    assert "of a patient" in str(error.value)
