"""The packages that `embkit new` writes: a whole plugin that passes its own tests as written."""

from __future__ import annotations

from embkit.scaffold.naming import KINDS, NewPlugin, new_plugin
from embkit.scaffold.packages import package_files

__all__ = ["KINDS", "NewPlugin", "new_plugin", "package_files"]
