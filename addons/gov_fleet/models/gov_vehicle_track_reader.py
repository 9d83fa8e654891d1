"""Reading a track file: line by line, whatever its size."""

import io
import re
from datetime import datetime, timedelta

import pytz

# A line of a track has some fifty characters; more is another kind of file.
_LONGEST = 1000
_LOOK = 65536
_COLUMNS = {
    "time": {"time", "datetime", "timestamp", "gpstime", "时间", "定位时间"},
    "latitude": {"latitude", "lat", "纬度"},
    "longitude": {"longitude", "lon", "lng", "long", "经度"},
}
_LOOSE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?"
)
_FIRST = datetime(2000, 1, 1)
_TOMORROW = timedelta(days=1)


class BadLine(Exception):
    """A line that is no point; the text says why."""


class TrackReader:
    """The points of one file, read as a stream.

    :param env: environment whose language the reasons are in.
    :param stream: binary file object.
    :param zone: time zone of times without one.
    """

    def __init__(self, env, stream, zone):
        self.env = env
        self.zone = zone
        self.offsets = {}
        self.latest = datetime.utcnow() + _TOMORROW
        self.text = self._open(stream)

    def __enter__(self):
        self.number = 1
        self.delimiter, self.places = self._read_headings()
        self.most = max(self.places)
        return self

    def __exit__(self, *error):
        # The stream is the caller's, who may read it again.
        self.text.detach()

    def _open(self, stream):
        start = stream.read(_LOOK)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            encoding = "utf-16"
        else:
            try:
                # The last character may be cut in two.
                start[:-4].decode("utf-8")
                encoding = "utf-8-sig"
            except UnicodeDecodeError:
                encoding = "gb18030"
        stream.seek(0)
        return io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")

    def _read_headings(self):
        """Return the delimiter and where time, latitude and longitude stand."""
        line = self._readline()
        delimiter = max(",;\t", key=line.count)
        names = [
            part.strip(" \r\n\"'\ufeff").casefold().replace("_", "").replace(" ", "")
            for part in line.split(delimiter)
        ]
        places = []
        for known in _COLUMNS.values():
            found = [place for place, name in enumerate(names) if name in known]
            if len(found) != 1:
                raise BadLine(
                    self.env._(
                        "The first line has to name the columns time, latitude and "
                        "longitude, each once."
                    )
                )
            places.append(found[0])
        return delimiter, places

    def _readline(self):
        """Return the next line, cut where it is longer than any line of a track."""
        line = self.text.readline(_LONGEST)
        if len(line) == _LONGEST and not line.endswith("\n"):
            while rest := self.text.readline(_LONGEST):
                if rest.endswith("\n"):
                    break
            return line[:20] + "\0"
        return line

    def __iter__(self):
        """Yield (row, point or None, reason): row 1 holds the headings."""
        while line := self._readline():
            self.number += 1
            line = line.strip("\r\n")
            if not line:
                continue
            try:
                yield self.number, self._read_point(line), None
            except BadLine as problem:
                yield self.number, None, str(problem)

    def _read_point(self, line):
        """Return (time in UTC, latitude, longitude) of a line."""
        if "\0" in line:
            raise BadLine(self.env._("this is no line of text"))
        parts = line.split(self.delimiter)
        if len(parts) <= self.most:
            raise BadLine(self.env._("columns are missing"))
        time, latitude, longitude = (parts[place].strip(' "') for place in self.places)
        return (
            self._read_time(time),
            self._read_degrees(latitude, 90),
            self._read_degrees(longitude, 180),
        )

    def _read_time(self, text):
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            time = self._read_loose_time(text)
        if time.tzinfo:
            time = time.astimezone(pytz.utc).replace(tzinfo=None)
        else:
            time -= self._get_offset(time)
        if not _FIRST <= time <= self.latest:
            raise BadLine(
                self.env._("“%(value)s” is no time of our days", value=text[:40])
            )
        return time

    def _read_loose_time(self, text):
        match = _LOOSE.fullmatch(text.replace("/", "-"))
        try:
            return datetime(*(int(part or 0) for part in match.groups()))
        except (AttributeError, ValueError, OverflowError):
            raise BadLine(
                self.env._("“%(value)s” is no time", value=text[:40])
            ) from None

    def _get_offset(self, time):
        """Return how far local time is ahead of UTC; asked once an hour."""
        key = (time.year, time.month, time.day, time.hour)
        if key not in self.offsets:
            if not 1950 < time.year < 2200:
                raise BadLine(self.env._("“%(value)s” is no time", value=time))
            if len(self.offsets) > 20000:
                self.offsets.clear()
            self.offsets[key] = self.zone.utcoffset(time)
        return self.offsets[key]

    def _read_degrees(self, text, most):
        try:
            value = float(text)
        except ValueError:
            value = None
        # Also refuses what is no number: NaN compares with nothing.
        if value is None or not -most <= value <= most:
            raise BadLine(
                self.env._(
                    "“%(value)s” is no degree up to %(most)s",
                    value=text[:40],
                    most=most,
                )
            )
        return value
