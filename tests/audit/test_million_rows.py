"""The page of the audit is as quick at a million rows as at a hundred: it reads what an index has in order."""

from datetime import timedelta

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import text

from tests.images.browsing.test_plans import nodes, noted_plans
from webapp.audit import queries
from webapp.audit.queries import AuditQuery
from webapp.core.extensions import db
from webapp.models import AuditAction, AuditKind, User
from webapp.models.columns import now

ROWS = 1_000_000
PAGE = 51
_FILL = text("""
INSERT INTO audit_entry (id, at, action, actor_id, actor, door, object_kind, object_id, object_name, model_id,
    object_ids, before, after, hash)
SELECT n, now() - (:rows - n) * interval '30 second', (ARRAY['label', 'edit', 'review', 'sign_in', 'purge'])[1 + n % 5],
    n % 2000, 'person' || n % 2000 || '@factory.test', 'page',
    CASE WHEN n % 1000 = 0 THEN 'image' ELSE (ARRAY['image', 'model', 'account', 'token'])[1 + n % 4] END,
    CASE WHEN n % 1000 <> 0 THEN n % 100000 END, 'part.jpg', n % 40,
    CASE WHEN n % 1000 = 0 THEN int4multirange(int4range((n % 90000)::int, (n % 90000)::int + 500)) END,
    '{"name":"Screw"}', '{"name":"Nut"}', repeat('0', 64)
FROM generate_series(1000, :rows) n
""")
FILTERS = {
    "nothing": AuditQuery(),
    "person": AuditQuery(actor="person77@factory.test"),
    "nobody": AuditQuery(actor="nobody"),
    "action": AuditQuery(action=AuditAction.PURGE),
    "kind": AuditQuery(kind=AuditKind.TOKEN),
    "object": AuditQuery(kind=AuditKind.IMAGE, object_id=75),
    "no object": AuditQuery(kind=AuditKind.IMAGE, object_id=999_999),
    "model": AuditQuery(model_id=7),
    "no model": AuditQuery(model_id=999),
    "days": AuditQuery(since=now() - timedelta(days=20), until=now() - timedelta(days=19)),
    "action and model": AuditQuery(action=AuditAction.EDIT, model_id=1),
}


@pytest.mark.slow
def test_a_page_reads_few_rows_whatever_is_asked_for(clean_app: OpenAPI, administrator: User) -> None:
    db.session.execute(_FILL, {"rows": ROWS})
    db.session.execute(text("ANALYZE audit_entry"))
    db.session.commit()
    for name, query in FILTERS.items():
        for before in (None, ROWS // 2):
            with noted_plans() as plans:
                queries.page(query, before, PAGE)
            read = sum(
                round((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
                for plan in plans
                for node in nodes(plan)
                if node.get("Relation Name") == "audit_entry"
                or "ix_audit_entry" in node.get("Index Name", "")
            )
            assert read <= 100 * PAGE, (name, before, read)
