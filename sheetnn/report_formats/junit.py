"""The report as JUnit XML, as continuous integration reads it: a suite a workbook, a case a check."""

from __future__ import annotations

from lxml import etree

from ..judgement import RECALCULATE, judge, name, notes, tally
from ..report import Check, Proof, Report, Trouble
from .elements import element
from .text import told

_WORST = 20


def junit(proof: Proof) -> bytes:
    """The report as JUnit XML in UTF-8."""
    suites = [_trouble(one) if isinstance(one, Trouble) else _suite(one) for one in proof.results]
    totals = {key: str(sum(int(suite.get(key, "0")) for suite in suites)) for key in ("tests", "failures", "errors")}
    root = element("testsuites", *suites, name="sheetnn verify", **totals)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _trouble(trouble: Trouble) -> etree._Element:
    error = element("error", trouble.said, message=trouble.said, type="trouble")
    case = element("testcase", error, classname=trouble.path, name="verify")
    return element("testsuite", case, name=trouble.path, tests="1", failures="0", errors="1", skipped="0")


def _suite(report: Report) -> etree._Element:
    facts = {"recipe": report.recipe} | {f"engine {c.source}": c.version for c in report.checks if c.version}
    properties = [element("property", name=key, value=value) for key, value in facts.items()]
    cases = [
        element("testcase", *_outcome(report, check), classname=report.path, name=name(check))
        for check in report.checks
    ]
    said = [f"{part.question} {part.answer}: {part.said}" for part in judge(report)]
    said += [f"{name(check)}: {note}" for check in report.checks for note in notes(check)]
    counts = {
        key: str(sum(case.find(tag) is not None for case in cases))
        for key, tag in (("failures", "failure"), ("skipped", "skipped"), ("errors", "error"))
    }
    inside = [element("properties", *properties), *cases, element("system-out", "\n".join(said))]
    return element("testsuite", *inside, name=report.path, tests=str(len(cases)), **counts)


def _outcome(report: Report, check: Check) -> list[etree._Element]:
    if check.different:
        kind = "stale" if check.stale else "mismatch"
        return [element("failure", _worst(report, check), message=tally(check), type=kind)]
    if check.blank:
        return [element("skipped", message=f"no values are stored; {RECALCULATE}")]
    return []


def _worst(report: Report, check: Check) -> str:
    found = [one for _, group in report.worst_first() for one in group if one.source == check.source]
    lines = [told(one) + (" (only follows from others)" if one.follows else "") for one in found[:_WORST]]
    more = [f"... and {check.different - len(lines):,} more"] if check.different > len(lines) else []
    return "\n".join(lines + more)
