"""Whoever has a part of something may ask for the rest of it alone (RFC 9110, 14)."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

_ONE: Final = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))")


def in_part(
    data: bytes,
    *,
    asked: Mapping[str, str],
    kind: str,
    headers: Mapping[str, str],
) -> Response:
    """Answer with all of it, or with the one part that is asked for.

    Several parts at once, and units other than bytes, are answered with all of it.

    Args:
        data: all of it.
        asked: the headers of the request.
        kind: the media type.
        headers: further headers of the answer.
    """
    size = len(data)
    # It names exactly these bytes, for whoever kept a part of others.
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    whole = {**headers, "accept-ranges": "bytes", "etag": tag}
    found = _ONE.fullmatch(asked.get("range", "").strip())
    if found is None or asked.get("if-range", tag) != tag:
        return Response(data, media_type=kind, headers=whole)
    first, last, ending = found.groups()
    start = max(0, size - int(ending)) if ending else int(first)
    end = min(size, int(last) + 1) if last else size
    if start >= end:
        none = {**whole, "content-range": f"bytes */{size}"}
        return Response(status_code=416, headers=none)
    part = {**whole, "content-range": f"bytes {start}-{end - 1}/{size}"}
    return Response(data[start:end], status_code=206, media_type=kind, headers=part)
