from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.scan import clean_scan

from .gov_settlement import SIDES

_TEXT_LIMIT = 500


class GovSettlement(models.Model):
    """Confirming: two sides, line by line; the second one freezes and counts."""

    _inherit = "gov.settlement"

    # ---------------------------------------------------------------- public steps

    def action_ask(self):
        """Send drafts to both sides: those with an account get a to-do.

        :return: True
        :raise UserError: not the group, or no draft.
        """
        self._check_keeper()
        for statement in self.sorted("id"):
            document = statement._start("ask")
            document.asked_at = fields.Datetime.now()
            document._tell_confirmers()
        return True

    def action_confirm(self, side=None, content_hash=None):
        """Confirm what stands on the statement, for one side.

        With the second side the lines are frozen, the ceiling of the contract is
        checked and the score is locked; when that is refused the statement stays as
        it is.

        :param side: ``own`` or ``other``; without it the side that the user confirms
            for.
        :param content_hash: fingerprint of what the confirmer saw, as the form shows
            it; something else on the statement by now is refused.
        :return: True
        :raise UserError: naming the person, the objection, the missing score, or the
            ceiling with its clause.
        """
        context = self.env.context
        side = side or context.get("gov_side")
        content_hash = content_hash or context.get("gov_content_hash")
        for statement in self.sorted("id"):
            statement._confirm(statement._find_side(side), content_hash)
        return True

    def action_confirm_many(self):
        """Confirm each of these for the user's side; what is refused stays a draft.

        :return: a notification that names what was refused and why.
        """
        refused = []
        done = 0
        for statement in self.sorted("id"):
            try:
                with self.env.cr.savepoint():
                    statement.action_confirm()
                done += 1
            except UserError as error:
                self.env.invalidate_all()
                refused.append(error.args[0])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if refused else "success",
                "sticky": bool(refused),
                "title": self.env._("Confirmed: %s", done),
                "message": "\n".join(refused),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_confirm_paper(self, side, person, signed_on, scan, scan_name=""):
        """Record that a side has confirmed on paper.

        :param side: ``own`` or ``other``.
        :param person: who signed.
        :param signed_on: the day on the paper; not in the future.
        :param scan: content of the scan (base64), PDF, JPEG or PNG.
        :return: True
        :raise UserError: not the group, no text, no scan, or as ``action_confirm``.
        """
        self._check_keeper()
        side = self._check_side(side)
        person = self._check_text(person, self.env._("Say who signed."))
        day = to_day(self.env, signed_on)
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        if not day or day > self.company_id.gov_today():
            raise UserError(
                self.env._(
                    "The day on the paper is missing, or lies in the future: %s.",
                    format_day(self.env, day) or "-",
                )
            )
        content = clean_scan(self.env, scan)[0]
        document = self._start("confirm")
        document._take_confirmation(
            side,
            self.env.user,
            channel="paper",
            person=person,
            signed_on=day,
            scan=content,
            scan_name=self._check_text(scan_name) or "scan",
        )
        return True

    def action_object(self, line_id, reason, side=None):
        """Object to a line; what had been confirmed so far is void.

        :param line_id: id of one of the lines.
        :param reason: why; required.
        :param side: as ``action_confirm``.
        :return: True
        :raise UserError: no reason, a line of another statement, or not the user's
            side.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        side = self._find_side(side or self.env.context.get("gov_side"))
        reason = self._check_text(reason, self.env._("Say why: the reason is empty."))
        document = self._start("object")
        line = document._find_line(line_id)
        document._void_confirmations()
        line.write({"objection": reason, "objection_side": side, "answer": False})
        document._record(side, "object", line_text=line.name, reason=reason)
        document._tell_handler(self.env._("Objection: %s", reason))
        return True

    def action_answer(self, line_id, answer):
        """Answer an objection; the side then confirms, or objects again.

        :param line_id: id of the line.
        :param answer: text; required.
        :return: True
        :raise UserError: not the group, no text, or nobody objected to the line.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self._check_keeper()
        answer = self._check_text(answer, self.env._("The answer is empty."))
        document = self._start("answer")
        line = document._find_line(line_id)
        if not line._is_open_objection():
            raise UserError(self.env._("Nobody objects to %s.", line.name))
        line.answer = answer
        document._record(
            line.objection_side, "answer", line_text=line.name, reason=answer
        )
        return True

    def action_take_back(self, reason="", side=None):
        """Take the confirmation back; both sides confirm anew afterwards.

        The lines are free again, the contract's sum falls by what they counted, the
        score can be put right.

        :param reason: why; required.
        :param side: as ``action_confirm``; the group of contracts may take back for
            the other side what was confirmed on paper.
        :return: True
        :raise UserError: no reason, submitted already, or nothing confirmed.
        """
        reason = reason or self.env.context.get("gov_reason", "")
        reason = self._check_text(reason, self.env._("Say why: the reason is empty."))
        for statement in self.sorted("id"):
            own_side = statement._find_side(
                side or self.env.context.get("gov_side"), keeper=True
            )
            document = statement._start("take_back")
            if document.approval_state != "draft":
                raise UserError(
                    self.env._(
                        "%s has been submitted: withdraw it or have it returned first.",
                        statement.display_name,
                    )
                )
            if not (document.own_confirmed_at or document.other_confirmed_at):
                raise UserError(
                    self.env._("Nobody has confirmed %s.", statement.display_name)
                )
            document._thaw()
            document._void_confirmations()
            document._record(own_side, "take_back", reason=reason)
        return True

    # ---------------------------------------------------------------- who and what

    def _check_side(self, side):
        """Return ``side`` when it is one.

        :raise UserError: it is none.
        """
        if not isinstance(side, str) or side not in dict(SIDES):
            raise UserError(
                self.env._("“%s” is no side of a statement: own or other.", side)
            )
        return side

    def _find_side(self, side=None, keeper=False):
        """Return the side that the user confirms for.

        :param side: the side that the caller names, if any.
        :param keeper: the group of contracts speaks for both sides: it enters what is
            on paper.
        :raise UserError: the user confirms for neither, or not for that one.
        """
        self.ensure_one()
        if side:
            self._check_side(side)
        if not self.sudo().exists():
            raise UserError(self.env._("This statement does not exist any more."))
        mine = []
        if self._is_own_confirmer():
            mine.append("own")
        if self._is_other_confirmer():
            mine.append("other")
        if keeper and self._is_keeper():
            self.check_access("read")
            mine.append(side or "own")
        if not mine or (side and side not in mine):
            # sudo: whom the contract names is told to who was about to confirm.
            contract = self.sudo().contract_id
            raise UserError(
                self.env._(
                    "You do not confirm this statement. For us: %(own)s; for the other "
                    "side: %(other)s.",
                    own=contract.own_confirmer_id.name
                    or self.env._("Contracts and settlement"),
                    other=contract.other_confirmer_id.name or self.env._("on paper"),
                )
            )
        return side or mine[0]

    def _check_text(self, value, message=None):
        """Return a text without blanks around it.

        :param message: what to say when it is empty; without one it may be.
        :raise UserError: no text, empty though required, or too long.
        """
        value = value or ""
        if not isinstance(value, str) or "\0" in value or len(value) > _TEXT_LIMIT:
            raise UserError(
                self.env._("A text of at most %s characters is needed.", _TEXT_LIMIT)
            )
        value = value.strip()
        if message and not value:
            raise UserError(message)
        return value

    def _find_line(self, line_id):
        """Return the line of this statement with the id.

        :raise UserError: there is none.
        """
        is_id = isinstance(line_id, int) and not isinstance(line_id, bool)
        line = self.line_ids.filtered(lambda line: is_id and line.id == line_id)
        if not line:
            raise UserError(self.env._("This is no line of %s.", self.display_name))
        return line

    # ------------------------------------------------------------------ confirming

    def _confirm(self, side, content_hash):
        """Confirm for a side, which the caller has checked."""
        channel = "portal" if self.env.user.share else "system"
        document = self._start("confirm")
        document._check_content(content_hash)
        document._take_confirmation(side, self.env.user, channel=channel)

    def _check_content(self, content_hash):
        """Refuse when something else stands on the statement than was shown."""
        if content_hash and content_hash != self._get_content_hashes().get(self.id):
            raise UserError(
                self.env._(
                    "%s has changed since you opened it. Look at it again first.",
                    self.display_name,
                )
            )

    def _take_confirmation(self, side, user, **values):
        """Write the confirmation of one side; the second one freezes.

        :param values: more values of the row, such as its channel.
        :raise UserError: an objection, a missing score, or the ceiling.
        """
        mine, others = "own_confirmed_at", "other_confirmed_at"
        if side == "other":
            mine, others = others, mine
        if self[mine]:
            raise UserError(
                self.env._("This side has confirmed %s already.", self.display_name)
            )
        self._check_confirmable()
        rows = self.confirmation_ids.filtered(
            lambda row: row.kind == "confirm" and not row.is_void
        )
        on_paper = values.get("channel") == "paper"
        for row in rows.filtered(lambda row: row.user_id == user):
            # Only what the other side signed on paper is entered by whom we confirm.
            paper_sides = {(row.side, row.channel == "paper"), (side, on_paper)}
            if paper_sides != {("own", False), ("other", True)}:
                raise UserError(
                    self.env._(
                        "You have confirmed %s for the other side: two people confirm.",
                        self.display_name,
                    )
                )
        digest = self._get_content_hashes()[self.id]
        if self[others] and digest != rows[:1].content_hash:
            raise UserError(
                self.env._(
                    "%s is not what the first side has confirmed: it takes that back "
                    "first.",
                    self.display_name,
                )
            )
        self._record(side, "confirm", user=user, content_hash=digest, **values)
        self.write({mine: fields.Datetime.now()})
        self.activity_unlink(["mail.mail_activity_data_todo"], user_id=user.id)
        if self[others]:
            self._freeze(digest)

    def _check_confirmable(self):
        """Raise for a draft that nobody can confirm as it stands.

        :raise UserError: an objection, newer usage or score, a missing score, or more
            taken off than there is.
        """
        self.ensure_one()
        if self.objection_count:
            raise UserError(
                self.env._(
                    "%(statement)s: an objection is not answered yet: %(lines)s.",
                    statement=self.display_name,
                    lines=self.line_ids.filtered(
                        lambda line: line._is_open_objection()
                    ).mapped("name"),
                )
            )
        if self.kind in ("period", "late"):
            self._check_up_to_date()
        contract = self.contract_id
        if (
            self.kind == "period"
            and contract.assessment_required
            and not self.assessment_ids
        ):
            raise UserError(
                self.env._(
                    "%(statement)s has no final score for %(period)s: it stays a "
                    "draft.",
                    statement=self.display_name,
                    period=self.period,
                )
            )
        self._check_taken_off()
        if self.kind == "retention":
            self._check_still_kept()

    def _check_up_to_date(self):
        """Raise for a draft that shows something else than what is known by now.

        Once a side has confirmed, usage that comes now goes to the next open period;
        prices, term, score and the usage it has counted have to be the same still.

        :raise UserError: naming the statement.
        """
        confirmed = self.own_confirmed_at or self.other_confirmed_at
        expected, problems = self._get_expected_lines(own=True, free=not confirmed)
        for text in problems.values():
            raise UserError(text)
        if self._differs(expected[self.id]):
            raise UserError(
                self.env._(
                    "%s is not up to date: usage, a price or the score has changed. "
                    "Have it drawn anew first.",
                    self.display_name,
                )
            )

    def _check_still_kept(self):
        """Raise for a release of what is not kept back any more.

        :raise UserError: with both amounts.
        """
        self._meet_contracts(self.contract_id)
        left = self._get_retained(self.contract_id).get(self.contract_id.id, 0.0)
        currency = self.currency_id
        if currency.compare_amounts(left, 0) < 0:
            released = -self.amount_retained
            raise UserError(
                self.env._(
                    "%(contract)s: %(amount)s cannot be released, %(kept)s are kept "
                    "back.",
                    contract=self.contract_id.display_name,
                    amount=currency.format(released),
                    kept=currency.format(max(released + left, 0)),
                )
            )

    def _check_taken_off(self):
        """Raise when more is taken off than there is."""
        currency = self.currency_id
        if (
            currency.compare_amounts(self.amount_payable, 0) < 0
            and currency.compare_amounts(self.amount_gross, 0) >= 0
            and self.kind != "reversal"
        ):
            raise UserError(
                self.env._(
                    "%(statement)s: %(off)s would be taken off, more than the "
                    "%(amount)s of the period.",
                    statement=self.display_name,
                    off=currency.format(self.amount_deducted),
                    amount=currency.format(self.amount_gross),
                )
            )

    def _record(self, side, kind, user=None, **values):
        return self.env["gov.settlement.confirmation"].create(
            {
                "settlement_id": self.id,
                "side": side,
                "kind": kind,
                "user_id": (user or self.env.user).id,
                "date": fields.Datetime.now(),
                **values,
            }
        )

    def _void_confirmations(self):
        """Make what was confirmed so far void; the rows stay."""
        self.confirmation_ids.filtered(
            lambda row: row.kind == "confirm" and not row.is_void
        ).write({"is_void": True})
        self.write({"own_confirmed_at": False, "other_confirmed_at": False})

    # -------------------------------------------------------------------- freezing

    def _freeze(self, digest):
        """Freeze the lines, count them on the contract and lock the score.

        :raise UserError: the ceiling of the contract, with its clause.
        """
        # A reversal counts when it is sealed: it may be refused until then.
        before = self._count(0 if self.kind == "reversal" else 1)
        self.assessment_ids._lock(self)
        self.write(
            {
                "frozen_at": fields.Datetime.now(),
                "frozen_hash": digest,
                "amount_before": before,
            }
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self._tell_handler(self.env._("Confirmed by both sides: to be submitted."))

    def _thaw(self):
        """Undo :meth:`_freeze`; nothing happens to a draft."""
        if not self.frozen_at:
            return
        if self.kind != "reversal":
            self._count(-1)
        self.activity_unlink(["gov_base.mail_activity_type_returned"])
        self.env["gov.service.assessment"]._unlock(self)
        self.write({"frozen_at": False, "frozen_hash": False, "amount_before": 0})

    def _count(self, sign):
        """Add the payable to what the contract has settled, or take it back.

        Statements confirmed at once meet on the contract's row.

        :param sign: 1 or -1; 0 only meets the rivals and reads.
        :return: what was settled before.
        :raise UserError: the sum would rise above the ceiling.
        """
        self.flush_recordset()
        contract = self.contract_id
        contract.flush_recordset(["amount_settled", "ceiling"])
        [(before, after, over)] = self.env.execute_query(
            SQL(
                """
                UPDATE contract_contract c
                   SET amount_settled = coalesce(c.amount_settled, 0) + d.amount
                  FROM (SELECT CASE WHEN %(counts)s THEN amount_payable ELSE 0 END
                               * %(sign)s AS amount
                          FROM gov_settlement WHERE id = %(id)s) d
                 WHERE c.id = %(contract)s
                RETURNING c.amount_settled - d.amount, c.amount_settled,
                          d.amount > 0 AND c.ceiling > 0
                          AND c.amount_settled > c.ceiling
                """,
                counts=self._counts(),
                sign=sign,
                id=self.id,
                contract=contract.id,
            )
        )
        contract.invalidate_recordset(["amount_settled"], flush=False)
        contract.modified(["amount_settled"])
        if over:
            currency = self.currency_id
            raise UserError(
                self.env._(
                    "%(statement)s: with it %(contract)s would have settled %(sum)s, "
                    "more than its ceiling of %(ceiling)s (%(clause)s).",
                    statement=self.display_name,
                    contract=contract.display_name,
                    sum=currency.format(float(after)),
                    ceiling=currency.format(contract.ceiling),
                    clause=contract.ceiling_citation or self.env._("ceiling"),
                )
            )
        return float(before)

    def _tell_confirmers(self):
        """Leave a to-do with those who confirm and have an account here."""
        quiet = self.with_context(mail_activity_quick_update=True)
        users = self.own_confirmer_id | self.other_confirmer_id
        if not self.other_confirmer_id:
            users |= self.served_department_id.manager_id.user_id
        for user in users.filtered(lambda user: not user.share):
            quiet.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.company_id.gov_today(),
                summary=self.env._("Confirm the statement"),
                user_id=user.id,
            )

    # ----------------------------------------------------------------------- fines

    def action_add_fine(self, name, amount):
        """Take something off: what the contract says for a breach.

        :param name: what for, with the article; required.
        :param amount: above 0, not above what is payable.
        :return: id of the line.
        :raise UserError: not the group, a side has confirmed, or too much.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self._check_keeper()
        name = self._check_text(name, self.env._("Say what for: the text is empty."))
        amount = self._check_amount_entered(amount)
        document = self._start("fine")
        document._check_nobody_confirmed()
        if document.kind not in ("period", "late"):
            raise UserError(self.env._("Nothing is taken off this statement."))
        currency = document.currency_id
        if currency.compare_amounts(amount, document.amount_payable) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is more than the %(payable)s that are payable.",
                    amount=currency.format(amount),
                    payable=currency.format(document.amount_payable),
                )
            )
        line = document.env["gov.settlement.line"].create(
            {
                **document._prepare_extra("fine", name, 0, -amount),
                "settlement_id": document.id,
                "company_id": document.company_id.id,
                "sequence": 50,
            }
        )
        document._redraw_extras()
        return line.id

    def action_remove_fine(self, line_id):
        """Take a deduction of :meth:`action_add_fine` off the draft again.

        :param line_id: id of the line.
        :return: True
        :raise UserError: not the group, a side has confirmed, or no such line.
        """
        if len(self) != 1:
            raise UserError(self.env._("Choose one row."))
        self._check_keeper()
        document = self._start("fine")
        document._check_nobody_confirmed()
        line = document._find_line(line_id)
        if line.kind != "fine":
            raise UserError(self.env._("%s was not entered by hand.", line.name))
        line.unlink()
        document._redraw_extras()
        return True

    def _check_amount_entered(self, amount):
        """Return an amount of money in whole cents.

        :raise UserError: no number, not above 0, or beyond what is possible.
        """
        is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
        if not is_number or not 0 < amount < 1e12:
            raise UserError(
                self.env._("“%s” is no amount of money above 0.", str(amount)[:40])
            )
        rounded = (self.company_id or self.env.company).currency_id.round(amount)
        if abs(rounded - amount) > 1e-6 or rounded <= 0:
            raise UserError(self.env._("“%s” is no amount in whole cents.", amount))
        return rounded
