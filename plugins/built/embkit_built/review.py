"""Deciding about what is in doubt on a terminal, one key a text."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence

import click
from embkit.errors import InvalidRequest
from embkit.reporters.cells import printable

from embkit_built.decisions import Decision
from embkit_built.review_files import LATER, Item
from embkit_built.taxonomies import NONE, AssetClass, Taxonomy

__all__ = ["Session", "check_terminal", "search_classes"]

_FOUND = 9
_KEYS = "Enter, 1-{n} choose · / find a class · n none · l later · u back · q quit"


def search_classes(words: str, taxonomy: Taxonomy) -> list[AssetClass]:
    """The classes that hold all words in code, title or synonyms, the shortest title first."""
    parts = words.casefold().split()
    found = [
        one
        for one in taxonomy.classes
        if all(p in " ".join((one.code, one.title, *one.synonyms)).casefold() for p in parts)
    ]
    return sorted(found, key=lambda one: (one.code.casefold() != words.casefold(), len(one.title)))


class Session:
    """A review on a terminal. save: is given each decision as soon as it is made."""

    def __init__(
        self,
        items: Sequence[Item],
        taxonomy: Taxonomy,
        who: str,
        decided: Mapping[int, str],
        save: Callable[[Decision], None],
    ) -> None:
        self._items, self._taxonomy, self._who = items, taxonomy, who
        self._before, self._save = dict(decided), save
        self._said: dict[int, str] = {}

    @property
    def decided(self) -> Mapping[int, str]:
        """The codes of this session, by the position of the item."""
        return self._said

    def run(self) -> None:
        """Ask about each item that is not decided yet, until all are or the person quits."""
        open_items = [n for n in range(len(self._items)) if n not in self._before | self._said]
        place = 0
        while 0 <= place < len(open_items):
            number = open_items[place]
            self._show(number, place, len(open_items))
            answer = self._asked(self._items[number])
            if answer == "quit":
                return
            if answer == "back":
                place = max(0, place - 1)
                continue
            if answer != LATER:
                self.decide(number, answer)
            place += 1

    def decide(self, number: int, code: str) -> None:
        """Save a decision about an item; a second one says that it replaces the first."""
        before = self._said.get(number) or self._before.get(number, "")
        if before != code:
            item = self._items[number]
            self._save(
                Decision(
                    text=item.text,
                    makers=item.makers,
                    code=code,
                    title="" if code == NONE else self._taxonomy.get(code).title,
                    replaces=before,
                    taxonomy=f"{self._taxonomy.name} {self._taxonomy.version}",
                    who=self._who,
                    when=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
                )
            )
        self._said[number] = code

    def _show(self, number: int, place: int, total: int) -> None:
        item = self._items[number]
        things = "1 thing" if item.things == 1 else f"{item.things:,} things"
        sure = f" · confidence {item.confidence}" if item.confidence else ""
        click.echo()
        click.secho(f"{place + 1:,} of {total:,} · {things} · row {item.line}{sure}", dim=True)
        makers = click.style(f"  {printable(item.makers)}", dim=True) if item.makers else ""
        click.echo(click.style(f"  {printable(item.text)}", bold=True) + makers)
        if number in self._said:
            click.echo(f"  decided: {self._named(self._said[number])}")
        for key, code in enumerate(item.shortlist, start=1):
            click.echo(f"  {key}  {self._named(code)}")

    def _named(self, code: str) -> str:
        """A code with its line of titles from the top."""
        if code == NONE or code not in self._taxonomy:
            return code
        titles = [self._taxonomy.get(c).title for c in self._taxonomy.line_of(code)]
        return f"{code}  {printable(' > '.join(titles))}"

    def _asked(self, item: Item) -> str:
        """A code, none, later, back or quit."""
        usable = [code for code in item.shortlist if code == NONE or code in self._taxonomy]
        while True:
            click.secho(f"  {_KEYS.format(n=len(item.shortlist))} ", dim=True, nl=False)
            key = click.getchar()
            click.echo()
            if key in ("\r", "\n") and usable:
                return usable[0]
            if key.isdecimal() and 0 < int(key) <= len(item.shortlist):
                code = item.shortlist[int(key) - 1]
                if code in usable:
                    return code
                click.echo(f"  '{code}' is not in the taxonomy")
            elif key in ("n", "N"):
                return NONE
            elif key in ("l", "L", " "):
                return LATER
            elif key in ("u", "U"):
                return "back"
            elif key in ("q", "Q", "\x04", "\x1b"):
                return "quit"
            elif key == "/" and (code := self._searched()):
                return code

    def _searched(self) -> str:
        """A code that was typed or found by words; "" where none was chosen."""
        words = click.prompt("  code or words", default="", show_default=False).strip()
        found = search_classes(words, self._taxonomy) if words else []
        if words and not found:
            click.echo("  no class holds these words")
        if not found or found[0].code.casefold() == words.casefold():
            return found[0].code if found else ""
        for number, one in enumerate(found[:_FOUND], start=1):
            click.echo(f"  {number}  {self._named(one.code)}")
        if len(found) > _FOUND:
            click.echo(f"     and {len(found) - _FOUND} more; further words narrow it")
        click.secho(f"  1-{min(len(found), _FOUND)} choose, any other key goes back ", nl=False)
        key = click.getchar()
        click.echo()
        if key.isdecimal() and 0 < int(key) <= min(len(found), _FOUND):
            return found[int(key) - 1].code
        return ""


def check_terminal() -> None:
    """Raise InvalidRequest where there is nobody to press keys."""
    import sys

    if not sys.stdin.isatty():
        raise InvalidRequest(
            "there is no terminal; fill in the column decision of the review file and take it in "
            "with --sheet"
        )
