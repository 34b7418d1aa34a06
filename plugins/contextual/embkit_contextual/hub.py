"""Models of the Hugging Face hub: fetched once into its own cache, weights as safetensors first."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from embkit.errors import EmbkitError, InvalidRequest, NotFound, StorageError, Unreachable
from embkit.fetching import is_offline

__all__ = ["folder_of"]

_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?", re.ASCII)
# No code, no weights for other frameworks. Files of the root and of the modules' folders.
_DESCRIBED = ["*.json", "*.txt", "*.model", "*.spm"]
_SAFE, _TORCH = "*.safetensors", "*.bin"
_OTHER = ["onnx/*", "openvino/*", "coreml/*", "*/checkpoint-*", "runs/*", "training_args.bin"]


def folder_of(source: str, *, revision: str, offline: bool, progress: bool) -> Path:
    """The folder of a model: the one that is named, or that of a model of the hub, fetched.

    Raises NotFound where the hub has no such model, Unreachable where it cannot be asked,
    InvalidRequest for what is neither a folder nor an id.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        if revision:
            raise InvalidRequest(f"'{source}' is a folder and has no 'revision'")
        return folder
    if not _ID.fullmatch(source):
        raise InvalidRequest(
            f"'{source}' is neither a folder nor the id of a model of the hub, such as "
            "'google/muril-base-cased'"
        )
    return _fetched(source, revision or None, offline or is_offline(), progress)


def _fetched(model: str, revision: str | None, offline: bool, progress: bool) -> Path:
    import huggingface_hub
    from huggingface_hub import errors

    try:
        with _bars(progress):
            return Path(
                huggingface_hub.snapshot_download(
                    model,
                    revision=revision,
                    allow_patterns=[*_DESCRIBED, *_weights(model, revision, offline)],
                    ignore_patterns=_OTHER,
                    local_files_only=offline,
                )
            )
    except errors.GatedRepoError as error:
        raise Unreachable(
            f"the hub gives '{model}' to those only who have asked for it: do so on "
            f"https://huggingface.co/{model}, then run 'hf auth login'"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise NotFound(f"the model '{model}' has no revision '{revision}'") from error
    except errors.RepositoryNotFoundError as error:
        raise NotFound(f"the hub has no model '{model}', or does not show it to you") from error
    except errors.LocalEntryNotFoundError as error:
        what = "embkit is offline" if offline else "the hub did not answer"
        raise Unreachable(
            f"the model '{model}' is not here and {what}; run 'hf download {model}' where there is "
            "a network and copy the folder it names, then open that: contextual:FOLDER"
        ) from error
    except errors.HfHubHTTPError as error:
        raise Unreachable(f"the hub did not give '{model}' ({_line(error)})") from error
    except OSError as error:
        raise StorageError(f"the model '{model}' cannot be kept ({_line(error)})") from error
    except ValueError as error:  # its other errors
        raise EmbkitError(f"the model '{model}' cannot be fetched ({_line(error)})") from error


def _weights(model: str, revision: str | None, offline: bool) -> list[str]:
    """What weights to fetch: torch's own where there are no others."""
    import huggingface_hub
    from huggingface_hub import errors

    if not offline:
        try:
            found = huggingface_hub.HfApi().model_info(model, revision=revision, timeout=20)
            files = [file.rfilename for file in found.siblings or ()]
            return [_SAFE] if any(name.endswith(".safetensors") for name in files) else [_TORCH]
        except errors.HfHubHTTPError:
            raise
        except (errors.HTTPError, OSError):  # type: ignore[attr-defined]  # its HTTP client's own
            pass  # no answer: it may be here, and where it is not, fetching it says so
    # Whatever weights are here lie in the folder that is found; none are asked for that may not be.
    return [_SAFE]


@contextlib.contextmanager
def _bars(wanted: bool) -> Iterator[None]:
    """Bars of a download on a terminal, or none."""
    from huggingface_hub import utils

    bars: Any = utils  # it says of none of its functions that they are for others
    if (wanted and sys.stderr.isatty()) or bars.are_progress_bars_disabled():
        yield
        return
    bars.disable_progress_bars()
    try:
        yield
    finally:
        bars.enable_progress_bars()


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
