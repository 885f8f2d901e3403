"""Pascal VOC files by their parts."""

SIZE = "<size><width>100</width><height>80</height><depth>3</depth></size>"


def voc_object(
    name: str = "date",
    box: tuple[object, ...] = (10, 10, 30, 30),
    more: str = "<pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>",
) -> str:
    """One object with its box."""
    sides = zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    bounds = "".join(f"<{side}>{value}</{side}>" for side, value in sides)
    return f"<object><name>{name}</name>{more}<bndbox>{bounds}</bndbox></object>"


def voc(*objects: str, filename: str = "a.jpg", size: str = SIZE, more: str = "") -> bytes:
    """A file of one photo."""
    named = f"<filename>{filename}</filename>" if filename else ""
    return (
        f"<annotation>\n  <folder>images</folder>{named}{more}{size}"
        f"<segmented>0</segmented>{''.join(objects)}\n</annotation>"
    ).encode()
