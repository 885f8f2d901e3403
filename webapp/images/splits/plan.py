"""The automatic split: a plan is previewed, then carried out."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import literal_column, select

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import moves as image_moves
from webapp.images import undo as image_undo
from webapp.images.similar.pair_groups import groups_of_pairs
from webapp.images.splits.stratified import Group, divide
from webapp.models import Category, DetectionModel, Image, LibraryKind, LibraryRun, NearDuplicate, Split, User
from webapp.runs import library_runs
from webapp.runs.library_runs import RunStopped

MAX_SEED = 2**31 - 1
AT_ONCE = 2_000
"""Most photos moved inside a request; more are left to the worker."""
_NOTHING, _UNLABELLED = 0, -1
"""Pseudo category ids of photos without shapes."""


class Scope(StrEnum):
    """Which photos are divided."""

    ALL = "all"
    TRAIN = "train"


@dataclass(frozen=True)
class SplitRequest:
    """What the form asks for; ``shares`` in percent."""

    train: int = 70
    validation: int = 15
    test: int = 15
    seed: int = 1
    scope: Scope = Scope.ALL
    unlabelled: bool = False
    """Include photos without labels."""
    together: bool = True
    """Keep similar photos in one split."""

    def shares(self) -> dict[Split, int]:
        """Percent of each split."""
        return {Split.TRAIN: self.train, Split.VALIDATION: self.validation, Split.TEST: self.test}

    def check(self) -> None:
        """Raises UserError beside the field."""
        for split, share in self.shares().items():
            if not 0 <= share <= 100:
                raise UserError(_("Enter a share from 0 to 100 %."), code="share_range", field=split.value)
        if self.train == 0:
            raise UserError(
                _("Some photos must be for training: enter at least 1 %."), code="share_range", field="train"
            )
        if (total := sum(self.shares().values())) != 100:
            raise UserError(
                _("The three shares must give 100 %%; they give %(n)s %%.", n=total),
                code="share_sum",
                field="train",
            )
        if not 0 <= self.seed <= MAX_SEED:
            raise UserError(
                _("Enter a whole number from 0 to %(n)s.", n=MAX_SEED), code="seed_range", field="seed"
            )


@dataclass(frozen=True)
class CategoryPlan:
    """Photos that show a category, by split, after the split."""

    category: Category
    photos: dict[Split, int]
    missing: list[Split]
    """Splits that get photos but none of this category."""


@dataclass(frozen=True)
class SplitPlan:
    """The split that every photo would get."""

    request: SplitRequest
    moves: dict[Split, list[int]]
    """Ids of the photos that would move, by target split."""
    before: dict[Split, int]
    """Number of photos of the model by split, now."""
    after: dict[Split, int]
    chosen: int
    """Photos that are divided."""
    groups: int
    """Number of groups of similar photos."""
    categories: list[CategoryPlan]
    digest: str
    """Hash of photos and target splits, to carry out exactly the previewed plan."""

    @property
    def moved(self) -> int:
        """Number of photos that would move."""
        return sum(map(len, self.moves.values()))


def build(model: DetectionModel, request: SplitRequest) -> SplitPlan:
    """Raises UserError: a wrong share or seed beside its field, or no photo to divide."""
    request.check()
    photos = _photos(model)
    chosen = {row.id for row in photos if _is_meant(row, request)}
    if not chosen:
        raise UserError(_nothing_to_divide(request), code="no_photos", field="scope")
    rows = {row.id: row for row in photos}
    members = _groups(model, chosen, rows) if request.together else []
    twins = sum(len(group) > 1 for group in members)
    grouped = {image_id for group in members for image_id in group}
    units = members + [[image_id] for image_id in sorted(chosen - grouped)]
    target = _targets(units, chosen, rows, request)
    return _plan(model, request, photos, chosen, target, twins)


def apply(
    model: DetectionModel, request: SplitRequest, digest: str, user: User
) -> image_moves.Moved | LibraryRun:
    """Carry the plan out, now or by a run. Raises UserError (409) if it differs from the previewed one."""
    plan = build(model, request)
    _refuse_another(plan, digest)
    if plan.moved > AT_ONCE:
        asked = {name: getattr(request, name) for name in request.__dataclass_fields__} | {"digest": digest}
        return library_runs.start(model, LibraryKind.SPLIT, asked, user)
    return image_moves.arrange(model, plan.moves)


def carry_out(run: LibraryRun) -> dict[str, Any]:
    """The work of a run of kind ``split``: ``{count, undo}``. Photos moved before a stop keep their new split."""
    model, run_id = run.model, run.id
    asked = {name: run.parameters[name] for name in SplitRequest.__dataclass_fields__}
    plan = build(model, SplitRequest(**asked | {"scope": Scope(asked["scope"])}))
    _refuse_another(plan, run.parameters["digest"])
    moved, done = image_moves.Moved(), 0

    def result() -> dict[str, Any]:
        return {"count": moved.count, "undo": image_undo.remember(model, moved)}

    try:
        library_runs.progress(run_id, done, plan.moved)
        for rows in image_moves.arranging(model, plan.moves):
            moved.add(rows)
            db.session.commit()
            done = min(plan.moved, done + image_moves.BATCH)
            library_runs.progress(run_id, done)
    except RunStopped as stop:
        raise RunStopped(result()) from stop
    return result()


class _Photo(NamedTuple):
    id: int
    split: Split
    labelled: bool
    category_ids: list[int]


def _photos(model: DetectionModel) -> list[_Photo]:
    """All photos of the model in order of id; read without type conversion, 100,000 in half a second."""
    columns: list[Any] = [literal_column(f"image.{name}") for name in _Photo._fields]
    splits = {split.value: split for split in Split}
    rows = db.session.execute(
        select(*columns).select_from(Image).where(Image.model_id == model.id).order_by(Image.id)
    )
    return [_Photo(image_id, splits[split], labelled, ids) for image_id, split, labelled, ids in rows]


def _refuse_another(plan: SplitPlan, digest: str) -> None:
    if plan.digest != digest:
        raise UserError(
            _("The photos changed since this preview. Look at the new one, then confirm it."),
            code="plan_changed",
            status=409,
        )


def _is_meant(row: _Photo, request: SplitRequest) -> bool:
    if request.scope == Scope.TRAIN and row.split != Split.TRAIN:
        return False
    return row.labelled or request.unlabelled


def _nothing_to_divide(request: SplitRequest) -> str:
    if request.unlabelled:
        return _("There are no photos to divide: add some first.")
    return _("There are no labelled photos to divide: label some, or include those without labels.")


def _groups(model: DetectionModel, chosen: set[int], rows: dict[int, _Photo]) -> list[list[int]]:
    """Groups of similar photos, including photos outside the scope; each has at least one inside."""
    pairs = db.session.execute(
        select(NearDuplicate.first_id, NearDuplicate.second_id).where(
            NearDuplicate.model_id == model.id, ~NearDuplicate.kept_apart
        )
    )
    known = ((first, second) for first, second in pairs if first in rows and second in rows)
    return [group for group in groups_of_pairs(known) if not chosen.isdisjoint(group)]


def _targets(
    units: list[list[int]], chosen: set[int], rows: dict[int, _Photo], request: SplitRequest
) -> dict[int, Split]:
    splits = list(Split)
    groups = []
    for unit in units:
        inside = [image_id for image_id in unit if image_id in chosen]
        labels = _labels([rows[image_id] for image_id in inside])
        if len(inside) == len(unit):
            groups.append(Group(len(inside), labels))
            continue
        # A group with a photo outside the scope gets that photo's split.
        outside = Counter(splits.index(rows[image_id].split) for image_id in unit if image_id not in chosen)
        groups.append(Group(len(inside), labels, fixed=outside.most_common(1)[0][0]))
    shares = [request.shares()[split] / 100 for split in splits]
    parts = divide(groups, shares, request.seed)
    return {
        image_id: splits[part]
        for unit, part in zip(units, parts, strict=True)
        for image_id in unit
        if image_id in chosen
    }


def _labels(photos: list[_Photo]) -> dict[int, int]:
    """Number of these photos by category."""
    if len(photos) == 1:
        return dict.fromkeys(_labels_of(photos[0]), 1)
    return Counter(label for photo in photos for label in _labels_of(photo))


def _labels_of(photo: _Photo) -> list[int]:
    return photo.category_ids or [_NOTHING if photo.labelled else _UNLABELLED]


def _plan(
    model: DetectionModel,
    request: SplitRequest,
    photos: list[_Photo],
    chosen: set[int],
    target: dict[int, Split],
    twins: int,
) -> SplitPlan:
    before, after = Counter[Split](), Counter[Split]()
    shown = Counter[tuple[int, Split]]()
    moves: dict[Split, list[int]] = {split: [] for split in Split}
    digest = hashlib.sha256()
    for image_id, split, _labelled, category_ids in photos:
        to = target.get(image_id, split)
        before[split] += 1
        after[to] += 1
        for category_id in category_ids:
            shown[category_id, to] += 1
        if to != split:
            moves[to].append(image_id)
        digest.update(f"{image_id}{split}{to}\n".encode())
    used = [split for split in Split if request.shares()[split]]
    categories = db.session.scalars(
        select(Category).where(Category.model_id == model.id).order_by(Category.position, Category.id)
    )
    counted = [(one, {split: shown[one.id, split] for split in Split}) for one in categories]
    return SplitPlan(
        request=request,
        moves={split: ids for split, ids in moves.items() if ids},
        before=dict(before),
        after=dict(after),
        chosen=len(chosen),
        groups=twins,
        categories=[
            CategoryPlan(one, counts, [split for split in used if not counts[split]])
            for one, counts in counted
            if any(counts.values())
        ],
        digest=digest.hexdigest()[:16],
    )
