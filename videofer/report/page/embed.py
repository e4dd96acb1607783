"""What lets a page be one closed file: pictures as text, and hashes of the code that may run in it."""

import base64
import hashlib


def encode_uri(kind: str, content: bytes) -> str:
    """Return content of a media type, such as image/webp, as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def hash_source(text: str) -> str:
    """Return the hash by which a page's content security policy lets its own style or script pass."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
