"""Finds the sender for a target: the platform's adapter with the address and secret that are known at that moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx

from domain.channel.values import ChannelKind
from services.notifier.platforms import dingtalk, feishu, mail, wecom
from services.notifier.port import Sender
from services.privacy.people import People
from services.settings import Settings
from services.store.notice_sending import NoticeSending

# Room for the mark of a repetition is left out of what a platform takes.
_MARK_BYTES = 60
MOST_BYTES: Mapping[ChannelKind, int] = {
    ChannelKind.DINGTALK: dingtalk.MOST_BYTES - _MARK_BYTES,
    ChannelKind.WECOM: wecom.MOST_BYTES - _MARK_BYTES,
    ChannelKind.FEISHU: feishu.MOST_BYTES - _MARK_BYTES,
    ChannelKind.MAIL: mail.MOST_BYTES - _MARK_BYTES,
}


@dataclass(frozen=True, slots=True)
class Senders:
    """All adapters there are, over one guarded client and the mail server of the settings."""

    sending: NoticeSending
    people: People
    client: httpx.AsyncClient
    settings: Settings
    now: Callable[[], datetime]

    async def sender(self, target: str, channel: str) -> Sender | None:
        """The sender for ``channel:…`` or ``mail:…``; None where there is no address any more."""
        place, _, name = target.partition(":")
        if place == "mail":
            person = (await self.people.find([UUID(name)])).get(UUID(name))
            return self._mail(person.email) if person and person.email else None
        found = await self.sending.address(UUID(name))
        if found is None:
            return None
        address, secret = found
        match ChannelKind(channel):
            case ChannelKind.DINGTALK:
                return dingtalk.DingTalk(self.client, address, secret, self.now)
            case ChannelKind.WECOM:
                return wecom.WeCom(self.client, address)
            case ChannelKind.FEISHU:
                return feishu.Feishu(self.client, address, secret, self.now)
            case ChannelKind.MAIL:
                return self._mail(address)

    def _mail(self, address: str) -> Sender | None:
        return mail.Mail(self.settings, address, self.now) if self.settings.smtp_host else None
