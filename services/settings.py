"""Every setting of every process, read from environment variables that begin with DUBAN_; the defaults run embedded."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.embedded.databases import DATABASE, DatabaseAddresses
from services.embedded.layout import Layout
from services.outgoing.addresses import Network, networks
from services.transparency.witnessing import witness_addresses

PREFIX = "DUBAN_"
CACHED_WORKFLOWS = 2000

Port = Annotated[int, Field(ge=1, le=65535)]


class Role(StrEnum):
    """Who connects to the database: each process with no more rights than it needs."""

    OWNER = "owner"
    APP = "app"
    SEQUENCER = "sequencer"
    AUDITOR = "auditor"


class DatabaseNotConfiguredError(RuntimeError):
    """An external database is used, and the address for this role is missing."""

    def __init__(self, role: Role) -> None:
        super().__init__(f"{PREFIX}DATABASE_{role.upper()}_URL is not set")
        self.role = role


def _checked_networks(text: str) -> str:
    networks(text)  # raises ValueError, which names the part that is no network
    return text


def _checked_witnesses(text: str) -> str:
    witness_addresses(text)  # raises ValueError, which names what is no witness
    return text


class Settings(BaseSettings):
    """The settings; a field `x` is the variable DUBAN_X. Addresses with passwords never show in logs or reprs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    data_dir: Path = Field(
        default=Path(".duban"),
        description="Where the embedded servers keep everything. Back this folder up; delete it to start over.",
    )

    database_owner_url: SecretStr | None = Field(
        default=None,
        description="postgresql://… of the role that owns the schema; used by migrate and rebuild only.",
    )
    database_app_url: SecretStr | None = Field(
        default=None,
        description="postgresql://… for gateway, relay and worker. Unset: the embedded PostgreSQL is used.",
    )
    database_sequencer_url: SecretStr | None = Field(default=None, description="postgresql://… for the sequencer.")
    database_auditor_url: SecretStr | None = Field(default=None, description="postgresql://… that can only read.")

    temporal_address: str | None = Field(
        default=None,
        description="host:port of a Temporal cluster's frontend. Unset: the embedded Temporal server is used.",
    )
    temporal_namespace: str = Field(default="default", description="Temporal namespace; must exist on a cluster.")
    task_queue: str = Field(default="duban", description="Temporal task queue that the workers serve.")

    log_keys_dir: Path | None = Field(
        default=None, description="Folder of the keys that sign the log. Unset: `keys/log` in the data folder."
    )
    checkpoints_dir: Path | None = Field(
        default=None,
        description="Where signed checkpoints are kept outside the database. Unset: `checkpoints` in the data folder.",
    )
    people_keys: SecretStr | None = Field(
        default=None,
        description="Where the keys of personal data are kept, apart from the events: a folder, or postgresql://… of"
        " another database. Unset: `keys/people` in the data folder.",
    )
    log_origin: str | None = Field(
        default=None,
        description="Name of the log, a URL without scheme, before its first key is made. Unset: drawn at random.",
    )
    checkpoint_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=1.0, description="How often the log is signed while it grows."
    )

    witnesses: Annotated[str, AfterValidator(_checked_witnesses)] = Field(
        default="",
        description="Witnesses that cosign the log's checkpoints, each as vkey=https://submission-prefix, separated by"
        " commas (c2sp.org/tlog-witness). Private addresses are asked only within DUBAN_ALLOWED_NETWORKS.",
    )

    timestamp_url: str | None = Field(
        default=None,
        description="Address of an RFC 3161 time-stamping authority for checkpoints: https, or within"
        " DUBAN_ALLOWED_NETWORKS. Unset: no time stamps.",
    )
    timestamp_seconds: Annotated[float, Field(gt=0, le=30 * 24 * 3600)] = Field(
        default=3600.0, description="Least time between two time stamps, in seconds."
    )

    gateway_host: str = Field(default="127.0.0.1", description="Address the gateway listens on.")
    gateway_port: Port = Field(default=8420, description="Port the gateway listens on.")
    temporal_port: Port = Field(default=7733, description="Embedded Temporal: port of the frontend.")
    temporal_http_port: Port = Field(default=7734, description="Embedded Temporal: port of the frontend's HTTP API.")
    temporal_metrics_port: Port = Field(default=7735, description="Embedded Temporal: port of its metrics.")
    temporal_ui_port: Port = Field(default=8233, description="Embedded Temporal: port of the web UI.")
    temporal_ui: bool = Field(default=True, description="Embedded Temporal: whether there is a web UI.")

    cached_workflows: Annotated[int, Field(ge=1)] = Field(
        default=CACHED_WORKFLOWS,
        description="Workflows that a worker keeps in memory, 0.1 MB each; any other is played from its beginning when"
        " it is due, which takes almost twice as long.",
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged.")
    log_format: Literal["json", "console"] = Field(default="json", description="One JSON object a line, or for eyes.")
    language: Literal["zh", "en"] = Field(default="zh", description="Language of texts for people.")

    allowed_networks: Annotated[str, AfterValidator(_checked_networks)] = Field(
        default="",
        description="Networks of your own that webhooks and chat robots may reach beside public addresses, in CIDR"
        " notation, separated by commas (10.20.0.0/16, fd12::/32); only there http:// is accepted too.",
    )
    trusted_proxies: Annotated[str, AfterValidator(_checked_networks)] = Field(
        default="",
        description="Your own reverse proxies in CIDR notation, separated by commas: only what these write into"
        " X-Forwarded-For is believed when the access log notes where a request came from.",
    )
    address_days: Annotated[int, Field(ge=184)] | None = Field(
        default=None,
        description="For how many days after it was last seen the address of a client is kept beside the access log, at"
        " least 184 (six months). Unset: for ever. The log itself is always kept.",
    )
    outgoing_ca_file: Path | None = Field(
        default=None,
        description="PEM file of authorities that are trusted for webhooks and chat robots beside the public ones.",
    )

    fonts_dir: Path | None = Field(
        default=None,
        description="Folder with the office's own fonts for PDFs, such as 仿宋_GB2312. Unset: what the system has.",
    )

    smtp_host: str | None = Field(default=None, description="Mail server for notices. Unset: no mail is sent.")
    smtp_port: Port = Field(default=587, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to the mail server is encrypted; none inside a host only."
    )
    smtp_username: str | None = Field(default=None, description="Name to sign in with, where the mail server asks.")
    smtp_password: SecretStr | None = Field(default=None, description="Password to sign in with.")
    smtp_from: str | None = Field(default=None, description="Sender of notices. Unset: duban@ the mail server's name.")

    metrics_host: str = Field(default="127.0.0.1", description="Address the metrics of a process are shown at.")
    metrics_port: Port | None = Field(
        default=None,
        description="Port at which a process shows its metrics for Prometheus; `duban up` takes this one and the next"
        " for its processes in turn. Unset: none are shown. The gateway shows its own at /metrics in any case.",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        description="Where spans are sent by OTLP over HTTP, such as http://127.0.0.1:4318. Unset: where"
        " OTEL_EXPORTER_OTLP_ENDPOINT says; without either nothing is traced.",
    )

    ready_file: Path | None = Field(
        default=None,
        description="Set by `duban up` for its processes: the file in which a process says that it is ready.",
    )

    @property
    def layout(self) -> Layout:
        """Where things lie in the data folder."""
        return Layout.of(self.data_dir)

    @property
    def outgoing_networks(self) -> tuple[Network, ...]:
        """The networks of the operator's own that requests to the outside may reach."""
        return networks(self.allowed_networks)

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The reverse proxies that are believed when they say whom they speak for."""
        return networks(self.trusted_proxies)

    @property
    def log_keys(self) -> Path:
        """The folder of the keys that sign the log."""
        return self.log_keys_dir or self.layout.root / "keys" / "log"

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints outside the database."""
        return self.checkpoints_dir or self.layout.root / "checkpoints"

    @property
    def embeds_postgres(self) -> bool:
        """Whether PostgreSQL is ours to run."""
        return self.database_app_url is None

    @property
    def embeds_temporal(self) -> bool:
        """Whether Temporal is ours to run."""
        return self.temporal_address is None

    @property
    def temporal_target(self) -> str:
        """The host:port to connect to, embedded or not."""
        return self.temporal_address or f"127.0.0.1:{self.temporal_port}"

    def dsn(self, role: Role) -> str:
        """Return the database's address for a role, for asyncpg; raises DatabaseNotConfiguredError."""
        if self.embeds_postgres:
            embedded = DatabaseAddresses.embedded(self.layout, DATABASE)
            # The embedded server's superuser does what an owner must: create the roles, migrate, rebuild.
            return {
                Role.OWNER: embedded.superuser,
                Role.APP: embedded.app,
                Role.SEQUENCER: embedded.sequencer,
                Role.AUDITOR: embedded.auditor,
            }[role]
        url = {
            Role.OWNER: self.database_owner_url,
            Role.APP: self.database_app_url,
            Role.SEQUENCER: self.database_sequencer_url,
            Role.AUDITOR: self.database_auditor_url,
        }[role]
        if url is None:
            raise DatabaseNotConfiguredError(role)
        return url.get_secret_value()

    def environment(self) -> dict[str, str]:
        """Return the variables that give a child process these same settings, secrets included."""
        variables: dict[str, str] = {}
        for name in type(self).model_fields:
            value: object = getattr(self, name)
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            # An empty variable counts as unset and hides what this process itself was started with.
            variables[PREFIX + name.upper()] = "" if value is None else str(value)
        return variables
