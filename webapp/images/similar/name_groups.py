"""Photos that belong together by their names: pairs of neighbours with the same key, so that a group is a chain."""

from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError

from webapp.audit.recording import record
from webapp.core.extensions import db
from webapp.images.similar import name_patterns
from webapp.models import AuditAction, DetectionModel, PairReason

_LINK = text("""
INSERT INTO near_duplicate AS old
    (first_id, second_id, model_id, distance, orientation, reasons, off, leaks, kept_apart)
SELECT first_id, second_id, :model_id, 64, NULL, '{name}', :off, (a.split = 'train') <> (b.split = 'train'), false
FROM (
    SELECT lag(id) OVER (PARTITION BY lower(key) ORDER BY id) AS first_id, id AS second_id
    FROM image, substring(filename FROM CAST(:pattern AS text)) AS key
    WHERE model_id = :model_id AND key <> ''
) AS neighbours
JOIN image a ON a.id = first_id JOIN image b ON b.id = second_id
ORDER BY first_id, second_id FOR KEY SHARE OF a, b
ON CONFLICT (first_id, second_id) DO UPDATE SET leaks = EXCLUDED.leaks, reasons = old.reasons || EXCLUDED.reasons,
    off = old.off AND EXCLUDED.off
WHERE NOT old.reasons @> EXCLUDED.reasons
""")
_FORGET = text("""
UPDATE near_duplicate SET reasons = array_remove(reasons, 'name')
WHERE model_id = :model_id AND reasons @> '{name}' AND cardinality(reasons) > 1
""")
_DELETE = text(
    "DELETE FROM near_duplicate WHERE model_id = :model_id AND reasons = '{name}' AND NOT kept_apart"
)


def link(model: DetectionModel) -> None:
    """Add the pairs of the model's pattern that are missing. The caller commits. Raises UserError as ``choose``."""
    if not model.group_name_pattern:
        return
    name_patterns.limited(model.group_name_pattern)
    values = {
        "model_id": model.id,
        "pattern": model.group_name_pattern,
        "off": PairReason.NAME.value in model.groups_off,
    }
    try:
        db.session.execute(_LINK, values)
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
    except (DataError, OperationalError) as error:
        raise name_patterns.refusal(error) from error


def choose(model: DetectionModel, pattern: str) -> None:
    """Take another pattern, or none. Commits. Raises UserError beside the field ``pattern``."""
    pattern = pattern.strip()
    if pattern:
        name_patterns.check(pattern)
    model.group_name_pattern = pattern
    record(AuditAction.EDIT, model)
    db.session.execute(_FORGET, {"model_id": model.id})
    db.session.execute(_DELETE, {"model_id": model.id})
    link(model)
    db.session.commit()
