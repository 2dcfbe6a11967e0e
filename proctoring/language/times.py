"""Times and lengths, as a language says them. English is that of Britain."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from proctoring.language import ENGLISH, locale_of, nt


def say_time(at: datetime, zone: ZoneInfo, language: str) -> str:
    """ "Saturday 21 November 2026, 14:30 (Europe/Berlin)" """
    at = at.astimezone(zone)
    return f"{_day(at, language)}, {say_clock(at, zone, language)} ({zone.key})"


def say_clock(at: datetime, zone: ZoneInfo, language: str) -> str:
    """ "14:30" """
    return format_time(at.astimezone(zone), "short", locale=locale_of(language))


def say_duration(length: timedelta, language: str) -> str:
    """ "2 days 3 h", "1 h 12 min", "40 s": the units are those of the SI in every language."""
    seconds = max(1, round(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    named = nt("{n} day", "{n} days", days, language)
    parts = ((days, named), (hours, f"{hours} h"), (minutes, f"{minutes} min"))
    return " ".join([words for count, words in parts if count][:2])


def _day(at: datetime, language: str) -> str:
    form = "EEEE d MMMM y" if language == ENGLISH else "full"
    return format_date(at, form, locale=locale_of(language))
