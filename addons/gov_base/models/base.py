from odoo import models
from odoo.tools import date_utils, get_lang
from odoo.tools.misc import babel_locale_parse

from ..tools.days import format_day


class Base(models.AbstractModel):
    """Groups of days in lists and charts are named as a Chinese office writes them."""

    _inherit = "base"

    def _web_read_group_groupby_formatter(self, groupby_spec, values):
        formatter = super()._web_read_group_groupby_formatter(groupby_spec, values)
        granularity = groupby_spec.rpartition(":")[2]
        if granularity not in ("day", "week", "month", "quarter", "year"):
            return formatter
        if not get_lang(self.env).code.startswith("zh"):
            return formatter

        def name_in_chinese(value):
            group, domain = formatter(value)
            if value and isinstance(group, tuple):
                group = (group[0], self._get_period_name(value, granularity))
            return group, domain

        return name_in_chinese

    def _get_period_name(self, start, granularity):
        """Return the name of the period that begins with ``start``."""
        if granularity == "day":
            return format_day(self.env, start)
        if granularity == "month":
            return f"{start.year}年{start.month}月"
        if granularity == "quarter":
            return f"{start.year}年第{(start.month + 2) // 3}季度"
        if granularity == "week":
            locale = babel_locale_parse(get_lang(self.env).code)
            year, week = date_utils.weeknumber(locale, start)
            return f"{year}年第{week}周"
        return f"{start.year}年"
