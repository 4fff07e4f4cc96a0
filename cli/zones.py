"""Time zones: times are given in UTC, and in the zone of who reads them."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cli.exits import ExitCode, TroubleError


def zone_of(name: str | None) -> tzinfo | None:
    """Return the zone of an IANA name; for None, the machine's own, which is None. Raises TroubleError."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise TroubleError(
            ExitCode.BAD_INPUT,
            f'--zone: "{name}" is no time zone; write it like Asia/Tokyo or Europe/Berlin.',
        ) from error


def local_label(at: datetime, zone: tzinfo | None) -> str:
    """Return a time in a zone, such as "2023-12-05 17:15:02 JST"; empty where that is UTC."""
    local = at.astimezone(zone)
    return "" if local.utcoffset() == timedelta(0) else f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()}"
