"""The automatic split: a plan is previewed, then carried out."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.core.errors import UserError
from webapp.core.extensions import db
from webapp.images import moves as image_moves
from webapp.images import undo as image_undo
from webapp.images.splits.stratified import Group, divide
from webapp.images.splits.units import (
    DividedImage,
    Scope,
    SplitRequest,
    groups_of,
    is_meant,
    labels_of,
    photos_of,
)
from webapp.models import Category, DetectionModel, LibraryKind, LibraryRun, Split, User
from webapp.runs import library_runs
from webapp.runs.library_runs import RunStopped

AT_ONCE = 2_000
"""Most photos moved inside a request; more are left to the worker."""


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
    """Number of groups that stay together, of at least two photos."""
    parts: dict[Split, int]
    """Number of parts (``Image.part``) by split, after the split; a part that is in two counts in both."""
    without_part: int
    """Photos to be divided of which nobody has said which part they show."""
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
    photos = photos_of(model)
    chosen = {row.id for row in photos if is_meant(row, request)}
    if not chosen:
        raise UserError(_nothing_to_divide(request), code="no_photos", field="scope")
    rows = {row.id: row for row in photos}
    members = groups_of(model, request, chosen, rows)
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
    # A run that waits from before a field was added has not got it.
    asked = {
        name: run.parameters[name] for name in SplitRequest.__dataclass_fields__ if name in run.parameters
    }
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


def _refuse_another(plan: SplitPlan, digest: str) -> None:
    if plan.digest != digest:
        raise UserError(
            _("The photos changed since this preview. Look at the new one, then confirm it."),
            code="plan_changed",
            status=409,
        )


def _nothing_to_divide(request: SplitRequest) -> str:
    if request.unlabelled:
        return _("There are no photos to divide: add some first.")
    return _("There are no labelled photos to divide: label some, or include those without labels.")


def _targets(
    units: list[list[int]], chosen: set[int], rows: dict[int, DividedImage], request: SplitRequest
) -> dict[int, Split]:
    splits = list(Split)
    groups = []
    for unit in units:
        inside = [image_id for image_id in unit if image_id in chosen]
        labels = labels_of([rows[image_id] for image_id in inside])
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


def _plan(
    model: DetectionModel,
    request: SplitRequest,
    photos: list[DividedImage],
    chosen: set[int],
    target: dict[int, Split],
    twins: int,
) -> SplitPlan:
    before, after = Counter[Split](), Counter[Split]()
    shown = Counter[tuple[int, Split]]()
    moves: dict[Split, list[int]] = {split: [] for split in Split}
    digest = hashlib.sha256()
    parts: dict[Split, set[str]] = {split: set() for split in Split}
    without = 0
    for image_id, split, _labelled, category_ids, part in photos:
        to = target.get(image_id, split)
        before[split] += 1
        after[to] += 1
        for category_id in category_ids:
            shown[category_id, to] += 1
        if part is not None:
            parts[to].add(part)
        elif image_id in chosen:
            without += 1
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
        parts={split: len(names) for split, names in parts.items()},
        without_part=without,
        categories=[
            CategoryPlan(one, counts, [split for split in used if not counts[split]])
            for one, counts in counted
            if any(counts.values())
        ],
        digest=digest.hexdigest()[:16],
    )
