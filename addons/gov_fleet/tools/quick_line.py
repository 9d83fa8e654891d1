"""One line of a call, as a dispatcher types it while the caller speaks.

``明天8点半 财政局 王芳 8123 4人 去市财政局 开会 3小时`` gives window, people and
vehicles; what is left over is who asks, where to and what for.
"""

import re
from datetime import date, datetime, time, timedelta

_DAYS = {"大后天": 3, "后天": 2, "明天": 1, "明早": 1, "明晚": 1, "今天": 0, "今晚": 0}
_WEEK = {sign: number for number, sign in enumerate("一二三四五六日")} | {"天": 6}
_NUMBERS = {sign: number for number, sign in enumerate("零一二三四五六七八九十")}
_NUMBERS["两"] = 2
_COUNT = r"(\d{1,4}|[一二两三四五六七八九十])"
_DATE = re.compile(r"(?:(\d{4})[-年/])?(\d{1,2})(?:月|[-/])(\d{1,2})[日号]?")
_WEEKDAY = re.compile(r"(下{1,3})?(?:个)?(?:周|星期|礼拜)([一二三四五六日天])")
_CLOCK = (
    r"(早上|上午|中午|下午|傍晚|晚上|夜里|凌晨)?"
    r"(\d{1,2})(?:[::](\d{2})|[点时](?:(半)|(\d{1,2})分?)?)"
)
_TIME = re.compile(_CLOCK)
_UNTIL = re.compile(rf"(?:到|至|[-–~～])\s*{_CLOCK}|{_CLOCK}(?:回|返)")
_HOURS = re.compile(r"(\d{1,3}(?:\.\d)?|[一二两三四五六七八九十]|半)个?(?:小时|钟头)")
_LAST_DAYS = re.compile(rf"{_COUNT}天")
_HALF_DAY = re.compile(r"半天")
_PEOPLE = re.compile(rf"{_COUNT}\s*(?:个人|人|位)")
_VEHICLES = re.compile(rf"{_COUNT}\s*(?:辆|台|部)(?:车)?")
_PHONE = re.compile(r"(?<![\d:])(?:\d{3,4}-)?\d{4,12}(?![\d:])")
_PLACE = re.compile(r"(?:去|到|赴)\s*([^\s,,。;;、]{1,40})")
_AFTERNOON = ("下午", "傍晚", "晚上", "夜里")
_MOST_VEHICLES = 60
_AREAS = (
    ("outside_city", re.compile(r"^省")),
    ("city", re.compile(r"^市(?!场|民中心|民服务|政(?!府|协))")),
    ("county", re.compile(r"[乡镇村]")),
)
# A year further away is none that a caller means.
_MOST_YEARS = 10


def parse_line(line, now):
    """Return what a line says, as far as it is understood.

    :param str line: what was typed.
    :param datetime now: the wall clock of the institution, naive.
    :return: dict with ``date_start``, ``date_end`` (local, naive), ``passenger_count``,
        ``vehicle_count``, ``caller_phone``, ``destination`` and ``rest`` (list of the
        words left over); only what was found, ``rest`` always.
    """
    found, text = {}, f" {line} "
    day, text = _take_day(text, now.date())
    end_clock, text = _take_until(text)
    start_clock, text = _take_clock(text, now)
    length, text = _take_length(text)
    for name, pattern in (
        ("passenger_count", _PEOPLE),
        ("vehicle_count", _VEHICLES),
    ):
        if match := pattern.search(text):
            found[name] = _number(match[1])
            text = _cut(text, match)
    if found.get("vehicle_count", 1) > _MOST_VEHICLES:
        del found["vehicle_count"]
    if match := _PLACE.search(text):
        found["destination"] = match[1]
        text = _cut(text, match)
    if match := _PHONE.search(text):
        found["caller_phone"] = match[0]
        text = _cut(text, match)
    found |= _window(day, start_clock, end_clock, length, now)
    found["rest"] = [word for word in re.split(r"[\s,,。;;、]+", text) if word]
    return found


def guess_area(place):
    """Return the area that the name of a place points at, None when it does not.

    :param str place: e.g. 市财政局 (``city``), 省厅 (``outside_city``), 青禾镇
        (``county``), as a county's office says it.
    """
    for area, pattern in _AREAS:
        if pattern.search(place):
            return area
    return None


def _cut(text, match):
    return f"{text[: match.start()]} {text[match.end() :]}"


def _number(text):
    if text == "半":
        return 0.5
    if text in _NUMBERS:
        return _NUMBERS[text]
    return float(text) if "." in text else int(text)


def _take_day(text, today):
    """Return the day that the line names, None without one, and what is left."""
    for word, shift in _DAYS.items():
        if word in text:
            # The evening of 今晚 stays for the clock.
            left = {"今晚": " 晚上", "明晚": " 晚上", "明早": " 早上"}.get(word, " ")
            return today + timedelta(days=shift), text.replace(word, left, 1)
    if match := _DATE.search(text):
        try:
            day = date(int(match[1] or today.year), int(match[2]), int(match[3]))
        except ValueError:
            return None, text
        if abs(day.year - today.year) > _MOST_YEARS:
            return None, text
        if not match[1] and day < today - timedelta(days=180):
            day = day.replace(year=day.year + 1, day=min(day.day, 28))
        return day, _cut(text, match)
    if match := _WEEKDAY.search(text):
        monday = today - timedelta(days=today.weekday())
        day = monday + timedelta(days=_WEEK[match[2]], weeks=len(match[1] or ""))
        if not match[1] and day < today:
            day += timedelta(weeks=1)
        return day, _cut(text, match)
    return None, text


def _clock(part, hour, minute, half, minutes):
    """Return the time of day of the groups of ``_CLOCK``, None when there is none."""
    hour = int(hour)
    minute = 30 if half else int(minute or minutes or 0)
    if part in _AFTERNOON and hour < 12:
        hour += 12
    if part == "中午" and hour < 5:
        hour += 12
    if hour == 24 and not minute:
        return time(23, 59)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _take_until(text):
    if match := _UNTIL.search(text):
        groups = match.groups()
        groups = groups[:5] if groups[1] else groups[5:]
        return _clock(*groups), _cut(text, match)
    return None, text


def _take_clock(text, now):
    if match := _TIME.search(text):
        return _clock(*match.groups()), _cut(text, match)
    if "现在" in text or "马上" in text:
        clock = (now + timedelta(minutes=5)).time().replace(second=0, microsecond=0)
        return clock, text.replace("现在", " ").replace("马上", " ")
    return None, text


def _take_length(text):
    """Return how long it takes, None when the line does not say."""
    if match := _HOURS.search(text):
        return timedelta(hours=_number(match[1])), _cut(text, match)
    if match := _HALF_DAY.search(text):
        return timedelta(hours=4), _cut(text, match)
    if match := _LAST_DAYS.search(text):
        return timedelta(days=_number(match[1])), _cut(text, match)
    return None, text


def _window(day, start, end, length, now):
    """Return ``date_start`` and ``date_end`` as far as the line gives them."""
    if start is None and day is None:
        return {}
    start = start or time(8, 30)
    begin = datetime.combine(day or now.date(), start)
    if day is None and begin < now - timedelta(minutes=30):
        begin += timedelta(days=1)
    if length and length >= timedelta(days=1):
        # Three days: back in the evening of the third.
        last = begin.date() + length - timedelta(days=1)
        finish = datetime.combine(last, end or time(18))
    elif end:
        finish = datetime.combine(begin.date(), end)
    else:
        finish = begin + (length or timedelta(hours=2))
    if finish <= begin:
        finish += timedelta(days=1)
    return {"date_start": begin, "date_end": finish}
