"""Bugs planted in the package itself, of which the golden vectors catch each: its source is changed in one place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import rlslabs
from rlslabs.golden import vector_file
from rlslabs.golden.vectors import Vector

SOURCE = Path(rlslabs.__file__).parent
VECTORS = vector_file().vectors


class Bug(NamedTuple):
    """What is wrong, how the ids of the vectors begin that concern it, and each file with its old and its new text."""

    what: str
    concerns: tuple[str, ...]
    edits: tuple[tuple[str, str, str], ...]


_VALUES, _PRINTED, _WHO = ("worked/written/",), ("worked/printed/",), ("worked/who/",)
_PANELS, _FHIR, _HL7 = ("worked/sample/",), ("fhir/person/", "fhir/range/"), ("hl7v2/person/", "hl7v2/value/")
_STRANGERS, _TONGUES = ("population/general/", "worked/unknown/"), ("worked/tongue/",)
_SETS = tuple(
    f"{start}{name}/" for start in ("population/", "worked/unknown/set/") for name in ("mayo", "arup", "quest")
)
_IN_PANELS, _RULES = ("worked/panel/",), ("worked/rules/",)
_UNBORN = "self.catalog, self.patient = catalog, patient.model_copy(update={'born': None})"
_GENERAL = "self.standard, self.optimal, self.strict = 'general'"
_HALF = ("worked/open-side/",)
_OPEN_AGES, _MAY_BE_YOUNG = ("worked/open-age/",), "person.ages.start < ADULT.start or"
_CHILD = "person.ages.end <= ADULT.start"
_SEXES = "    for sex in person.sexes"
_DEFAULTS = '{"general", "healers-rls-protocol"}'
_FIRST = "tuple(each for each in self._all if each.kind == 'Patient')[:1]"


def _each(altered: str) -> tuple[str, str]:
    """Of each line of a panel that is judged, what is altered."""
    return "return classify(result, self.patient", f"return classify({altered}, self.patient"


BUGS: tuple[Bug, ...] = (
    # numbers and comparators as they are written
    Bug(
        "a decimal comma is dropped",
        _VALUES,
        (
            (
                "text.py",
                "    if digits.isdigit():\n        return Decimal(digits)",
                (
                    '    if re.fullmatch("[0-9]+,[0-9]", digits):\n        return Decimal(digits.replace(",", ""))\n'
                    "    if digits.isdigit():\n        return Decimal(digits)"
                ),
            ),
        ),
    ),
    Bug(
        "the decimal mark that was told is not looked at",
        _VALUES,
        (("text.py", "    if said is not None:\n        return said", '    if said == ".":\n        return said'),),
    ),
    Bug(
        "`less than` is read as more than",
        _VALUES,
        (
            (
                "comparators.py",
                '"less than", "lt", "below", "under", "fewer than"), "<"),',
                '"lt", "below", "under", "fewer than"), "<"),\n    "less than": ">",',
            ),
        ),
    ),
    Bug("\u2264 is read as <", _VALUES, (("comparators.py", '"=<", "\u2264", "\u2a7d",', '"=<", "\u2a7d",'),)),
    Bug("`up to` is not known", _VALUES, (("comparators.py", '"up to", ', ""),)),
    Bug(
        "a minus sign of Unicode is dropped",
        _VALUES,
        (
            (
                "text.py",
                '    if match["sign"]:\n        _refuse_negative(text)',
                '    if match["sign"] == "-":\n        _refuse_negative(text)',
            ),
        ),
    ),
    Bug(
        "an end that is no part of a range decides an open interval",
        ("worked/written/exeter",),
        (("limits.py", " and not reading.low_open))", "))"),),
    ),
    # units and codes
    Bug(
        "published typing errors are taken for the usual unit",
        _VALUES,
        (
            (
                "reading.py",
                "    found = marker.spellings.get(written)\n",
                (
                    '    typos = {"ng/dL": "ng/mL", "ug/mL": "ug/L", "mg/dL": "ug/dL", "mcg/dL": "ng/mL"}\n'
                    "    written = typos.get(written, written) if fold(written) not in marker.spellings else written\n"
                    "    found = marker.spellings.get(written)\n"
                ),
            ),
        ),
    ),
    Bug(
        "a code is held against its unit for ferritin alone",
        _VALUES,
        (
            (
                "reading.py",
                '    if code.property in {kind, "any"}:',
                '    if code.property in {kind, "any"} or marker.id != "ferritin":',
            ),
        ),
    ),
    Bug(
        "the check digit is held against one code alone",
        _VALUES,
        (
            (
                "codes.py",
                "    return -total % 10",
                '    return -total % 10 if code.startswith("2276") else int(code[-1])',
            ),
        ),
    ),
    # look-alikes
    Bug(
        "vitamin D with its metabolites is taken for 25-hydroxyvitamin D",
        ("refusal/another-analyte/",),
        (
            ("knowledge/lookalikes.toml", 'codes = ["35365-6"]', "codes = []"),
            (
                "knowledge/markers/vitamin_d.toml",
                '[[loinc]]\ncode = "62292-8"',
                (
                    '[[loinc]]\ncode = "35365-6"\nname = "Vitamin D+Metabolites"\nproperty = "mass"\n\n'
                    '[[loinc]]\ncode = "62292-8"'
                ),
            ),
        ),
    ),
    Bug(
        "ferritin of whole blood is taken for that of serum",
        ("refusal/another-analyte/",),
        (
            ("knowledge/lookalikes.toml", 'codes = ["24373-3"]', "codes = []"),
            (
                "knowledge/markers/ferritin.toml",
                '[[loinc]]\ncode = "2276-4"',
                '[[loinc]]\ncode = "24373-3"\nname = "Ferritin"\nproperty = "mass"\n\n[[loinc]]\ncode = "2276-4"',
            ),
        ),
    ),
    Bug(
        "calcitriol is taken for vitamin D",
        ("refusal/another-analyte/",),
        (
            ("knowledge/lookalikes.toml", '"calcitriol"', '"calcitriolx"'),
            ("knowledge/markers/vitamin_d.toml", "aliases = [", 'aliases = ["calcitriol", '),
        ),
    ),
    Bug(
        "holotranscobalamin is taken for total B12",
        ("refusal/another-analyte/",),
        (
            ("knowledge/lookalikes.toml", '"holotranscobalamin"', '"holotranscobalaminx"'),
            ("knowledge/markers/vitamin_b12.toml", "aliases = [", 'aliases = ["holotranscobalamin", '),
        ),
    ),
    # printed ranges
    Bug(
        "a printed range is read as if in the unit of the result",
        _PRINTED,
        (
            (
                "printed.py",
                '            "unit": unit.ucum,\n            "low": low',
                '            "unit": unit.ucum if unit.ucum in {"%", "1"} else limits.unit,\n            "low": low',
            ),
        ),
    ),
    Bug(
        "150 is taken to be within `<150`",
        _PRINTED,
        (("printed.py", "locator, open_=interval.high_open)", "locator, open_=False)"),),
    ),
    Bug(
        "20 is taken to be within `>20`",
        _PRINTED,
        (("printed.py", "locator, open_=interval.low_open)", "locator, open_=False)"),),
    ),
    Bug(
        "a range with an impossible end is used",
        _PRINTED,
        (("printed.py", "return bool(ends) and possible and", "return bool(ends) and"),),
    ),
    Bug(
        "the range beside a saturation does not tell its unit",
        ("worked/written/saturation/",),
        (("reading.py", "        unit = ranged or by_size\n", "        unit = by_size or percent\n"),),
    ),
    Bug(
        "an end that a printed range leaves out decides what is said of it alone",
        ("worked/printed/open/",),
        (("limits.py", "self.low_out or reading.high_open", "reading.high_open"),),
    ),
    Bug(
        "a printed range is taken to be that of a child although nothing may be assumed",
        ("worked/printed/strict/",),
        (("classify.py", "person.ages.end <= ADULT.start", "False"),),
    ),
    Bug(
        "a printed range is given only to certain children without a word",
        _OPEN_AGES,
        (("classify.py", _MAY_BE_YOUNG, f"{_CHILD} or"),),
    ),
    Bug(
        "who may have been a child is told so of ferritin alone",
        _OPEN_AGES,
        (
            (
                "classify.py",
                _MAY_BE_YOUNG,
                f'{_CHILD} or (marker.id == "ferritin" and person.ages.start < ADULT.start) or',
            ),
        ),
    ),
    Bug(
        "whoever was born on a day that is known is grown",
        _OPEN_AGES,
        (("classify.py", _MAY_BE_YOUNG, f"{_MAY_BE_YOUNG[:-3]} and (patient.born is None or strict) or"),),
    ),
    # half a range
    Bug(
        "an upper end beyond every usual value is an end",
        _HALF,
        (
            (
                "classify.py",
                "own.high is None or (usual.high is not None and own.high > usual.high)",
                "own.high is None",
            ),
        ),
    ),
    Bug(
        "a lower end beyond every usual value is an end",
        _HALF,
        (("classify.py", "own.low is None or (usual.low is not None and own.low < usual.low)", "own.low is None"),),
    ),
    Bug(
        "an end that is usual is none",
        _HALF,
        (("classify.py", "own.high > usual.high)", "own.high >= usual.high)"),),
    ),
    Bug(
        "half a range is held against the default set and not the one that is asked for",
        _HALF,
        (
            (
                "classify.py",
                "            in_set = place(chosen, cohort(",
                '            chosen = catalog.set("standard")\n            in_set = place(chosen, cohort(',
            ),
        ),
    ),
    Bug(
        "half a range is enough where a place in the set is undecided",
        _HALF,
        (
            (
                "classify.py",
                '{each, "no-range"}.isdisjoint(in_set.possible)',
                '{each, "no-range"}.isdisjoint({in_set.position})',
            ),
        ),
    ),
    Bug(
        "half a range is enough where the set has none for the patient",
        _HALF,
        (("classify.py", '{each, "no-range"}.isdisjoint(', "{each}.isdisjoint("),),
    ),
    Bug(
        "what half a range holds is called normal",
        _HALF,
        (("classify.py", "open_sided=beyond is not None", "open_sided=False"),),
    ),
    # who the patient is
    Bug(
        "born, and no day of collection: the age of today",
        _WHO,
        (
            (
                "cohort.py",
                "        return age_by_now(patient.born)",
                "        return age_between(patient.born, date.today())",
            ),
        ),
    ),
    Bug(
        "an age that contradicts the birth date is not seen",
        _WHO,
        (("cohort.py", "if patient.age is not None and not agrees(", "if False and not agrees("),),
    ),
    Bug(
        "an age of the day before a birthday is let be on it",
        _WHO,
        (("population.py", "_reached(age, born, collected) < said.end", "_reached(age, born, collected) <= said.end"),),
    ),
    Bug(
        "the age of a baby is counted in months alone",
        ("worked/who/born/",),
        (("population.py", 'max(days, months * TICKS["mo"])', 'months * TICKS["mo"]'),),
    ),
    Bug(
        "the age of a baby is counted in days alone",
        ("worked/who/born/",),
        (
            (
                "population.py",
                'min(max(days, months * TICKS["mo"]), (months + 1) * TICKS["mo"] - 1)',
                "days",
            ),
        ),
    ),
    Bug(
        "a woman is taken for a man",
        _WHO,
        (
            (
                "population.py",
                '("female", "f", "woman", "w"), "female"),',
                '("female", "f"), "female"), **dict.fromkeys(("woman", "w"), "male"),',
            ),
        ),
    ),
    Bug(
        "months in words are read as years",
        _WHO,
        (
            (
                "population.py",
                '("mo", "mos", "month", "months"), "mo")',
                '("mo", "mos"), "mo"), **dict.fromkeys(("month", "months"), "a")',
            ),
        ),
    ),
    # of whom something is unknown
    *(
        Bug(
            f"unknown sex is {sex} for every marker but ferritin",
            _STRANGERS,
            (
                (
                    "cohort.py",
                    f"{_SEXES}:\n        for pregnant",
                    f'{_SEXES} if marker_id == "ferritin" else person.sexes[{part}]:\n        for pregnant',
                ),
            ),
        )
        for sex, part in (("female", ":1"), ("male", "-1:"))
    ),
    Bug(
        "unknown age is 40 for every marker but ferritin",
        _STRANGERS,
        (
            (
                "cohort.py",
                "            ages = person.ages\n",
                (
                    "            ages = person.ages\n"
                    '            if marker_id != "ferritin" and ages in {ADULT, EVERY_AGE}:\n'
                    "                ages = age_span(40)\n"
                ),
            ),
        ),
    ),
    Bug(
        "something is assumed of every marker but ferritin although nothing may be",
        _STRANGERS,
        (
            (
                "classify.py",
                "who(patient, result.collected, strict=strict)",
                'who(patient, result.collected, strict=strict and found.marker.id == "ferritin")',
            ),
        ),
    ),
    # sets that are asked for
    *(
        Bug(
            f"unknown sex is {sex} in a set that is asked for",
            _SETS,
            (
                (
                    "cohort.py",
                    f"{_SEXES}:\n        for pregnant",
                    f"{_SEXES} if set_id in {_DEFAULTS} else person.sexes[{part}]:\n        for pregnant",
                ),
            ),
        )
        for sex, part in (("female", ":1"), ("male", "-1:"))
    ),
    Bug(
        "unknown age is 40 in a set that is asked for",
        _SETS,
        (
            (
                "cohort.py",
                "            ages = person.ages\n",
                (
                    "            ages = person.ages\n"
                    f"            if set_id not in {_DEFAULTS} and ages in {{ADULT, EVERY_AGE}}:\n"
                    "                ages = age_span(40)\n"
                ),
            ),
        ),
    ),
    Bug(
        "pregnancy is not looked at in a set that is asked for",
        _SETS,
        (
            (
                "cohort.py",
                "        for pregnant in person.pregnant:\n",
                f"        for pregnant in person.pregnant if set_id in {_DEFAULTS} else (False,):\n",
            ),
        ),
    ),
    Bug(
        "a printed range is not looked at where a set is asked for",
        _SETS,
        (
            (
                "classify.py",
                "    if printed is not None:\n        try:",
                "    if printed is not None and standard is None:\n        try:",
            ),
        ),
    ),
    # in other tongues, and other samples
    Bug(
        "urine alone is another specimen",
        _TONGUES,
        (("reading.py", "if words & wanted and", 'if "urine" not in words and'),),
    ),
    Bug(
        "`bis` and `ab` are taken for each other",
        _TONGUES,
        (
            ("comparators.py", '            "bis",\n', '            "ab",\n'),
            ("comparators.py", '("ab", "mindestens"', '("bis", "mindestens"'),
        ),
    ),
    Bug(
        "`jusqu'à` and `à partir de` are taken for each other",
        _TONGUES,
        (
            ("comparators.py", '            "jusqu\'à",\n', '            "à partir de",\n'),
            ("comparators.py", '"mindestens", "à partir de"', '"mindestens", "jusqu\'à"'),
        ),
    ),
    Bug(
        "`t/m` and `vanaf` are taken for each other",
        _TONGUES,
        (
            ("comparators.py", '"t/m"', '"vanaf_"'),
            ("comparators.py", '"vanaf"', '"t/m"'),
            ("comparators.py", '"vanaf_"', '"vanaf"'),
        ),
    ),
    Bug(
        "`hasta` and `desde` are taken for each other",
        _TONGUES,
        (
            ("comparators.py", '"hasta"', '"desde_"'),
            ("comparators.py", '"desde"', '"hasta"'),
            ("comparators.py", '"desde_"', '"desde"'),
        ),
    ),
    *(
        Bug(f"a range with `{word}` between its ends is not read", _TONGUES, (("text.py", f"|{word}|", "|"),))
        for word in ("bis", "à", "tot")
    ),
    Bug("`zwischen` is not known", _TONGUES, (("text.py", "|zwischen|", "|"),)),
    Bug("an apostrophe groups no thousands", _TONGUES, (("text.py", "[.,'\u2019\\u00a0", "[.,\\u00a0"),)),
    # edges of an age and of a fraction
    Bug(
        "who was born on 29 February is a year older on 28 February",
        ("worked/who/leap/",),
        (
            (
                "population.py",
                "(collected.day < born.day)",
                "(collected.day < min(born.day, 28 if born.month == 2 else 31))",
            ),
        ),
    ),
    Bug(
        "who was born on 29 February is never a year older before 1 March",
        ("worked/who/leap/",),
        (
            (
                "population.py",
                "    born, collected = _day(born), _day(collected)\n",
                (
                    "    born, collected = _day(born), _day(collected)\n"
                    "    if (born.month, born.day) == (2, 29):\n        born = born.replace(month=3, day=1)\n"
                ),
            ),
        ),
    ),
    Bug(
        "a saturation of 1 is a fraction",
        _VALUES,
        (("reading.py", "largest < FRACTION_UP_TO", "largest <= FRACTION_UP_TO"),),
    ),
    Bug(
        "a saturation of 1.5 is in percent",
        _VALUES,
        (("reading.py", "if largest > PERCENT_FROM", "if largest >= PERCENT_FROM"),),
    ),
    # panels
    Bug(
        "the limits of findings are not converted",
        ("rule-in-unit/", *_PANELS),
        (
            (
                "evaluate.py",
                "(None if end is None else convert(end, source, analyte, unit) for end in ends)",
                "(end for end in ends)",
            ),
        ),
    ),
    Bug(
        "a CRP of 1 mg/dL is taken for 1 mg/L",
        ("rule-in-unit/", *_PANELS),
        (
            (
                "units.py",
                "size = Fraction(10) ** (_PREFIXES[match[1]] - _PREFIXES[match[3]])",
                'size = Fraction(10) ** (_PREFIXES[match[1]] - _PREFIXES[match[3]]) / (10 if ucum == "mg/dL" else 1)',
            ),
        ),
    ),
    Bug(
        "samples of different days are taken together",
        _PANELS,
        (("chart.py", "    return day_of(one.collected) == day_of(two.collected)", "    return True"),),
    ),
    Bug(
        "the oldest result decides",
        _PANELS,
        (("chart.py", "    day = max(day_of(moment)", "    day = min(day_of(moment)"),),
    ),
    Bug(
        "the first of a day decides",
        _PANELS,
        (
            (
                "chart.py",
                "        last = max(moment for moment, _ in on_that_day)",
                "        last = min(moment for moment, _ in on_that_day)",
            ),
        ),
    ),
    Bug(
        "a moment is compared without its zone",
        _PANELS,
        (
            (
                "chart.py",
                "        last = max(moment for moment, _ in dated)\n",
                (
                    "        dated = [(moment.replace(tzinfo=None), each) for moment, each in dated]\n"
                    "        last = max(moment for moment, _ in dated)\n"
                ),
            ),
        ),
    ),
    Bug(
        "a discordance of more than 3 points must be one of 4",
        _PANELS,
        (("knowledge/derivations.toml", "points = 3", "points = 4"),),
    ),
    Bug(
        "a discordance of more than a tenth must be one of a fifth",
        _PANELS,
        (("knowledge/derivations.toml", "percent = 10\n", "percent = 20\n"),),
    ),
    Bug(
        "points or percents make a discordance",
        _PANELS,
        (("swaps.py", "Fraction(limits.discordant.points) and gap", "Fraction(limits.discordant.points) or gap"),),
    ),
    Bug(
        "TIBC is guessed from transferrin",
        _PANELS,
        (("review.py", "        if rule.on_request and not estimate_tibc:", "        if False:"),),
    ),
    Bug(
        "a UIBC in the place of TIBC is not seen",
        _PANELS,
        (("swaps.py", "    if _near(iron + tibc, wanted):", "    if False:"),),
    ),
    Bug(
        "something is assumed in a panel although nothing may be",
        _PANELS,
        (
            (
                "panel.py",
                "charts_of(reviewed, patient, strict=asked.strict)",
                "charts_of(reviewed, patient, strict=False)",
            ),
        ),
    ),
    Bug(
        "a refused line takes the findings with it",
        _PANELS,
        (
            (
                "panel.py",
                "    charts = charts_of(reviewed,",
                (
                    "    if any(each.issue for each in reviewed.lines):\n"
                    "        reviewed = reviewed._replace(held={})\n"
                    "    charts = charts_of(reviewed,"
                ),
            ),
        ),
    ),
    Bug(
        "a panel does not look at printed ranges",
        _IN_PANELS,
        (("lines.py", *_each("result.model_copy(update={'range': None})")),),
    ),
    Bug(
        "a panel does not look at comparators",
        _IN_PANELS,
        (("lines.py", *_each("result.model_copy(update={'comparator': None})")),),
    ),
    Bug(
        "a panel does not look at the day of birth",
        _IN_PANELS,
        (("lines.py", "        self.catalog, self.patient = catalog, patient", f"        {_UNBORN}"),),
    ),
    Bug(
        "a panel judges by the default set",
        _IN_PANELS,
        (
            (
                "lines.py",
                "self.standard, self.optimal, self.strict = standard, optimal, strict",
                f"{_GENERAL}, optimal, strict",
            ),
        ),
    ),
    Bug(
        "a printed range is not looked at in a panel where a set is asked for",
        ("worked/panel/set/",),
        (("lines.py", *_each("result if self.standard == 'general' else result.model_copy(update={'range': None})")),),
    ),
    Bug(
        "a finding takes half a range for the whole",
        ("worked/panel/rules/range/",),
        (("review.py", "it.standing", "it.standard.position"),),
    ),
    # rules
    *(
        Bug(
            f"unknown sex is {sex} in a rule",
            _RULES,
            (("evaluate.py", "for sex in chart.person.sexes]", f"for sex in chart.person.sexes[{part}]]"),),
        )
        for sex, part in (("female", ":1"), ("male", "-1:"))
    ),
    Bug(
        "what is declared of the menopause is not looked at",
        _RULES,
        (
            (
                "evaluate.py",
                "condition.declared in chart.declared",
                "condition.declared in chart.declared - {'postmenopausal'}",
            ),
        ),
    ),
    Bug(
        "whatever is declared is dialysis",
        _RULES,
        (
            (
                "evaluate.py",
                "condition.declared in chart.declared",
                "(condition.declared in chart.declared or (condition.declared == 'dialysis' and chart.declared))",
            ),
        ),
    ),
    Bug(
        "a child on dialysis is judged as an adult",
        _RULES,
        (
            (
                "evaluate.py",
                "    if ages.end <= band.start or",
                "    if 'dialysis' in chart.declared:\n        return YES\n    if ages.end <= band.start or",
            ),
        ),
    ),
    # FHIR
    Bug(
        "FHIR: the first patient of a bundle is everybody's",
        _FHIR,
        (
            (
                "fhir/person.py",
                "        patients = subject.doubtful if subject.node is None else (subject.node,)",
                f"        patients = subject.doubtful if subject.node is None else {_FIRST}",
            ),
            (
                "fhir/person.py",
                "        self._references = references\n",
                "        self._references = references\n        self._all = nodes\n",
            ),
        ),
    ),
    Bug(
        "FHIR: the pregnancy of another patient counts",
        _FHIR,
        (
            (
                "fhir/pregnancy.py",
                "        said = list(self._said.get(subject.person, ()))",
                "        said = [each for held in self._said.values() for each in held]",
            ),
        ),
    ),
    Bug(
        "FHIR: a pregnancy of any day counts",
        _FHIR,
        (("fhir/pregnancy.py", "    if each.first is None or collected is None:", "    if True:"),),
    ),
    Bug(
        "FHIR: a refuted pregnancy counts",
        _FHIR,
        (("fhir/pregnancy.py", "    if verified & _REFUTED:\n        return\n", ""),),
    ),
    Bug(
        "FHIR: when it was issued is the collection",
        _FHIR,
        (("fhir/observation.py", '"effectiveDateTime"', '"issued", "effectiveDateTime"'),),
    ),
    Bug(
        "FHIR: an amended result is refused",
        _FHIR,
        (("fhir/status.py", '{"final", "amended", "corrected"}', '{"final", "corrected"}'),),
    ),
    Bug(
        "FHIR: urine alone is another specimen",
        ("fhir/refusal/another-analyte/",),
        (
            (
                "fhir/specimen.py",
                "    if other or (not",
                '    if any("urin" in each.casefold() for each in other) or (not',
            ),
        ),
    ),
    # HL7 v2
    Bug(
        "HL7 v2: urine alone is another specimen",
        ("hl7v2/refusal/another-analyte/",),
        (
            (
                "hl7v2/obx.py",
                '        if test.by_name or kinds != {"blood"}:',
                '        if "urine" in written.casefold():',
            ),
        ),
    ),
    Bug(
        "HL7 v2: the first patient of a message is everybody's",
        _HL7,
        (("hl7v2/oru.py", 'if line.name == "PID" and any(', 'if line.name == "PID" and not any('),),
    ),
    Bug(
        "HL7 v2: the day of a result is not looked at",
        _HL7,
        (("hl7v2/obx.py", "fields.component(14) or order.collected", "order.collected"),),
    ),
    Bug(
        "HL7 v2: `>` in OBX-8 is not looked at",
        _HL7,
        (("hl7v2/obx.py", 'if each in {"<", ">"}]', 'if each in {"<"}]'),),
    ),
    Bug(
        "HL7 v2: escapes are not undone",
        _HL7,
        (
            (
                "hl7v2/er7.py",
                "def unescape(written: str, marks: Marks, codec: str) -> str:",
                (
                    "def unescape(written: str, marks: Marks, codec: str) -> str:\n    return written\n\n\n"
                    "def _unescape(written: str, marks: Marks, codec: str) -> str:"
                ),
            ),
        ),
    ),
)


def differing(folder: Path, vectors: list[Vector]) -> list[str]:
    """The vectors that a copy of the package answers otherwise than they expect."""
    asked = [each.model_dump(mode="json", exclude_none=True, include={"id", "kind", "input"}) for each in vectors]
    done = subprocess.run(
        [sys.executable, "-m", "rlslabs", "answer"],
        input="".join(f"{json.dumps(each)}\n" for each in asked),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"},
        timeout=120,
    )
    said = {each["id"]: each["answer"] for each in map(json.loads, done.stdout.splitlines())}
    return [each.id for each in vectors if compared(each, said[each.id]) != compared(each, expected(each))]


def expected(vector: Vector) -> dict[str, Any]:
    """The whole answer of a vector as plain data."""
    said = json.loads(vector.expect.model_dump_json(exclude_none=True))
    assert isinstance(said, dict)
    return said


def compared(vector: Vector, said: dict[str, Any]) -> dict[str, Any]:
    """What is compared of an answer."""
    return {name: part for name, part in said.items() if name in vector.compare} if vector.compare else said


def chosen(starts: tuple[str, ...]) -> list[Vector]:
    """The vectors whose ids begin so."""
    return [each for each in VECTORS if each.id.startswith(starts)]


def test_an_unaltered_copy_answers_every_vector_that_is_asked_here_as_expected(tmp_path: Path) -> None:
    """What the planted bugs are told from."""
    shutil.copytree(SOURCE, tmp_path / "rlslabs")
    assert not differing(tmp_path, chosen(tuple({start for bug in BUGS for start in bug.concerns})))


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_the_vectors_catch_each_bug_that_is_planted_in_the_package(bug: Bug, tmp_path: Path) -> None:
    """A copy of the package with one bug in it answers a vector otherwise than it expects."""
    shutil.copytree(SOURCE, tmp_path / "rlslabs")
    for name, old, new in bug.edits:
        path = tmp_path / "rlslabs" / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} no longer holds what the bug changes: plant it again"
        path.write_text(text.replace(old, new), encoding="utf-8")
    assert differing(tmp_path, chosen(bug.concerns))
