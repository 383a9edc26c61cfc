"""SARIF: a log that its models accept without a rest, whose places, fixes and fingerprints say what they should."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.diagnostics import Diagnostic, Edit, Label, Severity, Source, apply_edits
from cnnspec.diagnostics.catalogue import load_all
from cnnspec.diagnostics.writers.sarif import diagnostics_to_sarif
from support.command import BROKEN, SOUND, run
from support.mutations import corpus

load_all()
SLIPS = "model M {\n  input 8x8x1\n  Conv2D(2, 9x9)\n  Flaten -> Dense(10, actvation=softmax)\n  expect parms == 1\n}\n"


#: Properties of the standard (3.14.17, 3.20.8) that the models do not have.
NOT_MODELLED = {"log.runs.columnKind", "log.runs.invocations.exitCode"}


def log_of(*texts: str, path: str = "/repo/nets/net.cnn") -> dict[str, Any]:
    """The log of texts that are all known by one path."""
    found = [d for text in texts for d in check_source(Source(path, text)).report.diagnostics]
    return write(found, path)


def write(found: list[Diagnostic], *checked: str) -> dict[str, Any]:
    log = diagnostics_to_sarif(found, checked, version="1.2.3", exit_code=int(bool(found)), folder=Path("/repo"))
    data: Any = json.loads(json.dumps(log))
    validate(data)
    return data


def validate(data: dict[str, Any]) -> None:
    """Every property is one of SARIF 2.1.0, of its type; levels and roles are words that it knows."""
    sarif_pydantic = pytest.importorskip("sarif_pydantic", reason="sarif-pydantic is not installed")
    from pydantic import BaseModel

    def rest(model: BaseModel, place: str) -> Iterator[str]:
        yield from (f"{place}.{name}" for name in model.model_extra or ())
        for name in type(model).model_fields:
            value = getattr(model, name)
            members = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [value]
            for member in members:
                if isinstance(member, BaseModel):
                    yield from rest(member, f"{place}.{name}")

    log = sarif_pydantic.Sarif.model_validate(data)
    assert set(rest(log, "log")) <= NOT_MODELLED
    assert all(rule["defaultConfiguration"]["level"] in ("error", "warning", "note", "none") for rule in driver(data)["rules"])


def driver(data: dict[str, Any]) -> dict[str, Any]:
    return data["runs"][0]["tool"]["driver"]


def results(data: dict[str, Any]) -> list[dict[str, Any]]:
    return data["runs"][0]["results"]


def places(value: Any) -> Iterator[dict[str, Any]]:
    """Every region of a log."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name in ("region", "deletedRegion"):
                yield member
            yield from places(member)
    elif isinstance(value, list):
        for member in value:
            yield from places(member)


def test_a_log() -> None:
    data = log_of(SLIPS)
    assert (driver(data)["name"], driver(data)["version"]) == ("cnnspec", "1.2.3")
    assert data["runs"][0]["columnKind"] == "unicodeCodePoints"
    assert data["runs"][0]["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    for result in results(data):
        assert driver(data)["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    (wrong,) = [result for result in results(data) if result["ruleId"] == "kernel-exceeds-input"]
    assert wrong["level"] == "error"
    assert wrong["message"]["text"].startswith("Conv2D needs 9×9, but its input is 8×8\nnote: ")
    place = wrong["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "nets/net.cnn", "uriBaseId": "%SRCROOT%", "index": 0}
    assert place["region"]["snippet"]["text"] == "9x9"
    assert [label["message"]["text"] for label in wrong["relatedLocations"]] == ["the input is 8×8×1"]


def test_rules_have_their_pages() -> None:
    (rule,) = driver(log_of(BROKEN))["rules"]
    assert rule["id"] == "kernel-exceeds-input"
    assert rule["shortDescription"]["text"].endswith(".")
    assert "\n" not in rule["shortDescription"]["text"]
    assert rule["help"]["markdown"].startswith("# kernel-exceeds-input\n")
    assert rule["defaultConfiguration"] == {"level": "error"}


def test_a_sound_file_is_named_too() -> None:
    data = write([], "/repo/a.cnn", "/repo/b c.cnn", "-")
    assert results(data) == []
    assert [artifact.get("location", {}).get("uri") for artifact in data["runs"][0]["artifacts"]] == ["a.cnn", "b%20c.cnn", None]
    assert data["runs"][0]["invocations"][0]["exitCode"] == 0


@pytest.mark.parametrize("text", [SLIPS, SLIPS.replace("\n", "\r\n"), "# 漢😀\n" + SLIPS.replace("M {", "M{ # é\t😀")])
def test_regions_and_fixes_say_what_they_mean(text: str) -> None:
    data = log_of(text)
    assert len(list(places(data))) > 8
    lines = text.split("\n")
    for region in places(data):
        start, length = region["charOffset"], region["charLength"]
        assert region.get("snippet", {"text": text[start : start + length]})["text"] == text[start : start + length]
        for line, column, offset in (("startLine", "startColumn", start), ("endLine", "endColumn", start + length)):
            before = sum(len(one) + 1 for one in lines[: region[line] - 1])
            assert before + region[column] - 1 == offset
    for result, diagnostic in zip(results(data), check_source(Source("x", text)).report.diagnostics, strict=True):
        if diagnostic.fix:
            (change,) = result["fixes"][0]["artifactChanges"]
            assert replaced(text, change["replacements"]) == apply_edits(text, diagnostic.fix)
            assert result["fixes"][0]["properties"]["applicability"] == diagnostic.applicability


def replaced(text: str, replacements: list[dict[str, Any]]) -> str:
    for one in sorted(replacements, key=lambda one: -one["deletedRegion"]["charOffset"]):
        start, length = one["deletedRegion"]["charOffset"], one["deletedRegion"]["charLength"]
        text = text[:start] + one.get("insertedContent", {"text": ""})["text"] + text[start + length :]
    return text


def fingerprints(data: dict[str, Any]) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results(data)]


def test_fingerprints_stay_when_lines_move() -> None:
    here = fingerprints(log_of(SLIPS))
    assert len(set(here)) == len(here)
    assert fingerprints(log_of("# one\n\n" + SLIPS.replace("  Conv2D", "      Conv2D"))) == here
    assert fingerprints(log_of(SLIPS.replace("9x9", "10x9"))) != here


def test_the_same_mistake_twice_is_two() -> None:
    twice = SLIPS.replace("  Conv2D(2, 9x9)\n", "  Conv2D(2, 9x9)\n  Conv2D(2, 9x9)\n  ReLU(3, 4, 5)\n  ReLU(3, 4, 5)\n")
    found = fingerprints(log_of(twice))
    assert len(set(found)) == len(found)


HOSTILE = [
    "%0A::error::",
    "a\r\n::x",
    "{0} {x}",
    "[a](1) \\",
    "\x1b[2J\x9b",
    "\u202e\u2028\x85",
    "100 % ü 漢 😀#?&:",
    "\udcff",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_a_log(text: str) -> None:
    span = Source(f"/repo/{text}.cnn", text).span(0, len(text))
    found = Diagnostic(
        "claim-false", Severity.ERROR, text, span, labels=(Label(span, text),), notes=(text,), help=text, fix=(Edit(span, text),)
    )
    (result,) = results(write([found], span.path))
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[\w%./~-]+", uri, re.ASCII)
    assert unquote(uri, errors="surrogateescape") == str(Path(f"{text}.cnn"))
    message = result["message"]["text"]
    assert all(char.isprintable() or char == "\n" for char in message)
    assert not re.search(r"(?<!\{)\{(?!\{)|(?<!\\)\]\(", message)


def test_what_is_in_no_file_is_part_of_the_log() -> None:
    option = Source("(--set)", "a=1", is_file=False)
    found = [Diagnostic("unknown-setting", Severity.ERROR, "no", option.span(0, 1))]
    found += check_source(Source("-", BROKEN)).report.diagnostics
    data = write(found, "-")
    stdin, given = data["runs"][0]["artifacts"]
    assert (stdin["description"]["text"], stdin["contents"]["text"]) == ("standard input", BROKEN)
    assert (given["description"]["text"], given["contents"]["text"]) == ("(--set)", "a=1")
    at = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in results(data)]
    assert at == [{"index": 1}, {"index": 0}]


def test_a_file_elsewhere_has_its_whole_uri() -> None:
    (result,) = results(write(list(check_source(Source("/else where/n.cnn", BROKEN)).report.diagnostics)))
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "file:///else%20where/n.cnn", "index": 0}


def test_every_page_and_spec_gives_a_valid_log() -> None:
    assert len(results(log_of(*corpus()))) > 300


def test_a_misspelled_property_would_be_seen() -> None:
    data = log_of(BROKEN)
    results(data)[0]["locations"][0]["physicalLocation"]["region"]["beginLine"] = 1
    with pytest.raises(AssertionError, match="beginLine"):
        validate(data)


class TestCommand:
    def test_of_several_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "broken.cnn").write_text(BROKEN)
        (tmp_path / "sound.cnn").write_text(SOUND)
        (tmp_path / "unreadable.cnn").write_bytes(b"\xff")
        monkeypatch.chdir(tmp_path)
        done = run("check", "--format", "sarif", ".", "none.cnn", GITHUB_WORKSPACE="")
        assert (done.status, done.err) == (1, "")
        data = json.loads(done.out)
        validate(data)
        uris = [artifact["location"]["uri"] for artifact in data["runs"][0]["artifacts"]]
        assert uris == ["broken.cnn", "sound.cnn", "unreadable.cnn", "none.cnn"]
        errors = [result["ruleId"] for result in results(data) if result["level"] == "error"]
        assert errors == ["kernel-exceeds-input", "file-not-utf8", "file-not-found"]
        assert "region" not in results(data)[-1]["locations"][0]["physicalLocation"]
        assert data["runs"][0]["invocations"][0]["exitCode"] == 1

    def test_infos_are_notes(self) -> None:
        done = run("check", "--format", "sarif", "-", given="model M {\n  input 9x9x1\n  MaxPool2D\n  Flatten -> Dense(2)\n}\n")
        assert done.status == 0
        assert {result["level"] for result in results(json.loads(done.out))} == {"note"}
