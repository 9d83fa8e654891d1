"""What a rulebook would have made of scores that were given by another one."""

from collections import namedtuple
from decimal import Decimal

from . import cycle as calendar

# One score that stands in the ledger, as the query of the what-if reads it.
Score = namedtuple(
    "Score",
    "cycle_id employee_id points date revision department_id staff_type share"
    " discretion_points code article_points cycle_start cycle_months",
)


class Trial:
    """A rulebook that is tried out: scores and articles of a version, any ladder.

    :param scheme: one ``gov.points.scheme``.
    :param rows: the rows of the ladder, from mild to severe: thresholds, or rows of
        the dialog that answer in the same way.
    """

    def __init__(self, scheme, rows):
        self.scheme = scheme
        self.rows = list(rows)
        self.allowed = scheme._allowed_scores()
        self.articles = {article.code: article for article in scheme.article_ids}
        self.departments = set(scheme.department_ids.ids)
        self._points = {}
        self._levels = {}

    # === Scores === #

    def score(self, score):
        """Return the points that the rulebook would have given.

        An article that it does not list gives none. What an appeal has lowered never
        rises again.
        """
        key = (score.code, score.share, score.discretion_points, score.article_points)
        if key not in self._points:
            self._points[key] = self._give(score)
        points = self._points[key]
        return min(points, score.points) if score.revision > 1 else points

    def _give(self, score):
        article = self.articles.get(score.code)
        if article is None or not self.allowed:
            return 0
        points = article.points
        if article.is_discretion:
            points = self._allow(score.discretion_points or score.article_points)
        share = Decimal(str(score.share or 100))
        return self.scheme._score(self._allow(points), share)

    def _allow(self, points):
        """Return the largest allowed score not above ``points``, else the smallest."""
        return next((n for n in self.allowed if n <= points), self.allowed[-1])

    # === Cycles === #

    def keeps_cycle(self, score):
        """Tell whether the score stays in the cycle that it is in."""
        return (score.cycle_start, score.cycle_months) == (
            self.scheme.cycle_start,
            self.scheme.cycle_months,
        )

    def find_cycle(self, score, anchor):
        """Return (first day, last day) of the cycle that the rulebook would have had.

        :param anchor: a day on which a cycle of the person begins.
        """
        months = self.scheme.cycle_months
        first, following = calendar.last_start(anchor, months, score.date)
        return first, following

    # === Levels === #

    def level(self, total, highest):
        """Return the place of the level in the ladder, from 1; 0 for none."""
        key = (total, highest)
        if key not in self._levels:
            held = [
                place
                for place, row in enumerate(self.rows, 1)
                if row._holds(total, highest)
            ]
            self._levels[key] = held[-1] if held else 0
        return self._levels[key]

    def place_of(self, level):
        """Return the place that a level of another rulebook has in this ladder.

        That of the row with the same code; else that of the last row that is not
        redder.
        """
        if not level:
            return 0
        for place, row in enumerate(self.rows, 1):
            if row.code == level.code:
                return place
        places = [
            place
            for place, row in enumerate(self.rows, 1)
            if row.colour <= level.colour
        ]
        return places[-1] if places else 0
