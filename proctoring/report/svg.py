"""A drawing as SVG."""

from __future__ import annotations

from html import escape

from proctoring.report.shapes import Drawing, Line, Rect, Shape, Text

FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"


def svg(drawing: Drawing) -> str:
    shapes = "\n".join(map(_element, drawing.shapes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(drawing.label)}" '
        f'viewBox="0 0 {drawing.width:g} {drawing.height:g}" font-family="{FONT}">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{shapes}\n</svg>'
    )


def _element(shape: Shape) -> str:
    match shape:
        case Rect():
            moment = "" if shape.t is None else f' data-t="{shape.t:.2f}"'
            opacity = "" if shape.opacity == 1 else f' fill-opacity="{shape.opacity:g}"'
            title = f"<title>{escape(shape.title)}</title>" if shape.title else ""
            return (
                f'<rect x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" '
                f'height="{shape.height:.1f}" fill="{shape.fill}"{opacity}{moment}>{title}</rect>'
            )
        case Line():
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
            dashes = ' stroke-dasharray="4 3"' if shape.is_dashed else ""
            return (
                f'<polyline points="{points}" fill="none" stroke="{shape.stroke}" '
                f'stroke-width="{shape.width:g}" stroke-linejoin="round"{dashes}/>'
            )
        case Text():
            return (
                f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" font-size="{shape.size:g}" '
                f'fill="{shape.fill}" text-anchor="{shape.anchor}">{escape(shape.text)}</text>'
            )
