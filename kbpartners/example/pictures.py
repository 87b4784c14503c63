"""Evidence for the example: drawn pictures, so that nobody's photo and nobody's village is passed off as something."""

from __future__ import annotations

import hashlib
import io
import random

from PIL import Image, ImageDraw
from werkzeug.datastructures import FileStorage

_SKY, _LAND = ("#cfe3f3", "#f4dfc0", "#d9ead8"), ("#7fa66b", "#a58b5b", "#6b8fa6")


def photo(title: str) -> FileStorage:
    """A small landscape with houses, different for each title, marked "contoh"."""
    dice = random.Random(hashlib.sha256(title.encode()).digest())
    image = Image.new("RGB", (960, 640), dice.choice(_SKY))
    draw = ImageDraw.Draw(image)
    draw.ellipse((700, 70, 800, 170), fill="#f7c948")
    draw.polygon(
        [(0, 420), (260, 300), (520, 410), (760, 320), (960, 400), (960, 640), (0, 640)], fill=dice.choice(_LAND)
    )
    for _ in range(dice.randint(3, 6)):
        x, y, size = dice.randint(40, 820), dice.randint(400, 520), dice.randint(60, 110)
        draw.rectangle((x, y, x + size, y + size * 0.7), fill="#f6efe4", outline="#5b4a3a", width=3)
        draw.polygon([(x - 12, y), (x + size / 2, y - size * 0.5), (x + size + 12, y)], fill="#a4492f")
        draw.rectangle((x + size * 0.4, y + size * 0.3, x + size * 0.6, y + size * 0.7), fill="#5b4a3a")
    draw.rectangle((0, 590, 960, 640), fill="#17212b")
    draw.text((20, 602), f"CONTOH  {title}"[:60], fill="#ffffff", font_size=24)
    return _file(image, f"{title}.jpg")


def chat(sender: str, words: str) -> FileStorage:
    """A drawn message, as the proof of an entry made on behalf of a unit."""
    image = Image.new("RGB", (640, 400), "#e5ddd5")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((30, 40, 610, 330), radius=18, fill="#ffffff")
    draw.text((56, 60), sender, fill="#0d3a68", font_size=24)
    lines = [words[start : start + 44] for start in range(0, min(len(words), 220), 44)]
    for number, line in enumerate(lines):
        draw.text((56, 110 + number * 36), line, fill="#17212b", font_size=22)
    draw.text((470, 350), "CONTOH", fill="#4a5765", font_size=24)
    return _file(image, "Tangkapan layar WhatsApp.png")


def _file(image: Image.Image, name: str) -> FileStorage:
    buffer = io.BytesIO()
    image.save(buffer, "PNG" if name.endswith("png") else "JPEG", quality=82)
    buffer.seek(0)
    return FileStorage(buffer, filename=name)
