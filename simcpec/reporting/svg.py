"""The SVG of matplotlib made fit for a page: its own ids, a title and a description, the fonts of the reader."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}href"
#: fonts of common systems, then of those that set Urdu
FONTS = (
    "'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans', 'Noto Naskh Arabic', "
    "sans-serif"
)
REFERENCE = re.compile(r"url\(#([^)]+)\)")
FAMILY = re.compile(r"\s*font-family: [^;]*;")
SHORTHAND = re.compile(r"(font: [^;]*?)'DejaVu Sans'")


def finished(source: str, stem: str, title: str, alt: str, *, page: bool) -> str:
    """Return the drawing with ids that begin with `stem`, `title` and `alt` for readers who cannot see it.

    page : True for an element of an HTML page (no size, no style of its own, no metadata), False for a file.
    """
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#")
    ElementTree.register_namespace("cc", "http://creativecommons.org/ns#")
    ElementTree.register_namespace("dc", "http://purl.org/dc/elements/1.1/")
    root = ElementTree.fromstring(source)
    suffix = "" if page else "-file"
    _describe(root, f"{stem}{suffix}", title, alt)
    for element in root.iter():
        _rename(element, f"{stem}{suffix}-")
    if page:
        _strip(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return text if page else '<?xml version="1.0" encoding="utf-8"?>\n' + text + "\n"


def _describe(root: ElementTree.Element, stem: str, title: str, alt: str) -> None:
    """Title and description as first children, and the role of an image."""
    root.set("role", "img")
    root.set("style", f"font-family: {FONTS}")
    root.set("aria-labelledby", f"{stem}-title {stem}-desc")
    for name, text in (("desc", alt), ("title", title)):
        element = ElementTree.Element(f"{{{SVG}}}{name}", {"id": name})
        element.text = text
        root.insert(0, element)


def _rename(element: ElementTree.Element, prefix: str) -> None:
    """Prefix the id and every reference to one; name the reader's fonts."""
    for key, value in list(element.attrib.items()):
        if key == "id":
            element.set(key, prefix + value)
        elif key == XLINK or key == "href":
            del element.attrib[key]
            element.set("href", "#" + prefix + value[1:] if value.startswith("#") else value)
        elif key == "style" or "url(#" in value:
            bare = SHORTHAND.sub(rf"\1{FONTS}", FAMILY.sub("", value))
            element.set(key, REFERENCE.sub(rf"url(#{prefix}\1)", bare))


def _strip(root: ElementTree.Element) -> None:
    """What only a file needs: size in points, global style, metadata."""
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("class", "drawing")
    parents = {child: parent for parent in root.iter() for child in parent}
    for element in [one for one in root.iter() if one.tag in (f"{{{SVG}}}style", f"{{{SVG}}}metadata")]:
        parents[element].remove(element)
