"""The gallery: orders, filters, pages forward and back, and the large view that follows them."""

import html
import re
from datetime import datetime, time, timedelta
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from tests.builders import library, runs
from tests.builders.runs import sign_in, text_of
from tests.images.seeded import add_photo
from webapp.core.extensions import db
from webapp.models import Category, DetectionModel, Image, PredictedImage, Review, Role, Split, User
from webapp.projects import detection_models


@pytest.fixture
def model(administrator: User) -> DetectionModel:
    """140 photos for training, every second one labelled; the days run against the names."""
    model = detection_models.create_model("Screw", "", administrator)
    category = Category(model_id=model.id, name="crack", color="#000000", position=0)
    db.session.add(category)
    db.session.flush()
    for number in range(140):
        labelled = number % 2 == 1
        add_photo(
            model,
            f"p{number:03}.png",
            day=-number,
            labelled=labelled,
            category_ids=[category.id] if labelled and number < 20 else [],
            review=Review.REVIEWED if labelled and number < 10 else Review.OPEN,
        )
    add_photo(model, "t.png", split=Split.TEST)
    db.session.commit()
    return model


def names_on(page: str) -> list[str]:
    return re.findall(r'<span class="photo-name"[^>]*>([^<]+)', page)


def shown(client: FlaskClient, model: DetectionModel, query: str = "") -> list[str]:
    return names_on(client.get(f"/models/{model.id}/images?{query}").text)


def link(page: str, attribute: str) -> str:
    """The address of the link with this attribute."""
    return html.unescape(re.findall(rf'<a [^>]*{attribute}[^>]* href="([^"]+)"', page)[0])


NAMES = [f"p{number:03}.png" for number in range(140)]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", NAMES[138::-2] + NAMES[139::-2]),
        ("name", NAMES),
        ("newest", NAMES),
        ("oldest", NAMES[::-1]),
        ("nonsense", NAMES[138::-2] + NAMES[139::-2]),
    ],
)
def test_pages_in_each_order_forward_and_back(
    client: FlaskClient, model: DetectionModel, sort: str, expected: list[str]
) -> None:
    first = client.get(f"/models/{model.id}/images?sort={sort}").text
    second = client.get(link(first, 'rel="next"')).text
    third = client.get(link(second, 'rel="next"')).text
    assert [names_on(page) for page in (first, second, third)] == [
        expected[:60],
        expected[60:120],
        expected[120:],
    ]
    assert 'rel="next"' not in third and 'rel="prev"' not in first
    assert names_on(client.get(link(third, 'rel="prev"')).text) == expected[60:120]
    back_at_the_start = client.get(link(second, 'rel="prev"')).text
    assert names_on(back_at_the_start) == expected[:60]
    assert 'rel="prev"' not in back_at_the_start


def test_filters_narrow_the_tab(client: FlaskClient, model: DetectionModel) -> None:
    category = db.session.query(Category).one().id
    assert shown(client, model, f"category={category}&sort=name") == NAMES[1:20:2]
    assert shown(client, model, "reviewed=yes&sort=name") == NAMES[1:10:2]
    assert shown(client, model, f"category={category}&reviewed=no&sort=name") == NAMES[11:20:2]
    assert shown(client, model, "q=P01&labelled=no&sort=name") == NAMES[10:20:2]
    assert shown(client, model, "category=999") == []


def test_days_are_whole_days_of_the_server(client: FlaskClient, model: DetectionModel) -> None:
    day = datetime.now().astimezone().date() - timedelta(days=500)
    for name, moment in (("p000.png", time(0, 0)), ("p001.png", time(23, 59, 59))):
        image = db.session.query(Image).filter_by(filename=name).one()
        image.created_at = datetime.combine(day, moment).astimezone()
    db.session.commit()
    assert shown(client, model, f"from={day}&to={day}&sort=name") == NAMES[:2]
    assert shown(client, model, f"to={day - timedelta(days=1)}") == []
    assert len(shown(client, model, "from=yesterday&to=9999-12-31")) == 60


def test_an_empty_result_leads_back_to_all(client: FlaskClient, model: DetectionModel) -> None:
    page = text_of(client.get(f"/models/{model.id}/images?q=nowhere&sort=name"))
    assert "No photo fits" in page
    assert f'href="/models/{model.id}/images?split=train&amp;sort=name"' in page


def test_the_form_shows_what_is_set_and_keeps_the_rest(client: FlaskClient, model: DetectionModel) -> None:
    page = client.get(
        f"/models/{model.id}/images?labelled=yes&q=p0&reviewed=no&from=2026-01-02&sort=oldest"
    ).text
    assert '<input type="hidden" name="labelled" value="yes">' in page
    assert re.search(r'name="q" value="p0"', page)
    assert '<option value="no" selected>' in page
    assert '<option value="oldest" selected>' in page
    assert 'name="from" value="2026-01-02"' in page
    # The review and the first day stand in the panel: its button counts them.
    assert '<span class="filter-count">2</span>' in page


def test_an_address_from_the_form_has_only_what_is_set(client: FlaskClient, model: DetectionModel) -> None:
    answer = client.get(
        f"/models/{model.id}/images?split=train&labelled=&q=p1&sort=name&category=&from=&to=",
        headers=library.HTMX,
    )
    assert answer.headers["HX-Push-Url"] == f"/models/{model.id}/images?split=train&q=p1&sort=name"
    plain = client.get(f"/models/{model.id}/images?split=train", headers=library.HTMX)
    assert "HX-Push-Url" not in plain.headers


def test_a_page_whose_photos_are_gone_shows_the_last_one(client: FlaskClient, model: DetectionModel) -> None:
    first = client.get(f"/models/{model.id}/images?sort=name").text
    second = link(first, 'rel="next"')
    db.session.query(Image).filter(Image.filename >= "p060").delete()
    db.session.commit()
    assert names_on(client.get(second).text) == NAMES[:60]


def test_the_large_view_follows_filter_and_order(client: FlaskClient, model: DetectionModel) -> None:
    page = client.get(f"/models/{model.id}/images?reviewed=yes&sort=name").text
    large = text_of(client.get(link(page, 'class="photo"')))
    assert "<h1>p001.png</h1>" in large and 'rel="prev"' not in large
    assert "Reviewed" in large
    seen = ["p001.png"]
    while 'rel="next"' in large:
        large = client.get(link(large, 'rel="next"')).text
        seen += re.findall(r"<h1>([^<]+)</h1>", large)
    assert seen == NAMES[1:10:2]


def test_the_way_back_leads_to_the_page_of_the_photo(client: FlaskClient, model: DetectionModel) -> None:
    def page_of(name: str) -> list[str]:
        image = db.session.query(Image).filter_by(filename=name).one()
        large = client.get(f"/models/{model.id}/images/{image.id}?split=train&sort=name").text
        back = re.findall(r'href="([^"]+)#photo-\d+"', large)[0]
        return names_on(client.get(html.unescape(back)).text)

    assert page_of("p005.png") == NAMES[:60]
    assert page_of("p100.png") == NAMES[100:]


def test_a_review_is_set_seen_and_taken_back(client: FlaskClient, model: DetectionModel) -> None:
    image = db.session.query(Image).filter_by(filename="p039.png").one()
    large = f"/models/{model.id}/images/{image.id}"
    answer = client.post(f"{large}/review?split=train&labelled=yes", data={"value": "1"})
    assert answer.headers["Location"] == f"{large}?split=train&labelled=yes"
    assert "Marked as reviewed." in text_of(client.get(answer.headers["Location"]))
    gallery = client.get(f"/models/{model.id}/images?q=p039").text
    assert re.findall(r'class="photo" [^>]+ data-state="(\w+)"', gallery) == ["reviewed"]
    client.post(f"{large}/review", data={"value": "0"})
    assert db.session.get_one(Image, image.id).review is Review.OPEN


def test_a_photo_without_labels_is_not_reviewed(client: FlaskClient, model: DetectionModel) -> None:
    image = db.session.query(Image).filter_by(filename="p038.png").one()
    answer = client.post(f"/models/{model.id}/images/{image.id}/review", data={"value": "1"})
    assert "label it first" in text_of(client.get(answer.headers["Location"]))
    assert db.session.get_one(Image, image.id).review is Review.OPEN


def test_a_viewer_reviews_nothing(client: FlaskClient, model: DetectionModel) -> None:
    image = db.session.query(Image).filter_by(filename="p039.png").one()
    sign_in(client, Role.VIEWER)
    page = client.get(f"/models/{model.id}/images/{image.id}").text
    assert "mark-reviewed" not in page
    answer = client.post(f"/models/{model.id}/images/{image.id}/review", data={"value": "1"})
    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_annotate_says_what_it_is_narrowed_to(client: FlaskClient, model: DetectionModel) -> None:
    page = text_of(client.get(f"/models/{model.id}/annotate?q=p00&reviewed=yes&split=train&sort=name"))
    assert re.findall(r'class="strip-photo" [^>]*title="([^"]+)"', page) == NAMES[1:10:2]
    assert "Name: p00" in page
    assert f'href="/models/{model.id}/annotate?split=train&amp;q=p00&amp;sort=name"' in page


def test_where_a_page_stands_among_all_photos(client: FlaskClient, model: DetectionModel) -> None:
    first = client.get(f"/models/{model.id}/images").text
    total = re.search(r'id="page-place">1–60 / (\d+)<', first)
    assert total, "on the first page nothing is counted"
    second = client.get(link(first, 'rel="next"')).text
    asked = re.search(r'hx-get="([^"]+/images/place[^"]+)"', second)
    assert asked
    assert client.get(html.unescape(asked.group(1))).text == f"61–120 / {total.group(1)}"
    named = f"/models/{model.id}/images/place?sort=name&reviewed=yes&first="
    by_name = {name: db.session.query(Image).filter_by(filename=name).one().id for name in NAMES[:4]}
    assert client.get(named + str(by_name["p003.png"])).text == "2 / 5"
    assert client.get(named + "999999").status_code == 404


def test_the_large_view_has_labels_history_and_where_the_photo_was_predicted(
    client: FlaskClient, administrator: User
) -> None:
    other = runs.model_with_photos(administrator, train=3)
    image = library.all_images(other)[0]
    runs.finished_training(other, administrator)
    run = runs.finished_prediction(other, administrator, runs.photo_file(0))
    page = text_of(client.get(f"/models/{other.id}/images/{image.id}"))
    assert "<h1>p0.jpg</h1>" in page
    # The pop-up to zoom in has the photo in full, and the shapes of the page over it.
    assert re.search(
        r'data-viewer .*<use href="#photo-shapes"/>.*data-full="[^"]+" data-caption="p0.jpg"', page
    )
    assert len(re.findall(r'class="label-row"', page)) == 2
    assert f'hx-get="/history/image/{image.id}"' in page
    predicted = db.session.scalars(db.select(PredictedImage)).one()
    assert (
        f'Predicted in</h2> <ul class="plain-list"><li><a href="/prediction-runs/{run.id}#photo-{predicted.id}">'
        in page
    )
    place = f"/models/{other.id}/images/place?first={image.id}"
    assert client.get(place).text == "1 / 3"
    last = library.all_images(other)[2]
    assert "Predicted in" not in client.get(f"/models/{other.id}/images/{last.id}").text
