"""What an SVG may lead a renderer into, and what is left of one that is cleaned."""

import pytest

from imgproxy.errors import LimitExceeded
from imgproxy.render.sanitize import sanitized
from imgproxy.render.svg import MAX_BRACKETS, MAX_CHAIN, checked
from imgproxy.render.svg_chains import Chains
from tests.originals import svg_bytes

FAR = 3 * MAX_CHAIN
STEPS = range(FAR)
SHAPE = '<rect width="9" height="9"/>'

# each leads from step to step; with 20,000 steps, or 140 of the first, librsvg once died of it
CHAINS = {
    "filters that show groups": "".join(
        f'<filter id="f{n}"><feImage href="#g{n + 1}"/></filter><g id="g{n}" filter="url(#f{n})"/>'
        for n in STEPS
    ),
    "clips of clips": "".join(f'<clipPath id="c{n}" clip-path="url(#c{n + 1})"/>' for n in STEPS),
    "clips of parts of clips": "".join(
        f'<clipPath id="c{n}"><rect clip-path="url( \'#c{n + 1}\' )"/></clipPath>' for n in STEPS
    ),
    "uses of uses": "".join(f'<g id="u{n}"><g><use href="#u{n + 1}"/></g></g>' for n in STEPS),
    "named parts of parts": "".join(
        f'<g id="a{n}"><g id="b{n}"><use href="#a{n + 1}"/></g></g>' for n in STEPS
    ),
    "style attributes": "".join(
        f'<mask id="m{n}"><rect style="mask:url(#m{n + 1})"/></mask>' for n in STEPS
    ),
    "a style sheet by names": "<style>"
    + "".join(f"#c{n}{{clip-path:url(#c{n + 1})}}" for n in STEPS)
    + "</style>"
    + "".join(f'<clipPath id="c{n}"/>' for n in STEPS),
    "a style sheet by classes": "".join(
        f'<clipPath id="c{n}"><rect class="x k{n}"/></clipPath>' for n in STEPS
    )
    + "<style>"
    + "".join(f"g>.k{n}:not(b){{fill:red;clip-path:ur\\6c(#c{n + 1})}}" for n in STEPS)
    + "</style>",
    "a chain with a loop at each end": '<g id="z"><use href="#z"/><use href="#u0"/></g>'
    + "".join(f'<g id="u{n}"><use href="#u{n + 1}"/></g>' for n in STEPS)
    + f'<g id="u{FAR}"><use href="#u{FAR}"/></g>',
}


@pytest.mark.parametrize("way", CHAINS)
def test_references_that_lead_too_far_are_refused(way):
    with pytest.raises(LimitExceeded, match="references after each other"):
        checked(svg_bytes(CHAINS[way]))


ORDINARY = {
    "many references to one": "<g id='a'/>" + "<use href='#a'/>" * 500,
    "many to many": "".join(f"<g id='a{n}'/><use href='#a{n}'/>" for n in range(500)),
    "many of one class": "<style>.a{fill:url(#g)} .b{mask:url(#m)}</style>"
    + "<g class='a b' id='x'/>" * 500,
    "a gradient of a gradient": '<linearGradient id="a"/><linearGradient id="b" href="#a"/>'
    + "<rect fill='url(#b)'/>" * 100,
    "a star of loops": "".join(f"<g id='a{n}'><use href='#a{n}'/></g>" for n in range(500)),
    "named parts inside each other": "".join(f"<g id='a{n}'>" for n in range(200)) + "</g>" * 200,
    "transformations": f"<g transform='{'scale(1) ' * 1000}'/>",
    "functions in a style": f"<style>{'a:not(b){fill:rgb(1,2,3)} ' * 1000}</style>",
    "brackets in words": f"<style>a[b='{'(' * 100}']{{fill:red}}</style>",
}


@pytest.mark.parametrize("what", ORDINARY)
def test_ordinary_drawings_may_be_as_large_as_they_like(what):
    assert checked(svg_bytes(ORDINARY[what]))


def test_the_longest_chain_is_counted_in_references():
    chains = Chains()
    for name, target in (("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("e", "f")):
        chains.enter("g", {"id": name})
        chains.enter("use", {"href": f"#{target}"})
        chains.leave()
        chains.leave()
    assert chains.longest(0) == 3, "the loop is cut where it closes"
    assert chains.longest(9) == 5, "there are no more targets than that"


BRACKETS = {
    "selectors": "<style>{open}a{close}{{fill:red}}</style>",
    "with words that close": "<style>{odd}a{close}{{fill:red}}</style>",
    "a presentation attribute": '<rect fill="{open}{close}"/>',
    "a style attribute": '<rect style="fill:{open}{close}"/>',
}


@pytest.mark.parametrize("where", BRACKETS)
def test_brackets_within_each_other_have_an_end(where):
    def drawing(depth: int) -> bytes:
        body = BRACKETS[where].format(
            open=":not(" * depth, odd=":not([a=')))'] }" * depth, close=")" * depth
        )
        return bytes(svg_bytes(body))

    assert checked(drawing(MAX_BRACKETS - 1))
    with pytest.raises(LimitExceeded, match="brackets within each other"):
        checked(drawing(MAX_BRACKETS + 1))


# --- cleaning ---------------------------------------------------------------------------------------------------------

XHTML = 'xmlns:h="http://www.w3.org/1999/xhtml"'
RUNNING = {
    "script": "<script>alert(1)</script>",
    "script as a page would read it": "<SCRIPT>alert(1)</SCRIPT><foreignobject>alert</foreignobject>",
    "script of a page": f"<h:script {XHTML}>alert(1)</h:script>",
    "a form": f'<h:form {XHTML}><h:button formaction="javascript:alert(1)">a</h:button></h:form>',
    "a refresh": f'<h:meta {XHTML} http-equiv="refresh" content="0;url=javascript:alert(1)"/>',
    "a formula": '<m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:mi>alert</m:mi></m:math>',
    "a handler": '<g onload="alert(1)" ONCLICK="alert(1)"/>',
    "a link": '<a href="java&#10;script:alert(1)"><g/></a>',
    "an old link": '<a href=" VBScript:alert(1)"><g/></a>',
    "a link to a page": '<a href="data:text/html,&lt;script>alert(1)&lt;/script>"><g/></a>',
    "a link that comes later": '<a><animate attributeName="href" values="#a;javascript:alert(1)"/></a>',
    "the same by its old name": '<set attributeName="xlink:href" to="javascript:alert(1)"/>',
    "a handler that comes later": '<set attributeName="onclick" to="alert(1)"/>',
}


@pytest.mark.parametrize("what", RUNNING)
def test_nothing_that_runs_is_left(what):
    assert b"alert" in svg_bytes(RUNNING[what])
    assert b"alert" not in sanitized(svg_bytes(RUNNING[what]))


STAYING = (
    '<animate attributeName="d" values="M0 0;M1 1"/>',
    '<a href="https://example.org/"><g/></a>',
    '<image href="data:image/png;base64,AAAA"/>',
    "<text>javascript: is a word</text>",
)


@pytest.mark.parametrize("body", STAYING)
def test_what_does_not_run_stays(body):
    words = body.partition(" ")[2][:20] or body[6:20]
    assert words.encode() in sanitized(svg_bytes(body))
