"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "image_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("suffix", sa.String(length=8), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_image_file")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "viewer", "annotator", "engineer", "administrator", name="role", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("locale", sa.String(length=16), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_token_token_sha256")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "detection_model",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("picture_sha256", sa.String(length=64), nullable=True),
        sa.Column("training_defaults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_detection_model_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["picture_sha256"], ["image_file.sha256"], name=op.f("fk_detection_model_picture_sha256")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detection_model")),
    )
    op.create_index(
        "uq_detection_model_name",
        "detection_model",
        [sa.literal_column("lower(name)")],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("color", sa.String(length=7), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_category_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("model_id", "name", name=op.f("uq_category_model_id_name")),
    )
    op.create_table(
        "dataset_version",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("categories", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_dataset_version_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_version")),
        sa.UniqueConstraint("model_id", "hash", name=op.f("uq_dataset_version_model_id_hash")),
    )
    op.create_table(
        "image",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column(
            "split",
            sa.Enum("train", "validation", "test", name="split", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("labelled", sa.Boolean(), nullable=False),
        sa.Column("no_object", sa.Boolean(), nullable=False),
        sa.Column("annotations_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_image_model_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["image_file.sha256"], name=op.f("fk_image_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image")),
        sa.UniqueConstraint("model_id", "filename", name=op.f("uq_image_model_id_filename")),
        sa.UniqueConstraint("model_id", "sha256", name=op.f("uq_image_model_id_sha256")),
    )
    op.create_index("ix_image_gallery", "image", ["model_id", "split", "labelled", "id"], unique=False)
    op.create_index(op.f("ix_image_sha256"), "image", ["sha256"], unique=False)
    op.create_table(
        "import_report",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column(
            "split",
            sa.Enum("train", "validation", "test", name="split", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_import_report_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_import_report_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_report")),
    )
    op.create_index(op.f("ix_import_report_model_id"), "import_report", ["model_id"], unique=False)
    op.create_table(
        "weights",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("architecture", sa.String(length=64), nullable=False),
        sa.Column("categories", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_weights_model_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["training_run.id"],
            name=op.f("fk_weights_run_id"),
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weights")),
    )
    op.create_index(op.f("ix_weights_model_id"), "weights", ["model_id"], unique=False)
    op.create_index(op.f("ix_weights_run_id"), "weights", ["run_id"], unique=False)
    op.create_table(
        "annotation",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("segmentation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bbox", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("area", sa.Double(), nullable=False),
        sa.Column("iscrowd", sa.Boolean(), nullable=False),
        sa.Column("is_box", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_annotation_category_id")),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_annotation_image_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
    )
    op.create_index(op.f("ix_annotation_category_id"), "annotation", ["category_id"], unique=False)
    op.create_index(op.f("ix_annotation_image_id"), "annotation", ["image_id"], unique=False)
    op.create_table(
        "prediction_run",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("weights_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "running",
                "testing",
                "completed",
                "stopped",
                "failed",
                name="runstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("device", sa.String(length=100), nullable=True),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("stop_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_prediction_run_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_prediction_run_model_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["weights_id"], ["weights.id"], name=op.f("fk_prediction_run_weights_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prediction_run")),
        sa.UniqueConstraint("model_id", "number", name=op.f("uq_prediction_run_model_id_number")),
    )
    op.create_index(op.f("ix_prediction_run_status"), "prediction_run", ["status"], unique=False)
    op.create_table(
        "training_run",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "running",
                "testing",
                "completed",
                "stopped",
                "failed",
                name="runstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dataset_version_id", sa.Integer(), nullable=False),
        sa.Column("initial_weights_id", sa.Integer(), nullable=True),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("iterations", sa.Integer(), nullable=False),
        sa.Column("eta_seconds", sa.Double(), nullable=True),
        sa.Column("metrics", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("device", sa.String(length=100), nullable=True),
        sa.Column("notices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("stop_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_training_run_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["dataset_version_id"], ["dataset_version.id"], name=op.f("fk_training_run_dataset_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["initial_weights_id"],
            ["weights.id"],
            name=op.f("fk_training_run_initial_weights_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["detection_model.id"], name=op.f("fk_training_run_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_run")),
        sa.UniqueConstraint("model_id", "number", name=op.f("uq_training_run_model_id_number")),
    )
    op.create_index(op.f("ix_training_run_status"), "training_run", ["status"], unique=False)
    op.create_table(
        "predicted_photo",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column(
            "state",
            sa.Enum("waiting", "done", "failed", name="photostate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["prediction_run.id"], name=op.f("fk_predicted_photo_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["image_file.sha256"], name=op.f("fk_predicted_photo_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_predicted_photo")),
    )
    op.create_index("ix_predicted_photo_run", "predicted_photo", ["run_id", "id"], unique=False)
    op.create_index(op.f("ix_predicted_photo_sha256"), "predicted_photo", ["sha256"], unique=False)
    op.create_table(
        "run_loss",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("training_loss", sa.Double(), nullable=True),
        sa.Column("validation_loss", sa.Double(), nullable=True),
        sa.Column("learning_rate", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_run.id"], name=op.f("fk_run_loss_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "iteration", name=op.f("pk_run_loss")),
    )
    op.create_table(
        "detection",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("bbox", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("segmentation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("area", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["predicted_photo.id"], name=op.f("fk_detection_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detection")),
    )
    op.create_index(op.f("ix_detection_photo_id"), "detection", ["photo_id"], unique=False)
    # Weights and runs name each other: this side is added when both tables are there.
    op.create_foreign_key(
        op.f("fk_weights_run_id"), "weights", "training_run", ["run_id"], ["id"], ondelete="SET NULL"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_weights_run_id"), "weights", type_="foreignkey")
    op.drop_index(op.f("ix_detection_photo_id"), table_name="detection")
    op.drop_table("detection")
    op.drop_table("run_loss")
    op.drop_index(op.f("ix_predicted_photo_sha256"), table_name="predicted_photo")
    op.drop_index("ix_predicted_photo_run", table_name="predicted_photo")
    op.drop_table("predicted_photo")
    op.drop_index(op.f("ix_training_run_status"), table_name="training_run")
    op.drop_table("training_run")
    op.drop_index(op.f("ix_prediction_run_status"), table_name="prediction_run")
    op.drop_table("prediction_run")
    op.drop_index(op.f("ix_annotation_image_id"), table_name="annotation")
    op.drop_index(op.f("ix_annotation_category_id"), table_name="annotation")
    op.drop_table("annotation")
    op.drop_index(op.f("ix_weights_run_id"), table_name="weights")
    op.drop_index(op.f("ix_weights_model_id"), table_name="weights")
    op.drop_table("weights")
    op.drop_index(op.f("ix_import_report_model_id"), table_name="import_report")
    op.drop_table("import_report")
    op.drop_index(op.f("ix_image_sha256"), table_name="image")
    op.drop_index("ix_image_gallery", table_name="image")
    op.drop_table("image")
    op.drop_table("dataset_version")
    op.drop_table("category")
    op.drop_index(
        "uq_detection_model_name",
        table_name="detection_model",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_table("detection_model")
    op.drop_index(op.f("ix_api_token_user_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_table("user_account")
    op.drop_table("image_file")
