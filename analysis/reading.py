"""The numbers that a figure shows, read off its panels: what has a label, and what has a colour scale.

Lines, points and bars are told by the labels that matplotlib gives them (`label=`); one without is an
ornament. A figure so has one source for what is drawn and what is told.
"""
import numpy as np
from matplotlib.ticker import FixedFormatter, FuncFormatter

MOST_POINTS = 8000  # of a figure: lines with more of them are told by every second point, third, ..
MOST_CELLS = 10000  # of an image
DIGITS = 4


def plain(value, digits=DIGITS):
    """A number for JSON: `digits` digits; None: not known."""
    value = float(value)
    if not np.isfinite(value):
        return None
    short = float(f"{value:.{digits}g}")
    return int(short) if short == int(short) and abs(short) < 1e15 else short


def flat(text):
    return " ".join(text.split())


def place_of(panel, axis):
    """Its row (y) or column (x) in the figure; None: it stands outside, as colour bars do."""
    spec = getattr(panel, "get_subplotspec", lambda: None)()
    return spec and getattr(spec, "rowspan" if axis == "y" else "colspan")


def label_of(figure, panel, axis):
    """The panel's label, or that of the whole row or figure."""
    row = [other for other in figure.axes if place_of(other, axis) == place_of(panel, axis)]
    labels = [flat(getattr(other, f"get_{axis}label")()) for other in (panel, *row)]
    whole = getattr(figure, f"_sup{axis}label", None)
    return next(filter(None, [*labels, flat(whole.get_text()) if whole else ""]), "")


def names_of(axis):
    """{place: name} of an axis whose marks were given names, else {}."""
    if hasattr(axis, "told_names"):
        return {str(place): flat(word) for place, word in axis.told_names.items()}
    if not isinstance(axis.get_major_formatter(), (FixedFormatter, FuncFormatter)):
        return {}
    words = [flat(text.get_text()) for text in axis.get_ticklabels()]
    return {str(plain(place)): word for place, word in zip(axis.get_ticklocs(), words) if word}


def lines(panel):
    """(label, x, y, errors or None) of all that has a label."""
    for line in panel.lines:
        x, y = (np.atleast_1d(np.asarray(values, float)) for values in line.get_data())
        if list(x) == [0, 1] and line.get_transform() == panel.get_yaxis_transform(which="grid"):
            x, y = np.array([np.nan]), y[:1]  # a level across the panel
        yield line.get_label(), x, y, getattr(line, "told_error", None)
    for points in panel.collections:
        offsets = np.ma.filled(np.ma.asarray(points.get_offsets(), float), np.nan)
        if len(points.get_paths()) <= 1 or len(offsets) > 1:
            yield (points.get_label(), *offsets.reshape(-1, 2).T,
                   getattr(points, "told_error", None))
    for group in panel.containers:
        if hasattr(group, "patches"):
            flat_ = getattr(group, "orientation", "vertical") == "vertical"
            at = [bar.get_x() + bar.get_width() / 2 if flat_ else bar.get_width()
                  for bar in group.patches]
            size = [bar.get_height() if flat_ else bar.get_y() + bar.get_height() / 2
                    for bar in group.patches]
            yield group.get_label(), np.array(at), np.array(size), None
        elif hasattr(group, "has_yerr") and group.lines[0] is not None:
            yield (group.get_label(), *map(np.asarray, group.lines[0].get_data()),
                   getattr(group, "told_error", None))


def series_of(panel, step=1):
    """All lines, points and bars as they go into the page."""
    told = []
    for label, x, y, error in lines(panel):
        label = flat(str(label))
        if not label or label.startswith("_") or not len(y):
            continue
        every = slice(None, None, step if len(y) > 50 else 1)
        row = {"name": label, "x": [plain(v) for v in x[every]], "y": [plain(v) for v in y[every]]}
        if error is not None:
            row["error"] = [plain(v) for v in np.broadcast_to(error, y.shape)[every]]
        told.append(row)
    return told


def words_of(panel):
    """{label: words instead of y} of the lines that have some."""
    return {line.get_label(): line.told_words for line in panel.lines if hasattr(line, "told_words")}


def cells_of(panel):
    """The image of the panel, the row at the extent's third number first; None: it has none."""
    image = next((image for image in panel.images if image.get_array().ndim == 2), None)
    if image is None or image.get_array().size > MOST_CELLS:
        return None
    values = np.ma.filled(np.ma.asarray(image.get_array(), float), np.nan)
    left, right, bottom, top = image.get_extent()
    if image.origin == "upper":
        values = values[::-1]
    digits = DIGITS if values.size <= 1000 else 3
    return {"name": bar_label(image), "extent": [plain(v) for v in (left, right, bottom, top)],
            "values": [[plain(v, digits) for v in row] for row in values]}


def bar_label(image):
    bar = image.colorbar
    return flat(bar.ax.get_ylabel() or bar.ax.get_xlabel()) if bar else ""


def panel_of(figure, panel, step):
    """A panel with its place in the figure, from the top left, in shares of its size."""
    box = panel.get_position()
    told = {"name": flat(panel.get_title() or panel.get_title(loc="left")),
            "box": [round(v, 4) for v in (box.x0, 1 - box.y1, box.x1, 1 - box.y0)]}
    for axis in "xy":
        told[axis] = {"name": label_of(figure, panel, axis),
                      "limits": [float(v) for v in getattr(panel, f"get_{axis}lim")()],
                      "log": getattr(panel, f"get_{axis}scale")() == "log",
                      "names": names_of(getattr(panel, f"{axis}axis"))}
    told["series"], told["cells"] = series_of(panel, step), cells_of(panel)
    for row in told["series"]:
        row.update({"words": words} if (words := words_of(panel).get(row["name"])) else {})
    return told


def numbers(figure):
    """What a drawn figure tells: panels with their axes, series and cells."""
    panels = [panel for panel in figure.axes if panel.get_visible() and panel.get_label() != "<colorbar>"]
    points = sum(len(y) for panel in panels for label, _, y, _ in lines(panel)
                 if not str(label).startswith("_"))
    step = -(-points // MOST_POINTS) if points else 1
    told = [panel_of(figure, panel, step) for panel in panels]
    return [panel for panel in told if panel["series"] or panel["cells"]]
