"""Checks of plain input; they live in the core."""

from odoo.addons.gov_base.tools.input_check import (  # noqa: F401
    check_line_commands,
    check_plain_values,
    check_records_exist,
    find_record,
    plain_number,
)
