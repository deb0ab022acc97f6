"""How Kafka and Redis are spoken to, and as whom. What doesn't go together is refused; secrets are shown nowhere."""

import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from agents.config import KafkaSecurity, Mechanism, Protocol

PREFIX: Final = "SERVICE_GOALS_"
_REDIS: Final = r"^(rediss?://[^\s/?]+(/\d*)?(\?\S*)?|unix://\S+)$"
_SASL: Final = ("kafka_sasl_mechanism", "kafka_username", "kafka_password", "kafka_password_file")
_PEM: Final = ("ca_file", "certificate_file", "key_file")

Upper = BeforeValidator(str.upper)
AbsolutePath = Annotated[Path, BeforeValidator(lambda path: Path(path).expanduser().absolute())]


class SecuritySettings(BaseSettings):
    """The part of the settings that says how to connect. All files of TLS are PEM."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    redis: str = Field(
        "redis://localhost:6379/0",
        title="a URL like redis://HOST:PORT/0, rediss:// for TLS, or unix:///PATH",
        description="the Valkey or Redis of the read model",
        pattern=_REDIS,
        repr=False,
    )
    redis_password: SecretStr | None = Field(
        None, title="a password that the URL doesn't have already", description="the password of the Valkey or Redis"
    )
    redis_password_file: AbsolutePath | None = Field(
        None, title="a readable file", description="holds that password instead: a mounted secret"
    )
    redis_ca_file: AbsolutePath | None = Field(
        None, title="a PEM file", description="the authority that signed Redis' certificate; without: the machine's own"
    )
    redis_certificate_file: AbsolutePath | None = Field(
        None, title="a PEM file", description="our own certificate, for a Redis that demands one"
    )
    redis_key_file: AbsolutePath | None = Field(
        None, title="a PEM file, not encrypted", description="its key, when the certificate's file doesn't hold it"
    )
    kafka_security_protocol: Annotated[Protocol, Upper] = Field(
        "PLAINTEXT",
        title="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
        description="what Kafka's listener speaks: SSL encrypts, SASL asks for a password",
    )
    kafka_sasl_mechanism: Annotated[Mechanism, Upper] | None = Field(
        None, title="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", description="how the password is proven"
    )
    kafka_username: str | None = Field(None, title="Kafka's name for us", description="as whom we speak to Kafka")
    kafka_password: SecretStr | None = Field(None, title="that user's password", description="that user's password")
    kafka_password_file: AbsolutePath | None = Field(
        None, title="a readable file", description="holds that password instead: a mounted secret"
    )
    kafka_ca_file: AbsolutePath | None = Field(
        None,
        title="a PEM file",
        description="the authority that signed Kafka's certificate; without: the machine's own",
    )
    kafka_certificate_file: AbsolutePath | None = Field(
        None, title="a PEM file", description="our own certificate, for a Kafka that demands one"
    )
    kafka_key_file: AbsolutePath | None = Field(
        None, title="a PEM file, not encrypted", description="its key, when the certificate's file doesn't hold it"
    )

    @model_validator(mode="after")
    def _kafka_goes_together(self) -> Self:
        protocol = f"{PREFIX}KAFKA_SECURITY_PROTOCOL"
        if self.kafka_security_protocol.startswith("SASL"):
            for name in _SASL[:2]:
                if getattr(self, name) is None:
                    raise ValueError(f"{self._shown(name)}: {protocol}={self.kafka_security_protocol} needs it; set it")
            if self.secret("kafka_password") is None:
                raise ValueError(
                    f"{PREFIX}KAFKA_PASSWORD: {protocol}={self.kafka_security_protocol} needs it; "
                    f"set it or {PREFIX}KAFKA_PASSWORD_FILE"
                )
        else:
            self._refuse(_SASL, f"is for SASL only; unset it or set {protocol} to SASL_SSL")
        self._check_tls("kafka", self.kafka_security_protocol.endswith("SSL"), f"set {protocol} to SSL or SASL_SSL")
        return self

    @model_validator(mode="after")
    def _redis_goes_together(self) -> Self:
        if self.secret("redis_password") is not None and urlsplit(self.redis).password is not None:
            raise ValueError(f"{PREFIX}REDIS: holds a password, and {PREFIX}REDIS_PASSWORD is another; set one of them")
        self._check_tls("redis", self.redis.startswith("rediss:"), f"begin {PREFIX}REDIS with rediss://")
        return self

    def kafka_security(self) -> KafkaSecurity:
        """For Kafka's clients."""
        return KafkaSecurity(
            protocol=self.kafka_security_protocol,
            mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_username,
            password=self.secret("kafka_password"),
            ca_file=self.kafka_ca_file,
            certificate_file=self.kafka_certificate_file,
            key_file=self.kafka_key_file,
        )

    def secret(self, name: str) -> str | None:
        """A password as it is, from the setting or from its file; None when neither is set."""
        given: SecretStr | None = getattr(self, name)
        file: Path | None = getattr(self, f"{name}_file")
        if file is None:
            return None if given is None else given.get_secret_value()
        if given is not None:
            raise ValueError(f"{self._shown(f'{name}_file')}: {PREFIX}{name.upper()} is set as well; unset one of them")
        try:
            text = file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise ValueError(f"{self._shown(f'{name}_file')}: can't be read ({reason}); name a readable file") from None
        if not text:
            raise ValueError(f"{self._shown(f'{name}_file')}: is empty; write the password into it")
        return text

    def _check_tls(self, service: str, tls: bool, remedy: str) -> None:
        names = [f"{service}_{part}" for part in _PEM]
        if not tls:
            self._refuse(names, f"is for TLS only; unset it or {remedy}")
        ca_file, certificate, key = (getattr(self, name) for name in names)
        if key is not None and certificate is None:
            raise ValueError(f"{self._shown(names[2])}: {PREFIX}{names[1].upper()} is missing; set it")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if ca_file is not None:
            self._check_file(names[0], lambda: context.load_verify_locations(ca_file))
        if certificate is not None:
            self._check_file(names[2 if key else 1], lambda: context.load_cert_chain(certificate, key, password=""))

    def _check_file(self, name: str, load: Callable[[], None]) -> None:
        try:
            load()
        except OSError as error:
            reason = "not what it should be" if isinstance(error, ssl.SSLError) else error.strerror
            raise ValueError(
                f"{self._shown(name)}: can't be used ({reason}); set {type(self).model_fields[name].title}"
            ) from None

    def _refuse(self, names: Iterable[str], why: str) -> None:
        for name in names:
            if getattr(self, name) is not None:
                raise ValueError(f"{self._shown(name)}: {why}")

    def _shown(self, name: str) -> str:
        """The setting with its value, which is stars when it is a secret."""
        value = getattr(self, name)
        return PREFIX + name.upper() + ("" if value is None else f"={value}")
