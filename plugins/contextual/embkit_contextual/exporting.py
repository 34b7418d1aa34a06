"""A model as graphs of ONNX: exported once by torch, kept in the cache, run by onnxruntime."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embkit.cache import atomic_folder, cache_dir, lock
from embkit.errors import InvalidData, InvalidRequest

from embkit_contextual.forward import hidden

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

__all__ = ["Graphs"]

# Raise it when what is exported of the same model changes.
_VERSION = 1
_FILE = "graph.onnx"
# Shapes of batches on which a new graph is tried beside torch; none is that of the export.
_TRIED = ((1, 1), (3, 7), (2, 300))


class Graphs:
    """The graphs of a model, one for each layer that is asked for; called as torch's model is.

    made_of: what they depend on beside the layer and the packages that export them. longest: most
    pieces that the model takes at once, 0 for any number.
    Raises InvalidRequest where onnxruntime is not installed.
    """

    def __init__(self, model: PreTrainedModel, made_of: Sequence[Any], *, longest: int) -> None:
        try:
            import onnx
            import onnxruntime
            import onnxscript
        except ModuleNotFoundError as error:
            raise InvalidRequest(
                f"'backend=onnx' needs the package {error.name}; install it with "
                "`pip install embkit-contextual[onnx]`"
            ) from None
        import torch
        import transformers

        packages = (torch, transformers, onnx, onnxscript)
        self._made_of = [_VERSION, *made_of, *(package.__version__ for package in packages)]
        self._model = model
        self._longest = longest
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}

    def __call__(self, given: Mapping[str, Tensor], layer: str) -> Tensor:
        return _run(self.session(layer), given)

    def model_bytes(self, layer: str) -> int:
        """Bytes of the weights in the graph of a layer."""
        import onnx

        graph = onnx.load(self._folder(layer) / _FILE, load_external_data=False).graph
        return sum(
            math.prod(tensor.dims) * onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
            for tensor in graph.initializer
        )

    def session(self, layer: str) -> Any:
        """What runs the graph of a layer, which is exported where it is not here yet.

        Raises InvalidRequest for a model that cannot be exported, InvalidData for a spoilt graph.
        """
        if layer not in self._sessions:
            folder = self._folder(layer)
            if not folder.exists():
                with lock(folder.with_suffix(".lock")):
                    if not folder.exists():  # nobody else has made it meanwhile
                        with atomic_folder(folder) as working:
                            self._export(layer, working / _FILE)
            try:
                self._sessions[layer] = _opened(folder / _FILE)
            except Exception as error:  # onnxruntime's own have no narrower base
                raise InvalidData(
                    "cannot be opened by onnxruntime; delete its folder, and it is made anew",
                    path=folder / _FILE,
                ) from error
        return self._sessions[layer]

    def _folder(self, layer: str) -> Path:
        content = json.dumps([*self._made_of, layer]).encode()
        return cache_dir() / "onnx" / hashlib.sha256(content).hexdigest()[:32]

    def _export(self, layer: str, path: Path) -> None:
        import torch

        kind = f"a model of type '{self._model.config.model_type}'"
        example = self._example(2, 9)
        shape = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
        try:
            with _quiet():
                program: Any = torch.onnx.export(
                    _layer_of(self._model, layer),
                    tuple(example.values()),
                    input_names=list(example),
                    output_names=["vectors"],
                    dynamo=True,
                    dynamic_shapes=(shape, shape),
                    verbose=False,
                )
                # Weights beside the graph: a file of it alone could hold two gigabytes at most.
                program.save(path, external_data=True)
            wrong = self._wrong(_opened(path), layer)
        except OSError:  # of the disk
            raise
        except Exception as error:  # the exporter and onnxruntime raise all kinds
            raise InvalidRequest(
                f"{kind} cannot be exported to ONNX ({type(error).__name__}); leave out "
                "'backend=onnx'"
            ) from error
        if wrong:
            raise InvalidRequest(
                f"{kind} gives other vectors when it is exported to ONNX, off by {wrong:.1g}; "
                "leave out 'backend=onnx'"
            )

    def _wrong(self, session: Any, layer: str) -> float:
        """How far the numbers of a graph are from those of torch, 0 for what rounding explains."""
        import torch

        for count, length in _TRIED:
            given = self._example(count, min(length, self._longest or length))
            read = given["attention_mask"].bool()
            with torch.inference_mode():
                expected = hidden(self._model, given, layer)[read]
            off = float((_run(session, given)[read] - expected).abs().max())
            if not off <= 1e-4 * max(float(expected.abs().max()), 1):
                return off
        return 0.0

    def _example(self, count: int, length: int) -> dict[str, Tensor]:
        """Pieces of chance; the last text is a third shorter."""
        import torch

        rows: Any = self._model.get_input_embeddings().weight
        numbers = torch.Generator().manual_seed(0)
        pieces = torch.randint(len(rows), (count, length), generator=numbers)
        read = torch.ones_like(pieces)
        read[-1, length - length // 3 :] = 0
        return {"input_ids": pieces, "attention_mask": read}


def _layer_of(model: PreTrainedModel, layer: str) -> Any:
    """A model of which one layer, or a mean of some, is what comes out."""
    import torch

    class Layer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
            given = {"input_ids": input_ids, "attention_mask": attention_mask}
            return hidden(self.model, given, layer)

    return Layer().eval()


def _opened(path: Path) -> Any:
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3  # errors
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _run(session: Any, given: Mapping[str, Tensor]) -> Tensor:
    import torch

    found = session.run(None, {name: tensor.numpy() for name, tensor in given.items()})
    return torch.from_numpy(found[0])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter: it tells what it does, and warns of what its own parts call."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for kind in (FutureWarning, DeprecationWarning, UserWarning):
                warnings.simplefilter("ignore", kind)
            yield
    finally:
        log.setLevel(before)
