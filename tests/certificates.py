"""A certificate for this machine, made anew for each test session with nothing but Python; for tests only."""

import hashlib
import secrets
from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from math import gcd
from pathlib import Path

BITS, EXPONENT = 2048, 65537
RSA, SHA256_RSA = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010b")
SHA256, COMMON_NAME = bytes.fromhex("608648016503040201"), bytes.fromhex("550403")
KEY_ID, KEY_USAGE, OTHER_NAMES, CONSTRAINTS = (bytes.fromhex(f"551d{kind}") for kind in ("0e", "0f", "11", "13"))


def make_certificate(directory: Path, name: str) -> Path:
    """`NAME.pem` with a certificate signed by itself, for localhost and 127.0.0.1, and `NAME.key.pem` with its key and
    the certificate as well, as Kafka wants them. Returns the former: who trusts it trusts this name."""
    p, q = _prime(), _prime()
    n, d = p * q, pow(EXPONENT, -1, (p - 1) * (q - 1))
    public = _sequence(_integer(n), _integer(EXPONENT))
    numbers = (0, n, EXPONENT, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    private = _sequence(*map(_integer, numbers))
    key = _sequence(_integer(0), _algorithm(RSA), _tlv(0x04, private))
    body = _body(name, public)
    signature = _tlv(0x03, b"\0" + _signed(body, n, d))
    certificate = _pem("CERTIFICATE", _sequence(body, _algorithm(SHA256_RSA), signature))
    file = directory / f"{name}.pem"
    file.write_text(certificate)
    (directory / f"{name}.key.pem").write_text(_pem("PRIVATE KEY", key) + certificate)
    return file


def _body(name: str, public: bytes) -> bytes:
    who = _sequence(_tlv(0x31, _sequence(_tlv(0x06, COMMON_NAME), _tlv(0x0C, name.encode()))))
    now = datetime.now(UTC)
    valid = (_tlv(0x17, f"{at:%y%m%d%H%M%SZ}".encode()) for at in (now - timedelta(1), now + timedelta(1)))
    names = _sequence(_tlv(0x82, b"localhost"), _tlv(0x87, bytes((127, 0, 0, 1))))
    extensions = _sequence(
        _extension(CONSTRAINTS, _sequence(_tlv(0x01, b"\xff")), critical=True),
        _extension(KEY_USAGE, _tlv(0x03, b"\x02\xa4"), critical=True),  # signs, enciphers keys, signs certificates
        _extension(KEY_ID, _tlv(0x04, hashlib.sha256(public).digest()[:20])),
        _extension(OTHER_NAMES, names),
    )
    return _sequence(
        _tlv(0xA0, _integer(2)),
        _integer(secrets.randbits(64)),
        _algorithm(SHA256_RSA),
        who,
        _sequence(*valid),
        who,
        _sequence(_algorithm(RSA), _tlv(0x03, b"\0" + public)),
        _tlv(0xA3, extensions),
    )


def _signed(body: bytes, n: int, d: int) -> bytes:
    """PKCS #1 v1.5."""
    digest = _sequence(_algorithm(SHA256), _tlv(0x04, hashlib.sha256(body).digest()))
    padded = b"\0\1" + b"\xff" * (BITS // 8 - len(digest) - 3) + b"\0" + digest
    return pow(int.from_bytes(padded, "big"), d, n).to_bytes(BITS // 8, "big")


def _prime() -> int:
    """With the two highest bits set, so that the product of two has all its bits; Miller and Rabin's test."""
    while True:
        n = secrets.randbits(BITS // 2) | 3 << (BITS // 2 - 2) | 1
        if gcd(n, 2 * 3 * 5 * 7 * 11 * 13 * 17 * 19 * 23 * 29 * 31 * 37) == 1 and n % EXPONENT != 1 and _is_prime(n):
            return n


def _is_prime(n: int) -> bool:
    shift = (n - 1 & 1 - n).bit_length() - 1
    for _ in range(20):
        x = pow(secrets.randbelow(n - 3) + 2, n - 1 >> shift, n)
        if x in {1, n - 1}:
            continue
        for _ in range(shift - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def _tlv(tag: int, content: bytes) -> bytes:
    """Tag, length, value, as DER has them."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _tlv(0x30, b"".join(parts))


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _algorithm(identifier: bytes) -> bytes:
    return _sequence(_tlv(0x06, identifier), b"\x05\0")


def _extension(identifier: bytes, value: bytes, *, critical: bool = False) -> bytes:
    return _sequence(_tlv(0x06, identifier), _tlv(0x01, b"\xff") if critical else b"", _tlv(0x04, value))


def _pem(label: str, content: bytes) -> str:
    return f"-----BEGIN {label}-----\n{encodebytes(content).decode()}-----END {label}-----\n"
