"""Every setting of the application, read from the environment once and frozen.

This is the only module that reads the environment; a missing or wrong variable stops the start
with a sentence that names it.
"""

import base64
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kit.errors import Misconfigured


class Settings(BaseSettings):
    """The settings, one field for each environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    environment: Literal["production", "development", "test"] = Field(
        "production", description="development shows mail and SMS in the console"
    )
    database_url: SecretStr = Field(description="control plane, as the login simtree_app")
    migrator_database_url: SecretStr | None = Field(
        None, description="the same database as simtree_migrator; only for the provisioner"
    )
    cells: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default_factory=dict,
        description='databases that hold workspaces, JSON {"main": "postgresql://…"}; '
        "empty: one cell, main, in the control database",
    )
    migrator_cells: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default_factory=dict, description="the same as simtree_migrator"
    )
    mover_cells: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default_factory=dict,
        description="the same as simtree_mover, as the cells reach each other; only for the "
        "provisioner, and only for moves by replication",
    )
    cell_engines: Annotated[dict[str, Literal["postgres", "citus"]], NoDecode] = Field(
        default_factory=dict, description='what a cell is when not plain: JSON {"big": "citus"}'
    )
    cell_capacities: Annotated[dict[str, int], NoDecode] = Field(
        default_factory=dict,
        description='workspaces in each cell, JSON {"main": 500}; others: CELL_CAPACITY',
    )
    redis_url: SecretStr = Field(
        description="where jobs ring and events are published: redis://, rediss://, or through "
        "sentinels redis+sentinel://:password@one:26379,two:26379/name-of-the-master/0"
    )
    secret_key: SecretStr = Field(min_length=32, description="signs cookies and links")
    master_keys: Annotated[dict[int, SecretStr], NoDecode] = Field(
        description="wrap each workspace's data key: version:base64 of 32 bytes, comma separated; "
        "the highest version wraps new keys"
    )
    base_domain: str = Field("localhost:8000", description="host (and port) of the public site")
    data_dir: Path = Field(Path("var"), description="files, assets, development mail")
    files_url: SecretStr = Field(
        SecretStr("disk:"),
        description="where files of workspaces lie: disk: (DATA_DIR), or "
        "s3://key:secret@host:port/bucket/prefix?region=us-east-1&tls=no of a store that speaks S3",
    )
    mail_url: str = Field("files:", description="smtp://user:password@host:port or files:")
    mail_from: str = Field("Simtree <no-reply@localhost>", description="sender of mail")
    pdf_font: str | None = Field(
        None,
        description="font with Chinese characters for PDF: a path, #2 behind it for the third of a "
        "collection; empty: where Linux, macOS and Windows keep theirs",
    )
    sms_url: str = Field("files:", description="files: until a provider is configured")
    wechat_url: str = Field(
        "files:", description="official accounts: https://api.weixin.qq.com or files:"
    )
    wecom_url: str = Field(
        "files:", description="WeCom's robots: https://qyapi.weixin.qq.com or files:"
    )
    dingtalk_url: str = Field(
        "files:", description="DingTalk's robots: https://oapi.dingtalk.com or files:"
    )
    feishu_url: str = Field(
        "files:", description="Feishu's robots: https://open.feishu.cn or files:"
    )
    stripe_key: SecretStr | None = Field(
        None, description="secret key of the platform's Stripe account; empty: bank transfer only"
    )
    stripe_webhook_secret: SecretStr | None = Field(
        None,
        description="signs what Stripe sends; several, comma separated: while one is renewed, and "
        "of the endpoint for connected accounts",
    )
    stripe_api_base: str = Field(
        "",
        description="a Stripe-compatible server of this machine, outside production; empty: Stripe",
    )
    clock_file: Path | None = Field(
        None,
        description="never in production: file with the seconds by which time is ahead, such as "
        "the Stripe-compatible server writes",
    )
    scanner_url: str = Field("none:", description="none: or clamd://host:port, looks for viruses")
    trusted_proxies: int = Field(0, ge=0, le=5, description="reverse proxies before us")
    operator_email: str | None = Field(None, description="first operator of the console")
    operator_password: SecretStr | None = Field(None, description="the first operator's password")
    pool_size: int = Field(5, ge=1, le=100, description="database connections kept per engine")
    pool_overflow: int = Field(10, ge=0, le=200, description="and this many more under load")
    statement_timeout_ms: int = Field(30_000, ge=1_000, description="of a page or verb")
    connection_modules: int = Field(
        500,
        ge=1,
        description="distinct pairs of workspace and module that a connection serves before it is "
        "renewed; each costs its backend up to a quarter of a megabyte",
    )
    workspace_requests: int = Field(
        4,
        ge=1,
        le=1_000,
        description="requests of a workspace at once in a web process: half of its threads",
    )
    events_keep_days: int = Field(
        365,
        ge=31,
        le=3_650,
        description="days for which events of Stripe's that were applied, and differences found, "
        "can be looked at; longer than the month for which Stripe lists them",
    )
    crash_at: str = Field("", description="tests only: the point at which the process dies")
    pool_target: int = Field(40, ge=0, le=500, description="ready schemas kept in each cell")
    pool_batch: int = Field(
        20, ge=1, le=500, description="schemas built at once, when the pool has room for so many"
    )
    migrate_threads: int = Field(4, ge=1, le=64, description="connections of a roll-out per cell")
    migrate_budget: str = Field(
        "1%", pattern=r"^\d+%?$", description="failed workspaces that do not stop a roll-out"
    )
    canaries: str = Field(
        "", description="workspaces migrated first, addresses or opaque ids, comma separated"
    )
    archive_passphrase: SecretStr | None = Field(
        None, min_length=12, description="of the archives that `flask backup archives` writes"
    )
    archive_days: int = Field(7, ge=1, le=90, description="an archive can be downloaded so long")
    closing_days: int = Field(30, ge=0, le=365, description="grace before a workspace is deleted")
    cell_capacity: int = Field(1_000, ge=1, le=5_000, description="workspaces in one cell")

    backup_database_url: SecretStr | None = Field(
        None, description="the control database as simtree_backup, who may replicate; empty: dumps"
    )
    backup_cells: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default_factory=dict, description="the same for cells on servers of their own"
    )
    backup_dir: Path | None = Field(None, description="backups; empty: DATA_DIR/backups")
    backup_keys_dir: Path | None = Field(
        None, description="copies of wrapped keys, elsewhere; empty: DATA_DIR/backup-keys"
    )
    # A day less than the thirty that certificates promise: pruning runs daily.
    backup_days: int = Field(14, ge=1, le=29, description="days a backup is kept")
    backup_minimum: int = Field(2, ge=1, description="good backups kept though older, to 29 days")
    backup_every_hours: int = Field(24, ge=1, le=168, description="hours between whole backups")
    postgres_bin: Path | None = Field(
        None, description="folder of pg_basebackup and its like, 18 or newer; empty: the PATH"
    )
    health_token: SecretStr | None = Field(
        None, description="whoever brings it as a bearer sees the details of /readyz"
    )
    live_port: int | None = Field(
        None,
        ge=1,
        le=65_535,
        description="port at which browsers reach the live updates; empty: the proxy leads /live "
        "of every host to them",
    )
    live_streams: int = Field(400, ge=1, le=5_000, description="live updates in one process")
    live_streams_workspace: int = Field(200, ge=1, description="of these, one workspace's at most")
    live_streams_person: int = Field(5, ge=1, le=50, description="and one person's at most")
    stop_seconds: int = Field(20, ge=1, description="seconds a job in hand has left at a stop")
    jobs_in_flight: int = Field(
        4,
        ge=1,
        le=1_000,
        description="pieces of background work of a workspace in a queue or at a worker, for each "
        "of the three queues; the console gives a workspace another share",
    )
    jobs_per_minute: int = Field(
        0, ge=0, description="pieces a workspace may begin in a minute; 0: as many as can be done"
    )
    jobs_queue_length: int = Field(
        60, ge=4, le=10_000, description="pieces that stand in a queue at most, of all workspaces"
    )
    jobs_lost_seconds: int = Field(
        60, ge=2, le=3_600, description="background work silent for so long is begun anew"
    )
    jobs_keep_days: int = Field(
        7, ge=1, le=365, description="days for which work that was done can be looked at"
    )
    jobs_keep_failed_days: int = Field(
        90, ge=1, le=730, description="and what died, was refused, cancelled or too late"
    )
    worker_jobs: int = Field(
        2_000, ge=1, description="pieces after which a worker ends, to be started anew"
    )
    worker_megabytes: int = Field(
        600, ge=100, description="memory above which a worker ends after the piece in hand"
    )
    worker_job_megabytes: int = Field(
        1_024, ge=64, description="memory that one piece of work may take; then it fails"
    )

    @field_validator(
        "cells",
        "migrator_cells",
        "mover_cells",
        "backup_cells",
        "cell_engines",
        "cell_capacities",
        mode="before",
    )
    @classmethod
    def _json_object(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise ValueError("not a JSON object with the names of cells") from None

    @field_validator("master_keys", mode="before")
    @classmethod
    def _versions(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        keys: dict[int, str] = {}
        for part in value.split(","):
            version, colon, key = part.strip().partition(":")
            # int() would repeat its text in the error: a key without a version, in the log.
            if not colon or not (version.isascii() and version.isdigit()):
                raise ValueError("each key is written version:base64")
            if int(version) in keys:
                raise ValueError(f"version {int(version)} is there twice")
            keys[int(version)] = key
        return keys

    @field_validator("master_keys")
    @classmethod
    def _long_enough(cls, value: dict[int, SecretStr]) -> dict[int, SecretStr]:
        for version, key in value.items():
            # A ciphertext has two bytes for the version.
            if not 1 <= version <= 65_535:
                raise ValueError("versions are 1 to 65535")
            try:
                size = len(base64.b64decode(key.get_secret_value(), validate=True))
            except ValueError:
                size = 0
            if size != 32:
                raise ValueError(f"key {version} is not base64 of 32 bytes")
        if not value:
            raise ValueError("at least one key is needed")
        return value

    @field_validator("clock_file")
    @classmethod
    def _real_in_production(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and info.data.get("environment") == "production":
            raise ValueError("in production the time is real")
        return value

    @property
    def is_development(self) -> bool:
        """Whether conveniences of a developer's machine are on."""
        return self.environment != "production"

    def cell_urls(self, *, migrator: bool = False) -> dict[str, str]:
        """Return cell name → URL; with no cells configured, one called main."""
        chosen = self.migrator_cells if migrator else self.cells
        if chosen:
            return {name: url.get_secret_value() for name, url in chosen.items()}
        url = self.migrator_database_url if migrator else self.database_url
        if url is None:
            raise Misconfigured("MIGRATOR_DATABASE_URL is needed by this command.")
        return {"main": url.get_secret_value()}

    def backup_urls(self) -> dict[str, str]:
        """Return place → URL of the backup's login; empty where it has none."""
        if self.backup_database_url is None:
            return {}
        control = self.backup_database_url.get_secret_value()
        cells = {name: url.get_secret_value() for name, url in self.backup_cells.items()}
        # A cell that is not named lives on the control plane's server.
        return {"control": control} | {name: cells.get(name, control) for name in self.cell_urls()}

    def backup_folder(self) -> Path:
        """Return where backups are kept."""
        return self.backup_dir or self.data_dir / "backups"

    def backup_keys_folder(self) -> Path:
        """Return where copies of wrapped keys are kept, apart from the backups."""
        return self.backup_keys_dir or self.data_dir / "backup-keys"

    def capacity_of(self, cell: str) -> int:
        """Return how many workspaces a cell may hold."""
        return self.cell_capacities.get(cell, self.cell_capacity)

    def engine_of(self, cell: str) -> str:
        """Return what a cell is: postgres or citus."""
        return self.cell_engines.get(cell, "postgres")

    def migrator_url(self) -> str:
        """Return the migrator's URL of the control plane; Misconfigured without one."""
        if self.migrator_database_url is None:
            raise Misconfigured("MIGRATOR_DATABASE_URL is needed by this command.")
        return self.migrator_database_url.get_secret_value()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings; Misconfigured names the first variable that is missing or wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        raise Misconfigured(f"The environment variable {name}: {first['msg']}.") from None


def environment_with(**changes: str) -> dict[str, str]:
    """Return the environment of this process with some variables changed, for a child process."""
    return {**os.environ, **changes}
