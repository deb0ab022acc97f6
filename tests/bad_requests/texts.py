"""Texts that programs stumble over."""

from random import Random
from typing import Final

_KNOWN: Final = (
    " ", "\x00", "a\x00b", "\r\n", "\t", "\x7f", "'", '"', "\\", "' OR 1=1 --", '"; DROP TABLE statuses; --',
    "<script>", "../../../etc/passwd", "..\\..", "%00", "%s%n%d", "${jndi:ldap://x}", "{{7*7}}", "NaN", "Infinity",
    "-0", "1e999", "null", "undefined", "True", "[]", "{}", "é" * 100, "日本語", "\u202eabc", "a\u0301", "🙂" * 50,
    "\ufeff", "\uffff", "\U0010ffff", "İ", "ß", "٣", "|", "a|b|c", "user:ann", "*", "a" * 199,
)  # fmt: skip


def odd(random: Random) -> str:
    """One to 199 characters."""
    if random.random() < 0.5:
        return random.choice(_KNOWN)
    return "".join(_character(random) for _ in range(random.randrange(1, 30)))


def too_long(random: Random) -> str:
    """More than an id may have."""
    return random.choice("aé日🙂\x00 ") * random.choice((201, 202, 1_000))


def _character(random: Random) -> str:
    code = random.randrange(random.choice((0x20, 0x80, 0x800, 0xD800, 0x110000)))
    return chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"
