"""Options of ApexCharts for the charts of pages; ``static/js/web/chart.js`` draws them.

What only the browser can do stands in the options as an object with one key: ``colour`` names a variable of the theme,
``number`` describes how a number is written. Texts stay texts, whatever a category is called.
"""

from typing import Any

from flask_babel import gettext as _

Options = dict[str, Any]

SERIES_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07d00", "#56b4e9", "#9467bd", "#8c564b"]
"""Of Okabe and Ito, darkened where they would be too pale on white: told apart by the colour-blind."""
DASHES = [0, 6, 3, 9, 2, 12, 4, 8]
HEIGHT, BAR_HEIGHT, AROUND_BARS = 340, 30, 110
"""Pixels of a chart; of one with bars that lie down: of each bar, and of legend and axis."""
MOST_BARS_WITH_NUMBERS = 8


def colour(name: str) -> Options:
    """A variable of the style sheet, by the theme that is shown."""
    return {"colour": name}


def number(**how: Any) -> Options:
    """A function of ApexCharts that writes a number.

    ``digits`` after the point; ``significant`` digits; neither: as the reader's language has it. ``factor`` multiplies
    first; ``before`` and ``unit`` stand around it; ``none`` is written for a missing value.
    """
    return {"number": how}


def bars(series: list[Options], categories: list[str], filename: str, **axes: Any) -> Options:
    """Upright bars side by side, each with its number above, without zoom."""
    return {
        **_frame("bar", zoom={"enabled": False}, toolbar=_toolbar(filename)),
        "series": series,
        "plotOptions": {"bar": {"columnWidth": "70%", "borderRadius": 2, "dataLabels": {"position": "top"}}},
        "dataLabels": {
            "enabled": True,
            "offsetY": -20,
            "formatter": number(),
            "style": {"colors": [colour("--ink-soft")]},
        },
        "xaxis": {"categories": categories, "tooltip": {"enabled": False}},
        "tooltip": {"y": {"formatter": number()}},
        **axes,
    }


def accuracy(items: list[Options], filename: str) -> Options:
    """AP and AP50, percent; ``items`` are {name, ap, ap50}, the first one is the whole. AP may be None."""
    names = {"ap": "AP", "ap50": "AP50"}
    shown = [key for key in names if any(item.get(key) is not None for item in items)]
    series = [{"name": names[key], "data": [item.get(key) for item in items]} for key in shown]
    written = number(digits=1, none="–")
    options = bars(series, [item["name"] for item in items], filename)
    options["colors"] = [colour("--accent"), colour("--second-bar")]
    options["plotOptions"]["bar"]["columnWidth"] = "30%" if len(items) < 4 else "70%"
    options["dataLabels"] |= {"enabled": len(items) <= MOST_BARS_WITH_NUMBERS, "formatter": written}
    options["noData"] = {"text": _("There is no accuracy for this run.")}
    options["yaxis"] = {"min": 0, "max": 100, "tickAmount": 5, "labels": {"formatter": number(digits=0)}}
    options["tooltip"] = {"y": {"formatter": written}}
    return options


def counts(
    data: Options, filename: str, horizontal: bool = False, stacked: bool = False, label_x: str = ""
) -> Options:
    """Counts as bars; ``data`` is {categories, series: [{name, data}]}. Bars that lie down are stacked."""
    categories, series = data["categories"], data["series"]
    options = bars(series, categories, filename)
    many = [colour(f"--series-{place}") for place in range(1, 9)]
    few = [colour(name) for name in ("--accent", "--second-bar", "--third-bar")]
    options["colors"] = many if len(series) > len(few) else few
    options["chart"] |= {"stacked": horizontal or stacked}
    options["stroke"] = {"show": True, "width": 1, "colors": [colour("--surface")]}
    options["dataLabels"]["enabled"] = not horizontal and not stacked
    options["legend"] = {"show": len(series) > 1}
    options["xaxis"]["title"] = {"text": label_x}
    written = {"labels": {"formatter": number()}}
    options["yaxis"] = written
    if horizontal:
        options["chart"]["height"] = len(categories) * BAR_HEIGHT + AROUND_BARS
        options["plotOptions"]["bar"] |= {"horizontal": True, "barHeight": "65%"}
        options["xaxis"] = {"categories": categories, "title": {"text": label_x}} | written
        options["yaxis"] = {"labels": {"maxWidth": 240}}
    return options


def precision_recall(curves: list[Options], filename: str) -> Options:
    """Precision over recall; ``curves`` are {name, precision: 101 values at the recalls 0.00 to 1.00, may be None}."""
    file = {"filename": filename}
    share = number(digits=0, factor=100, unit="%")
    axis = {"min": 0, "max": 1, "tickAmount": 5, "labels": {"formatter": share}}
    recall = _("Found among those there")
    return {
        **_frame("line", zoom={"enabled": False}, toolbar=_toolbar(filename) | {"export": {
            "svg": file, "png": file, "csv": file}}),
        "colors": SERIES_COLOURS,
        "series": [
            {
                "name": curve["name"],
                "data": [{"x": step / 100, "y": value} for step, value in enumerate(curve["precision"])],
            }
            for curve in curves
        ],
        "stroke": {"width": 2, "curve": "straight", "dashArray": DASHES},
        "xaxis": axis | {"type": "numeric", "title": {"text": recall}, "tooltip": {"enabled": False}},
        "yaxis": axis | {"title": {"text": _("Right among those reported")}},
        "tooltip": {
            "x": {"formatter": number(digits=0, factor=100, unit="%", before=f"{recall} ")},
            "y": {"formatter": number(digits=1, factor=100, unit="%", none="–")},
        },
    }  # fmt: skip


def losses(nothing: str) -> Options:
    """Of lines over iterations; ``nothing`` is said where there are none."""
    iteration = _("Iteration")
    return {
        **_frame("line", zoom={"type": "x", "autoScaleYaxis": True}, toolbar={"tools": {"pan": False}}),
        "colors": SERIES_COLOURS,
        "stroke": {"width": 2, "curve": "straight", "dashArray": DASHES},
        "noData": {"text": nothing},
        "xaxis": {
            "type": "numeric",
            "decimalsInFloat": 0,
            "title": {"text": iteration},
            "tooltip": {"enabled": False},
            "labels": {"formatter": number(digits=0)},
        },
        "yaxis": {"min": 0, "forceNiceScale": True, "labels": {"formatter": number(digits=2)}},
        # Runs have other iterations: the value under the pointer belongs to one line.
        "tooltip": {
            "shared": False,
            "x": {"formatter": number(digits=0, before=f"{iteration} ")},
            "y": {"formatter": number(significant=7, none="–")},
        },
    }


def losses_of_a_run(filename: str, nothing: str) -> Options:
    """Training and validation loss, and AP on an axis of its own; dashes and marks tell them apart without colours.

    What follows the losses is fetched by the script: ``webapp/training/pages/loss_chart.py``.
    """
    file = {"filename": filename}
    lines = losses(nothing)
    lines["chart"]["toolbar"]["export"] = {"svg": file, "png": file}
    lines["colors"] = [colour(name) for name in ("--accent", "--second-line", "--amber", "--green")]
    lines["stroke"] = {"width": [2, 2, 0, 0], "curve": "straight", "dashArray": [0, 5, 0, 0]}
    lines["markers"] = {
        "shape": ["circle", "circle", "circle", "diamond"],
        "strokeWidth": 0,
        "hover": {"sizeOffset": 2},
    }
    lines["legend"] = {"position": "bottom"}
    lines["tooltip"]["shared"] = True
    return lines


def tick_amount(span: float) -> int:
    """Ticks of an axis of whole numbers: never more than it has steps, or a number would stand twice."""
    return max(1, min(8, round(span)))


def _frame(kind: str, **more: Any) -> Options:
    """What all charts have in common; ``static/js/web/chart.js`` adds what only a browser knows."""
    chart = {
        "type": kind,
        "height": HEIGHT,
        "background": colour("--surface"),
        "foreColor": colour("--ink-soft"),
        "animations": {"enabled": False},
        **more,
    }
    return {"chart": chart, "grid": {"borderColor": colour("--line")}}


def _toolbar(filename: str) -> Options:
    file = {"filename": filename}
    tools = dict.fromkeys(("zoom", "zoomin", "zoomout", "pan", "reset"), False)
    return {
        "tools": tools,
        "export": {"svg": file, "png": file, "csv": file | {"headerCategory": _("Category")}},
    }
