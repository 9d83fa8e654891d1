from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.gov_base.models.gov_guard import engine, is_engine
from odoo.addons.gov_base.tools.days import domain_by_day, format_day, to_day

_LIMITS = ("no_excellent", "unqualified", "no_promotion")
_TALKS = ("talk_section", "talk_office")
_OPEN = ("proposed", "todo")
_MAX_TEXT = 5000
_LETTERS = {"dispatch": "firm", "seconded": "home"}


class GovPointsMeasure(models.Model):
    """What the level of a person asks for: a task with an owner and a deadline.

    ======== ========= ========= =====================================================
    action   from      to        who
    ======== ========= ========= =====================================================
    confirm  proposed  todo      a scoring officer, with a text
    drop     proposed  dropped   a scoring officer, with a text
    done     todo      done      the owner or a scoring officer, with a text; of a
                                 circular: its release
    ======== ========= ========= =====================================================

    Never the person concerned. Measures are made by the server when a total reaches a
    row of the scheme (:meth:`_sync`), one kind at most once per cycle. A rise
    withdraws nothing. When the total drops below the row, what is undone is withdrawn,
    what is done keeps a note, and what was published is taken down with a correction
    in the same circle. Limits (no excellent, unqualified, no promotion) count for the
    appraisal while they stand, also before somebody ticks them off.
    """

    _name = "gov.points.measure"
    _description = "Measure"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "gov.scan.mixin",
        "gov.guard.mixin",
    ]
    _order = "deadline, id"
    _engine_only = True
    _allow_sudo_commands = False
    _mail_post_access = "read"

    name = fields.Char(related="line_id.name", string="Measure")
    label = fields.Char(
        compute="_compute_label", help="The wording for the kind of staff."
    )
    cycle_id = fields.Many2one(
        "gov.points.cycle",
        string="Cycle",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    total = fields.Integer(string="Total of the cycle", related="cycle_id.total")
    level_name = fields.Char(string="Level", related="cycle_id.level_name")
    entry_ids = fields.One2many(
        "gov.points.entry",
        string="Entries of this cycle",
        compute="_compute_entry_ids",
        help="What the talk or the circular is about.",
    )
    department_id = fields.Many2one(
        "hr.department", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    staff_type = fields.Selection(
        selection=lambda self: self._get_staff_types(),
        string="Kind of staff",
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", string="Institution", required=True, readonly=True, index=True
    )
    line_id = fields.Many2one(
        "gov.points.threshold.measure",
        string="By the rulebook",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    threshold_code = fields.Char(string="Code of the level", readonly=True)
    kind = fields.Selection(
        selection=lambda self: self._get_kinds(), required=True, readonly=True
    )
    key = fields.Char(required=True, readonly=True)
    limit = fields.Selection(
        [
            ("no_excellent", "No “excellent”"),
            ("unqualified", "Unqualified"),
            ("no_promotion", "No promotion"),
        ],
        string="Limit for the appraisal",
        readonly=True,
    )
    owner_id = fields.Many2one(
        "res.users", string="Owner", readonly=True, index=True, ondelete="restrict"
    )
    made_on = fields.Date(required=True, readonly=True)
    deadline = fields.Date(string="Do by", readonly=True, index="btree_not_null")
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("todo", "To do"),
            ("done", "Done"),
            ("dropped", "Not needed"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default="todo",
        index=True,
        tracking=True,
        group_expand=True,
    )
    text = fields.Text(string="What was said or done", readonly=True)
    person_text = fields.Text(string="What the person said", readonly=True)
    place = fields.Char(readonly=True)
    done_on = fields.Date(string="Done on", readonly=True)
    done_by_id = fields.Many2one(
        "res.users", string="Done by", readonly=True, ondelete="restrict"
    )
    decision_text = fields.Text(
        string="Why confirmed or not needed", readonly=True, tracking=True
    )
    is_cleared = fields.Boolean(
        string="Ground fell away",
        readonly=True,
        help="It had been done when the total dropped below the level.",
    )
    note = fields.Text(string="After a drop", readonly=True)
    publication_id = fields.Many2one(
        "gov.publication", string="Circular", readonly=True, ondelete="set null"
    )
    correction_id = fields.Many2one(
        "gov.publication",
        string="Correction of the circular",
        readonly=True,
        ondelete="set null",
    )
    is_suspended = fields.Boolean(
        string="Suspended by an appeal",
        compute="_compute_is_suspended",
        help="The rulebook suspends what hangs on a score while its appeal is open.",
    )
    is_standing = fields.Boolean(string="In force", compute="_compute_is_standing")
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    letter = fields.Selection(
        [("firm", "Letter to the firm"), ("home", "Letter to the home unit")],
        compute="_compute_letter",
        help="Of dispatched and seconded staff their own unit is told.",
    )
    can_do = fields.Boolean(compute="_compute_can")
    can_decide = fields.Boolean(compute="_compute_can")

    _key_uniq = models.UniqueIndex(
        "(cycle_id, key) WHERE state <> 'withdrawn'",
        "This measure has been made in the cycle already.",
    )

    # === Compute, search ===

    @api.model
    def _get_kinds(self):
        field = self.env["gov.points.threshold.measure"]._fields["kind"]
        return field._description_selection(self.env)

    @api.model
    def _get_staff_types(self):
        field = self.env["hr.employee"]._fields["staff_type"]
        return field._description_selection(self.env)

    @api.depends("cycle_id.entry_ids")
    @api.depends_context("uid")
    def _compute_entry_ids(self):
        for measure in self:
            # sudo: the cycle of a measure that is read; the reader gets those of its
            # entries that they may read.
            entries = measure.sudo().cycle_id.entry_ids.with_env(self.env)
            measure.entry_ids = entries._filtered_access("read")

    @api.depends("kind", "staff_type", "name")
    @api.depends_context("lang")
    def _compute_label(self):
        labels = self.env["gov.points.label"]
        for measure in self:
            company = measure.company_id
            known = labels._get_labels(company.id)
            kinds = labels._set_for(measure.staff_type, company)
            measure.label = known.get((kinds, measure.kind)) or measure.name

    @api.depends("label", "employee_id")
    def _compute_display_name(self):
        for measure in self:
            # sudo: whoever reads the measure may read whose it is.
            measure.display_name = self.env._(
                "%(person)s: %(measure)s",
                person=measure.employee_id.sudo().name or "",
                measure=measure.label or "",
            )

    @api.depends("cycle_id", "state")
    def _compute_is_suspended(self):
        suspended = self._find_suspended()
        for measure in self:
            measure.is_suspended = measure._origin.id in suspended

    @api.depends("state", "is_cleared", "is_suspended")
    def _compute_is_standing(self):
        for measure in self:
            measure.is_standing = (
                measure.state in ("todo", "done")
                and not measure.is_cleared
                and not measure.is_suspended
            )

    @api.depends("state", "deadline")
    def _compute_is_overdue(self):
        for measure in self:
            measure.is_overdue = bool(
                measure.state in _OPEN
                and measure.deadline
                and measure.deadline < measure.company_id.gov_today()
            )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "in", _OPEN) & domain_by_day(
            self.env, lambda day: Domain("deadline", "<", day)
        )
        return overdue if True in value else ~overdue

    @api.depends("staff_type")
    def _compute_letter(self):
        for measure in self:
            measure.letter = _LETTERS.get(measure.staff_type, False)

    @api.depends("state", "owner_id", "employee_id")
    @api.depends_context("uid")
    def _compute_can(self):
        for measure in self:
            measure.can_do = not measure._refusal("done")
            measure.can_decide = not measure._refusal("confirm")

    def _find_suspended(self):
        """Return the ids of measures that an open appeal suspends.

        They are those whose level would not be reached without the scores under
        appeal, where the rulebook says that an appeal suspends.
        """
        # sudo: only the points under appeal of the cycles that the caller reads.
        measures = self._origin.sudo().filtered(lambda m: m.state in ("todo", "done"))
        cycles = measures.cycle_id.filtered("scheme_id.appeal_suspends")
        suspended = set()
        for cycle in cycles:
            entries = cycle.entry_ids
            standing = entries._standing(entries)
            sure = standing.filtered(lambda e: e.share_id.state != "appealed")
            if sure == standing:
                continue
            total = sum(sure.mapped("points"))
            highest = max(sure.mapped("points"), default=0)
            kept = cycle._keys_reached(total, highest)
            suspended.update(
                m.id for m in measures if m.cycle_id == cycle and m.key not in kept
            )
        return suspended

    # === CRUD ===

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Nobody follows a measure by being given it: owners find it on their list."""
        if is_engine(self.env):
            return True
        return super().message_subscribe(partner_ids, subtype_ids)

    # === Actions ===

    def action_done(
        self,
        text,
        done_on=None,
        place=None,
        person_text=None,
        scan=None,
        scan_name=None,
    ):
        """Record that a measure has been carried out.

        :param str text: what was said or done; of a talk: what the talker said.
        :param done_on: date or ISO string; default today, not before it was asked for.
        :param str place: where, of a talk.
        :param str person_text: what the person said.
        :param scan: content of the signed record (base64): PDF, JPEG or PNG.
        :return: True
        :raise UserError: not to be done, not by the caller, no text, suspended, or a
            day that is not possible.
        """
        for measure in self.sorted("id"):
            document = measure._begin("done", text)
            day = to_day(self.env, done_on) or measure.company_id.gov_today()
            measure._check_done(day)
            document.write(
                {
                    "state": "done",
                    "text": measure._check_text(text),
                    "person_text": measure._check_text(person_text, required=False),
                    "place": measure._check_text(place, required=False),
                    "done_on": day,
                    "done_by_id": self.env.uid,
                    "scan": scan or False,
                    "scan_name": scan_name or False,
                }
            )
            document._freeze_scan(required=False)
            document._close_todos()
        return True

    def action_confirm(self, text):
        """Take up a proposed measure: the case is serious.

        :param str text: the reason; required.
        :return: True
        :raise UserError: not proposed, not by a scoring officer, no text.
        """
        for measure in self.sorted("id"):
            document = measure._begin("confirm", text)
            document.write({"state": "todo", "decision_text": self._check_text(text)})
            document._close_todos()
            document._schedule()
            document._draft_circulars()
        return True

    def action_drop(self, text):
        """Set a proposed measure aside: the case is not serious.

        :param str text: the reason; required.
        :return: True
        :raise UserError: as :meth:`action_confirm`.
        """
        for measure in self.sorted("id"):
            document = measure._begin("drop", text)
            document.write(
                {"state": "dropped", "decision_text": self._check_text(text)}
            )
            document._close_todos()
        return True

    def action_print_talk(self):
        """Print the record of a talk, before it with room for ink.

        :return: a report action.
        :raise UserError: it is no talk.
        """
        self.check_access("read")
        if self.filtered(lambda m: m.kind not in _TALKS):
            raise UserError(self.env._("Only talks have such a record."))
        return self.env.ref("gov_points.action_report_talk").report_action(self)

    def action_print_letter(self):
        """Print the letter to the firm or home unit of the person.

        :return: a report action.
        :raise UserError: the person is neither dispatched nor seconded.
        """
        self.check_access("read")
        if not all(self.mapped("letter")):
            raise UserError(
                self.env._("A letter goes out for dispatched and seconded staff.")
            )
        return self.env.ref("gov_points.action_report_letter").report_action(self)

    def _get_talk_heading(self):
        """Return the heading of the record: the scheme names the talk."""
        return self.env._("Record of %s", self.cycle_id.scheme_id.talk_title)

    def _get_letter_texts(self):
        """Return the opening and the closing of the letter to the person's unit."""
        self.ensure_one()
        date_text = self.env["gov.paper"].date_text
        cycle = self.cycle_id
        facts = {
            "person": self.employee_id.name,
            "place": self.department_id.name or self.company_id.name,
            "total": cycle.total,
            "first": date_text(cycle.date_from),
            "last": date_text(cycle.date_to),
            "scheme": cycle.scheme_id.name,
        }
        if self.letter == "home":
            opening = self.env._(
                "%(person)s, seconded from your unit to %(place)s, stands at %(total)s "
                "points in the cycle from %(first)s to %(last)s by “%(scheme)s”:",
                **facts,
            )
        else:
            opening = self.env._(
                "%(person)s, dispatched by your firm to %(place)s, stands at %(total)s "
                "points in the cycle from %(first)s to %(last)s by “%(scheme)s”:",
                **facts,
            )
        closing = self.env._(
            "By the rulebook this asks for: %s. Please deal with it by your rules or "
            "by the agreement with us, and let us know the result.",
            self.label,
        )
        return opening, closing

    def _begin(self, action, text):
        """Meet rivals, check, and return the measure in the engine's environment."""
        self.ensure_one()
        self.check_access("read")
        # sudo: read access was checked; state, person and text are, next.
        measure = engine(self.sudo())
        measure.cycle_id._meet_rivals()
        measure.invalidate_recordset()
        if refusal := self._refusal(action):
            raise UserError(refusal)
        self._check_text(text)
        return measure

    def _refusal(self, action):
        """Return why the current user cannot take this step, False if they can."""
        self.ensure_one()
        # sudo: only whose task it is and whom it concerns is asked.
        measure, user = self.sudo(), self.env.user
        if measure.state != ("todo" if action == "done" else "proposed"):
            states = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(measure)s: this step is not possible in the state “%(state)s”.",
                measure=measure.display_name,
                state=states[measure.state],
            )
        if user in measure.employee_id.user_id:
            return self.env._("A measure is not kept by the person whom it concerns.")
        officer = user.has_group("gov_points.group_points_officer")
        if action == "done" and user != measure.owner_id and not officer:
            return self.env._(
                "%(measure)s is recorded by its owner or by the scoring office.",
                measure=measure.display_name,
            )
        if action != "done" and not officer:
            return self.env._(
                "A proposed measure is confirmed or set aside by the scoring office."
            )
        return False

    def _check_done(self, day):
        """Refuse to record what is suspended, not published, or on no possible day."""
        if self.is_suspended:
            raise UserError(
                self.env._(
                    "%(measure)s is suspended until the appeal has been decided.",
                    measure=self.display_name,
                )
            )
        # sudo: only whether the circular was released is asked.
        if self.kind == "circular" and self.sudo().publication_id.stage != "released":
            raise UserError(
                self.env._(
                    "A circular is done when a publisher has released it. Its draft "
                    "waits under Publications."
                )
            )
        today = self.company_id.gov_today()
        if not self.made_on <= day <= today:
            raise UserError(
                self.env._(
                    "%(measure)s was asked for on %(made)s: %(day)s is not possible, "
                    "the last possible day is %(today)s.",
                    measure=self.display_name,
                    made=format_day(self.env, self.made_on),
                    day=format_day(self.env, day),
                    today=format_day(self.env, today),
                )
            )

    @api.model
    def _check_text(self, text, required=True):
        if text is None or text is False:
            text = ""
        if not isinstance(text, str) or len(text) > _MAX_TEXT or "\0" in text:
            raise UserError(
                self.env._("Please write a text of up to %s signs.", _MAX_TEXT)
            )
        if required and not text.strip():
            raise UserError(self.env._("Please write a text."))
        return text.strip() or False

    # === Engine: what the level asks for ===

    @api.model
    def _sync(self, cycles):
        """Make and withdraw measures until they are what the levels ask for.

        Stateless: it compares what stands with what the rows of the scheme say, so it
        can be called again, also after it was killed. A row that was reached keeps its
        measures; only a row that holds makes new ones.

        :param cycles: ``gov.points.cycle``, whose totals are up to date.
        :return: the measures that were made now.
        """
        # sudo: called by the ledger, for entries that were decided.
        measures = engine(self.sudo())
        cycles = cycles.with_env(measures.env)
        live = measures.search(
            [("cycle_id", "in", cycles.ids), ("state", "!=", "withdrawn")]
        )
        by_cycle = live.grouped("cycle_id")
        fallen = revived = measures
        to_make = []
        for cycle in cycles:
            standing = by_cycle.get(cycle, measures)
            kept = cycle._keys_reached(cycle.total, cycle.highest_single)
            lost = standing.filtered(lambda m, kept=kept: m.key not in kept)
            fallen |= lost
            revived |= (standing - lost).filtered("is_cleared")
            made = set(
                (standing - lost.filtered(lambda m: m.state != "done")).mapped("key")
            )
            for key, line in cycle._lines_due():
                if key not in made:
                    made.add(key)
                    to_make.append((cycle, key, line))
        fallen._fall()
        revived._revive()
        (live - fallen)._renew_circulars()
        return measures._make(to_make)

    @api.model
    def _make(self, due):
        """Create the measures of a list of (cycle, key, line of the scheme)."""
        if not due:
            return self
        owners = {}
        deadlines = {}
        # Nobody is told twice: the to-do says it, no message beside it.
        made = (
            self.with_context(tracking_disable=True)
            .create(
                [
                    self._measure_values(cycle, key, line, owners, deadlines)
                    for cycle, key, line in due
                ]
            )
            .with_env(self.env)
        )
        made._schedule()
        made._draft_circulars()
        return made

    @api.model
    def _measure_values(self, cycle, key, line, owners, deadlines):
        employee, company = cycle.employee_id, cycle.company_id
        today = company.gov_today()
        return {
            "cycle_id": cycle.id,
            "employee_id": employee.id,
            "department_id": cycle.department_id.id,
            "staff_type": employee.staff_type,
            "company_id": company.id,
            "line_id": line.id,
            "threshold_code": line.threshold_id.code,
            "kind": line.kind,
            "key": key,
            "limit": line.kind if line.kind in _LIMITS else False,
            "owner_id": self._find_owner(cycle, line, owners).id,
            "made_on": today,
            "deadline": self._find_deadline(company, today, line, deadlines),
            "state": "proposed" if line.only_if_serious else "todo",
        }

    @api.model
    def _find_deadline(self, company, day, line, known):
        """Return the last day of a measure; ``known`` keeps what was counted."""
        if not line.days_number:
            return False
        key = (company.id, day, line.days_number, line.days_unit)
        if key not in known:
            workdays = self.env["gov.workday"].with_company(company)
            known[key] = workdays.deadline(*key[1:])["date"]
        return known[key]

    @api.model
    def _find_owner(self, cycle, line, known):
        """Return whose task it is: the post of the line, else one post up.

        Never the person concerned.

        :param known: dict that keeps the holders of roles during a batch.
        """
        company = cycle.company_id

        def holders(role):
            if company not in known:
                # All roles at once, however many lines ask.
                rows = self.env["gov.role.holder"].search(
                    self.env["gov.role"]._get_holder_domain(company)
                )
                known[company] = rows.grouped("role_id")
            return known[company].get(role, self.env["gov.role.holder"]).employee_id

        for employees in self._iter_owners(cycle, line, holders):
            for employee in employees:
                user = employee.user_id
                if (
                    employee != cycle.employee_id
                    and employee.active
                    and user.active
                    and not user.share
                    and company in user.company_ids
                ):
                    return user
        return self.env["res.users"]

    @api.model
    def _iter_owners(self, cycle, line, holders):
        """Yield the employees who may be the owner, nearest first."""
        department = cycle.department_id
        if line.owner_kind == "role":
            yield holders(line.role_id)
            if line.role_id.department_id:
                department = line.role_id.department_id
        if line.owner_kind != "role" or line.role_id.department_id:
            yield department.manager_id
        yield department.line_leader_id
        while department := department.parent_id:
            yield department.manager_id
        for code in ("points_office_head", "points_officer", "head"):
            yield holders(self._get_role(code))

    @api.model
    def _get_role(self, code):
        return self.env["gov.role"].search([("code", "=", code)], limit=1)

    @api.model
    def _cron_care(self):
        """Give open measures an active owner and a to-do where they have lost it.

        :return: True
        """
        # sudo: a scheduled job, over all institutions.
        measures = engine(self.sudo())
        lost = measures.search([("state", "in", _OPEN)]).filtered(
            lambda m: not m.owner_id.active or not m.activity_ids
        )
        known = {}
        for measure in lost:
            if not measure.owner_id.active:
                owner = self._find_owner(measure.cycle_id, measure.line_id, known)
                measure.owner_id = owner or measure.owner_id
                measure._close_todos()
            if measure.owner_id.active and not measure.activity_ids:
                measure._schedule()
        return True

    def _schedule(self):
        """Give the owners their to-dos, quietly and at once."""
        type_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "mail.mail_activity_data_todo"
        )
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": measure.id,
                    "activity_type_id": type_id,
                    "summary": measure._get_todo(),
                    "user_id": measure.owner_id.id,
                    "date_deadline": measure.deadline or measure.made_on,
                }
                for measure in self
                if measure.owner_id and measure.state in _OPEN
            ]
        )

    def _get_todo(self):
        """Return the text of the owner's to-do, in the owner's language."""
        measure = self.with_context(lang=self.owner_id.lang)
        if measure.state == "proposed":
            return measure.env._(
                "Is it serious? %(measure)s", measure=measure.display_name
            )
        return measure.display_name

    def _close_todos(self):
        self.activity_ids.unlink()

    # === Engine: after a drop ===

    def _fall(self):
        """Withdraw what is undone, note what is done; clear what was published."""
        if not self:
            return
        done = self.filtered(lambda m: m.state == "done" and not m.is_cleared)
        undone = self.filtered(lambda m: m.state != "done")
        undone.write({"state": "withdrawn"})
        done.write({"is_cleared": True})
        for measure in done | undone:
            env = measure._get_company_env()
            measure.note = env._(
                "%(day)s: the total dropped to %(total)s; this measure has lost its "
                "ground.",
                day=measure.company_id.gov_today(),
                total=measure.cycle_id.total,
            )
            measure._clear_circular()
        undone._close_todos()

    def _revive(self):
        """Take back the note of what had been done, for the level is reached again."""
        for measure in self:
            measure.is_cleared = False
            if measure.kind == "circular":
                # What was shown has been corrected: it is published anew.
                measure.write({"state": "todo", "publication_id": False})
                measure._schedule()
        self._draft_circulars()

    def _get_company_env(self):
        """Return an environment in the language of the institution's papers."""
        return self.with_context(lang=self.company_id.partner_id.lang).env
