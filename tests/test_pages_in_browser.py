"""The pages that show a student's notebook, in a real browser: nothing of the student's runs or asks another server.

A hostile submission is graded for real. Its feedback page is ours. The formgrader's page is nbgrader's, as its server
makes it, and may do for the hostile submission what it does for an honest one, and no more.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from playwright.sync_api import Browser, Dialog, Page, Route
from real_browser import browser as browser

import small_course
from chainrule.course.init import create
from chainrule.course.new import new
from chainrule.course.opened import Course
from hostile_notebook import hostile
from hostile_prose import EVIL, HTML, RUN, SVG, picture

"""What a page asks for elsewhere fails at once, on every machine."""
MATHJAX = Path(os.environ.get("CHAINRULE_MATHJAX", "/usr/share/javascript/mathjax"))
"""MathJax 2, as Debian's libjs-mathjax has it: what the formgrader loads from the network."""

PROSE = "Honest **prose**, $x_1^2$ and $$\\sum_i \\mathbf{x}_i$$\n\n![my plot](attachment:plot.png)"


def honest(course: Course) -> NotebookNode:
    """The same with prose, a formula and a pasted picture."""
    notebook = small_course.solved(course)
    cell = nbformat.v4.new_markdown_cell(PROSE, attachments={"plot.png": {"image/png": picture(size=(300, 100))}})
    notebook.cells.append(cell)
    return notebook


QUESTION = {
    **{"grade_id": "question", "cell_type": "markdown", "points": 2, "schema_version": 3},
    **{"grade": True, "solution": True, "locked": False, "task": False},
}
"""A cell for an answer in words, which a teacher grades."""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with a hostile submission, which has hostile files beside it, and an honest one, graded."""
    folder = tmp_path_factory.mktemp("course")
    create(folder)
    new(small_course.NAME, folder)
    source = folder / "source" / small_course.NAME / f"{small_course.NAME}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("The solution.", metadata={"nbgrader": QUESTION}))
    notebook.cells.append(nbformat.v4.new_markdown_cell("Released: $\\mathbf{w}$ ![curve](curve.png)"))
    (source.parent / "curve.png").write_bytes(base64.b64decode(picture(size=(120, 40))))
    nbformat.write(notebook, source)
    course = Course(folder)
    course.generate(small_course.NAME)
    for student, submission in {"mallory": hostile(small_course.solved(course)), "alice": honest(course)}.items():
        small_course.hand_in(course, student).write_text(json.dumps(submission))
    beside = folder / "submitted" / "mallory" / small_course.NAME
    (beside / "evil.html").write_text(f"<script>{RUN}</script>")
    (beside / "curve.png").write_text(SVG)
    (beside / f"=cmd('{RUN}')<img src=x onerror={RUN}>.svg").write_text(SVG)
    graded = {one.student: one for one in course.grade(small_course.NAME)}
    for student in ("mallory", "alice"):
        assert graded[student].results is not None, graded[student].log
    return course


@dataclass
class Opened:
    """A page that was opened, and what it did meanwhile."""

    page: Page
    requests: list[str] = field(default_factory=list)
    """What it asked for, even if its policy forbids that."""
    sent: list[str] = field(default_factory=list)
    """What left the browser."""
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    @property
    def ran(self) -> object:
        """The mark that each vector sets."""
        return self.page.evaluate("window.__pwned")

    def attributes(self, name: str) -> list[str]:
        """The values of all attributes of this name, `*` standing for anything."""
        script = """name => [...document.querySelectorAll('*')].flatMap(element => [...element.attributes])
            .filter(one => one.name.match(name)).map(one => one.name + '=' + one.value)"""
        found: list[str] = self.page.evaluate(script, f"^{name.replace('*', '.*')}$")
        return found


@contextmanager
def opened(browser: Browser, url: str, bypass_csp: bool = False, width: int = 1200, **files: Path) -> Iterator[Opened]:
    """Open a page. What it asks another server for is noted and not sent; what it asks of MathJax comes from a file."""
    context = browser.new_context(bypass_csp=bypass_csp, viewport={"width": width, "height": 900})
    found = Opened(context.new_page())
    origin = url.split("/", 3)[2]
    if token := re.search(r"\?token=\w+", url):
        # As a teacher does, at the server's root: its cookie holds below the page that it comes with.
        context.request.get(f"http://{origin}/api{token[0]}")

    def answer(route: Route) -> None:
        address = route.request.url
        found.sent.append(address)
        library = re.search(r"/mathjax/2\.7\.7/(latest|[\w/.-]+?)(?:\.js)?(?:\?|$)", address)
        if address == url or (origin and address.startswith(f"http://{origin}/")):
            route.continue_()
        elif library and "mathjax" in files:
            name = "MathJax" if library[1] == "latest" else library[1]
            route.fulfill(path=files["mathjax"] / f"{name}.js", content_type="text/javascript")
        else:
            route.abort()

    context.route("**/*", answer)
    found.page.on("request", lambda request: found.requests.append(request.url))

    def dismiss(dialog: Dialog) -> None:
        found.dialogs.append(dialog.message)
        dialog.dismiss()

    found.page.on("dialog", dismiss)
    found.page.on("pageerror", lambda error: found.errors.append(str(error)))
    context.on("page", lambda page: found.opened.append(page.url))
    found.page.goto(url, wait_until="load")
    found.page.wait_for_load_state("networkidle")
    try:
        yield found
    finally:
        context.close()


# What is written.


def stored(course: Course, student: str) -> NotebookNode:
    """The autograded notebook."""
    file = course.folder / "autograded" / student / small_course.NAME / f"{small_course.NAME}.ipynb"
    return NotebookNode(nbformat.read(file, as_version=4))


def test_nothing_of_the_students_metadata_is_kept(course: Course) -> None:
    hostile, honest = stored(course, "mallory"), stored(course, "alice")
    assert hostile.metadata == honest.metadata
    for cell in hostile.cells:
        assert set(cell.metadata) <= {"nbgrader"}
        assert "comment" not in cell.metadata.get("nbgrader", {})
        assert re.fullmatch(r"[\w-]+", cell.id)
        assert set(cell) <= {"id", "cell_type", "metadata", "source", "outputs", "execution_count"}
        assert isinstance(cell.get("execution_count"), int | None)
        for output in cell.get("outputs", ()):
            assert output.get("metadata", {}) in ({}, {"chainrule": "report"})


def test_unanswered_question_is_told_from_an_answer(course: Course) -> None:
    with course.api.gradebook as gradebook:
        name = small_course.NAME
        grades = {one: gradebook.find_grade("question", name, name, one) for one in ("mallory", "alice")}
        assert grades["mallory"].needs_manual_grade
        assert (grades["alice"].auto_score, grades["alice"].needs_manual_grade) == (0, False)


# The feedback page, which is ours.


def feedback(course: Course, student: str) -> Path:
    return course.feedback(small_course.NAME, student)


@pytest.fixture(scope="module", params=[False, True], ids=["with its policy", "without its policy"])
def hostile_page(request: pytest.FixtureRequest, browser: Browser, course: Course) -> Iterator[Opened]:
    """The feedback page of the hostile submission, and the same in a browser that does not heed its policy."""
    with opened(browser, feedback(course, "mallory").as_uri(), bypass_csp=request.param) as page:
        yield page


def test_no_script_of_the_students_runs(hostile_page: Opened) -> None:
    assert hostile_page.ran is None
    assert hostile_page.dialogs == []
    assert hostile_page.errors == []
    assert hostile_page.opened == []


def asked(opened: Opened) -> list[str]:
    """What a page asked for beside the pictures in it."""
    return [url for url in opened.requests if not url.startswith("data:image/")]


def test_nothing_but_the_page_is_asked_for(hostile_page: Opened) -> None:
    assert asked(hostile_page) == [hostile_page.page.url]


def test_the_page_has_no_script(hostile_page: Opened) -> None:
    assert hostile_page.page.locator("script, iframe, object, embed, base, form, svg, link").count() == 0
    assert hostile_page.attributes("on*") == []


def test_every_link_leads_elsewhere_or_up_and_down_the_page(hostile_page: Opened) -> None:
    links = hostile_page.page.evaluate("[...document.links].map(link => link.getAttribute('href'))")
    assert links
    assert [link for link in links if not link.startswith(("#", "https://example.org", "http://evil.test"))] == []
    assert not [one for one in hostile_page.attributes("*href") if re.search(r"script:|data:|vbscript:", one, re.I)]


def test_every_picture_is_in_the_page(hostile_page: Opened) -> None:
    assert [one for one in hostile_page.attributes("src") if not one.startswith("src=data:image/png;base64,")] == []


def test_nothing_covers_the_page(hostile_page: Opened) -> None:
    positions = hostile_page.page.evaluate(
        "[...document.querySelectorAll('*')].map(one => getComputedStyle(one).position)"
    )
    assert set(positions) <= {"static", "relative", "absolute"}
    assert hostile_page.page.evaluate("document.elementFromPoint(600, 60).closest('header') !== null")


def test_the_hostile_page_shows_its_scores_and_the_released_picture(hostile_page: Opened) -> None:
    assert "softmax 3 of 3" in hostile_page.page.get_by_role("navigation").inner_text()
    assert hostile_page.page.inner_text(".total") == "3 of 5 points"
    assert hostile_page.page.get_by_alt_text("curve").evaluate("image => image.naturalWidth") == 120


NAVIGATES = ("refresh", "frame elsewhere")
"""No policy of a page decides where a refresh leads."""


def acting(browser: Browser, folder: Path, head: str) -> list[str]:
    """The vectors that run, or ask another server, as the body of a page with this head."""
    file, found = folder / "raw.html", []
    file.write_text("")
    with opened(browser, file.as_uri()) as opening:
        page = opening.page
        for name, html in HTML.items():
            if name not in NAVIGATES:
                file.write_text(f"<!doctype html><html><head>{head}</head><body>{html}</body></html>")
                opening.sent.clear()
                page.goto(file.as_uri(), wait_until="load")
                for link in page.locator("a[href^='javascript:'], a[href^='java']").all():
                    link.evaluate("link => link.click()")
                # A frame that its page may not load has no address, and would be waited for.
                loaded = [frame for frame in page.frames if frame.url]
                ran = any(frame.evaluate("window.__pwned") for frame in loaded)
                if ran or any(url.startswith(("http:", "https:")) for url in opening.sent):
                    found.append(name)
    return found


def test_policy_stops_what_cleaning_might_miss(browser: Browser, course: Course, tmp_path: Path) -> None:
    policy = re.search(r"<meta [^>]*Content-Security-Policy[^>]*>", feedback(course, "alice").read_text())
    assert policy is not None
    assert set(acting(browser, tmp_path, "")) >= {"script", "handler", "svg", "link", "stylesheet", "picture elsewhere"}
    assert acting(browser, tmp_path, policy[0]) == []


@pytest.mark.parametrize("width", [1200, 390])
def test_formulas_and_pictures_are_shown_without_the_network(browser: Browser, course: Course, width: int) -> None:
    with opened(browser, feedback(course, "alice").as_uri(), width=width) as found:
        assert asked(found) == [found.page.url]
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width
        honest = found.page.locator("p", has_text="Honest prose")
        assert honest.locator("math").first.bounding_box()["width"] > 5  # type: ignore[index]
        plot = found.page.get_by_alt_text("my plot")
        assert plot.evaluate("image => image.naturalWidth") == 300
        released = found.page.locator("p", has_text="Released:")
        assert released.locator("math").text_content() == "𝐰"
        assert released.get_by_alt_text("curve").evaluate("image => image.naturalWidth") == 120
        if folder := os.environ.get("CHAINRULE_SCREENSHOTS"):
            found.page.screenshot(path=f"{folder}/feedback-{width}.png", full_page=True)


# The formgrader's page, which is nbgrader's.


@pytest.fixture(scope="module")
def formgrader(course: Course) -> Iterator[str]:
    """nbgrader's formgrader, served for the course; the address of its pages, with the token that opens them."""
    token = secrets.token_hex()
    own = course.folder.parent / "server"
    own.mkdir()
    settings = {
        "ServerApp": {
            "root_dir": str(course.folder),
            "jpserver_extensions": {"nbgrader.server_extensions.formgrader": True},
        },
        "IdentityProvider": {"token": token},
    }
    (own / "jupyter_server_config.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "jupyter_server", "--ip=127.0.0.1", "--port=0", "--allow-root", "--no-browser"]
    environment = {**os.environ, "HOME": str(own), "JUPYTER_RUNTIME_DIR": str(own), "JUPYTER_CONFIG_DIR": str(own)}
    with subprocess.Popen(command, cwd=course.folder, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            lines = []
            for line in server.stderr:
                lines.append(line)
                if address := re.search(r"http://127\.0\.0\.1:\d+/", line):
                    yield f"{address[0]}formgrader/{{path}}?token={token}"
                    break
            else:
                pytest.fail("".join(lines))
        finally:
            server.terminate()
            server.stderr.close()


def submission(course: Course, student: str) -> str:
    """The address of a submission in the formgrader."""
    with course.api.gradebook as gradebook:
        name = small_course.NAME
        return f"submissions/{gradebook.find_submission_notebook(name, name, student).id}/"


@pytest.fixture(scope="module")
def graded_pages(browser: Browser, course: Course, formgrader: str) -> Iterator[tuple[Opened, Opened]]:
    """The formgrader's pages of the hostile and of the honest submission."""
    hostile, honest = (formgrader.format(path=submission(course, student)) for student in ("mallory", "alice"))
    with opened(browser, hostile) as first, opened(browser, honest) as second:
        yield first, second


def asked_for(opened: Opened) -> set[str]:
    """What a page asked for, whatever the submission."""
    shown = [url for url in opened.requests if not url.startswith("data:image/png;base64,")]
    return {re.sub(r"submissions/\w+|submission_id=\w+|[?&]token=\w+|_=\d+", "", url) for url in shown}


def test_formgrader_shows_both(graded_pages: tuple[Opened, Opened]) -> None:
    for found in graded_pages:
        scores = "all => all.map(one => [one.id, one.value || one.placeholder])"
        shown = dict(found.page.locator("input.score").evaluate_all(scores))
        assert shown["softmax"] == "3"
        assert set(shown) == {"softmax", "question"}


def test_no_script_of_the_students_runs_in_the_formgrader(graded_pages: tuple[Opened, Opened]) -> None:
    hostile, honest = graded_pages
    assert hostile.ran is None
    assert hostile.dialogs == []
    assert hostile.opened == []
    assert hostile.errors == honest.errors


def test_hostile_submission_asks_for_what_an_honest_one_does(graded_pages: tuple[Opened, Opened]) -> None:
    hostile, honest = graded_pages
    assert asked_for(hostile) == asked_for(honest)
    assert not [url for url in hostile.requests if url.startswith(EVIL)]


def test_formgraders_page_has_the_scripts_of_an_honest_one(graded_pages: tuple[Opened, Opened]) -> None:
    hostile, honest = graded_pages
    for what in "script iframe object embed base form svg link style meta [name]".split():
        assert hostile.page.locator(what).count() == honest.page.locator(what).count(), what
    assert hostile.attributes("on*") == honest.attributes("on*")
    # nbconvert gives cells that a student added ids from the ids that were made for them.
    assert [one for one in hostile.attributes("id") if not re.fullmatch(r"id=cell-id=cell-\d+", one)] == (
        honest.attributes("id")
    )
    links = {one for one in hostile.attributes("*href") if not re.search(r"submissions/\w+/(prev|next)", one)}
    assert not [one for one in links if re.search(r"javascript:|data:|vbscript:", one, re.I)]
    elsewhere = {one for one in links if not re.match("href=(https://example.org|http://evil.test)", one)}
    # nbgrader links each page to the notebook that it shows.
    assert {one.replace("/mallory/", "/alice/") for one in elsewhere} <= set(honest.attributes("*href"))


@pytest.mark.skipif(not MATHJAX.is_dir(), reason="there is no MathJax 2 on this machine: apt install libjs-mathjax")
@pytest.mark.parametrize("configuration", ["TeX-AMS_CHTML-full,Safe", "TeX-AMS_CHTML-full"])
def test_mathjax_typesets_nothing_of_the_students(
    browser: Browser, course: Course, formgrader: str, configuration: str, tmp_path: Path
) -> None:
    shutil.copytree(MATHJAX, tmp_path / "mathjax", ignore=shutil.ignore_patterns("fonts", "localization", "unpacked"))
    script = tmp_path / "mathjax" / "MathJax.js"
    configured = script.read_text().replace("TeX-AMS_CHTML-full,Safe", configuration)
    script.write_text(configured)
    for student in ("alice", "mallory"):
        url = formgrader.format(path=submission(course, student))
        with opened(browser, url, mathjax=tmp_path / "mathjax") as found:
            found.page.wait_for_function("window.MathJax && MathJax.Hub && MathJax.isReady")
            found.page.evaluate("new Promise(done => MathJax.Hub.Queue(done))")
            typeset = found.page.evaluate("MathJax.Hub.getAllJax().map(one => one.originalText)")
            assert found.ran is None
            assert [tex for tex in typeset if "href" in tex or "style" in tex] == []
            assert found.attributes("*href=javascript*") == []


@pytest.mark.parametrize(
    "path",
    ["gradebook", f"gradebook/{small_course.NAME}", "manage_students", f"manage_submissions/{small_course.NAME}"],
)
def test_other_pages_of_the_formgrader_run_no_script_of_the_students(
    browser: Browser, formgrader: str, path: str
) -> None:
    with opened(browser, formgrader.format(path=path)) as found:
        assert found.ran is None
        assert found.dialogs == []
        assert not [url for url in found.requests if url.startswith(EVIL)]
