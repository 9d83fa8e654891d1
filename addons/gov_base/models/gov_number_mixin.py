from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.rivals import meet_rivals
from .gov_guard import engine


class GovNumberMixin(models.AbstractModel):
    """Gapless numbers per form, company and year, e.g. 机服领〔2026〕0012号.

    The form is the code of an ``ir.sequence`` (implementation without gaps, one range
    per year), shipped without a company: it is the pattern from which each company's
    own sequence is made when its first number is drawn. The year is that of the
    institution's own day. A number is drawn once and never given up: a cancelled
    matter keeps it, and a numbered record is not deleted.

    A model names its form in ``_number_code``, or overrides ``_number_code_for`` when
    that depends on the record, and calls ``_assign_number``.
    """

    _name = "gov.number.mixin"
    _description = "Numbered Paper"
    _inherit = ["gov.guard.mixin"]

    _number_code = None
    _protected_fields = frozenset({"number"})

    number = fields.Char(readonly=True, copy=False, index="btree_not_null")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    _number_uniq = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL",
        "This number has been given to another paper.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_numbered(self):
        for record in self:
            if record.number:
                raise UserError(
                    self.env._(
                        "%(number)s cannot be deleted: every number stays in the "
                        "books. Cancel the matter, its number is then void.",
                        number=record.number,
                    )
                )

    def _number_code_for(self):
        """Return the code of the sequence that numbers this record."""
        self.ensure_one()
        return self._number_code

    def _assign_number(self, day=None):
        """Give each record without a number the next one of its form and year.

        :param day: a day of the year that numbers it; today's without one.
        """
        for record in self.filtered(lambda rec: not rec.number).sorted("id"):
            # sudo: called by the record's own methods, which have checked the step;
            # the number itself is no one's to choose.
            engine(record.sudo()).number = self._draw_number(
                record._number_code_for(), record.company_id, day
            )

    @api.model
    def _draw_number(self, code, company, day=None):
        """Return the next number of a form, in the year of ``day`` (today).

        Rivals meet on one row (the pattern, the sequence, then the year's range), so
        that the loser is retried by Odoo and sees what the winner took.
        """
        sequence = self._number_sequence(code, company)
        day = day or company.gov_today()
        self._number_range(sequence, day)
        return sequence.with_context(ir_sequence_date=day).next_by_id(day)

    @api.model
    def _draw_numbers(self, code, company, count, day=None):
        """Return the next ``count`` numbers of a form at once.

        As :meth:`_draw_number`, by one UPDATE of the year's range.

        :return: list of numbers, in their order.
        """
        if count == 1:
            return [self._draw_number(code, company, day)]
        sequence = self._number_sequence(code, company)
        day = day or company.gov_today()
        row = self._number_range(sequence, day)
        if not row:
            first = self._draw_number(code, company, day)
            return [first, *self._draw_numbers(code, company, count - 1, day)]
        step = sequence.number_increment
        row.flush_recordset(["number_next"])
        [(after,)] = self.env.execute_query(
            SQL(
                "UPDATE ir_sequence_date_range SET number_next = number_next + %s"
                " WHERE id = %s RETURNING number_next",
                step * count,
                row.id,
            )
        )
        row.invalidate_recordset(["number_next"], flush=False)
        sequence = sequence.with_context(
            ir_sequence_date=day, ir_sequence_date_range=row.date_from
        )
        first = after - step * count
        return [sequence.get_next_char(first + step * i) for i in range(count)]

    @api.model
    def _number_range(self, sequence, day):
        """Return the range of the year of ``day``; whoever makes it meets rivals."""
        row = sequence.date_range_ids.filtered_domain(
            [("date_from", "<=", day), ("date_to", ">=", day)]
        )
        if not row:
            self._number_lock(sequence)
        return row

    @api.model
    def _number_sequence(self, code, company):
        """Return the company's sequence of a form, made from the pattern if need be.

        :raise UserError: there is no such form, or its sequence may leave gaps.
        """
        # sudo: sequences belong to the administrator; the form is named by the model
        # and the company is the record's.
        sequences = self.env["ir.sequence"].sudo()
        sequence = sequences.search(
            [("code", "=", code), ("company_id", "=", company.id)], limit=1, order="id"
        )
        if not sequence:
            pattern = sequences.search(
                [("code", "=", code), ("company_id", "=", False)], limit=1, order="id"
            )
            if not pattern:
                raise UserError(
                    self.env._(
                        "Papers of the form “%(code)s” cannot be numbered: its "
                        "sequence is missing. The system administrator can restore it.",
                        code=code,
                    )
                )
            self._number_lock(pattern)
            sequence = pattern.copy({"company_id": company.id, "number_next": 1})
        if sequence.implementation != "no_gap" or not sequence.use_date_range:
            raise UserError(
                self.env._(
                    "The sequence “%(name)s” may leave gaps. Set it to “No gap” with "
                    "one range per year.",
                    name=sequence.name,
                )
            )
        return sequence

    @api.model
    def _number_lock(self, sequence):
        """Let rivals on ``sequence`` fail and be retried: a lock alone would not."""
        meet_rivals(sequence)
