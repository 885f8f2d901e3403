"""The part that a photo shows: from its name, its folder or a table; and a split that keeps parts together."""

import io
import zipfile
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.builders.library import add_images, coco, import_coco, photo
from tests.builders.runs import text_of
from tests.images.seeded import add_photo
from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.formats.annotations.folders import telling_folder
from webapp.images import restore, trash
from webapp.images.splits import parts
from webapp.images.splits import plan as split_plan
from webapp.images.splits.units import SplitRequest
from webapp.models import DetectionModel, Image, NearDuplicate, Split, User
from webapp.projects import detection_models


@pytest.fixture
def model(client: FlaskClient, administrator: User) -> DetectionModel:
    return detection_models.create_model("Screws", "", administrator)


def add(model: DetectionModel, *names: str) -> list[Image]:
    images = [add_photo(model, name, labelled=True) for name in names]
    db.session.commit()
    return images


def known() -> dict[str, str | None]:
    db.session.expire_all()
    return {name: part for name, part in db.session.execute(select(Image.filename, Image.part))}


def test_a_name_says_the_part_where_the_expression_fits(model: DetectionModel) -> None:
    add(model, "AX12_left.jpg", "AX12_right.jpg", "B7_left.jpg", "other.jpg")
    assert parts.from_names(model, "^([A-Z]+[0-9]+)_") == 3
    assert known() == {
        "AX12_left.jpg": "AX12",
        "AX12_right.jpg": "AX12",
        "B7_left.jpg": "B7",
        "other.jpg": None,
    }
    assert parts.summary(model).largest == [("AX12", 2), ("B7", 1)]
    assert parts.from_names(model, "^(B7)_") == 2  # the others have none any more
    with pytest.raises(UserError) as refused:
        parts.from_names(model, "((")
    assert refused.value.field == "pattern"
    assert parts.clear(model) == 1


def test_a_table_says_it_with_any_separator_head_and_folders(model: DetectionModel) -> None:
    add(model, "a.jpg", "b.jpg", "c.jpg")
    lines = ["\ufefffile;part\n", "photos\\a.jpg;滾珠螺桿 7\n", "b.jpg;\n", "x.jpg;9\n"]
    assert parts.from_table(model, lines) == (1, 2)
    assert known() == {"a.jpg": "滾珠螺桿 7", "b.jpg": None, "c.jpg": None}
    with pytest.raises(UserError) as refused:
        parts.from_table(model, ["x,y\n"])
    assert refused.value.field == "table"


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("bolt7/1.jpg", "bolt7"),
        ("set/AX12/train/images/1.jpg", "AX12"),
        ("train/1.jpg", None),
        ("1.jpg", None),
        ("C:\\photos\\第三線\\1.jpg", "第三線"),
    ],
)
def test_the_folder_that_says_something_is_kept(path: str, folder: str | None) -> None:
    assert telling_folder(path) == folder


def test_photos_keep_their_folder_through_the_trash(client: FlaskClient, model: DetectionModel) -> None:
    add_images(client, model.id, {"bolt7/1.jpg": photo(1), "2.jpg": photo(2)})
    assert parts.from_folders(model) == 1
    assert known() == {"1.jpg": "bolt7", "2.jpg": None}
    trash.delete_images(model, Image.part == "bolt7", None)
    restore.restore(model)
    assert known()["1.jpg"] == "bolt7"


def test_an_import_keeps_folders_too(client: FlaskClient, model: DetectionModel) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, folder in enumerate(("AX12", "B7")):
            archive.writestr(f"{folder}/train/{number}.jpg", photo(number))
        archive.writestr("labels.json", coco("0.jpg", "1.jpg"))
    assert import_coco(client, model.id, packed.getvalue(), "all.zip").status_code == HTTPStatus.OK
    assert sorted(db.session.scalars(select(Image.folder))) == ["AX12", "B7"]


def test_the_split_keeps_parts_together_and_says_how_many_stand_where(model: DetectionModel) -> None:
    images = add(model, *(f"p{n // 3:02}_{n % 3}.jpg" for n in range(60)), "alone.jpg")
    parts.from_names(model, "^(p[0-9]+)_")
    # Through a pair two parts become one group.
    db.session.add(
        NearDuplicate(first_id=images[0].id, second_id=images[3].id, model_id=model.id, distance=0)
    )
    db.session.commit()
    plan = split_plan.build(model, SplitRequest(60, 20, 20, by_part=True))
    to = {image.id: Split.TRAIN for image in images}
    to |= {one: split for split, ids in plan.moves.items() for one in ids}
    for start in range(0, 60, 3):
        assert len({to[image.id] for image in images[start : start + 3]}) == 1
    assert to[images[0].id] == to[images[3].id]
    assert sum(plan.parts.values()) == 20
    assert plan.without_part == 1
    assert plan.after[Split.TEST] in range(9, 16)
    loose = split_plan.build(model, SplitRequest(60, 20, 20, by_part=False, together=False))
    assert sum(loose.parts.values()) > 20


def test_the_page_takes_parts_and_the_preview_counts_them(client: FlaskClient, model: DetectionModel) -> None:
    add(model, *(f"p{n // 3}_{n % 3}.jpg" for n in range(30)))
    url = f"/models/{model.id}/parts"
    assert "Nobody has said" in text_of(client.get(url))
    client.post(url, data={"source": "names", "pattern": "^(p[0-9]+)_"})
    assert "10 parts" in text_of(client.get(url))
    address = f"/models/{model.id}/split?preview=1&train=60&validation=20&test=20&seed=1&by_part=1"
    page = text_of(client.get(address))
    assert "Keep each part in one of the three (10 parts)" in page
    assert "For training: 6 parts" in page
    client.post(url, data={"source": "table", "table": (io.BytesIO(b"p0_0.jpg,X\nq.jpg,Y\n"), "parts.csv")})
    assert known()["p0_0.jpg"] == "X"
    client.post(url, data={"source": "none"})
    assert set(known().values()) == {None}


@pytest.mark.parametrize("data", [{"source": "names", "pattern": "(("}, {"source": "table"}])
def test_what_cannot_be_read_is_refused_beside_its_field(
    client: FlaskClient, model: DetectionModel, data: dict[str, str]
) -> None:
    add(model, "a.jpg")
    answer = client.post(f"/models/{model.id}/parts", data=data)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "field-error" in answer.text


def test_photos_that_were_trashed_before_there_were_parts_come_back(model: DetectionModel) -> None:
    add(model, "a.jpg")
    trash.delete_images(model, Image.filename == "a.jpg", None)
    db.session.execute(
        update(db.metadata.tables["trashed_image"]).values(
            document=db.text("document #- '{image,part}' #- '{image,folder}'")
        )
    )
    db.session.commit()
    restore.restore(model)
    assert known() == {"a.jpg": None}
