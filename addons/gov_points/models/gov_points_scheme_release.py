from datetime import date, timedelta

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day, to_day


class GovPointsScheme(models.Model):
    """Release, last day and next version of a rulebook."""

    _inherit = "gov.points.scheme"

    # === Actions ===

    def action_release(self):
        """Put the rulebook into force; from then on it never changes.

        The version before it gets its last day, the eve of this one's first. A version
        that was in force keeps every day up to yesterday.

        :return: True
        :raise UserError: naming everything that is missing, the version that is in the
            way, or a person without the right.
        """
        self._check_one()
        self.check_access("write")
        self._meet_rivals()
        if self.state != "draft":
            raise UserError(
                self.env._("%s has been released already.", self.display_name)
            )
        if texts := self._get_blockers():
            raise UserError(
                self.env._(
                    "%(scheme)s cannot be released yet:\n%(texts)s",
                    scheme=self.display_name,
                    texts="\n".join(f"• {text}" for text in texts),
                )
            )
        # sudo: the right to write, the state and completeness have just been checked.
        scheme = engine(self.sudo())
        scheme._end_version_before()
        scheme.write(
            {
                "state": "released",
                "released_on": scheme._get_today(),
                "released_by_id": self.env.uid,
            }
        )
        scheme.flush_recordset()
        return True

    def action_new_version(self):
        """Copy the rulebook into a draft with the next number.

        The draft of a shared rulebook belongs to the current institution.

        :return: the action that opens the draft.
        :raise UserError: when a draft of this code exists already.
        """
        self._check_one()
        self.check_access("read")
        self.browse().check_access("create")
        self._meet_rivals()
        company = self.company_id or self.env.company
        # sudo: drafts of this code and institution are counted, whoever wrote them.
        versions = self.sudo().search(
            [("code", "=", self.code), ("company_id", "in", [company.id, False])]
        )
        if drafts := versions.filtered(lambda s: s.state == "draft"):
            raise UserError(
                self.env._(
                    "%s is a draft already: change or delete that one.",
                    drafts[0].display_name,
                )
            )
        values = {
            "version": max(versions.mapped("version")) + 1,
            "parent_id": self.id,
            "company_id": company.id,
        }
        # The right to create and the numbers have just been checked.
        return engine(self).copy(values).with_env(self.env)._get_form()

    def action_set_last_day(self, day):
        """Give a released rulebook its last day, today at the earliest.

        :param day: date or ISO string; False takes a coming last day back.
        :return: True
        :raise UserError: not released, a day that is past, or another version follows.
        """
        self._check_one()
        self.check_access("write")
        self._meet_rivals()
        day = to_day(self.env, day)
        today = self._get_today()
        if self.state != "released":
            raise UserError(
                self.env._(
                    "%s is a draft: fill in its last day there.", self.display_name
                )
            )
        if (day and day < today) or (self.date_to and self.date_to < today):
            raise UserError(
                self.env._(
                    "%(scheme)s: the last day cannot lie before %(today)s, since that "
                    "would change which rulebook was in force.",
                    scheme=self.display_name,
                    today=format_day(self.env, today),
                )
            )
        # sudo: the right to write, the state and the day have just been checked.
        scheme = engine(self.sudo())
        scheme._check_overlap(scheme.date_from, day)
        scheme.write({"date_to": day})
        scheme.flush_recordset()
        return True

    def _check_one(self):
        if len(self) != 1 or not self.exists():
            raise UserError(self.env._("Choose one rulebook."))

    def _get_today(self):
        return (self.company_id or self.env.company).gov_today()

    def _get_form(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rulebook"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def copy(self, default=None):
        """The level from which people are named is the copy's own."""
        copies = super().copy(default)
        for scheme, copied in zip(self, copies, strict=True):
            code = scheme.named_from_threshold_id.code
            rows = copied.threshold_ids
            copied.named_from_threshold_id = rows.filtered(
                lambda r, c=code: r.code == c
            )
        return copies

    def copy_data(self, default=None):
        """A plain copy is another rulebook: it gets a code of its own."""
        vals_list = super().copy_data(default)
        if "version" not in (default or {}):
            for scheme, vals in zip(self, vals_list, strict=True):
                vals["code"] = self._get_free_code(scheme.code)
        return vals_list

    @api.model
    def _get_free_code(self, code):
        """Return ``code``, with a number behind it when it is taken."""
        # sudo: a code of another institution may be taken too.
        taken = set(self.sudo().search([("code", "=like", f"{code}%")]).mapped("code"))
        free, number = code, 2
        while free in taken:
            free, number = f"{code}-{number}", number + 1
        return free

    def _get_siblings(self):
        """Return the other released versions of this code and institution."""
        return self.search(
            [
                ("id", "not in", self.ids),
                ("code", "=", self.code),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "released"),
            ],
            order="date_from",
        )

    def _end_version_before(self):
        """Give the version that is still in force its last day."""
        siblings = self._get_siblings()
        siblings._meet_rivals()
        before = siblings.filtered(
            lambda s: s.date_from < self.date_from
            and (not s.date_to or s.date_to >= self.date_from)
        )
        today = self._get_today()
        if before and self.date_from < today:
            raise UserError(
                self.env._(
                    "%(before)s is in force; its place is taken from %(today)s at the "
                    "earliest, since what happened until then was scored by it.",
                    before=before[0].display_name,
                    today=format_day(self.env, today),
                )
            )
        if before and (not before.date_to or not self.date_to):
            before.date_to = self.date_from - timedelta(days=1)
        self.flush_model()
        self._check_overlap(self.date_from, self.date_to)
        self._check_scored()

    def _check_scored(self):
        """Refuse days on which people were scored by the version that is replaced.

        That may be a shared rulebook, whose place an institution's own one takes.
        """
        domain = [
            ("scheme_id.code", "=", self.code),
            ("scheme_id", "!=", self.id),
            ("date", ">=", self.date_from),
            ("state", "not in", ("draft", "checked")),
        ]
        if self.date_to:
            domain.append(("date", "<=", self.date_to))
        if self.company_id:
            domain.append(("company_id", "=", self.company_id.id))
        else:
            domain.append(("scheme_id.company_id", "=", False))
        # sudo: only the last of these days is told.
        last = (
            self.env["gov.points.share"]
            .sudo()
            .search(domain, order="date desc", limit=1)
        )
        if last:
            raise UserError(
                self.env._(
                    "An incident of %(day)s has been scored by %(other)s. This one "
                    "begins after that day.",
                    day=format_day(self.env, last.date),
                    other=last.scheme_id.display_name,
                )
            )

    def _check_overlap(self, first, last):
        """Name the released version that is in force on some of these days.

        The exclusion constraint holds against everybody; this is its friendly voice.
        """
        for other in self._get_siblings():
            if first <= (other.date_to or date.max) and other.date_from <= (
                last or date.max
            ):
                raise UserError(
                    self.env._(
                        "%(other)s is in force from %(first)s until %(last)s: two "
                        "versions of a rulebook never share a day.",
                        other=other.display_name,
                        first=format_day(self.env, other.date_from),
                        last=format_day(self.env, other.date_to)
                        or self.env._("further notice"),
                    )
                )

    @api.model
    def _release_shipped(self, xml_id, named_from):
        """Release the rulebook that the module brings; data files call this.

        :param xml_id: of the rulebook.
        :param named_from: xml id of the level from which people are named.
        """
        scheme = self.env.ref(xml_id)
        if scheme.state == "draft":
            scheme.named_from_threshold_id = self.env.ref(named_from)
            scheme.action_release()
