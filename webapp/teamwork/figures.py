"""Photos and shapes that each person labelled on each day, from the history of the labels."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import text

from webapp.core.extensions import db
from webapp.models import DetectionModel, LabelSource, User

MOST_SERIES = 7
DRAWN = (LabelSource.EDITOR, LabelSource.VIA, LabelSource.SUGGESTION, LabelSource.API)
"""What counts as somebody's labelling; not imports, and not what was brought back."""


@dataclass(frozen=True)
class DayOfPerson:
    """What one person labelled on one day of the server's own clock."""

    day: date
    user: User
    photos: int
    """Different ones."""
    shapes: int
    """That there were more than before, over all saves; what was taken away is not counted against it."""


_STATEMENT = text("""
SELECT (now.created_at AT TIME ZONE :zone)::date AS day, now.user_id, count(DISTINCT now.image_id) AS photos,
    coalesce(sum(greatest(0, now.shapes - coalesce((
        SELECT before.shapes FROM label_version AS before
        WHERE before.image_id = now.image_id AND before.version < now.version
        ORDER BY before.version DESC LIMIT 1), 0))), 0) AS shapes
FROM label_version AS now
WHERE now.model_id = :model_id AND now.created_at >= :since AND now.user_id IS NOT NULL AND now.source = ANY(:drawn)
GROUP BY 1, 2 ORDER BY 1 DESC, 2
""")


def by_day(model: DetectionModel, days: int) -> list[DayOfPerson]:
    """The last days, today first."""
    here = datetime.now().astimezone()
    since = datetime.combine(here.date() - timedelta(days=days - 1), time.min).astimezone()
    # As an interval, whose sign is not that of POSIX.
    offset = here.utcoffset() or timedelta()
    values = {
        "model_id": model.id,
        "since": since,
        "zone": offset,
        "drawn": [source.value for source in DRAWN],
    }
    rows = db.session.execute(_STATEMENT, values).all()
    people = {
        user.id: user for user in db.session.query(User).where(User.id.in_({row.user_id for row in rows}))
    }
    return [DayOfPerson(row.day, people[row.user_id], row.photos, row.shapes) for row in rows]


def bars(found: list[DayOfPerson], days: int, others: str) -> dict[str, list[object]]:
    """For a chart: photos by day, a series for each of the ``MOST_SERIES`` busiest people, the rest as ``others``."""
    today = datetime.now().astimezone().date()
    shown = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    total = Counter[str]()
    for one in found:
        total[one.user.display_name] += one.photos
    names = sorted(name for name, _photos in total.most_common(MOST_SERIES))
    photos = Counter[tuple[str, date]]()
    for one in found:
        name = one.user.display_name if one.user.display_name in names else others
        photos[name, one.day] += one.photos
    if len(total) > len(names):
        names.append(others)
    return {
        "categories": [day.strftime("%m-%d") for day in shown],
        "series": [{"name": name, "data": [photos[name, day] for day in shown]} for name in names],
    }
