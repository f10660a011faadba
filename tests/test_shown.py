"""What is shown of a student's notebook: nothing in it runs or loads anything, and what is honest looks as meant."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbconvert.filters.strings import strip_files_prefix
from nbformat import NotebookNode
from rich.console import Console

import hostile_prose
from chainrule import show
from chainrule.course import report
from chainrule.course.opened import Graded
from chainrule.engine import formulas
from chainrule.engine.bounds import Bound, Room
from chainrule.engine.cleaning import DEEPEST, ELEMENTS, Cleaner
from chainrule.engine.outputs import sanitize
from chainrule.engine.pictures import verified
from chainrule.engine.results import ExerciseResult, Results, TestResult
from chainrule.engine.submission import read_submission
from chainrule.engine.visible import in_one_line, visible
from chainrule.probe.outcome import Outcome
from hostile_prose import ATTACHMENTS, HTML, MARKDOWN, RUN, picture

v4: Any = nbformat.v4


def sanitized(cells: list[NotebookNode], prose: Collection[str] = ()) -> NotebookNode:
    """A notebook of these cells as it is kept; what they are made of need not be what a notebook's cells are."""
    notebook: NotebookNode = v4.new_notebook()
    notebook.cells = cells
    sanitize(notebook, prose)
    nbformat.validate(notebook)
    return notebook


def shown(source: str, attachments: object = None) -> str:
    """What is kept of a Markdown cell."""
    cell = v4.new_markdown_cell(source)
    if attachments is not None:
        cell.attachments = attachments
    notebook = sanitized([cell])
    assert "attachments" not in notebook.cells[0]
    return str(notebook.cells[0].source)


def displayed(**data: Any) -> NotebookNode:
    """What is kept of an output with these data; a name's underscore stands for a slash."""
    output = v4.new_output("display_data")
    output.data = {kind.replace("_", "/", 1): value for kind, value in data.items()}
    return outputs(output)[0]


def outputs(*found: Any) -> list[NotebookNode]:
    """What is kept of these outputs of one cell."""
    cell = v4.new_code_cell("pass")
    cell.outputs = list(found)
    notebook = sanitized([cell])
    kept: list[NotebookNode] = notebook.cells[0].outputs
    return kept


def code(source: str) -> str:
    """What is kept of a cell of code."""
    notebook = sanitized([v4.new_code_cell(source)])
    return str(notebook.cells[0].source)


def clean(html: str) -> str:
    return Cleaner(Room()).clean(html)


def require_inert(html: str) -> None:
    """Nothing in it runs, loads, or leads anywhere but to a page elsewhere."""
    for element in BeautifulSoup(html, "html.parser").find_all(True):
        assert element.name in ELEMENTS | formulas.ELEMENTS, element
        for name, value in element.attrs.items():
            assert not name.startswith(("on", "data", "xlink")), element
            assert name not in {"id", "name", "srcset", "action", "ping", "background", "cite"}, element
            assert name != "class" or value == ["tex2jax_ignore", "mathjax_ignore"], element
            assert name != "href" or str(value).startswith(("https://", "http://", "mailto:")), element
            assert name != "src" or str(value).startswith(("data:image/png;base64,", "data:image/jpeg;base64,")), (
                element
            )
            assert name != "style" or not re.search(r"url|position|import|\\", str(value)), element


@pytest.mark.parametrize("name", MARKDOWN)
def test_prose_is_inert(name: str) -> None:
    require_inert(shown(MARKDOWN[name], ATTACHMENTS))


@pytest.mark.parametrize("name", MARKDOWN)
def test_prose_is_not_converted_again(name: str) -> None:
    source = shown(MARKDOWN[name], ATTACHMENTS)
    assert strip_files_prefix(markdown2html_mistune(source)).rstrip("\n") == source
    assert HTMLExporter().markdown2html({"cell": {}}, source).rstrip("\n") == source


@pytest.mark.parametrize("name", HTML)
def test_displayed_html_is_inert(name: str) -> None:
    require_inert(displayed(text_html=HTML[name]).data["text/html"])


@pytest.mark.parametrize("name", [*MARKDOWN, *HTML])
def test_mathjax_finds_nothing_to_typeset(name: str) -> None:
    html = shown(MARKDOWN[name]) if name in MARKDOWN else displayed(text_html=HTML[name]).data["text/html"]
    page: Any = BeautifulSoup(html, "html.parser")
    (outermost,) = page.find_all(True, recursive=False)
    assert outermost["class"] == ["tex2jax_ignore", "mathjax_ignore"]
    assert page.get_text() == outermost.get_text()
    assert not outermost.find_all(class_=True)


@pytest.mark.parametrize(
    "kind", ["application_javascript", "image_svg+xml", "text_latex", "text_markdown", "application_pdf"]
)
def test_other_kinds_of_output_go(kind: str) -> None:
    data = {
        kind: f"<svg onload={RUN}>",
        "text_plain": "x",
        "application_vnd.jupyter.widget-view+json": {"model_id": "x"},
    }
    assert displayed(**data).data == {"text/plain": "x"}


def test_metadata_of_an_output_goes() -> None:
    output = v4.new_output("display_data", data={"text/html": "x"}, metadata={"text/html": {"isolated": True}})
    output.metadata["image/png"] = {"width": f"'><img src=x onerror={RUN}>"}
    assert outputs(output)[0].metadata == {}


def test_raw_cell_is_shown_as_it_was_written() -> None:
    notebook = sanitized([v4.new_raw_cell(f"<img onerror={RUN}> $x$\n\n[x](y)")])
    (cell,) = notebook.cells
    assert cell.cell_type == "markdown"
    require_inert(cell.source)
    assert BeautifulSoup(cell.source, "html.parser").get_text() == f"<img onerror={RUN}> $x$\n\n[x](y)"


def test_released_prose_stays_as_it_is() -> None:
    released = "# Part 1\n\n$\\href{https://example.org}{x}$ <b>x</b> [x](#part-2)"
    notebook = sanitized([v4.new_markdown_cell(released)], {released})
    assert notebook.cells[0].source == released


@pytest.mark.parametrize("count", [f"<script>{RUN}</script>", -1, True, 10**9, [1], {"a": 1}, 1.5])
def test_forged_execution_count_goes(count: object) -> None:
    cell = v4.new_code_cell("pass")
    cell.execution_count = count
    cell.outputs = [NotebookNode(output_type="execute_result", data={"text/plain": "x"}, execution_count=count)]
    notebook = sanitized([cell])
    assert notebook.cells[0].execution_count is None
    assert notebook.cells[0].outputs[0].execution_count is None


def test_honest_prose_looks_as_meant() -> None:
    source = "# Answer\n\nIt is **not** *linear*, see `x @ w`:\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n1. one\n   - two\n\n[x](https://example.org)"
    page: Any = BeautifulSoup(shown(source), "html.parser")
    for element, text in {
        "h1": "Answer",
        "strong": "not",
        "em": "linear",
        "code": "x @ w",
        "td": "1",
        "li li": "two",
    }.items():
        assert page.select_one(element).get_text() == text
    assert page.a["href"] == "https://example.org"


def test_honest_formula_becomes_mathml() -> None:
    page: Any = BeautifulSoup(
        shown("With $x_1$ and $$\\frac{a}{b}$$ and\n\n\\begin{align}a &= b\\\\ c &= d\\end{align}"), "html.parser"
    )
    inline, fraction, lines = page.find_all("math")
    assert inline.msub.get_text() == "x1"
    assert fraction["display"] == "block"
    assert fraction.mfrac.get_text() == "ab"
    assert len(lines.find_all("mtr")) == 2
    assert "$" not in page.get_text()


def test_table_of_pandas_looks_as_meant() -> None:
    pandas = pytest.importorskip("pandas")
    html = displayed(text_html=pandas.DataFrame({"loss": range(60)})._repr_html_()).data["text/html"]
    page: Any = BeautifulSoup(html, "html.parser")
    assert [cell.get_text() for cell in page.select("tbody td")] == [str(number) for number in range(60)]
    assert page.thead.tr["style"] == "text-align:right"


def test_style_keeps_only_how_text_looks() -> None:
    html = clean(
        "<td style='color: red; background: url(http://evil.test); position: fixed; text-align: center'>x</td>"
    )
    assert (
        clean("<p style='color: red; position: fixed; text-align: center'>x</p>")
        == '<p style="color:red;text-align:center">x</p>'
    )
    assert "evil" not in html


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_pasted_picture_is_shown(kind: str) -> None:
    mime, encoded = f"image/{kind.lower()}", picture(kind)
    page: Any = BeautifulSoup(shown("![my plot](attachment:my%20plot)", {"my plot": {mime: encoded}}), "html.parser")
    assert page.img["src"] == f"data:{mime};base64,{encoded}"
    assert page.img["alt"] == "my plot"


@pytest.mark.parametrize(
    "attachments", [None, {}, [], {"x.png": []}, {"x.png": {"image/png": ["a"]}}, {"x.png": {"image/png": 7}}]
)
def test_picture_that_is_missing_is_said_to_be(attachments: object) -> None:
    page = shown("![x](attachment:x.png)", attachments)
    assert "attachment" not in page
    assert "1 picture is not shown" in page


def test_released_prose_with_a_pasted_picture_needs_no_attachment_later() -> None:
    cell = v4.new_markdown_cell("![x](attachment:x.png)", attachments={"x.png": {"image/png": picture()}})
    notebook = sanitized([cell], {cell.source})
    assert "data:image/png;base64," in notebook.cells[0].source


def test_attachments_are_read_from_a_submission() -> None:
    cell = v4.new_markdown_cell("![x](attachment:x.png)", attachments={"x.png": {"image/png": picture()}})
    read = read_submission(nbformat.writes(v4.new_notebook(cells=[cell])).encode())
    assert read.notebook.cells[0].attachments["x.png"]["image/png"] == picture()


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        ("image/png", "AAAA"),
        ("image/png", "not base64!"),
        ("image/png", picture("JPEG")),
        ("image/jpeg", picture("PNG")),
        ("image/svg+xml", hostile_prose.SVG_IN_BASE64),
        ("image/png", picture()[:40]),
        ("image/gif", picture("GIF")),
        ("image/png", ["x"]),
    ],
)
def test_what_is_no_picture_is_none(kind: str, encoded: object) -> None:
    assert verified(kind, encoded, Room().pictures) is None


def test_picture_that_would_unfold_is_none() -> None:
    assert verified("image/png", picture(size=(6000, 6000)), Room().pictures) is not None
    assert verified("image/png", picture(size=(30000, 3000)), Room().pictures) is None


def test_picture_shown_again_and_again_takes_room_each_time() -> None:
    room = Bound(1000, 3 * len(picture()) // 4)
    assert verified("image/png", picture(), room) is not None
    assert verified("image/png", picture(), room) is None


def test_output_that_is_no_picture_is_said_to_be_none() -> None:
    assert displayed(image_png=f'"><script>{RUN}</script>').data == {
        "text/plain": "(This picture is not shown: it is no PNG or JPEG, or too large.)"
    }


def test_terminal_codes_but_colours_go() -> None:
    text = "\x1b[31mred\x1b[0m \x1b[2J\x1b]8;;http://evil.test\x07\x1b[H\x9b2J\x08\x00\x1b[" + "1" * 99 + "m\tx\n"
    assert (
        outputs(v4.new_output("stream", text=text))[0].text
        == "\x1b[31mred\x1b[0m [2J]8;;http://evil.test[H2J[" + "1" * 99 + "m\tx\n"
    )


def test_traceback_is_text() -> None:
    traceback = ["\x1b[31mx\x1b[0m", "\x1b[3Jy", {"a": 1}]
    error = NotebookNode(output_type="error", ename=f"<script>{RUN}</script>", evalue="\x1b[2Jx", traceback=traceback)
    (kept,) = outputs(error)
    assert kept.traceback == ["\x1b[31mx\x1b[0m", "[3Jy", ""]
    assert kept.evalue == "[2Jx"


def test_code_reads_in_the_order_in_which_it_runs() -> None:
    assert code("access = 'user\u202e # \u2066'") == "access = 'user\\u202e # \\u2066'"


def test_output_that_is_no_text_is_empty() -> None:
    value: Any = "x"
    for _ in range(200):
        value = [value]
    assert displayed(text_plain=value).data == {"text/plain": ""}


# Bounds: each thing that takes more than linear time somewhere on its way to a page.


@pytest.mark.parametrize(
    "source",
    [
        "\\begin{a}" * 8000,
        "*a " * 30000 + "a* " * 30000,
        "<ul><li>" * 40000,
        "[" * 90000,
        "$a$" * 30000,
        "| a" * 30000,
        ">" * 90000,
    ],
)
def test_long_prose_is_cut_and_says_so(source: str) -> None:
    kept = shown(source)
    assert f"{len(source) - 20_000:,} more characters are not shown." in kept
    assert len(kept) < 1_500_000
    require_inert(kept)


def parsed_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All HTML that is given to the parser from now on."""
    parsed: list[str] = []

    def clean_nothing(html: str, **_: object) -> str:
        parsed.append(html)
        return ""

    monkeypatch.setattr("nh3.clean", clean_nothing)
    return parsed


def test_all_prose_together_is_bounded() -> None:
    cells = [v4.new_markdown_cell("x " * 10_000) for _ in range(40)]
    notebook = sanitized(cells)
    assert 200_000 <= sum(len(cell.source) for cell in notebook.cells) < 220_000


@pytest.mark.parametrize(
    "html", ["<ul><li>" * 40_000, "<p>x" * 100_000, "<td " * 100_000, "<p " + "a=1 " * 100_000 + ">"]
)
def test_long_html_is_cut_before_it_is_parsed(html: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = parsed_by(monkeypatch)
    assert "more characters are not shown." in clean(html)
    (seen,) = parsed
    assert len(seen) <= 300_000
    assert seen.count("<") <= 20_000


def test_html_of_a_whole_notebook_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = parsed_by(monkeypatch)
    outputs(*[v4.new_output("display_data", data={"text/html": "<p>x" * 20_000}) for _ in range(100)])
    assert sum(html.count("<") for html in parsed) <= 150_000


def test_elements_that_a_parser_opens_again_cannot_multiply() -> None:
    html = "<p>" + "".join(f"<b title={number} id='>{number}'>" for number in range(2000)) + "<p>x" * 2000
    assert len(clean(html)) < 50 * len(html)


def test_attributes_of_what_is_bold_go_before_html_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = parsed_by(monkeypatch)
    clean("<b a='>'>x</b><FONT/color=1>y<p title=z><i\nb>" + "<b " * 100_000)
    assert parsed[0].startswith("<b>'>x</b><FONT>y<p title=z><i><b <b ")


def test_deep_html_is_not_shown_and_says_so() -> None:
    assert clean("<div>" * (DEEPEST - 1) + "x").count("<div>") == DEEPEST - 1
    assert (
        clean("<div>" * (DEEPEST + 1) + "x")
        == f"<p><em>This is not shown: it is nested more than {DEEPEST} deep.</em></p>"
    )


def test_many_outputs_are_cut_and_say_so() -> None:
    kept = outputs(*[v4.new_output("display_data", data={"text/plain": "x"}) for _ in range(5_000)])
    assert len(kept) == 1_001
    assert kept[-1].text == "4,000 more outputs are not shown."


def test_long_text_is_cut_and_says_so() -> None:
    (kept,) = outputs(v4.new_output("stream", text="x" * 150_000))
    assert kept.text == "x" * 100_000 + "\n50,000 more characters are not shown."


def test_long_traceback_is_cut() -> None:
    (kept,) = outputs(v4.new_output("error", ename="x", evalue="y", traceback=["z"] * 1_000_000))
    assert len(kept.traceback) == 200


def test_long_code_is_cut_and_says_so() -> None:
    assert code("x = 1\n" * 50_000).endswith("\n# 200,000 more characters are not shown.")


@pytest.mark.parametrize("source", ["a." * 40_000, "  \n" * 30_000, "." * 90_000, " " * 90_000])
def test_code_that_is_slow_to_colour_is_broken_up(source: str) -> None:
    kept = code(source)
    assert max(map(len, kept.split("\n"))) < 1_100
    assert not re.search(r"\s{200,}", kept)


def test_honest_code_stays_as_it_is() -> None:
    source = "def f(x):\n\n\n    return x  # a comment\n" * 100 + f"data = '{'x' * 900}'"
    assert code(source) == source


def test_locked_code_stays_as_it_is() -> None:
    cell = v4.new_code_cell("x = '" + "a." * 10_000 + "'", metadata={"nbgrader": {"locked": True}})
    before = cell.source
    sanitized([cell])
    assert cell.source == before


def test_many_formulas_are_shown_as_they_were_written() -> None:
    assert 0 < shown("$x$ " * 4_000).count("<math") < 800
    cells = [v4.new_markdown_cell("$x$ " * 4_000) for _ in range(10)]
    notebook = sanitized(cells)
    assert sum(cell.source.count("<math") for cell in notebook.cells) < 800


# Formulas.


def test_letters_of_other_kinds_are_characters_of_their_own() -> None:
    text: Any = BeautifulSoup(
        formulas.mathml(r"\mathbf{x} \mathbb{R} \mathcal{N} \boldsymbol{\varepsilon}", False), "html.parser"
    ).get_text()
    assert text == "𝐱ℝ𝒩𝜺"


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>x</script>}",
        r"\text{<!--}",
        r"\frac{",
        "{" * 3000,
        r"\unicode{x0}",
        r"\def\a{\a\a}\a",
        "\x00",
        r"\text{&x;}",
    ],
)
def test_formula_that_cannot_be_converted_is_shown_as_it_was_written(tex: str) -> None:
    page: Any = BeautifulSoup(formulas.mathml(tex, False), "html.parser")
    assert page.find_all(True)[0].name == "code"
    assert page.get_text() == tex


@pytest.mark.parametrize(
    "tex", [r"\href{https://x}{y}", r"\style{color:red}{y}", r"\class{x}{y}", r"\hspace{500em}y", r"\hspace{-30em}y"]
)
def test_formula_only_says_how_it_looks(tex: str) -> None:
    page: Any = BeautifulSoup(formulas.mathml(tex, False), "html.parser")
    assert {name for element in page.find_all(True) for name in element.attrs} <= {"display"}


# Reports, and what the command line prints.


def results(message: str, note: str = "") -> Results:
    test = TestResult(name="t", title="a title", points=1, outcome=Outcome.CRASHED, message=message)
    return Results(
        assignment="a", submission="", seed="", grader="", sandbox="", seconds=1, notes=[note],
        exercises=[ExerciseResult(name="softmax", tests=[test])], faults=[message],
    )  # fmt: skip


def as_shown_in_a_page(markdown: str) -> BeautifulSoup:
    return BeautifulSoup(markdown2html_mistune(markdown), "html.parser")


@pytest.mark.parametrize("name", MARKDOWN)
def test_report_shows_text_as_text(name: str) -> None:
    graded = results(MARKDOWN[name], MARKDOWN[name])
    for page in (
        BeautifulSoup(report.exercise_html(graded.exercises[0]), "html.parser"),
        as_shown_in_a_page(report.summary_markdown(graded)),
    ):
        assert not page.find_all(["a", "img", "script", "svg", "iframe", "style", "math", "form", "h1", "h2"])
        assert " ".join(visible(MARKDOWN[name]).replace("`", "").split()) in " ".join(
            page.get_text().replace("`", "").split()
        )


def test_report_holds_no_formula() -> None:
    graded = results("$x$ \\(y\\)", "$x$ and `$y$` and \\(z\\) \\begin{a} $$ $$")
    exercise: Any = BeautifulSoup(report.exercise_html(graded.exercises[0]), "html.parser")
    assert exercise.div["class"] == ["tex2jax_ignore", "mathjax_ignore"]
    texts = [text for text in as_shown_in_a_page(report.summary_markdown(graded)).strings if re.search(r"[$\\]", text)]
    assert set(texts) == {"$", "\\"}


def test_names_in_notes_are_code() -> None:
    page: Any = as_shown_in_a_page(
        report.summary_markdown(results("", "The cell `linear_backward_answer` was missing."))
    )
    assert page.li.code.get_text() == "linear_backward_answer"


ESCAPES = "\x1b[2J\x1b]0;x\x07\u202e\u2066\r\x08x"


def printed(graded: Graded, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the command line prints of a submission."""
    file = io.StringIO()
    console = Console(file=file, width=500)
    monkeypatch.setattr(show, "console", console)
    show.table(console, [graded], 1.0)
    show.failures([graded])
    show.problem(graded.log)
    return file.getvalue()


@pytest.mark.parametrize("failed", [True, False])
def test_command_line_prints_no_code_of_a_students(failed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    student = f"[link=http://evil.test]{ESCAPES}\n[/link]"
    text = printed(Graded(student, "week1", None if failed else results(ESCAPES), ESCAPES), monkeypatch)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "[link=http://evil.test]\\x1b[2J" in text


def test_json_of_the_command_line_holds_no_code_of_a_students() -> None:
    assert json.dumps(show.as_data([Graded(ESCAPES, "week1", None)], 1.0)).isprintable()


def test_what_prints_stays_as_it_is() -> None:
    text = "Größe\u00a0„x“ – 日本語 👩\u200d🔬 שלום\n\tx"
    assert visible(text) == text
    assert in_one_line("a\nb\tc") == "a\\nb\\tc"
