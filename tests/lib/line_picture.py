# SPDX-License-Identifier: MIT
"""Draws lines over time, panel below panel, as an SVG document."""

import math
from dataclasses import dataclass, field

OURS = "#0b6e4f"  # the house's colours: what is ours, and what it is held against
THEIRS = "#5b6770"
OURS_LIGHT = "#6bbf9c"
THEIRS_LIGHT = "#aeb7bd"

WIDTH = 760
LEFT = 64  # where the lines begin; scales stand before
RIGHT = 16
TOP = 44
PANEL_TOP = 30  # a panel's title and legend
PANEL_BOTTOM = 14
MOST_POINTS = 300  # more can't be seen


@dataclass
class Line:
    label: str
    colour: str
    points: list  # of (x, y), x ascending
    dashed: bool = False
    steps: bool = False  # what holds until it changes
    least: bool = False  # where points are many, the least of them counts, else the largest


@dataclass
class Panel:
    title: str
    lines: list = field(default_factory=list)
    height: int = 130
    top: float = None  # of the scale; None: what the lines need


def _round_step(span, parts):
    """A step of 1, 2 or 5 times a power of ten that divides `span` into about `parts`."""
    raw = span / parts if span > 0 else 1
    power = 10 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)


def _thinned(line):
    points = line.points
    if len(points) <= MOST_POINTS:
        return points
    pick = min if line.least else max
    bounds = [len(points) * i // MOST_POINTS for i in range(MOST_POINTS + 1)]
    return [(points[a][0], pick(y for _, y in points[a:b])) for a, b in zip(bounds, bounds[1:])]


def _text(x, y, text, attributes=""):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'  <text x="{x:g}" y="{y:g}"{" " if attributes else ""}{attributes}>{escaped}</text>'


def _number(value):
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:g}"


def _path(line, x_of, y_of):
    drawn, last = [], None
    for x, y in _thinned(line):
        if line.steps and last is not None:
            drawn.append(f"{x_of(x):.1f},{y_of(last):.1f}")
        drawn.append(f"{x_of(x):.1f},{y_of(y):.1f}")
        last = y
    dashes = ' stroke-dasharray="4 3"' if line.dashed else ""
    return (f'  <polyline fill="none" stroke="{line.colour}" stroke-width="1.5"{dashes} '
            f'points="{" ".join(drawn)}"/>')


def picture(title, panels, x_title):
    """The document's text. All panels share the x axis, which begins at 0."""
    last_x = max((x for panel in panels for line in panel.lines for x, _ in line.points), default=1)
    height = TOP + sum(PANEL_TOP + panel.height + PANEL_BOTTOM for panel in panels) + 30
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
           f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11" fill="#24292f">',
           '  <rect width="100%" height="100%" rx="6" fill="#ffffff"/>',
           _text(16, 26, title, 'font-size="15" font-weight="bold"')]
    step_x = _round_step(last_x, 10)

    def x_of(x):
        return LEFT + (WIDTH - LEFT - RIGHT) * x / last_x

    y = TOP
    for panel in panels:
        svg.append(_text(16, y + 16, panel.title, 'font-size="13"'))
        x = WIDTH - RIGHT
        for line in reversed([line for line in panel.lines if line.label]):
            x -= 7 * len(line.label) + 26
            dashes = ' stroke-dasharray="4 3"' if line.dashed else ""
            svg.append(f'  <line x1="{x}" y1="{y + 12}" x2="{x + 16}" y2="{y + 12}" '
                       f'stroke="{line.colour}" stroke-width="2"{dashes}/>')
            svg.append(_text(x + 20, y + 16, line.label))
        y += PANEL_TOP
        most = panel.top or max((v for line in panel.lines for _, v in line.points), default=1) or 1
        step = _round_step(most, 4)
        most = panel.top or step * math.ceil(most / step)
        bottom = y + panel.height

        def y_of(value, bottom=bottom, most=most, tall=panel.height):
            return bottom - tall * value / most

        for i in range(int(most / step + 0.001) + 1):
            at = y_of(i * step)
            svg.append(f'  <line x1="{LEFT}" y1="{at:.1f}" x2="{WIDTH - RIGHT}" y2="{at:.1f}" '
                       'stroke="#d8dee4"/>')
            svg.append(_text(LEFT - 6, at + 4, _number(i * step), 'text-anchor="end"'))
        svg.extend(_path(line, x_of, y_of) for line in panel.lines if line.points)
        y = bottom + PANEL_BOTTOM
    for i in range(int(last_x / step_x + 0.001) + 1):
        svg.append(_text(x_of(i * step_x), y + 2, _number(i * step_x), 'text-anchor="middle"'))
    svg.append(_text(WIDTH - RIGHT, y + 18, x_title, 'text-anchor="end"'))
    svg.append("</svg>")
    return "\n".join(svg) + "\n"
