"""Evidence as phones make it: large JPEG photos that say where they were taken."""

from __future__ import annotations

import io
import random

from PIL import Image

GPS = 0x8825


def photo(side: int = 3000, seed: int = 1) -> bytes:
    """A JPEG of `side` × ¾ `side` pixels with EXIF data, a position in Palembang among it."""
    dice = random.Random(seed)
    small = Image.new("RGB", (60, 45))
    small.putdata([(dice.randrange(256), dice.randrange(256), dice.randrange(256)) for _ in range(60 * 45)])
    image = small.resize((side, side * 3 // 4), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0110] = "Ponsel Uji"
    exif[GPS] = {1: "S", 2: (2.0, 59.0, 27.0), 3: "E", 4: (104.0, 45.0, 24.0)}
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95, exif=exif)
    return buffer.getvalue()


def upload(name: str = "kegiatan.jpg", side: int = 3000, seed: int = 1) -> dict[str, object]:
    """The photo as a file that a browser can be given."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": photo(side, seed)}


def has_exif(data: bytes) -> bool:
    """Whether an image still says anything about how and where it was taken."""
    with Image.open(io.BytesIO(data)) as image:
        return bool(image.getexif()) or "exif" in image.info
