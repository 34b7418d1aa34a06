"""What `static:` names: a folder that embkit made, or an encoder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from embkit.errors import InvalidData, InvalidRequest
from embkit.records import Embedder, Request
from embkit.word_options import WORD_OPTIONS, compression_of

from embkit_static.output import RECORD

__all__ = ["load_static"]


def load_static(request: Request) -> Embedder:
    """The embedder of a folder of `embkit distill` or `merge`, or of an encoder's input layer.

    Raises InvalidData for a folder that is not what it claims to be, InvalidRequest for options
    that it does not allow.
    """
    folder = Path(request.argument).expanduser()
    if not (folder / RECORD).is_file():
        return _encoder(request)
    vectors = _vectors(folder)
    if not vectors:
        from embkit_fasttext.static_model import open_static_model

        defaults = {option.name: option.default for option in WORD_OPTIONS}
        changed = [name for name in defaults if request.options[name] != defaults[name]]
        if changed:
            raise InvalidRequest(
                f"'{folder}' is a static model with a way of its own; leave out ?{changed[0]}="
            )
        return open_static_model(folder)
    from embkit_fasttext import open_vectors

    return open_vectors(
        folder / vectors,
        request,
        pooling=request.options["pooling"],
        compression=compression_of(request.options),
    )


def _vectors(folder: Path) -> str:
    """The name of the file of word vectors in a folder; "" where it is a static model."""
    path = folder / RECORD
    try:
        record = json.loads(path.read_bytes())
        name = record["vectors"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, KeyError) and record.get("format") == "embkit.merged/1":
            raise InvalidRequest(
                f"'{folder}' is an encoder with all its layers; name it contextual:{folder}"
            ) from None
        raise InvalidData("is no record of embkit's; make the folder again", path=path) from error
    if not isinstance(name, str) or Path(name).name != name:
        raise InvalidData(f"names {str(name)[:80]!r} as its vectors", path=path)
    return name


def _encoder(request: Request) -> Embedder:
    from embkit_contextual import open_encoder

    from embkit_static.input_layer import input_embedder

    options = {"revision": request.options["revision"]}
    encoder = open_encoder(request.argument, replace(request, options=options))
    return input_embedder(
        encoder,
        request.language,
        over=request.options["over"],
        pooling=request.options["pooling"],
        compression=compression_of(request.options),
    )
