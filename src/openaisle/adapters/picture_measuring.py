"""Measuring pictures with Pillow.

A file is looked at in this order: its length, its first bytes, the size its head states, and only then is it unpacked.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageFilter, ImageStat, UnidentifiedImageError

from openaisle.kernel.pictures import PictureFacts, PictureRefused, PictureTooLarge

BYTES_MAXIMUM = 25_000_000
PIXELS_MAXIMUM = 50_000_000
_SIDE_MAXIMUM = 30_000
_MEASURED_SIDE = 1_000
_FORMATS = ("JPEG", "PNG", "WEBP")
_NEARLY_WHITE = 245
_BORDER_SHARE = 0.04
# The sum over a pixel and its four neighbors is divided and moved up, so that it stays within a byte.
_LAPLACIAN_SCALE = 4
_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=_LAPLACIAN_SCALE, offset=128)


def measure(*, content: bytes) -> PictureFacts:
    """Return what a picture is like; raises PictureRefused, PictureTooLarge."""
    if len(content) > BYTES_MAXIMUM:
        raise PictureTooLarge(detail=f"A picture has at most {BYTES_MAXIMUM:,} bytes.")
    if _is_markup(content):
        raise PictureRefused(detail="It is SVG or another markup, which may carry scripts.")
    try:
        # The bomb's warning is an error here, though the sizes are looked at before anything is unpacked.
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _measured(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge(detail=f"A picture has at most {PIXELS_MAXIMUM:,} pixels.") from error
    except UnidentifiedImageError as error:
        raise PictureRefused(detail="It is no JPEG, PNG or WEBP file.") from error
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError, IndexError, KeyError) as error:
        raise PictureRefused(detail=f"It is broken: {str(error)[:200] or type(error).__name__}.") from error


def _measured(content: bytes) -> PictureFacts:
    with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
        width, height = picture.size
        if width * height > PIXELS_MAXIMUM or max(width, height) > _SIDE_MAXIMUM:
            told = f"It states {width:,} x {height:,} pixels; a picture has at most {PIXELS_MAXIMUM:,}"
            raise PictureTooLarge(detail=f"{told} and {_SIDE_MAXIMUM:,} on a side.")
        if getattr(picture, "n_frames", 1) > 1:
            raise PictureRefused(detail="It is animated.")
        kind = picture.format or ""
        # A JPEG is unpacked at a fraction of its size where that is enough.
        picture.draft("RGB", (_MEASURED_SIDE, _MEASURED_SIDE))
        plain = _on_white(picture)
    plain.thumbnail((_MEASURED_SIDE, _MEASURED_SIDE))
    gray = plain.convert("L")
    return PictureFacts(
        format=kind,
        width=width,
        height=height,
        white_border=_white_border(gray),
        sharpness=_sharpness(gray),
    )


def _is_markup(content: bytes) -> bool:
    head = content[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    return head.startswith((b"<", b"\xff\xfe<", b"\xfe\xff")) or b"<svg" in head


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(ground, clear).convert("RGB")
    return picture.convert("RGB")


def _white_border(gray: Image.Image) -> float:
    width, height = gray.size
    edge = max(1, round(min(width, height) * _BORDER_SHARE))
    strips = (
        (0, 0, width, edge),
        (0, height - edge, width, height),
        (0, edge, edge, max(edge, height - edge)),
        (width - edge, edge, width, max(edge, height - edge)),
    )
    white = total = 0
    for strip in strips:
        counts = gray.crop(strip).histogram()
        white += sum(counts[_NEARLY_WHITE:])
        total += sum(counts)
    return white / total if total else 0.0


def _sharpness(gray: Image.Image) -> float:
    if min(gray.size) < 3:
        return 0.0
    # The filter leaves the outermost pixels as they are.
    edges = gray.filter(_LAPLACIAN).crop((1, 1, gray.width - 1, gray.height - 1))
    variance: float = ImageStat.Stat(edges).var[0]
    return variance * _LAPLACIAN_SCALE**2
