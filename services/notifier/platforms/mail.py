"""Mail by SMTP: a stable Message-ID (RFC 5322, 3.6.4), by which many mail servers and programs drop a repetition."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from ssl import SSLError

import aiosmtplib

from services.notifier.port import Answer, Outgoing, kept
from services.settings import Settings

MOST_BYTES = 60_000
_TIMEOUT_SECONDS = 15.0
_PERMANENT = 500
_ADDRESSES = re.compile(r"[^\s<>]+@[^\s<>]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mailbox, reached through the mail server of the settings."""

    settings: Settings
    to: str
    now: Callable[[], datetime]

    async def send(self, message: Outgoing) -> Answer:
        """Send a mail; accepted is what the server has taken for this mailbox."""
        settings, password = self.settings, self.settings.smtp_password
        try:
            _, response = await aiosmtplib.send(
                self._mail(message),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_username,
                password=password.get_secret_value() if password else None,
                use_tls=settings.smtp_security == "tls",
                start_tls=settings.smtp_security == "starttls",
                timeout=_TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPException as error:
            return _failure(error)
        except (SSLError, OSError) as error:
            return Answer(accepted=False, code="unreachable", text=type(error).__name__, about_platform=True)
        except ValueError:  # an address or header that is none
            return Answer(accepted=False, code="unusable_address", final=True)
        return Answer(accepted=True, code="250", text=_without_addresses(response))

    def _mail(self, message: Outgoing) -> EmailMessage:
        sender = self.settings.smtp_from or f"duban@{self.settings.smtp_host}"
        domain = parseaddr(sender)[1].rpartition("@")[2] or "duban.invalid"
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = self.to
        mail["Subject"] = message.title
        mail["Date"] = format_datetime(self.now())
        mail["Message-ID"] = f"<{message.message_id}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        return mail


def _failure(error: aiosmtplib.SMTPException) -> Answer:
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            first = error.recipients[0]
            return _answered(first.code, first.message, about_server=False)
        case aiosmtplib.SMTPAuthenticationError() | aiosmtplib.SMTPHeloError() | aiosmtplib.SMTPConnectResponseError():
            return _answered(error.code, error.message, about_server=True)
        case aiosmtplib.SMTPResponseException():
            return _answered(error.code, error.message, about_server=False)
        case aiosmtplib.SMTPConnectTimeoutError() | aiosmtplib.SMTPConnectError():
            return Answer(accepted=False, code="unreachable", text=type(error).__name__, about_platform=True)
        case aiosmtplib.SMTPServerDisconnected() | aiosmtplib.SMTPTimeoutError():
            name = type(error).__name__
            return Answer(accepted=False, code="no_answer", text=name, uncertain=True, about_platform=True)
        case _:
            return Answer(accepted=False, code="not_supported", text=type(error).__name__, about_platform=True)


def _answered(code: int, text: str, *, about_server: bool) -> Answer:
    """What the server said: 5xx about a mail is final (RFC 5321, 4.2.1), 4xx and trouble signing in are not."""
    return Answer(
        accepted=False,
        code=str(code),
        text=_without_addresses(text),
        final=code >= _PERMANENT and not about_server,
        about_platform=about_server,
    )


def _without_addresses(text: str) -> str:
    """Attempts are kept for ever, and mail addresses can be erased: so they do not stand there."""
    return kept(_ADDRESSES.sub("<…>", text))
