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
PROVIDERS = {
    "first_name": "person.first_name",
    "company": "finance.company",
    "street": "address.address",
    "city": "address.city",
    "postcode": "address.postal_code",
    "country": "address.country",
    "title": "text.title",
    "word": "text.word",
}
"""Kinds that a mimesis provider makes as they are."""
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
        make = getattr(self, f"_{kind}", None)
        if make is not None:
            return str(make(self._source))
        provider, _, method = PROVIDERS.get(kind, "text.sentence").partition(".")
        return str(getattr(getattr(self._source, provider), method)())

    def _person_name(self, source: Any) -> str:
        return f"{source.person.first_name()} {source.person.last_name()}"

    def _email(self, source: Any) -> str:
        return self.email_for(self._person_name(source))

    def _phone(self, source: Any) -> str:
        digits = "".join(str(self.stream.below(10)) for _ in range(3))
        return f"020 7946 0{digits}"  # a range that Ofcom keeps for fiction

    def _address(self, source: Any) -> str:
        return f"{source.address.address()}, {source.address.city()}"

    def _url(self, source: Any) -> str:
        return f"https://{source.text.word()}.{self.stream.choice(HOSTS)}/{source.text.word()}"

    def _colour(self, source: Any) -> str:
        return str(source.text.color()).lower()

    def _code(self, source: Any) -> str:
        letters = "".join(self.stream.choice(CODE_LETTERS) for _ in range(2))
        return f"{letters}{self.stream.integer(1000, 9999)}"

    def _paragraph(self, source: Any) -> str:
        return str(source.text.text(quantity=2))

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
