"""Settings from the environment, typed and checked at start."""

import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from webapp.core.backups.settings import BackupSettings
from webapp.core.company_settings import CompanySettings
from webapp.core.monitoring.settings import MonitoringSettings

ROOT = Path(__file__).resolve().parents[2]
"""The folder of the installation: templates, static files, migrations."""


class SettingsError(Exception):
    """A setting is wrong; the message is one sentence a person can act on."""


class Settings(CompanySettings, BackupSettings, MonitoringSettings):
    """What the environment may say. Names are the environment variables, in lower case here."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    database_url: str
    redis_url: str
    admin_email: str | None = None
    admin_password: str | None = None
    min_free_gb: float = Field(default=2, ge=0)
    """Free disk, GB, below which uploads, imports, trainings and the like are refused; 0 switches that off."""
    max_photo_mb: int = Field(default=64, ge=1)
    """Limit of one photo's file, MiB."""
    max_annotations_mb: int = Field(default=200, ge=1)
    """Limit of one annotation file, MiB."""
    max_weights_mb: int = Field(default=2048, ge=1)
    """Limit of one weights file, MiB."""
    max_request_mb: int = Field(default=4096, ge=1)
    """Limit of everything sent in one request, MiB."""
    max_image_pixels: int = Field(default=200_000_000, ge=1)
    """Limit of one photo, width times height."""
    token_requests_per_minute: int = Field(default=3000, ge=1)
    """Rate limit of one API token, so that a faulty client does not block the others."""
    watch_dir: Path | None = None
    """Parent of the watched folders; default ``DATA_DIR/watch``."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names by which browsers and machines may reach the server, separated by commas; ``.factory.local`` with all
    below it. Empty: any name."""
    https_only: bool = False
    """Set where a proxy in front speaks HTTPS: cookies are then sent over HTTPS alone."""
    proxies: int = Field(default=0, ge=0, le=9)
    """Proxies in front, each of which adds the address it was called from to ``X-Forwarded-For``."""
    session_idle_minutes: int = Field(default=720, ge=5, le=525_600)
    """A session ends when it was not used for so long; not where somebody chose to stay signed in."""
    session_days: int = Field(default=30, ge=1, le=366)
    """A session ends so many days after its sign-in, used or not."""
    training_processes: int = Field(default=0, ge=0, le=64)
    """Processes that train one run together; 0: one for each GPU that the worker sees."""
    machines: int = Field(default=1, ge=1, le=64)
    """Machines that train one run together."""
    machine_rank: int = Field(default=0, ge=0)
    """Rank of this machine; rank 0 leads: its worker takes the runs from the queue."""
    machines_address: str | None = Field(default=None, validate_default=True)
    """``host:port`` of the leading machine, free while no run is trained."""
    pretrained_dir: Path = Path("pretrained")
    """Where weights for the first training lie (model_zoo/mask_rcnn_R_50_FPN_3x.safetensors)."""
    via_file: Path = Path("static/via/via.html")
    """VGG Image Annotator, where the operator supplied it."""
    time_zone: str | None = None
    """IANA name of the zone in which pages show times, such as ``Asia/Taipei``; None: that of each browser."""
    developer_pages: bool = False
    """Whether ``/components`` shows every component of the pages in every state."""

    @field_validator("admin_email")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value.strip()):
            raise ValueError("must be a complete e-mail address")
        return value

    @field_validator("database_url")
    @classmethod
    def _psycopg2(cls, value: str) -> str:
        # SQLAlchemy 2.1 takes psycopg 3 for a bare postgresql://, which is not installed.
        for bare in ("postgresql://", "postgres://"):
            if value.startswith(bare):
                return "postgresql+psycopg2://" + value.removeprefix(bare)
        if not value.startswith("postgresql+psycopg2://"):
            raise ValueError("must start with postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://")
        return value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _host_names(cls, value: Any) -> Any:
        names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
        for name in names:
            if not re.fullmatch(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]", name):
                raise ValueError("must be names of hosts without http:// and port, separated by commas")
        return [name.lower() for name in names]

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in zoneinfo.available_timezones():
            raise ValueError("must be a time zone such as Asia/Taipei")
        return value

    @field_validator("machine_rank")
    @classmethod
    def _one_of_them(cls, value: int, others: ValidationInfo) -> int:
        if value >= others.data.get("machines", 1):
            raise ValueError("must be less than MACHINES")
        return value

    @field_validator("machines_address")
    @classmethod
    def _host_and_port(cls, value: str | None, others: ValidationInfo) -> str | None:
        if others.data.get("machines", 1) > 1 and not re.fullmatch(r"\S+:\d+", value or ""):
            raise ValueError("must be host:port of the leading machine where MACHINES is more than 1")
        return value

    @field_validator("data_dir", "pretrained_dir", "via_file", "watch_dir")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; raises SettingsError that names the variable and what is wrong with it."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}".removeprefix(": ") for e in error.errors()
        )
        raise SettingsError(f"The environment has a wrong setting: {faults}") from error
