from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine

from .gov_points_case import SOURCES

_MAX_REASON = 2000


class GovPointsEntry(models.Model):
    """The ledger of scores: one row for each score, one for each reversal.

    Rows are written by the decision that makes them (:meth:`_post`) and by the appeal
    that changes one (:meth:`_correct`: the reversal, then the new score). They are
    sealed at once and never change. Points count in the cycle of the day of the
    incident, whenever it was decided; after a transfer a row keeps the department of
    the incident.

    A person reads their own rows, a head those of their department, HR of the scoring
    and supervision all of the institution. Nobody writes them by hand.
    """

    _name = "gov.points.entry"
    _description = "Entry of the Scoring Ledger"
    _inherit = ["gov.seal.mixin"]
    _order = "date desc, id desc"
    _engine_only = True
    _allow_sudo_commands = False
    _check_company_auto = True
    _seal_chain = "points"
    _seal_on_create = True
    _sealed_fields = (
        "employee_id",
        "cycle_id",
        "points",
        "date",
        "posted_on",
        "share_id",
        "revision",
        "reversal_of_id",
        "article_id",
        "scheme_id",
        "department_id",
        "deduction",
        "reason",
    )

    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    cycle_id = fields.Many2one(
        "gov.points.cycle",
        string="Cycle",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    points = fields.Integer(
        required=True, readonly=True, help="Negative on a reversal."
    )
    date = fields.Date(
        string="Date of the incident",
        required=True,
        readonly=True,
        help="It decides the cycle; a reversal bears the same day.",
    )
    posted_on = fields.Date(string="Entered on", required=True, readonly=True)
    share_id = fields.Many2one(
        "gov.points.share",
        string="Score",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    case_id = fields.Many2one(
        related="share_id.case_id",
        string="Case",
        groups="gov_points.group_points_officer,gov_base.group_supervision",
    )
    revision = fields.Integer(
        required=True,
        readonly=True,
        default=1,
        help="1 for the decided score, more when an appeal changed it.",
    )
    reversal_of_id = fields.Many2one(
        "gov.points.entry",
        string="Reverses",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    reversal_ids = fields.One2many(
        "gov.points.entry", "reversal_of_id", string="Reversal"
    )
    is_reversed = fields.Boolean(string="Reversed", compute="_compute_is_reversed")
    article_id = fields.Many2one(
        "gov.points.article", string="Article", readonly=True, ondelete="restrict"
    )
    scheme_id = fields.Many2one(
        "gov.points.scheme",
        string="Rulebook",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    department_id = fields.Many2one(
        "hr.department",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="That of the incident; a later transfer leaves it.",
    )
    source = fields.Selection(SOURCES, readonly=True, help="Where the case came from.")
    deduction = fields.Monetary(
        string="Proposed deduction",
        readonly=True,
        help="A proposal for the pay office, within the cap of the cycle. Never cash.",
    )
    reason = fields.Text(string="Remark", readonly=True)
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    lapses_on = fields.Date(string="Counts until", related="cycle_id.date_to")

    _share_revision_uniq = models.UniqueIndex(
        "(share_id, revision) WHERE reversal_of_id IS NULL",
        "This score has been entered already.",
    )
    _reversal_uniq = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "This entry has been reversed already.",
    )
    _points_check = models.Constraint(
        "CHECK ((reversal_of_id IS NULL AND points > 0)"
        " OR (reversal_of_id IS NOT NULL AND points < 0))",
        "A score is above 0, a reversal below.",
    )
    _date_id = models.Index("(date, id)")

    # === Compute ===

    @api.depends("reversal_ids")
    def _compute_is_reversed(self):
        for entry in self:
            entry.is_reversed = bool(entry.reversal_ids)

    @api.depends("employee_id", "points", "date")
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = self.env._(
                "%(person)s %(day)s: %(points)s points",
                person=entry.employee_id.sudo().name,
                day=entry.date,
                points=entry.points,
            )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        # Until total and measures have followed, the cycle says so.
        self.env["gov.points.cycle"].browse(
            {vals["cycle_id"] for vals in vals_list}
        )._mark_behind()
        return entries

    # === Engine ===

    @api.model
    def _post(self, shares):
        """Enter decided shares; totals, levels and measures follow.

        Called by the last decision of a case, for all its shares at once. A share
        that has its entry keeps it, so that it can be called again.

        :param shares: ``gov.points.share``; those without an employee, that is a
            vendor's people, get no entry.
        :return: the entries of the shares that count, old and new.
        """
        # sudo: called by the engine of the case when its last tier has decided.
        ledger = engine(self.sudo())
        shares = shares.with_env(ledger.env).filtered("employee_id")
        cycles = ledger.env["gov.points.cycle"]._ensure(
            [
                (share.employee_id, share.case_id.date, share.scheme_id)
                for share in shares
            ]
        )
        cycles._meet_rivals(posting=True)
        found = ledger.search([("share_id", "in", shares.ids)])
        last = {}
        for entry in found.sorted("revision"):
            last[entry.share_id] = entry.revision
        standing = ledger._standing(found)
        missing = (shares - standing.share_id).filtered(lambda share: share.points > 0)
        used = cycles._deductions_used(missing.scheme_id)
        vals_list = [
            ledger._score_values(share, share.points, last.get(share, 0) + 1, used)
            for share in missing.sorted("id")
        ]
        standing |= ledger.create(vals_list)
        cycles._refresh(met=True)
        return standing.with_env(self.env)

    @api.model
    def _correct(self, share, points, reason):
        """Reverse what stands of a share and enter what an appeal left of it.

        :param share: one ``gov.points.share``.
        :param int points: the new score; 0 when it was revoked.
        :param str reason: the decision, as it will stand in the ledger.
        :return: the new entries: the reversal, and the new score if there is one.
        :raise UserError: nothing stands, the score would rise, or there is no reason.
        """
        share.ensure_one()
        # sudo: called by the engine of the appeal when it has been decided.
        ledger = engine(self.sudo())
        share = share.with_env(ledger.env)
        reason = ledger._check_reason(reason)
        found = ledger.search([("share_id", "=", share.id)])
        cycles = found.cycle_id
        cycles._meet_rivals(posting=True)
        standing = ledger._standing(found)
        ledger._check_correction(share, standing, points)
        vals_list = [ledger._reversal_values(entry, reason) for entry in standing]
        entries = ledger.create(vals_list)
        if points:
            revision = max(found.mapped("revision")) + 1
            used = cycles._deductions_used(share.scheme_id)
            vals = ledger._score_values(share, points, revision, used, standing[:1])
            entries |= ledger.create([{**vals, "reason": reason}])
        cycles._refresh(met=True)
        return entries.with_env(self.env)

    @api.model
    def _check_reason(self, reason):
        text = reason.strip() if isinstance(reason, str) else ""
        if not text or len(text) > _MAX_REASON or "\0" in text:
            raise UserError(
                self.env._(
                    "Say why the entry is corrected, in up to %(most)s signs.",
                    most=_MAX_REASON,
                )
            )
        return text

    @api.model
    def _check_correction(self, share, standing, points):
        """Refuse a correction of nothing, to no score, or to a higher one."""
        if not standing:
            raise UserError(
                self.env._(
                    "%(person)s: no entry of this score stands in the ledger.",
                    person=share.employee_id.name or share.display_name,
                )
            )
        before = sum(standing.mapped("points"))
        if type(points) is not int or not 0 <= points < before:
            raise UserError(
                self.env._(
                    "%(person)s: a correction lowers the score. It is %(before)s now, "
                    "%(points)s is not possible.",
                    person=share.employee_id.name,
                    before=before,
                    points=points,
                )
            )

    @api.model
    def _standing(self, entries):
        """Return the scores among ``entries`` that no other of them reverses."""
        return entries.filtered(lambda e: not e.reversal_of_id) - entries.reversal_of_id

    @api.model
    def _score_values(self, share, points, revision, used, before=None):
        """Return the values of a score.

        :param used: dict cycle → deductions proposed so far; raised here.
        :param before: the entry that this one replaces: its cycle and department stay.
        """
        case = share.case_id
        cycle = before.cycle_id if before else self._cycle_of(share, used)
        # The cap as the rulebook of the incident has it, whichever opened the cycle.
        scheme = share.scheme_id
        left = max(scheme.deduction_cap - used[cycle], 0)
        deduction = min(points * scheme.deduction_per_point, left)
        used[cycle] += deduction
        department = before.department_id if before else share.department_id
        return {
            "employee_id": share.employee_id.id,
            "cycle_id": cycle.id,
            "points": points,
            "date": case.date,
            "posted_on": cycle.company_id.gov_today(),
            "share_id": share.id,
            "revision": revision,
            "article_id": share.article_id.id,
            "scheme_id": share.scheme_id.id,
            "department_id": department.id,
            "source": case.source,
            "deduction": deduction,
            "company_id": cycle.company_id.id,
        }

    @api.model
    def _cycle_of(self, share, cycles):
        return next(
            cycle
            for cycle in cycles
            if cycle.employee_id == share.employee_id
            and cycle.date_from <= share.case_id.date <= cycle.date_to
        )

    @api.model
    def _reversal_values(self, entry, reason):
        kept = ("date", "revision", "source")
        links = ("employee_id", "cycle_id", "share_id", "article_id")
        links += ("scheme_id", "department_id", "company_id")
        return {
            **{name: entry[name] for name in kept},
            **{name: entry[name].id for name in links},
            "points": -entry.points,
            "deduction": -entry.deduction,
            "posted_on": entry.company_id.gov_today(),
            "reversal_of_id": entry.id,
            "reason": reason,
        }
