from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.tools.days import format_day, to_day
from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.scan import clean_scan

_TODO = "mail.mail_activity_data_todo"
_NAME_LIMIT = 60
# What an assessment loses when its sheet is reopened.
_EMPTY_ROUND = {
    "inspected_on": False,
    "statement_deadline": False,
    "statement_text": False,
    "statement_accepts": False,
    "statement_on": False,
    "statement_by_id": False,
    "statement_scan": False,
    "statement_scan_name": False,
    "statement_sha256": False,
    "answer_text": False,
    "answer_by_id": False,
}


class GovServiceAssessment(models.Model):
    """The steps from the sheet to the final score; the class itself says who."""

    _inherit = "gov.service.assessment"

    # ------------------------------------------------------------------ signatures

    def action_sign(self, signature):
        """Sign the sheet as one of its two inspectors.

        The first signature freezes the lines and the figures beside them.

        :param signature: picture drawn by the inspector, base64.
        :return: True
        :raise UserError: not one of two inspectors, signed before, no signature, or
            the period has not begun.
        """
        document = self._begin("sign")
        user = self.env.user
        if user not in self._get_inspectors():
            raise UserError(
                self.env._(
                    "%(assessment)s is signed by its inspectors: %(names)s.",
                    assessment=self.display_name,
                    names=self._get_names() or "-",
                )
            )
        if len(self._get_inspectors()) != 2:
            raise UserError(
                self.env._(
                    "%s: two people inspect; name the second inspector first.",
                    self.display_name,
                )
            )
        document._check_inspectors()
        if user in self._get_signatures("inspector").user_id:
            raise UserError(
                self.env._("You have signed %s already.", self.display_name)
            )
        if self.date_from > self.company_id.gov_today():
            raise UserError(
                self.env._(
                    "The period begins on %s only.",
                    format_day(self.env, self.date_from),
                )
            )
        picture, fingerprint = self._clean_signature(signature)
        if not self.is_signed:
            document._refresh_figures()
            document.is_signed = True
        document._record_signature(
            {
                "role": "inspector",
                "method": "app",
                "user_id": user.id,
                "person_name": user.name,
                "signature": picture,
                "signature_sha256": fingerprint,
            }
        )
        return True

    def action_sign_manager(self, name, signature):
        """Let the site manager (现场负责人) sign on the inspector's device.

        :param name: who signs, as on the paper; required.
        :param signature: picture drawn by the site manager, base64.
        :return: True
        :raise UserError: not recorded by an inspector, no inspector has signed yet,
            the site manager has signed, no name or no signature.
        """
        document, name = self._begin_manager(name)
        picture, fingerprint = self._clean_signature(signature)
        document._record_signature(
            {
                "role": "site_manager",
                "method": "app",
                "person_name": name,
                "signature": picture,
                "signature_sha256": fingerprint,
            }
        )
        return True

    def action_sign_manager_paper(self, name, scan, scan_name=None):
        """Record that the site manager signed the printed sheet.

        :param name: who signed; required.
        :param scan: the signed sheet (PDF, JPEG, PNG), base64.
        :param scan_name: name of the file, may be empty.
        :return: True
        :raise UserError: as :meth:`action_sign_manager`, or without a scan.
        """
        document, name = self._begin_manager(name)
        content, fingerprint = clean_scan(self.env, scan)
        document._record_signature(
            {
                "role": "site_manager",
                "method": "paper",
                "person_name": name,
                "scan": content,
                "scan_name": self._check_text(scan_name)[:200] or "scan",
                "scan_sha256": fingerprint,
            }
        )
        return True

    def action_refuse_manager(self, name, witness_ids, text):
        """Record that the site manager refused to sign, before two witnesses.

        :param name: who refused; required.
        :param witness_ids: two employees, neither of them an inspector of the sheet.
        :param text: what was said; required.
        :return: True
        :raise UserError: as :meth:`action_sign_manager`, or naming who cannot be a
            witness.
        """
        document, name = self._begin_manager(name)
        witnesses = self._check_witnesses(witness_ids)
        text = self._check_text(
            text, self.env._("Say what the site manager said: the text is empty.")
        )
        document._record_signature(
            {
                "role": "site_manager",
                "method": "refused",
                "person_name": name,
                "witness_ids": [Command.set(witnesses.ids)],
                "witness_names": join_names(self.env, witnesses.mapped("name")),
                "text": text,
            }
        )
        return True

    def _begin_manager(self, name):
        """Check what every signature of the site manager needs.

        :return: (assessment in the engine's environment, name)
        """
        document = self._begin("sign")
        if self.env.user not in self._get_inspectors():
            raise UserError(
                self.env._(
                    "The site manager signs on an inspector's device: %s.",
                    self._get_names() or "-",
                )
            )
        if not self.is_signed:
            raise UserError(
                self.env._(
                    "%s: an inspector signs first, so that the site manager signs what "
                    "stays.",
                    self.display_name,
                )
            )
        if self._get_signatures("site_manager"):
            raise UserError(
                self.env._(
                    "%s: the site manager has signed or refused already.",
                    self.display_name,
                )
            )
        name = self._check_text(
            name, self.env._("Say who signs for the side that is assessed.")
        )
        if len(name) > _NAME_LIMIT:
            raise UserError(
                self.env._("A name has at most %s characters.", _NAME_LIMIT)
            )
        return document, name

    @api.model
    def _clean_signature(self, signature):
        return self.env["gov.supply.request"]._clean_signature(signature)

    def _check_witnesses(self, witness_ids):
        """Return the two witnesses of a refusal.

        :param witness_ids: ids as a caller sent them.
        :raise UserError: not two, or naming who cannot be one, and why.
        """
        ids = witness_ids.ids if hasattr(witness_ids, "ids") else witness_ids
        if not isinstance(ids, list | tuple) or not all(
            type(id_) is int and 0 < id_ < 2**31 for id_ in ids
        ):
            raise UserError(self.env._("Name the two witnesses."))
        # sudo: only names, logins and where they work are asked.
        witnesses = self.env["hr.employee"].sudo().browse(set(ids)).exists()
        if len(witnesses) != 2 or len(ids) != 2:
            raise UserError(
                self.env._(
                    "A refusal is recorded before two witnesses; %s are named.",
                    len(witnesses),
                )
            )
        for witness in witnesses:
            if witness.user_id & (self._get_inspectors() | self.env.user):
                reason = self.env._("inspects")
            elif witness.company_id != self.company_id or not witness.active:
                reason = self.env._("does not work here")
            else:
                continue
            raise UserError(
                self.env._(
                    "%(person)s cannot be a witness: %(reason)s.",
                    person=witness.name,
                    reason=reason,
                )
            )
        return witnesses

    def _record_signature(self, values):
        """Keep a signature; the last one that was missing closes the inspection."""
        self.env["gov.service.assessment.signature"].create(
            {
                **values,
                "assessment_id": self.id,
                "company_id": self.company_id.id,
                "round": self.round,
                "score": self.score,
                "recorded_by_id": self.env.uid,
                "signed_at": fields.Datetime.now(),
            }
        )
        self.invalidate_recordset(["signature_ids"], flush=False)
        signed = self._get_signatures("inspector").user_id
        self._drop_todos(self.env.user)
        if len(signed) == 2 and self._get_signatures("site_manager"):
            self._close_inspection()
        elif values["role"] == "inspector":
            env = self._get_record_env()
            self._add_todos(
                [
                    (self, user, env._("Sign the sheet"), None)
                    for user in self._get_inspectors() - signed
                ]
            )

    def _close_inspection(self):
        """Number the sheet and give the other side its days for a statement."""
        self._assign_number()
        today = self.company_id.gov_today()
        deadline = self._get_term("service.assessment.statement.days", today)
        self._drop_todos()
        self.write(
            {
                "state": "inspected",
                "inspected_on": today,
                "statement_deadline": deadline,
            }
        )
        contract = self.contract_id
        speaker = (
            contract.own_confirmer_id
            if contract.service_role == "internal"
            else contract.other_confirmer_id
        )
        if speaker and speaker._is_internal():
            env = self._get_record_env()
            text = env._("State your view of the score %s", f"{self.score:.2f}")
            self._add_todos([(self, speaker, text, deadline)])

    def _get_term(self, code, day):
        """Return the last day of the term of a clause that begins on ``day``."""
        company = self.company_id
        days = self.env["gov.policy"].get_value(code, company=company)
        calendar = self.env["gov.workday"].with_company(company)
        return calendar.add_working_days(day, days)

    # ------------------------------------------------------------------- statement

    def action_statement(self, text, accepts=False):
        """State the view of the side that is assessed, on its own login.

        :param text: the statement; required unless the score is agreed to.
        :param bool accepts: the score is agreed to.
        :return: True
        :raise UserError: not for the user to state, after the deadline, or no text.
        """
        document = self._begin("state")
        if not self._may_state():
            raise UserError(
                self.env._(
                    "The statement is made by the side that is assessed; what came on "
                    "paper is entered with its scan."
                )
            )
        document._take_statement(
            self._check_statement(text, accepts, self.company_id.gov_today())
        )
        return True

    def action_enter_statement(
        self, received_on, text, scan, accepts=False, scan_name=None
    ):
        """Enter a statement that came on paper.

        :param received_on: day on which it came, not after the deadline.
        :param text: what it says; required unless the score is agreed to.
        :param scan: the paper (PDF, JPEG, PNG), base64.
        :param bool accepts: the score is agreed to.
        :param scan_name: name of the file, may be empty.
        :return: True
        :raise UserError: not an inspector nor a clerk of contracts, a day that is not
            possible, or no scan.
        """
        document = self._begin("state")
        if self.env.user not in self._get_inspectors() and not self._is_clerk():
            raise UserError(
                self.env._(
                    "A statement on paper is entered by an inspector or by contracts."
                )
            )
        day = to_day(self.env, received_on)
        if not day or not self.inspected_on <= day <= self.company_id.gov_today():
            raise UserError(
                self.env._(
                    "The statement came between the day of the signed sheet (%s) and "
                    "today.",
                    format_day(self.env, self.inspected_on),
                )
            )
        values = self._check_statement(text, accepts, day)
        content, fingerprint = clean_scan(self.env, scan)
        values.update(
            statement_scan=content,
            statement_scan_name=self._check_text(scan_name)[:200] or "scan",
            statement_sha256=fingerprint,
        )
        document._take_statement(values)
        return True

    def _check_statement(self, text, accepts, day):
        """Return the values of a statement that came on ``day``."""
        if not isinstance(accepts, bool):
            raise UserError(self.env._("Agreed or not: say yes or no."))
        if day > self.statement_deadline:
            raise UserError(
                self.env._(
                    "%(assessment)s: a statement was possible until %(deadline)s "
                    "(%(citation)s).",
                    assessment=self.display_name,
                    deadline=format_day(self.env, self.statement_deadline),
                    citation=self._get_citation("service.assessment.statement.days"),
                )
            )
        message = None if accepts else self.env._("Say what you object to.")
        return {
            "statement_text": self._check_text(text, message) or False,
            "statement_accepts": accepts,
            "statement_on": day,
            "statement_by_id": self.env.uid,
        }

    def _get_citation(self, code):
        # sudo: a clause is no secret to the side that it binds.
        policies = self.env["gov.policy"].sudo()
        policy = policies._get_policy(code, company=self.company_id)
        return policy.citation

    def _take_statement(self, values):
        """Keep the statement; an agreement makes the score final."""
        self._drop_todos()
        self.write({**values, "state": "stated"})
        if self.statement_accepts:
            self._finish_agreed()
            return
        contract = self.contract_id
        clerks = contract.user_id or contract.own_confirmer_id
        env = self._get_record_env()
        self._add_todos(
            [
                (self, user, env._("Answer the objection to the score"), None)
                for user in clerks - self._get_inspectors()
                if user._is_internal()
            ]
        )

    def _finish_agreed(self):
        """Make a score final that is agreed to, once its period is over."""
        if self.date_to < self.company_id.gov_today():
            self._make_final()

    # ----------------------------------------------------------------------- final

    def action_finalise(self, answer=None):
        """Make the score final, as a clerk of contracts who did not inspect.

        :param answer: answer to the objection; required after one.
        :return: True
        :raise UserError: an inspector of the sheet, before the period or the deadline
            is over, or an objection without an answer.
        """
        document = self._begin("finalise")
        self._check_clerk()
        if self.env.user in self._get_inspectors():
            raise UserError(
                self.env._(
                    "You have inspected %s: somebody else of contracts makes the score "
                    "final.",
                    self.display_name,
                )
            )
        objected = self.state == "stated" and not self.statement_accepts
        message = self.env._("Answer the objection.") if objected else None
        answer = self._check_text(answer, message)
        today = self.company_id.gov_today()
        if self.date_to >= today:
            raise UserError(
                self.env._(
                    "The period lasts until %s: the score is final only afterwards.",
                    format_day(self.env, self.date_to),
                )
            )
        if self.state == "inspected" and today <= self.statement_deadline:
            raise UserError(
                self.env._(
                    "The other side may state its view until %(deadline)s "
                    "(%(citation)s).",
                    deadline=format_day(self.env, self.statement_deadline),
                    citation=self._get_citation("service.assessment.statement.days"),
                )
            )
        if answer:
            document.write({"answer_text": answer, "answer_by_id": self.env.uid})
        document._make_final(self.env.user)
        return True

    def _check_clerk(self):
        if not self._is_clerk():
            raise UserError(
                self.env._("This is for the group “Contracts and settlement”.")
            )

    def _make_final(self, user=None):
        """Fix the deduction, seal the score with its lines, tell the contract.

        :param user: who made it final; none when the deadline lapsed.
        """
        for assessment in self:
            table = assessment.contract_id.deduction_table_id
            citation = False
            if table:
                citation = assessment._get_record_env()._(
                    "%(citation)s (%(bands)s)",
                    citation=table.citation,
                    bands=table._get_text(),
                )
            assessment.write(
                {
                    "state": "final",
                    "final_on": assessment.company_id.gov_today(),
                    "final_by_id": user.id if user else False,
                    "deduction_percent": table._percent(assessment.score),
                    "deduction_citation": citation,
                }
            )
        self._drop_todos()
        self._seal()
        self.line_ids._seal()
        self.env["gov.contract.proposal"]._propose(self.contract_id)

    # ---------------------------------------------------------------------- change

    def action_reopen(self, reason):
        """Open the sheet again: every signature and the statement are void.

        :param reason: text; required, it stays in the history.
        :return: True
        :raise UserError: final, neither inspector nor clerk of contracts, or no
            reason.
        """
        document = self._begin("reopen")
        if self.env.user not in self._get_inspectors() and not self._is_clerk():
            raise UserError(
                self.env._("A sheet is reopened by its inspectors or by contracts.")
            )
        if not self.is_signed:
            raise UserError(self.env._("%s is open.", self.display_name))
        reason = self._check_text(
            reason, self.env._("Say why the sheet is reopened: the reason is empty.")
        )
        statement = self.statement_text
        document._drop_todos()
        document.write(
            {
                **_EMPTY_ROUND,
                "state": "draft",
                "round": self.round + 1,
                "is_signed": False,
            }
        )
        env = document._get_record_env()
        text = env._(
            "Reopened by %(user)s: %(reason)s", user=self.env.user.name, reason=reason
        )
        if statement:
            text = env._(
                "%(text)s\nStatement of that round: %(statement)s",
                text=text,
                statement=statement,
            )
        document.message_post(body=text)
        document._ask_inspectors()
        return True

    def action_replace(self, reason):
        """Put a new assessment in the place of a final one, to be signed anew.

        The old one stays as it is; until the new score is final the period has none.

        :param reason: text; required.
        :return: window action of the new assessment.
        :raise UserError: not a clerk of contracts, no reason, or a confirmed statement
            uses the score: one side has to withdraw its confirmation first.
        """
        document = self._begin("replace")
        self._check_clerk()
        # sudo: which statement uses the score is told to whoever wants to change it.
        locks = self.sudo().lock_ids
        if locks:
            raise UserError(
                self.env._(
                    "%(assessment)s: the score is used by %(statement)s, which both "
                    "sides have confirmed. It can change only after one side has "
                    "withdrawn its confirmation.",
                    assessment=self.display_name,
                    statement=join_names(self.env, locks.mapped("name")),
                )
            )
        reason = self._check_text(
            reason, self.env._("Say why the score changes: the reason is empty.")
        )
        document.write({"state": "replaced", "replace_reason": reason})
        document.line_ids.is_void = True
        document.flush_recordset()
        document.line_ids.flush_recordset()
        new = document.create(
            {
                "contract_id": self.contract_id.id,
                "sheet_id": self.sheet_id.id,
                "date_from": self.date_from,
                "date_to": self.date_to,
                "inspector_ids": [Command.set(self._get_inspectors().ids)],
                "replaces_id": self.id,
                "note": self.note,
            }
        )
        document.line_ids._copy_to(new)
        new._refresh_figures()
        new._ask_inspectors()
        return new.with_env(self.env)._get_form_action()

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ---------------------------------------------------------------------- to-dos

    def _get_record_env(self):
        """Return the environment in the language of the institution."""
        lang = self.env["gov.approval.rule"]._get_lang(self.company_id[:1])
        return self.with_context(lang=lang).env

    def _ask_inspectors(self):
        """Leave the inspectors their to-do: inspect, write what is wrong, sign."""
        todos = []
        for company, assessments in self.grouped("company_id").items():
            env = assessments._get_record_env()
            today = company.gov_today()
            todos += [
                (a, user, env._("Inspect and sign the sheet"), max(a.date_to, today))
                for a in assessments
                for user in a._get_inspectors()
            ]
        self._add_todos(todos)

    def _add_todos(self, todos):
        """Create to-dos quietly.

        :param todos: (assessment, user, summary, day or None) each.
        """
        if not todos:
            return
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(_TODO)
        model_id = self.env["ir.model"]._get_id(self._name)
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": model_id,
                    "res_id": assessment.id,
                    "activity_type_id": type_id,
                    "automated": True,
                    "summary": summary,
                    "user_id": user.id,
                    "date_deadline": day or assessment.company_id.gov_today(),
                }
                for assessment, user, summary, day in todos
                if user.active
            ]
        )

    def _drop_todos(self, user=None):
        """Take away the to-dos of these assessments, or only those of ``user``."""
        self.activity_unlink([_TODO], user_id=user.id if user else None)

    # ---------------------------------------------------------------- dialog

    def action_open_step(self):
        """Ask for what a step needs; the step is named in the context.

        :return: a window action.
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["gov.service.assessment.step"]._get_action(self)

    def action_add_line(self):
        """Write down one fault: criterion, points, reason, photo.

        :return: a window action.
        """
        self.ensure_one()
        self._check_fill_in()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deduct points"),
            "res_model": "gov.service.assessment.line",
            "view_mode": "form",
            "target": "new",
            "context": {"default_assessment_id": self.id},
        }
