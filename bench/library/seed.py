"""Photos as rows: what the gallery's pages ask the database for, without files."""

from bench.common.running_product import RunningProduct

CATEGORIES = ("scratch", "dent", "burr", "crack", "stain", "hole", "rust", "chip")

PHOTOS = """
WITH numbers AS (
    SELECT n, ('x' || substr(md5(%(model)s || '-' || n), 1, 7))::bit(28)::int AS r
    FROM generate_series(1, %(count)s) AS n
), files AS (
    INSERT INTO image_file (sha256, suffix, width, height, size, phash, created_at)
    SELECT md5(%(model)s || 'a' || n) || md5(%(model)s || 'b' || n), '.jpg', 800, 600, 130000, r, now() FROM numbers
    RETURNING sha256
)
INSERT INTO image (model_id, sha256, filename, split, labelled, no_object, annotations_version, category_ids, review,
                   review_note, created_at)
SELECT %(model)s, md5(%(model)s || 'a' || n) || md5(%(model)s || 'b' || n),
    CASE r %% 3 WHEN 0 THEN 'IMG_' WHEN 1 THEN 'line' || r %% 4 || '_' ELSE 'ng_scratch_' END
        || lpad(n::text, 6, '0') || '.jpg',
    CASE WHEN r %% 10 < 7 THEN 'train' WHEN r %% 10 < 9 THEN 'validation' ELSE 'test' END,
    r %% 100 < 70,
    r %% 100 BETWEEN 60 AND 69,
    1,
    -- A few categories are common and a few are rare, as defects are.
    CASE WHEN r %% 100 < 60 THEN (%(categories)s)[1 + least(7, floor(-ln(0.001 + r %% 997 / 997.0) * 1.6)::int):
                                                 1 + least(7, floor(-ln(0.001 + r %% 997 / 997.0) * 1.6)::int) + r %% 2]
         ELSE ARRAY[]::integer[] END,
    CASE WHEN r %% 100 < 30 THEN 'reviewed' ELSE 'open' END,
    '',
    now() - (%(count)s - n) * interval '90 days' / %(count)s
FROM numbers
"""


def seed(product: RunningProduct, model: int, count: int) -> list[int]:
    """So many photos in three splits, with labels, categories and reviews; the ids of the categories."""
    with product.database() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO category (model_id, name, color, position) VALUES (%s, %s, '#1d7fa0', %s)",
            [(model, name, position) for position, name in enumerate(CATEGORIES)],
        )
        cursor.execute("SELECT id FROM category WHERE model_id = %s ORDER BY position", (model,))
        categories = [row[0] for row in cursor.fetchall()]
        cursor.execute(PHOTOS, {"model": model, "count": count, "categories": categories})
        # There are no files to compare.
        cursor.execute("DELETE FROM photo_to_compare WHERE model_id = %s", (model,))
    # What autovacuum does by itself a minute after so many rows came.
    product.vacuum()
    return categories
