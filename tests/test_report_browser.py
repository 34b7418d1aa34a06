"""The page of a report in a real browser: it opens, sorts, chooses, draws, and lets nothing act."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from embkit.compare import collect
from embkit.details import Look
from embkit.evaluate import Run, evaluate_all
from embkit.registry import Registry
from embkit.reporters.html import render
from embkit.reporters.html.page import page
from embkit.results import Results, Store
from embkit.serving import server

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

# A browser that starts in a container, asks nobody for updates, and draws without a screen.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    """Chromium as it is installed, or playwright's own."""
    with playwright.sync_playwright() as driver:
        installed = shutil.which("chromium") or shutil.which("chromium-browser")
        path = installed or driver.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("no chromium on the path and none of playwright's own")
        started = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def opened(browser, tmp_path):
    """A function that opens a page from disk; the test fails for an error or a request by it."""
    wrong: list[str] = []
    contexts = []

    def run(text: str, *, width: int = 1440, **options):
        file = tmp_path / "report.html"
        file.write_text(text, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        shown = context.new_page()
        shown.on("console", lambda line: wrong.append(f"{line.type}: {line.text}"))
        shown.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        shown.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        shown.on(
            "request", lambda asked: asked.url == file.as_uri() or wrong.append(f"to {asked.url}")
        )
        shown.goto(file.as_uri())
        return shown

    yield run
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Results of two providers on the smoke sets in Marathi and Turkish, with learning curves."""
    patch = pytest.MonkeyPatch()
    patch.setenv("EMBKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
    registry, folder = Registry(only=[]), tmp_path_factory.mktemp("results")
    store = Store(folder)
    smoke = registry.tasks("smoke-*/topics")
    runs = [
        (Run(registry=registry, store=store), smoke),
        (Run(registry=registry, store=store, protocol="learning-curve?draws=2"), smoke[:1]),
    ]
    list(evaluate_all(runs, ["ngrams", "ngrams?dim=50"]))
    look = Look(maps="pca", points=60, offline=True)
    yield collect(registry, store, store.scan(), look=look)
    patch.undo()


@pytest.fixture(scope="module")
def text(measured):
    return render(measured)


def until(shown, expression):
    """Wait until an expression is true in a page whose policy allows no polling script."""
    for _ in range(100):
        if shown.evaluate(expression):
            return
        shown.wait_for_timeout(50)
    pytest.fail(f"never true: {expression}")


def rows_of(shown, table):
    """The first cells of the rows of a table that are to be seen."""
    return shown.eval_on_selector_all(
        f"{table} tbody tr",
        "rows => rows.filter(row => row.offsetParent).map(row => row.cells[0].innerText.trim())",
    )


# it opens -------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 375, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_never_wider_than_its_window(opened, text, width, scheme):
    shown = opened(text, width=width, color_scheme=scheme)
    shown.eval_on_selector_all("details", "parts => parts.forEach(part => { part.open = true })")
    shown.wait_for_timeout(200)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.title() == "Embeddings for Marathi and Turkish"


def test_a_page_is_read_without_its_script(opened, text):
    shown = opened(text, java_script_enabled=False)
    assert "has the best mean rank" in shown.inner_text("#verdict")
    assert shown.inner_text(".board tbody tr:first-child th") == "ngrams"
    assert "0." in shown.inner_text(".scores tbody")
    assert not shown.is_visible("[role=search]")


def test_a_printed_page_has_no_controls_and_all_columns(opened, text):
    shown = opened(text, width=720)  # A4 less its margins
    shown.emulate_media(media="print")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 720
    assert not shown.is_visible("[role=search]")
    assert (
        shown.eval_on_selector(".scroll", "part => getComputedStyle(part).overflowX") == "visible"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_text_is_told_from_what_it_stands_on(opened, text, scheme):
    shown = opened(text, color_scheme=scheme)
    colours = shown.evaluate(
        "Object.fromEntries(['paper', 'wash', 'mark', 'ink', 'soft', 'accent', 'floor']"
        ".map(name => [name, colour(name)]))"
    )

    def luminance(value):  # WCAG 2, of #rrggbb
        parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for ground in ("paper", "wash", "mark"):
        for name in ("ink", "soft", "accent", "floor"):
            low, high = sorted(luminance(colours[which]) for which in (ground, name))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (ground, name)


def test_marathi_and_turkish_are_marked_as_such_and_stand_in_their_own_letters(opened, text):
    shown = opened(text)
    tasks = shown.locator("details.one")
    for number in range(tasks.count()):
        tasks.nth(number).evaluate("part => { part.open = true }")
    assert "पाव" in "".join(shown.locator("bdi[lang=mr]").all_inner_texts())
    assert "ı" in "".join(shown.locator("bdi[lang=tr]").all_inner_texts())
    # A style that changes case would write I for ı's capital and for i's.
    assert "text-transform" not in text.split("</style>")[0]


# it sorts and chooses -------------------------------------------------------------------------


def test_a_table_is_sorted_by_a_click_and_by_a_key_and_says_so(opened, text):
    shown = opened(text)
    head = shown.locator(".board th", has_text="provider")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert rows_of(shown, ".board") == ["ngrams", "ngrams?dim=50"]
    head.locator("button").focus()
    shown.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert rows_of(shown, ".board") == ["ngrams?dim=50", "ngrams"]
    # Speed: the fastest first.
    speed = shown.locator(".board th", has_text="texts/s")
    speed.locator("button").click()
    assert speed.get_attribute("aria-sort") == "descending"
    assert head.get_attribute("aria-sort") is None
    told = shown.locator(".board tbody td:nth-child(6)").all_inner_texts()
    values = [int(value.replace(",", "")) for value in told]
    assert values == sorted(values, reverse=True)


def test_choosing_a_language_leaves_its_tasks_and_places_and_all_brings_the_rest_back(opened, text):
    shown = opened(text)
    before = shown.inner_text("#verdict")
    assert "over 2 tasks" in before
    shown.select_option("[data-by=language]", "tr")
    assert rows_of(shown, "#scores") == ["smoke-tr/topics"]
    assert shown.locator("details.one:visible").count() == 1
    assert shown.inner_text("#said") == "1 of 3 rows"
    assert "over one task" in shown.inner_text("#verdict")
    assert shown.url.endswith("#?language=tr")
    shown.reload()
    assert rows_of(shown, "#scores") == ["smoke-tr/topics"]
    shown.click("#all")
    assert shown.inner_text("#verdict") == before and len(rows_of(shown, "#scores")) == 3


def test_a_part_of_a_name_chooses_tasks_too(opened, text):
    shown = opened(text)
    shown.fill("[data-by=text]", "LEARNING")
    assert shown.inner_text("#said") == "1 of 3 rows" and shown.inner_text("#verdict") == ""


def test_places_that_the_script_finds_are_those_of_the_program(opened, stored, tmp_path):
    for number, rights in enumerate(["1110", "1100", "1010", "0000", "0001"]):
        for spec, flip in (("a", 0), ("b", 1), ("c", 2)):
            right = rights[flip:] + rights[:flip] + "1" * number
            stored(f"set/{number}", spec, right, language=("mr", "tr")[number % 2])
    stored("set/0", "d", "1110", language="mr")
    store = Store(tmp_path / "results")
    shown = opened(render(collect(Registry(only=[]), store, store.scan())))
    pairs = shown.evaluate(
        """() => Object.entries(data.standings).map(([key, kept]) => {
          const [field, value] = key.split("|");
          const rows = data.rows.filter((row, i) => !field ||
            document.querySelector(`[data-row="${i}"]`).dataset[field] === value);
          const rank = (places) => Object.fromEntries(places.map((p) => [data.specs[p[0]], p[1]]));
          return [rank(kept.places), rank(placesOf(rows).places)];
        })"""
    )
    assert len(pairs) >= 3
    for kept, found in pairs:
        assert found == pytest.approx(kept, abs=1e-4)


def test_a_link_to_a_task_opens_it(opened, text):
    shown = opened(text)
    shown.locator("#scores a", has_text="topics").first.click()
    assert shown.evaluate("document.querySelector('details.one').open")


# it draws -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pareto", "curve", "map"])
def test_a_chart_is_drawn_has_a_text_and_tells_a_point_under_the_pointer(opened, text, kind):
    shown = opened(text)
    shown.eval_on_selector_all("details.one", "parts => parts.forEach(p => { p.open = true })")
    figure = shown.locator(f"[data-chart={kind}]").first
    figure.scroll_into_view_if_needed()
    picture = figure.locator("svg")
    picture.wait_for()
    assert picture.get_attribute("role") == "img" and len(picture.get_attribute("aria-label")) > 10
    points = picture.locator(".mark-symbol.role-mark path")
    assert points.count() >= 2
    points.last.hover(force=True)
    shown.locator("#tip").wait_for()
    told = shown.inner_text("#tip")
    assert ("text:" if kind == "map" else "provider: ngrams") in told


def test_quality_can_be_that_of_one_task(opened, text):
    shown = opened(text)
    shown.locator("#cost").scroll_into_view_if_needed()
    shown.select_option("#quality", label="smoke-tr/topics")
    shown.locator("#cost svg text", has_text="accuracy").first.wait_for()


def test_quality_is_that_of_the_chosen_tasks(opened, text):
    shown = opened(text)
    told = "document.querySelector('#cost svg')?.getAttribute('aria-label')"
    shown.locator("#cost").scroll_into_view_if_needed()
    until(shown, f"{told} != null")
    drawn = "board.map((place) => place[1])"
    before = shown.evaluate(drawn)
    shown.select_option("[data-by=language]", "tr")
    places = shown.evaluate("data.standings['language|tr'].places.map((place) => place[1])")
    assert shown.evaluate(drawn) == places
    shown.click("#all")
    assert shown.evaluate(drawn) == before


def test_charts_follow_the_colours_of_the_system(opened, text):
    shown = opened(text, color_scheme="light")
    shown.locator("#cost").scroll_into_view_if_needed()
    ink = "[...document.querySelectorAll('#cost svg text')].at(-1)?.getAttribute('fill')"
    until(shown, f"{ink} !== undefined")
    light = shown.evaluate(ink)
    shown.emulate_media(color_scheme="dark")
    until(shown, f"({ink} ?? '{light}') !== '{light}'")


# hostile words --------------------------------------------------------------------------------


def test_hostile_words_do_nothing(opened, spoilt, hostile_words):
    shown = opened(render(spoilt(hostile_words)))
    title = shown.title()
    shown.eval_on_selector_all("details", "parts => parts.forEach(p => { p.open = true })")
    for figure in shown.locator(".chart").all():
        figure.scroll_into_view_if_needed()
        shown.wait_for_timeout(100)
    for point in shown.locator(".mark-symbol path").all()[:3]:
        point.hover(force=True)
    for button in shown.locator("thead button").all()[:6]:
        button.click(force=True)
    shown.fill("[data-by=text]", hostile_words.split("\u2028")[0])
    assert shown.title() == title and "owned" not in title.split(" ")
    assert shown.locator("img, iframe, object, embed").count() == 0
    # The data, what draws charts as text and as a script, and the page's own.
    assert shown.evaluate("document.scripts.length") == 4


# it lives -------------------------------------------------------------------------------------


def test_a_served_page_shows_a_result_that_was_added(browser, stored, tmp_path):
    folder = stored("set/one", "first", "1110")
    store, registry = Store(folder), Registry(only=[])
    wrong = []
    with server(
        [folder], lambda: page(collect(registry, store, store.scan()), live=True), 0
    ) as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        context = browser.new_context()
        shown = context.new_page()
        shown.on("console", lambda line: wrong.append(line.text))
        shown.goto(f"http://127.0.0.1:{served.server_port}/")
        assert shown.locator(".board tbody tr").count() == 1
        until(shown, "state !== null")
        stored("set/one", "second", "1111")
        shown.locator(".board tbody tr").nth(1).wait_for(timeout=15_000)
        context.close()
        served.shutdown()
        thread.join()
    assert not wrong


def test_no_results_are_a_sentence(opened):
    assert "Nobody is ranked" in opened(render(Results([]))).inner_text("main")
