"""Good files of the formats in XML, and how they are broken."""

import copy
import random
import re
from typing import Any
from xml.etree import ElementTree

_NOT_IN_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def cvat() -> bytes:
    """CVAT for images with every kind of shape, and a track of a film."""
    points = "10,10;30,10;30,30;10,30"
    shapes = [
        f'<polygon label="date" points="{points}" z_order="1" group_id="1"><attribute name="a">1</attribute></polygon>',
        f'<polygon label="date" points="{points}" group_id="1"/>',
        '<box label="fig" xtl="10" ytl="10" xbr="30" ybr="30" occluded="1"/>',
        '<box label="fig" xtl="10" ytl="10" xbr="30" ybr="30" rotation="30.5"/>',
        '<ellipse label="fig" cx="50" cy="40" rx="20" ry="10" rotation="9"/>',
        '<mask label="date" rle="2, 3, 4, 1, 2" left="5" top="7" width="4" height="3"/>',
        f'<polyline label="date" points="{points}"/>',
        f'<points label="date" points="{points}"/>',
        '<skeleton label="date"><points label="1" points="5,5"/></skeleton>',
        '<tag label="night"/>',
    ]
    label = "<label><name>{}</name><attributes/></label>"
    meta = f"<task><labels>{label.format('fig')}{label.format('date')}</labels></task>"
    size = "<original_size><width>100</width><height>80</height></original_size>"
    frames = [f'<polygon frame="{n}" outside="{n // 2}" points="{points}"/>' for n in range(3)]
    return (
        f"<annotations><version>1.1</version><meta>{meta}{size}</meta>"
        f'<image id="0" name="1.jpg" subset="Train" width="100" height="80">{"".join(shapes)}</image>'
        f'<image id="1" name="1.jpg" width="100" height="80">{shapes[2]}</image>'
        f'<track id="0" label="date">{"".join(frames)}</track></annotations>'
    ).encode()


def voc() -> bytes:
    """Pascal VOC with boxes, polygons of two tools, and a turned box."""
    box = "<bndbox><xmin>10</xmin><ymin>10</ymin><xmax>30.5</xmax><ymax>30</ymax></bndbox>"
    corners = ((10, 10), (30, 10), (30, 30))
    numbered = "".join(f"<x{n}>{x}</x{n}><y{n}>{y}</y{n}>" for n, (x, y) in enumerate(corners, 1))
    points = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in corners)
    turned = "<robndbox><cx>50</cx><cy>40</cy><w>40</w><h>20</h><angle>0.5</angle></robndbox>"
    more = "<pose>Left</pose><truncated>1</truncated><difficult>0</difficult>"
    inside = [box, box + f"<polygon>{numbered}</polygon>", f"<polygon>{points}</polygon>", turned]
    inside.append(box + "<attributes><attribute><name>a</name><value>1</value></attribute></attributes>")
    objects = "".join(f"<object><name>date</name>{more}{shape}</object>" for shape in inside)
    source = "<source><database>The VOC2007 Database</database></source>"
    size = "<size><width>100</width><height>80</height><depth>3</depth></size>"
    return f"<annotation><folder>x</folder><filename>1.jpg</filename>{source}{size}{objects}</annotation>".encode()


def break_xml(data: bytes, odd: list[Any], chance: random.Random) -> bytes:
    """Change a few places of an XML document, at any depth."""
    root = ElementTree.fromstring(data)  # noqa: S314 - our own
    for _ in range(chance.randint(0, 4)):
        element = chance.choice(list(root.iter()))
        value = _text(chance.choice(odd))
        action = chance.random()
        if action < 0.4 and element.attrib:
            element.set(chance.choice(list(element.attrib)), value)
        elif action < 0.5 and element.attrib:
            element.attrib.pop(chance.choice(list(element.attrib)))
        elif action < 0.7:
            element.text = value
        elif len(element):
            child = chance.choice(list(element))
            if action < 0.85:
                element.remove(child)
            else:
                element.insert(chance.randrange(len(element)), copy.deepcopy(child))
        else:
            element.tag = chance.choice(["x", "object", "image", "box", "polygon", "mask", "track", "pt"])
    return ElementTree.tostring(root)


def _text(value: Any) -> str:
    try:
        return _NOT_IN_XML.sub("", str(value))
    except ValueError:  # more digits than Python writes
        return "9" * 5000
