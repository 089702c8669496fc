"""Realistic values by kind, from mimesis, pinned and seeded."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agentworlds.rng import Stream

if TYPE_CHECKING:
    import mimesis

HOSTS = ("example.com", "example.org", "example.net", "mail.example", "post.example", "inbox.example")
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


class Values:
    """Texts of many kinds for one locale, drawn from a stream."""

    def __init__(self, locale: str, stream: Stream) -> None:
        self.locale = locale
        self.stream = stream

    @cached_property
    def _source(self) -> mimesis.Generic:
        from mimesis import Generic  # late: only making data needs it
        from mimesis.locales import Locale

        return Generic(Locale(self.locale), seed=self.stream.seed)

    def text(self, kind: str) -> str:
        """A text of a kind; an unknown kind gives words."""
        source: Any = self._source
        match kind:
            case "person_name":
                return f"{source.person.first_name()} {source.person.last_name()}"
            case "first_name":
                return str(source.person.first_name())
            case "company":
                return str(source.finance.company())
            case "email":
                return self.email_for(self.text("person_name"))
            case "phone":
                digits = "".join(str(self.stream.below(10)) for _ in range(3))
                return f"020 7946 0{digits}"
            case "street":
                return str(source.address.address())
            case "city":
                return str(source.address.city())
            case "postcode":
                return str(source.address.postal_code())
            case "address":
                return f"{source.address.address()}, {source.address.city()}"
            case "country":
                return str(source.address.country())
            case "title":
                return str(source.text.title())
            case "word":
                return str(source.text.word())
            case "url":
                return f"https://{source.text.word()}.{self.stream.choice(HOSTS)}/{source.text.word()}"
            case "colour":
                return str(source.text.color()).lower()
            case "code":
                letters = "".join(self.stream.choice(CODE_LETTERS) for _ in range(2))
                return f"{letters}{self.stream.integer(1000, 9999)}"
            case "paragraph":
                return str(source.text.text(quantity=2))
            case _:
                return str(source.text.sentence())

    def email_for(self, name: str) -> str:
        """An address made of a name's letters, at a host that nobody owns."""
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        words = re.findall(r"[a-z0-9]+", plain) or ["info"]
        local = ".".join((words[0], words[-1])) if len(words) > 1 else words[0]
        return f"{local}@{self.stream.choice(HOSTS)}"

    def vary(self, value: str, attempt: int, kind: Any) -> str:
        """Another value like one that is taken."""
        if kind.kind == "email":
            local, _, host = value.partition("@")
            return f"{local}{attempt + 1}@{host}"
        if kind.kind in ("person_name", "first_name", "company", "code", "phone", "city"):
            return value
        return f"{value} {attempt + 1}"[: kind.most]
