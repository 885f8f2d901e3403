"""CVAT files by their parts."""

IMAGE = '<image id="0" name="a.jpg" width="100" height="80">'
POLYGON = '<polygon label="date" points="10.00,10.00;30.00,10.00;30.00,30.00;10.00,30.00"/>'
BOX = '<box label="date" occluded="0" xtl="10" ytl="10" xbr="30" ybr="30"/>'


def cvat(*shapes: str, image: str = IMAGE, labels: str = "<label><name>date</name></label>") -> bytes:
    """A file with one photo."""
    meta = f"<meta><task><labels>{labels}</labels></task><dumped>2026-11-30</dumped></meta>"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
        f"{meta}{image}{''.join(shapes)}</image>\n</annotations>"
    ).encode()
