"""A figure as PDF and PNG, and as the two pictures of it that the page holds.

Each is drawn once, where savefig() draws twice; those for the white and for the dark page are drawn
together, since most of the time goes into what matplotlib computes before it paints.
"""
import base64
import functools
import io

import matplotlib
import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends import _backend_pdf_ps as pdf_fonts
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from PIL import Image  # that matplotlib brings

NIGHT = 0.09  # grey of a dark page, #171717
KEPT = "kept"  # of what looks the same on a dark page


@functools.lru_cache(1 << 12)
def by_night(colour):
    """The colour (RGBA) on a dark page: greys change places, what is dark gets lighter."""
    red, green, blue, alpha = colour
    if max(red, green, blue) - min(red, green, blue) < 0.02:
        return (NIGHT + (0.92 - NIGHT) * (1 - red),) * 3 + (alpha,)
    if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.35:
        red, green, blue = (value + 0.3 * (1 - value) for value in (red, green, blue))
    return red, green, blue, alpha


def all_by_night(colours):
    return np.array([by_night(tuple(colour)) for colour in colours]).reshape(-1, 4)


def shows_colours(panel):
    return any(artist.get_array() is not None for artist in panel.collections)


def keep_colours(figure):
    """Marks what stands in a panel of colours, which stays as it is."""
    for panel in figure.axes:
        if panel.images or shows_colours(panel):
            for artist in (*panel.texts, *panel.lines, *panel.collections):
                artist.set_gid(KEPT)


class DayAndNight(RendererBase):
    """Paints everything twice. Groups are artists that are being drawn."""

    def __init__(self, width, height, dpi):
        super().__init__()
        self.day, self.night = RendererAgg(width, height, dpi), RendererAgg(width, height, dpi)
        self.groups = []
        for name in ("get_canvas_width_height", "get_text_width_height_descent", "new_gc",
                     "option_image_nocomposite", "points_to_pixels"):
            setattr(self, name, getattr(self.day, name))

    def open_group(self, s, gid=None):
        self.groups.append(gid)

    def close_group(self, s):
        self.groups.pop()

    def paint(self, name, gc, *arguments, day=(), night=None, **more):
        """Calls the function `name`, whose last arguments are those for day and night."""
        getattr(self.day, name)(gc, *arguments, *day, **more)
        changed = night is not None and KEPT not in self.groups
        colour = gc.get_rgb()
        if changed:
            gc.set_foreground(by_night(tuple(colour)), isRGBA=True)
        getattr(self.night, name)(gc, *arguments, *(night() if changed else day), **more)
        gc.set_foreground(colour, isRGBA=True)

    def draw_path(self, gc, path, transform, rgbFace=None):
        self.paint("draw_path", gc, path, transform, day=(rgbFace,), night=lambda: (shaded(rgbFace),))

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        self.paint("draw_markers", gc, marker_path, marker_trans, path, trans, day=(rgbFace,),
                   night=lambda: (shaded(rgbFace),))

    def draw_path_collection(self, gc, master_transform, paths, all_transforms, offsets, offset_trans,
                             facecolors, edgecolors, *others, **more):
        self.paint("draw_path_collection", gc, master_transform, paths, all_transforms, offsets,
                   offset_trans, day=(facecolors, edgecolors, *others),
                   night=lambda: (all_by_night(facecolors), all_by_night(edgecolors), *others),
                   **more)

    def draw_quad_mesh(self, gc, *arguments):
        self.paint("draw_quad_mesh", gc, *arguments)

    def draw_image(self, gc, *arguments):
        self.paint("draw_image", gc, *arguments)

    def draw_text(self, gc, *arguments, **more):
        self.paint("draw_text", gc, *arguments, night=tuple, **more)


def shaded(face):
    return face if face is None else by_night(matplotlib.colors.to_rgba(face))


def day_and_night(figure):
    """The figure as images for a white and for a dark page."""
    keep_colours(figure)
    renderer = DayAndNight(*figure.bbox.size, figure.dpi)
    figure.draw(renderer)
    return [Image.fromarray(np.asarray(half.buffer_rgba())).convert("RGB")
            for half in (renderer.day, renderer.night)]


def encoded(image):
    """As the page holds it, in 256 colours: a third of the bytes."""
    file = io.BytesIO()
    image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


# A PDF holds all letters that figures have: those are taken out of the font once, instead of those of each
# figure, which took as long as to draw it.
LETTERS = frozenset(map(chr, [*range(0x20, 0x7f), *range(0x391, 0x3ca)])).union(
    "·×±°µ²³¹–…⁰⁴⁵⁶⁷⁸⁹⁻₀₁₂₃₄₅₆₇₈₉ₑₙ→√∞∂∇∑−≈≤≥|≠")


def share_letters(take):
    """`take`, matplotlib's own function, with what it took before; as it is where it gives no file."""
    @functools.lru_cache
    def common(font):
        taken = take(font, "".join(sorted(LETTERS)))
        return taken.getvalue() if isinstance(taken, io.BytesIO) else None

    def take_or_share(font, letters):
        whole = common(font) if LETTERS.issuperset(letters) else None
        return io.BytesIO(whole) if whole else take(font, letters)
    return take_or_share


if hasattr(pdf_fonts, "get_glyphs_subset"):
    pdf_fonts.get_glyphs_subset = share_letters(pdf_fonts.get_glyphs_subset)


def save(figure, folder, name):
    """PDF and PNG into the folder; returns what the page holds, by day and by night."""
    FigureCanvasPdf(figure).print_pdf(folder / f"{name}.pdf", metadata={"CreationDate": None})
    figure.set_dpi(matplotlib.rcParams["savefig.dpi"])
    day, night = day_and_night(figure)
    day.save(folder / f"{name}.png")
    return encoded(day), encoded(night)
