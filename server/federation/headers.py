"""Two headers of answers and what they mean: Content-Encoding gzip, and Retry-After."""

import re
import time
import zlib
from email.utils import parsedate_to_datetime

import aiohttp


class Gunzip:
    """Unpacks gzip, of one member or more, never to more than is allowed."""

    def __init__(self) -> None:
        """Begin before the first piece."""
        self._member = zlib.decompressobj(wbits=31)
        self.is_whole = True

    def unpack(self, data: bytes, room: int) -> bytes:
        """Return what a piece unpacks to, at most `room` bytes of it."""
        found = bytearray()
        try:
            while data and len(found) < room:
                if self._member.eof:
                    self._member = zlib.decompressobj(wbits=31)
                found += self._member.decompress(data, room - len(found))
                data = self._member.unused_data or self._member.unconsumed_tail
        except zlib.error:
            raise aiohttp.ClientPayloadError("no gzip") from None
        self.is_whole = self._member.eof
        return bytes(found)


def retry_after(text: str) -> float | None:
    """Return the seconds that Retry-After gives, as a number or as a date; None for neither.

    RFC 9110, section 10.2.3.

    >>> retry_after("120"), retry_after("soon")
    (120.0, None)
    """
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
