"""Buttons that people have learned keep their words, and are seen without anything being opened first."""

from collections.abc import Iterator
from html.parser import HTMLParser

import flask_babel
import pytest
from flask.testing import FlaskClient

from tests.builders import runs
from webapp.models import DetectionModel, User

HIDING = ("dropdown-menu", "upload-tray", "drop-panel-body")
VOID = ("area", "br", "col", "embed", "feColorMatrix", "hr", "img", "input", "link", "meta", "source", "wbr")


class Buttons(HTMLParser):
    """The words of buttons, links, labels and summaries, but for those in what is closed at first."""

    def __init__(self) -> None:
        super().__init__()
        self.words: set[str] = set()
        self._open: list[tuple[str, bool]] = []
        """Elements around the present place, and whether each hides what is in it."""
        self._pressed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        values = dict(attrs)
        classes = (values.get("class") or "").split()
        hides = tag in ("dialog", "template") or "hidden" in values or not set(classes).isdisjoint(HIDING)
        if tag == "details":
            hides = "open" not in values
        self._open.append((tag, hides))
        if tag in ("button", "a", "label", "summary"):
            self._pressed.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_data(self, data: str) -> None:
        if self._pressed:
            self._pressed[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or tag not in [name for name, _hides in self._open]:
            return
        if tag in ("button", "a", "label", "summary") and self._pressed:
            words = " ".join(self._pressed.pop().split())
            # Of a closed fold its summary is seen.
            around = self._open[:-2] if tag == "summary" else self._open
            if not any(hides for _name, hides in around):
                self.words.add(words)
        while self._open.pop()[0] != tag:
            pass


def buttons_of(client: FlaskClient, address: str) -> set[str]:
    parser = Buttons()
    parser.feed(client.get(address).text)
    return parser.words


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    return runs.model_with_photos(administrator)


@pytest.fixture
def pages(client: FlaskClient, model: DetectionModel, administrator: User) -> Iterator[dict[str, str]]:
    """Addresses by what stands there; the person reads Chinese."""
    trained = runs.finished_training(model, administrator)
    predicted = runs.finished_prediction(model, administrator)
    under_way = runs.running_training(model, administrator)
    client.set_cookie("language", "zh_Hant_TW")
    flask_babel.refresh()  # the test's app context outlives its requests
    yield {
        "images": f"/models/{model.id}/images",
        "train": f"/models/{model.id}/train",
        "under way": f"/training-runs/{under_way.id}",
        "result": f"/training-runs/{trained.id}/result",
        "predict": f"/models/{model.id}/predict",
        "predicted": f"/prediction-runs/{predicted.id}",
    }
    flask_babel.refresh()


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("images", {"新增照片", "刪除照片", "新增COCO檔"}),
        ("train", {"進階設定", "還原預設"}),
        ("under way", {"終止訓練"}),
        ("result", {"保存權重"}),
        ("predict", {"開始預測"}),
        ("predicted", {"儲存結果"}),
    ],
)
def test_they_stand_on_their_page(
    client: FlaskClient, pages: dict[str, str], page: str, words: set[str]
) -> None:
    assert words <= buttons_of(client, pages[page])


def test_what_is_folded_does_not_count() -> None:
    parser = Buttons()
    parser.feed(
        "<details><summary>Fold</summary><button>Inside</button></details><button>Beside</button>"
        '<dialog><button>Asked</button></dialog><div class="dropdown-menu"><a>Rare</a></div>'
    )
    assert parser.words == {"Fold", "Beside"}
