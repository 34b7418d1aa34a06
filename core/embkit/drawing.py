"""Maps as pictures: SVG whose text stays text, or PNG; the same bytes for the same map."""

from __future__ import annotations

import io
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

from embkit.errors import EmbkitError, InvalidRequest
from embkit.maps import Placed

__all__ = ["draw"]

# Okabe and Ito 2008 without their yellow, which is lost on white: told apart by all kinds of colour
# vision. Beyond seven labels the shape of a point changes as well.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000")
_SHAPES = ("o", "^", "s", "D")
_STYLES = tuple((colour, shape) for shape, colour in product(_SHAPES, _COLOURS))
_REST = ("#BBBBBB", "x")
_FONT = "DejaVu Sans"  # comes with matplotlib
_COLUMNS, _INCHES = 3, 4.0


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise EmbkitError(
            "pictures are drawn with the package matplotlib, which is not installed; "
            "pip install 'embkit[viz]'"
        ) from None
    return matplotlib


def _families(text: str) -> list[str]:
    """The fonts that have all letters of a text, for PNG; raises InvalidRequest where none do.

    After matplotlib's own font the Noto fonts are asked first, then others in order of name.
    """
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    def letters_of(path: str) -> set[int]:
        return set(FT2Font(path).get_charmap())

    wanted = {ord(c) for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Zs")}
    families = [_FONT]
    wanted -= letters_of(font_manager.findfont(_FONT))
    fonts = sorted(
        (not font.name.startswith("Noto Sans"), font.name, font.fname)
        for font in font_manager.fontManager.ttflist
        if font.style == "normal"
        and str(font.weight) in ("400", "normal", "regular")
        and not font.name.startswith("Last Resort")  # has a box for every letter
    )
    for _, name, path in fonts if wanted else ():
        found = letters_of(path)
        if wanted & found:
            families.append(name)
            wanted -= found
    if wanted:
        raise InvalidRequest(
            f"no font on this machine has '{chr(min(wanted))}', a letter of the labels; install a "
            "Noto font of its script, or write .svg, whose text is drawn by who shows it"
        )
    return families


def _styles(maps: Sequence[Placed]) -> dict[str, tuple[str, str]]:
    """Colour and shape of each label, the most frequent first; those beyond 28 share one."""
    counts = Counter(label for one in maps for label in one.labels)
    ordered = sorted(counts, key=lambda label: (-counts[label], label))
    return {label: _STYLES[i] if i < len(_STYLES) else _REST for i, label in enumerate(ordered)}


def _legend(styles: dict[str, tuple[str, str]]) -> Iterator[tuple[str, tuple[str, str]]]:
    named = [(label, style) for label, style in styles.items() if style != _REST]
    yield from named
    if rest := len(styles) - len(named):
        yield f"{rest} more labels", _REST


def _lines(words: Iterable[str], width: int) -> str:
    """Words with points between them, on as many lines as they need."""
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} · {word}" if lines[-1] else word
        if len(longer) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def draw(maps: Sequence[Placed], *, title: str, caption: Sequence[str], kind: str) -> bytes:
    """A picture with a panel for each map, one legend, and what was drawn below.

    kind: "svg" or "png". Raises EmbkitError without matplotlib, InvalidRequest where a PNG needs a
    font that is not there.
    """
    matplotlib = _matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    styles = _styles(maps)
    named = list(_legend(styles))
    columns = min(len(maps), _COLUMNS)
    rows = -(-len(maps) // columns)
    width = _INCHES * max(columns, 1.6)
    text = " ".join((title, *caption, *(one.spec for one in maps), *(label for label, _ in named)))
    settings = {
        "font.family": [_FONT] if kind == "svg" else _families(text),
        "font.size": 9,
        "svg.fonttype": "none",
        "svg.hashsalt": "embkit",
        "axes.linewidth": 0.5,
    }
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        if kind == "svg":  # who shows it brings the letters
            warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        longest = max(len(label) for label, _ in named)
        across = max(1, min(len(named), int(width * 11 // (longest + 5))))
        deep = -(-len(named) // across)
        below = 0.22 * deep + 0.6
        height = _INCHES * rows + 0.45 + below
        figure = Figure(figsize=(width, height))
        canvas: Any = (FigureCanvasSVG if kind == "svg" else FigureCanvasAgg)(figure)
        figure.suptitle(title, fontsize=11, y=1 - 0.12 / height, va="top")
        grid = figure.add_gridspec(
            rows, columns, left=0.02, right=0.98, top=1 - 0.75 / height, bottom=below / height,
            hspace=0.12, wspace=0.04,
        )  # fmt: skip
        for i, one in enumerate(maps):
            axes = figure.add_subplot(grid[i // columns, i % columns])
            for label in reversed(styles):  # the rarest below
                chosen = [row for row, other in enumerate(one.labels) if other == label]
                colour, shape = styles[label]
                axes.scatter(
                    one.places[chosen, 0], one.places[chosen, 1], s=9, c=colour, marker=shape,
                    alpha=0.75, linewidths=0.8 if shape == "x" else 0,
                )  # fmt: skip
            axes.set_title(f"{one.spec}\ntrustworthiness {one.trust:.3f}", fontsize=9)
            axes.set_aspect("equal", adjustable="datalim")
            axes.set_xticks([])
            axes.set_yticks([])
        handles = [
            Line2D([], [], color=colour, marker=shape, linestyle="", markersize=5, label=label)
            for label, (colour, shape) in named
        ]
        figure.legend(
            handles=handles, loc="upper center", ncols=across, frameon=False, fontsize=9,
            bbox_to_anchor=(0.5, (below - 0.05) / height), handletextpad=0.1, columnspacing=1.2,
        )  # fmt: skip
        figure.text(
            0.5, 0.08 / height, _lines(caption, int(width * 14)), ha="center", va="bottom",
            fontsize=8, color="#444444",
        )  # fmt: skip
        stream = io.BytesIO()
        if kind == "svg":
            canvas.print_svg(stream, metadata={"Date": None, "Creator": "embkit"})
        else:
            figure.set_dpi(150)
            canvas.print_png(stream, metadata={"Software": None})
    return stream.getvalue()
