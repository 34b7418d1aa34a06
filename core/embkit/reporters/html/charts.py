"""The charts of a page in Vega-Lite, without their data: the page's script fills and draws them."""

from __future__ import annotations

from typing import Any

__all__ = ["CHARTS"]

_TIPS = [
    {"field": "spec", "title": "provider"},
    {"field": "value", "title": "quality", "format": ".3f"},
    {"field": "cost", "title": "cost", "format": ",.0f"},
]

# Quality against a cost: a point a provider, and a line through those that none beats on both.
_PARETO: dict[str, Any] = {
    "height": 300,
    "encoding": {
        "x": {
            "field": "cost", "type": "quantitative",
            "scale": {"type": "log", "nice": False, "padding": 48},
        },
        "y": {
            "field": "value", "type": "quantitative",
            "scale": {"zero": False, "nice": False, "padding": 22},
        },
    },
    "layer": [
        {
            "transform": [{"filter": "datum.front"}],
            "mark": {"type": "line", "interpolate": "linear", "strokeWidth": 1.5, "opacity": 0.5},
            "encoding": {"order": {"field": "cost", "type": "quantitative"}},
        },
        {
            "mark": {"type": "rule", "opacity": 0.6},
            "encoding": {"y": {"field": "low"}, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": {
                "color": {
                    "field": "front", "type": "nominal", "legend": None,
                    "scale": {"domain": [True, False], "range": ["front", "other"]},
                },
                "tooltip": _TIPS,
            },
        },
        *(
            {
                "transform": [{"filter": f"datum.named === '{side}'"}],
                "mark": {"type": "text", "dy": -12, "dx": dx, "limit": 260, "align": side},
                "encoding": {"text": {"field": "spec"}},
            }
            for side, dx in (("left", -8), ("right", 8))
        ),
    ],
}  # fmt: skip

# A score against the share of train texts, a line a provider.
_CURVE: dict[str, Any] = {
    "height": 240,
    "encoding": {
        "x": {
            "field": "share", "type": "quantitative", "title": "share of train texts, %",
            "scale": {"type": "log", "domain": [1, 100]}, "axis": {"values": [1, 10, 100]},
        },
        "color": {
            "field": "spec", "type": "nominal", "title": None,
            "legend": {"orient": "top", "symbolOpacity": 1},
        },
    },
    "layer": [
        {
            "mark": {"type": "area", "opacity": 0.18},
            "encoding": {
                "y": {"field": "low", "type": "quantitative", "scale": {"zero": False}},
                "y2": {"field": "high"},
            },
        },
        {
            "mark": {"type": "line", "point": {"size": 50}},
            "encoding": {
                "y": {"field": "value", "type": "quantitative", "title": None},
                "tooltip": [
                    {"field": "spec", "title": "provider"},
                    {"field": "share", "title": "share, %"},
                    {"field": "value", "title": "score", "format": ".3f"},
                    {"field": "deviation", "title": "deviation", "format": ".3f"},
                ],
            },
        },
    ],
}  # fmt: skip

# Texts on a plane, a panel a provider.
_MAP: dict[str, Any] = {
    "columns": 2,
    "facet": {"field": "spec", "type": "nominal", "title": None, "sort": None},
    "spec": {
        "mark": {"type": "point", "filled": True, "size": 28, "opacity": 0.85},
        "encoding": {
            "x": {
                "field": "x", "type": "quantitative", "axis": None,
                "scale": {"zero": False, "nice": False, "padding": 6},
            },
            "y": {
                "field": "y", "type": "quantitative", "axis": None,
                "scale": {"zero": False, "nice": False, "padding": 6},
            },
            "color": {
                "field": "label", "type": "nominal",
                "legend": {"title": None, "orient": "bottom", "columns": 4, "symbolLimit": 28},
            },
            "shape": {"field": "label", "type": "nominal"},
            "tooltip": [{"field": "text"}, {"field": "label"}],
        },
    },
    "resolve": {"scale": {"x": "independent", "y": "independent"}},
}  # fmt: skip

CHARTS: dict[str, Any] = {"pareto": _PARETO, "curve": _CURVE, "map": _MAP}
