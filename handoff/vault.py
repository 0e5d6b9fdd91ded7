"""Encryption of what must be kept but not lie open: personal values, chat addresses, tokens.

Keys are derived from the installation's secret key with HKDF, one for each purpose.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class WrongKey(Exception):
    """A stored value was encrypted with another secret key; restore the key it was written with."""


class Vault:
    """Encrypts values and makes keyed hashes where only equality is needed."""

    def __init__(self, secret_key: str) -> None:
        material = secret_key.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(_derive(material, b"balie values")))
        self._hash_key = _derive(material, b"balie equality")

    def encrypt(self, value: str) -> bytes:
        """Ciphertext that says nothing of the value but about how long it is."""
        return self._fernet.encrypt(value.encode())

    def decrypt(self, ciphertext: bytes) -> str:
        """The value.

        Raises:
            WrongKey: it was encrypted under another key or was altered.
        """
        try:
            return self._fernet.decrypt(ciphertext).decode()
        except InvalidToken as error:
            raise WrongKey("a stored value cannot be read with this BALIE_SECRET_KEY; set the earlier key") from error

    def equality_hash(self, value: str) -> str:
        """A keyed hash (64 hexadecimal characters): equal values have equal hashes, and nothing else can be read."""
        return hmac.new(self._hash_key, value.encode(), hashlib.sha256).hexdigest()


def new_token() -> str:
    """A token of 256 random bits for a citizen's conversation or an employee's session."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token. Tokens are random, so a plain hash gives nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def _derive(material: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(material)
