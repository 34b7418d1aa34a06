"""Results: one JSON file each, with their predictions beside it, and the folder they lie in."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from embkit.errors import InvalidData

if TYPE_CHECKING:
    from embkit.coverage import Items
    from embkit.details import Details
    from embkit.predictions import Predictions

Read = TypeVar("Read")

__all__ = ["SCHEMA", "Result", "Results", "Store", "result_key", "told"]

SCHEMA = "embkit.result/1"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One line: this provider, this task, these scores. The fields are those of the JSON Schema.

    status: "ok", "failed" or "skipped", with the reason in words. interval: 95 % of the main
    score. coverage: share of scored items for which the embedder had all vectors.
    vocabulary_coverage: the same without vectors it composes, None where it composes none.
    """

    status: str
    task: Mapping[str, Any]
    provider: Mapping[str, Any]
    protocol: Mapping[str, Any]
    reason: str = ""
    metric: str = ""
    score: float | None = None
    interval: tuple[float, float] | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    floors: Mapping[str, float] = field(default_factory=dict)
    coverage: float | None = None
    vocabulary_coverage: float | None = None
    cost: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there are scores."""
        return self.status == "ok"

    @property
    def task_id(self) -> str:
        """`benchmark/task`."""
        return str(self.task["id"])

    @property
    def spec(self) -> str:
        """The provider as it was typed."""
        return str(self.provider["spec"])

    @property
    def evaluator_version(self) -> str:
        """The version of the evaluator; the field came in when that of each was 1."""
        return str(self.task.get("evaluator_version", "1"))

    @property
    def floor(self) -> tuple[str, float] | None:
        """Name and score of the highest floor."""
        best = max(self.floors.items(), key=lambda item: item[1], default=None)
        return best

    @property
    def above_floor(self) -> bool:
        """Whether the interval lies above the highest floor."""
        return bool(self.interval and (not self.floor or self.interval[0] > self.floor[1]))

    def to_json(self) -> dict[str, Any]:
        """The result as its schema has it."""
        plain = {name: dict(v) if isinstance(v, Mapping) else v for name, v in vars(self).items()}
        return {"schema": SCHEMA, **plain}

    @classmethod
    def from_json(cls, content: Mapping[str, Any], path: Path | None = None) -> Result:
        """Read what `to_json` gave. Raises InvalidData for another schema or a missing field."""
        found = content.get("schema") if isinstance(content, Mapping) else None
        if found != SCHEMA:
            raise InvalidData(f"expected schema '{SCHEMA}', found {found!r}", path=path)
        values = {item.name: content[item.name] for item in fields(cls) if item.name in content}
        for name in ("interval",):
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        values["intervals"] = {k: tuple(v) for k, v in values.get("intervals", {}).items()}
        try:
            return cls(**values)
        except TypeError as error:
            raise InvalidData(f"a field is missing: {error}", path=path) from None


class _Row(NamedTuple):
    """The results of one task that share a row. name: its label without the protocol."""

    protocol: Mapping[str, Any]
    name: str
    results: Sequence[Result]


class Results(Sequence[Result]):
    """Results in the order of a report, and what was found by comparing them.

    A report has a row for each task. Scores on other rows of data, of another protocol, seed or
    version of the evaluator never share a row: where one task comes with several, its rows say what
    tells them apart.
    leaders: for each row the specs that cannot be told from the best one, the best first. details:
    what else there is to tell, found when a reporter asks for it.
    """

    def __init__(
        self,
        results: Iterable[Result],
        leaders: Mapping[str, Sequence[str]] | None = None,
        details: Callable[[], Details] | None = None,
    ) -> None:
        self._results = tuple(results)
        self.leaders = {row: tuple(specs) for row, specs in (leaders or {}).items()}
        self._look = details

    def __len__(self) -> int:
        return len(self._results)

    def __getitem__(self, index: Any) -> Any:
        return self._results[index]

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    @cached_property
    def _rows(self) -> dict[str, _Row]:
        """The rows under their labels."""
        tasks: dict[str, dict[tuple[str, str, str], list[Result]]] = {}
        for result in sorted(self._results, key=lambda result: not result.ok):
            kinds = tasks.setdefault(result.task_id, {})
            protocol = json.dumps(result.protocol, sort_keys=True)
            kind = (protocol, str(result.task["digest"]), result.evaluator_version)
            # What failed has no digest; it belongs to a row of its protocol, if there is one.
            if not result.ok:
                kind = next((known for known in kinds if known[0] == protocol), kind)
            kinds.setdefault(kind, []).append(result)
        rows = {}
        for task_id in dict.fromkeys(result.task_id for result in self._results):
            kinds = tasks[task_id]
            protocols = {protocol for protocol, _, _ in kinds}
            for (protocol, digest, version), members in kinds.items():
                about = []
                alike = [kind for kind in kinds if kind[0] == protocol]
                if len({kind[1] for kind in alike}) > 1:
                    about.append(f"data {digest[:6]}")
                if len({kind[2] for kind in alike}) > 1:
                    about.append(f"evaluator {version}")
                measured = json.loads(protocol)
                several = len(protocols) > 1 or measured["id"] != "default"
                label = _label(task_id, [*([told(measured)] if several else []), *about])
                rows[label] = _Row(measured, _label(task_id, about), members)
        return rows

    @cached_property
    def details(self) -> Details | None:
        """What the stored predictions and the data tell beyond scores, None where nobody looked."""
        return self._look() if self._look else None

    @property
    def rows(self) -> tuple[str, ...]:
        """The label of each row: the task's id, and what tells it from others of that task."""
        return tuple(self._rows)

    @cached_property
    def sections(self) -> Mapping[str, Sequence[str]]:
        """The labels of the rows of each protocol, under its name with its seed and options.

        The default comes first, the others in order of name. Where all rows are of one default, it
        is under "".
        """
        found: dict[str, list[str]] = {}
        for label, row in sorted(self._rows.items(), key=lambda item: _place(item[1].protocol)):
            default = row.protocol["id"] == "default"
            heading = f"{'default, ' if default else ''}{told(row.protocol)}"
            found.setdefault(heading, []).append(label)
        (first, *others) = found or [""]
        return {"": found[first]} if first.startswith("default, ") and not others else found

    def name(self, row: str) -> str:
        """The label of a row without its protocol, which is that of its section."""
        return self._rows[row].name

    def of(self, row: str) -> Sequence[Result]:
        """The results of one row."""
        return self._rows[row].results

    @cached_property
    def specs(self) -> tuple[str, ...]:
        """Providers in order of first appearance."""
        return tuple(dict.fromkeys(result.spec for result in self._results))

    def find(self, row: str, spec: str) -> Result | None:
        """The result of one cell, or None."""
        found = self._rows.get(row)
        return next((r for r in found.results if r.spec == spec), None) if found else None


def told(protocol: Mapping[str, Any]) -> str:
    """A protocol in a few words: its seed and options, and its name unless it is the default."""
    parts = [] if protocol["id"] == "default" else [str(protocol["id"])]
    parts += [f"seed {protocol['seed']}"]
    return ", ".join([*parts, *(f"{name} {value}" for name, value in protocol["options"].items())])


def _label(task_id: str, about: Sequence[str]) -> str:
    return f"{task_id} ({', '.join(about)})" if about else task_id


def _place(protocol: Mapping[str, Any]) -> tuple[bool, str]:
    """What protocols are sorted by, the default first; seeds and options by their digits."""
    return protocol["id"] != "default", re.sub(r"\d+", lambda n: n[0].zfill(12), told(protocol))


def result_key(*parts: object) -> str:
    """sha256 over everything that a score depends on, 64 hexadecimal digits."""
    content = json.dumps([SCHEMA, *parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._=-]+", "-", text).strip("-.")[:80] or "provider"


class Store:
    """A folder of results, `<folder>/<benchmark>/<task>/<provider>-<key>.json`.

    Files appear whole or not at all, so a run that was killed can be started again and finds what
    was done. The key in the name covers weights, options, text layer, data and protocol.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, task_id: str, spec: str, key: str) -> Path:
        """Where the result with this key lies, whether or not it is there."""
        parts = [_slug(part) for part in task_id.split("/")]
        return self.folder.joinpath(*parts, f"{_slug(spec)}-{key[:16]}.json")

    def load(self, path: Path) -> Result:
        """Read one result. Raises InvalidData when it is no result."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidData(f"cannot be read as a result: {error}", path=path) from None
        return Result.from_json(content, path)

    def find(self, path: Path) -> Result | None:
        """The finished result at a path; None when it is not there or was spoilt."""
        if not path.exists():
            return None
        try:
            result = self.load(path)
            self.predictions(path)
        except InvalidData:
            return None
        return result if result.ok else None

    def save(
        self,
        path: Path,
        result: Result,
        predictions: Predictions | None = None,
        items: Items | None = None,
    ) -> None:
        """Write a result, its predictions first: a result that is there is complete."""
        from embkit.cache import atomic_write

        if predictions is not None:
            import io

            import pyarrow.parquet as pq

            table = predictions.to_arrow()
            for name, column in (items.columns() if items else {}).items():
                table = table.append_column(name, column)
            buffer = io.BytesIO()
            pq.write_table(table, buffer, write_page_checksum=True)
            atomic_write(path.with_suffix(".parquet"), buffer.getvalue())
        text = json.dumps(result.to_json(), ensure_ascii=False, indent=1)
        atomic_write(path, (text + "\n").encode("utf-8", "backslashreplace"))

    def predictions(self, path: Path) -> Predictions:
        """The predictions beside a result. Raises InvalidData when they are missing or damaged."""
        from embkit.coverage import Items
        from embkit.predictions import Predictions

        return self._read(
            path,
            lambda table: Predictions.from_arrow(
                table.select([c for c in table.column_names if not Items.is_column(c)])
            ),
        )

    def items(self, path: Path) -> Items | None:
        """What was kept of the items beside their predictions, None where nothing was.

        Raises InvalidData as `predictions` does.
        """
        from embkit.coverage import Items

        return self._read(path, Items.from_columns)

    def _read(self, path: Path, read: Callable[[Any], Read]) -> Read:
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = path.with_suffix(".parquet")
        try:
            return read(pq.read_table(file, page_checksum_verification=True))
        except (OSError, KeyError, pa.ArrowException) as error:
            raise InvalidData(f"cannot be read as predictions: {error}", path=file) from None

    def scan(self) -> list[tuple[Path, Result]]:
        """All results below the folder, in order of their paths.

        Of several for one task, provider and protocol (a changed weight makes a new key) the file
        written last. Raises InvalidData when there is none.
        """
        latest: dict[tuple[str, str, str], tuple[Path, Result]] = {}
        for path in sorted(self.folder.rglob("*.json"), key=lambda p: (p.stat().st_mtime_ns, p)):
            result = self.load(path)
            cell = result.task_id, result.spec, json.dumps(result.protocol, sort_keys=True)
            latest[cell] = (path, result)
        if not latest:
            raise InvalidData(
                "holds no results; `embkit eval --out DIR` writes them", path=self.folder
            )
        return sorted(latest.values(), key=lambda item: item[0])
