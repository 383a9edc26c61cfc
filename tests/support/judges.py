"""Judges of what writers write: each reads a format as its readers do, and refuses all that is more than text."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

_SVG = "{http://www.w3.org/2000/svg}"
#: The elements of our pictures, and their attributes; ``data-`` and ``aria-`` may be followed by anything plain.
SVG_ELEMENTS = {"svg", "title", "desc", "style", "g", "rect", "ellipse", "polygon", "path", "text", "tspan", "image", "use"}
SVG_ATTRIBUTES = {
    "id", "role", "width", "height", "viewBox", "font-family", "font-size", "font-weight", "text-anchor", "x", "y", "rx",
    "cx", "cy",
    "ry", "d", "points", "fill", "stroke", "stroke-width", "stroke-dasharray", "class", "preserveAspectRatio", "image-rendering",
}  # fmt: skip
_STYLE = re.compile(r"@media \(prefers-color-scheme:dark\)\{(?:\.[fs][0-9A-F]{6}\{(?:fill|stroke):#[0-9A-F]{6}\})*\}")


class Refused(AssertionError):
    """What a judge says no to."""


def require(condition: object, what: str) -> None:
    if not condition:
        raise Refused(what)


def judge_svg(text: str) -> Counter[str]:
    """How often each element stands in a picture of ours: strict XML, known elements and attributes, nothing active."""
    text.encode()
    require("<!" not in text and "<?" not in text, "a declaration")
    root = ElementTree.fromstring(text)
    ids: list[str] = []
    for element in root.iter():
        name = element.tag.removeprefix(_SVG)
        require(element.tag.startswith(_SVG) and name in SVG_ELEMENTS, f"element {element.tag}")
        require(name != "style" or _STYLE.fullmatch(element.text or ""), "a style of its own")
        for key, value in element.attrib.items():
            known = key in SVG_ATTRIBUTES or re.fullmatch(r"(?:data|aria)-[a-z-]+", key)
            if key.rpartition("}")[2] == "href":
                inside = {"image": r"data:image/png;base64,[A-Za-z0-9+/]+=*", "use": r"#[A-Za-z0-9_./-]+"}
                known = name in inside and re.fullmatch(inside[name], value)
            if key == "style":
                known = name == "image" and value == "image-rendering:pixelated"
            require(known, f"attribute {key} of {name}")
            if key in ("id", "class"):
                require(re.fullmatch(r"[A-Za-z0-9_./ -]*", value), f"{key} {value!r}")
            if key in ("fill", "stroke"):
                require(re.fullmatch(r"none|#[0-9A-F]{6}", value), f"{key} {value!r}")
        ids += [value for key, value in element.attrib.items() if key == "id"]
    require(len(ids) == len(set(ids)), "an id twice")
    judge_order("".join(root.itertext()))
    return Counter(element.tag.removeprefix(_SVG) for element in root.iter())


class _Reader(HTMLParser):
    """Every element with its attributes; what is not closed, or closed twice, is refused."""

    VOID = frozenset({"meta", "img", "br", "input", "hr", "link", "path", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.open: list[str] = []
        self.declarations: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        require(len(dict(attrs)) == len(attrs), f"an attribute of {tag} twice")
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in self.VOID or tag in ("path", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        require(self.open and self.open.pop() == tag, f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append((self.elements[-1][1], data))

    def handle_comment(self, data: str) -> None:
        raise Refused("a comment")

    def handle_decl(self, decl: str) -> None:
        self.declarations.append(decl)

    def unknown_decl(self, data: str) -> None:
        raise Refused("a declaration")

    def handle_pi(self, data: str) -> None:
        raise Refused("an instruction")


def judge_html(text: str) -> Counter[tuple[str, tuple[str, ...]]]:
    """How often each element stands in a page of ours with which attributes, to be compared with a harmless page's."""
    text.encode()
    reader = _Reader()
    reader.feed(text)
    reader.close()
    require(reader.open == [], f"{reader.open} stay open")
    require(reader.declarations == ["DOCTYPE html"], "another declaration")
    for tag, attributes in reader.elements:
        for key, value in attributes.items():
            require(not key.startswith("on") and key not in ("srcdoc", "formaction", "style"), f"attribute {key} of {tag}")
            if key in ("href", "src", "action", "xlink:href"):
                local = re.fullmatch(r"#.*|(?:\.\./)*[A-Za-z0-9_-][A-Za-z0-9_./-]*", value, re.DOTALL)
                picture = tag in ("img", "image") and re.fullmatch(r"data:image/png;base64,[A-Za-z0-9+/]+=*", value)
                require(local or picture, f"{key} {value!r} of {tag}")
    return Counter((tag, tuple(sorted(attributes))) for tag, attributes in reader.elements)


def scripts_of(text: str) -> list[str]:
    """The scripts of a page, JSON apart."""
    reader = _Reader()
    reader.feed(text)
    return [data for attributes, data in reader.scripts if attributes.get("type") != "application/json"]


_DOT_TOKEN = re.compile(r'\s+|"((?:[^"\\]|\\.)*)"|<|->|([A-Za-z0-9_.#-]+)|[\[\]{}=;,]', re.DOTALL)
DOT_ATTRIBUTES = {
    "rankdir", "fontname", "fontsize", "nodesep", "ranksep", "size", "shape", "color", "arrowsize", "tooltip", "style",
    "labeljust",
    "label", "xlabel", "fillcolor", "fixedsize", "width",
}  # fmt: skip
_HTML_LIKE = {"TABLE", "TR", "TD", "BR", "B", "label"}
_HTML_LIKE_ATTRIBUTES = {
    "COLSPAN", "BGCOLOR", "BORDER", "SIDES", "ALIGN", "STYLE", "CELLBORDER", "CELLSPACING", "CELLPADDING", "COLOR",
}  # fmt: skip


def judge_dot(text: str) -> Counter[str]:
    """How often each word outside of texts stands in a graph of ours: known attributes, labels of known elements."""
    text.encode()
    words = Counter[str]()
    before = ""
    for kind, token in _dot_tokens(text):
        if kind == "html":
            root = ElementTree.fromstring(f"<label>{token}</label>")
            for element in root.iter():
                require(element.tag in _HTML_LIKE, f"element {element.tag}")
                require(set(element.attrib) <= _HTML_LIKE_ATTRIBUTES, f"attributes {set(element.attrib)}")
        if kind == "sign" and token == "=":
            require(before in DOT_ATTRIBUTES, f"attribute {before}")
        if kind == "text" and "\\" in token:
            require(re.fullmatch(r'(?:[^\\]|\\\\|\\")*', token, re.DOTALL), f"an escape in {token!r}")
        if kind == "word" and before != "digraph":
            words[re.sub(r"\d+", "0", token)] += 1
        before = token if kind == "word" else ""
    require(words["digraph"] == 1, "another graph")
    return words


def _dot_tokens(text: str) -> Iterator[tuple[str, str]]:
    """Words, texts, signs and HTML-like labels, which end where their brackets do."""
    at = 0
    while at < len(text):
        match = _DOT_TOKEN.match(text, at)
        require(match, f"no token at {text[at : at + 40]!r}")
        assert match is not None
        found = match.group()
        if found == "<":
            depth, end = 1, at + 1
            while depth:
                require(end < len(text), "a label that does not end")
                depth += {"<": 1, ">": -1}.get(text[end], 0)
                end += 1
            yield "html", text[at + 1 : end - 1]
            at = end
            continue
        at = match.end()
        if match.group(1) is not None:
            yield "text", match.group(1)
        elif match.group(2):
            yield "word", found
        elif found.strip():
            yield "sign", found


MERMAID_LABEL = r"(?:[A-Za-z0-9 .,:=+/()_\u00a0-\U0010ffff-]|#\d+;|<b>|</b>|<br/>)*"
_MERMAID = re.compile(
    "|".join(
        (
            "flowchart (?:TB|LR)",
            rf' +subgraph g\d+\["{MERMAID_LABEL}"\]',
            " +end",
            rf' +n\d+(?:\["{MERMAID_LABEL}"\]|\[\["{MERMAID_LABEL}"\]\]|\(\["{MERMAID_LABEL}"\]\))',
            r" +n\d+ --> n\d+",
            " +classDef [a-z]+ fill:#[0-9A-F]{6},stroke:#[0-9A-F]{6},color:#[0-9A-F]{6}(?:,stroke-width:3px)?",
            r" +class n\d+(?:,n\d+)* [a-z]+",
        )
    )
)


def judge_mermaid(text: str) -> int:
    """How many lines a flowchart of ours has: each is one of its few forms."""
    text.encode()
    lines = text.split("\n")
    require(lines.pop() == "", "no line end")
    for line in lines:
        require(_MERMAID.fullmatch(line), line)
    judge_order(text)
    return len(lines)


def judge_terminal(text: str) -> None:
    """No character that moves a cursor, sets a colour, hides or reorders what is read."""
    text.encode()
    for character in set(text) - {"\n"}:
        require(unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp"), f"U+{ord(character):04X}")
    judge_order(text)


def judge_order(text: str) -> None:
    """No character that reorders what stands beside it."""
    found = re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)
    require(found is None, f"U+{ord(found[0]):04X}" if found else "")


def judge_fence(text: str, language: str) -> str:
    """What stands in a block of Markdown that is all there is; nothing in it ends it."""
    lines = text.split("\n")
    require(lines.pop() == "", "no line end")
    opening = re.fullmatch(rf"(`{{3,}}){language}", lines[0])
    require(opening and lines[-1] == opening[1], "no fence around it")
    assert opening is not None
    require(not any(re.match(rf" {{0,3}}`{{{len(opening[1])},}}\s*$", line) for line in lines[1:-1]), "the fence ends inside")
    return "\n".join(lines[1:-1]) + "\n"


_PROSE_ACTIVE = re.compile(r"[<`*~]|\](?=[(\[:])|!\[|\[\^|&#?\w+;|^\s*(?:>|\+|={2,}|-{2,}|\d+[.)])")


def judge_markdown(text: str) -> None:
    """Prose of ours: outside of fences nothing that is a tag, a link, an emphasis, an entity or code."""
    text.encode()
    inside = ""
    for line in text.split("\n"):
        fence = re.match(r"`{3,}", line)
        if inside:
            inside = "" if line == inside else inside
        elif fence:
            inside = fence[0]
        else:
            plain = re.sub(r"\\[!-/:-@[-`{-~]", "x", re.sub(r"^(?:- |#{1,2} )", "", line))
            found = _PROSE_ACTIVE.search(plain)
            require(found is None, f"{found[0] if found else ''} in {line!r}")
    require(not inside, "a fence that does not end")


def judge_csv(text: str, columns: int, separator: str = ",") -> list[list[str]]:
    """The rows of a table: all equally long, no cell that a table calculator would take for a formula."""
    text.encode()
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    for row in rows:
        require(len(row) == columns, f"{len(row)} cells")
        for cell in row:
            number = re.fullmatch(r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf|nan)", cell)
            require(number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), f"a formula: {cell!r}")
    return rows


_WORKFLOW = re.compile(r"::(?:error|warning|notice) [^:\r\n]*::[^\r\n]*")


def judge_github(text: str, count: int) -> None:
    """As many commands as diagnostics, one a line."""
    text.encode()
    lines = text.split("\n")
    require(lines.pop() == "", "no line end")
    require(len(lines) == count and "\r" not in text, f"{len(lines)} lines")
    for line in lines:
        require(_WORKFLOW.fullmatch(line), line)
