from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.input_check import check_plain_values
from odoo.addons.gov_base.tools.names import join_names
from odoo.addons.gov_base.tools.scan import clean_scan

_CLOSED_REPAIR = ("accepted", "done", "rejected", "cancelled")
_NOTE = 500


class GovVehicleCheck(models.Model):
    """The look at a vehicle before it leaves (出车前检查).

    Made before the first trip of the day and after a change of driver, by the driver
    on the phone, on the car room's tablet, or told to the dispatcher. Written once by
    the server. A blocking item that fails keeps the vehicle here: a repair request is
    opened, and the vehicle goes again when that is closed, or when technician or
    dispatcher lift the block with a reason. An urgent departure may be let go without
    a check (``waived``), with a reason; it stays on the list.
    """

    _name = "gov.vehicle.check"
    _description = "Vehicle Check"
    _inherit = ["gov.guard.mixin"]
    _order = "date desc, id desc"
    _rec_name = "vehicle_id"
    _engine_only = True
    _check_company_auto = True

    vehicle_id = fields.Many2one(
        "fleet.vehicle",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    driver_id = fields.Many2one(
        "hr.employee",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    trip_id = fields.Many2one(
        "gov.vehicle.trip",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    date = fields.Datetime(string="Checked at", required=True, readonly=True)
    day = fields.Date(required=True, readonly=True, index=True)
    cause = fields.Selection(
        [
            ("first", "First trip of the day"),
            ("driver", "Change of driver"),
            ("again", "Looked at again"),
        ],
        required=True,
        readonly=True,
        default="first",
    )
    result = fields.Selection(
        [
            ("passed", "In order"),
            ("failed", "Not in order"),
            ("waived", "Left without a check"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    line_ids = fields.One2many(
        "gov.vehicle.check.line", "check_id", string="Items", readonly=True
    )
    fault_text = fields.Char(string="What is wrong", readonly=True)
    note = fields.Char(readonly=True)
    photo = fields.Binary(string="Photo of the vehicle", attachment=True, readonly=True)
    entry = fields.Selection(
        [("phone", "Phone"), ("tablet", "Tablet"), ("desk", "Dispatcher")],
        string="Entered by way of",
        required=True,
        readonly=True,
        default="phone",
    )
    user_id = fields.Many2one(
        "res.users", string="Entered by", required=True, readonly=True
    )
    repair_id = fields.Many2one(
        "fleet.vehicle.log.services",
        string="Repair request",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    lifted_at = fields.Datetime(string="Block lifted at", readonly=True)
    lifted_by_id = fields.Many2one("res.users", string="Block lifted by", readonly=True)
    lift_reason = fields.Char(string="Why it was lifted", readonly=True)
    is_blocking = fields.Boolean(
        string="Keeps the vehicle here", compute="_compute_is_blocking"
    )
    can_lift = fields.Boolean(compute="_compute_can_lift")
    company_id = fields.Many2one(
        "res.company",
        string="Institution",
        required=True,
        readonly=True,
        index=True,
    )

    _vehicle_date = models.Index("(vehicle_id, date DESC, id DESC)")

    # === Compute ===

    @api.depends("result", "lifted_at", "repair_id.order_state")
    def _compute_is_blocking(self):
        """Only the last check of a vehicle counts, and only while it stands."""
        last = self._last_checks(self.vehicle_id)
        for check in self:
            check.is_blocking = check in last and check._stands()

    @api.depends("is_blocking")
    @api.depends_context("uid")
    def _compute_can_lift(self):
        user = self.env.user
        for check in self:
            check.can_lift = check.is_blocking and not check._lift_refusal(user)

    def _compute_display_name(self):
        for check in self:
            # sudo: whoever reads the check knows the plate of its vehicle.
            plate = check.sudo().vehicle_id.license_plate or ""
            moment = self.env["gov.paper"].time_text(check.date, check.company_id)
            check.display_name = f"{plate} {moment}".strip()

    # === Actions ===

    def action_lift(self, reason):
        """Let a vehicle go whose check failed.

        :param str reason: what was done about the fault; required.
        :return: True
        :raise UserError: no reason, nothing blocks, or the caller is neither
            technician nor dispatcher, or is the driver of the check.
        """
        reason = self.env["gov.vehicle.trip"]._driver_text(
            reason, self.env._("Say what was done about the fault.")
        )
        for check in self:
            check.check_access("read")
            if refusal := check._lift_refusal(self.env.user):
                raise UserError(refusal)
            check.vehicle_id._driver_meet_rivals()
            check.invalidate_recordset(["is_blocking", "lifted_at"])
            if not check.is_blocking:
                raise UserError(
                    self.env._(
                        "%s does not keep the vehicle here any more.",
                        check.display_name,
                    )
                )
            # Role, person, state and reason were checked just above.
            engine(check.sudo()).write(
                {
                    "lifted_at": fields.Datetime.now(),
                    "lifted_by_id": self.env.uid,
                    "lift_reason": reason,
                }
            )
        return True

    def _lift_refusal(self, user):
        """Return why ``user`` cannot lift the block, or an empty text."""
        if not user.has_groups("gov_fleet.group_technician,gov_fleet.group_dispatcher"):
            return self.env._(
                "A failed check is lifted by the technician or the dispatcher."
            )
        # sudo: only to compare accounts.
        if self.sudo().driver_id.user_id == user:
            return self.env._(
                "You found the fault yourself: somebody else looks at the vehicle."
            )
        return ""

    # === Helpers ===

    def _stands(self):
        """Tell whether this check, being the last one, keeps the vehicle here."""
        # sudo: only whether the repair is closed is asked.
        repair = self.sudo().repair_id
        return (
            self.result == "failed"
            and not self.lifted_at
            and not (repair and repair.order_state in _CLOSED_REPAIR)
        )

    @api.model
    def _last_checks(self, vehicles):
        """Return the last check of each vehicle, one query."""
        if not vehicles.ids:
            return self.browse()
        # sudo: whether a vehicle may leave does not hang on who reads its checks.
        groups = self.sudo()._read_group(
            [("vehicle_id", "in", vehicles.ids)], ["vehicle_id"], ["date:max"]
        )
        domain = ["|"] * (len(groups) - 1)
        for vehicle, moment in groups:
            domain += ["&", ("vehicle_id", "=", vehicle.id), ("date", "=", moment)]
        # sudo: as above.
        found = self.sudo().search(domain, order="id") if groups else self.browse()
        last = {check.vehicle_id.id: check.id for check in found}
        return self.browse(last.values())

    @api.model
    def _record(self, vehicle, driver, results, **values):
        """Write a check and, where a blocking item failed, its repair request.

        The caller has checked who speaks for the driver.

        :param results: dict item id → dict of ``ok`` (bool), ``note``, ``photo``
            (base64); every item of the vehicle must be in it.
        :param values: ``trip``, ``cause``, ``entry``, ``photo``, ``note``.
        :raise UserError: an item is missing or unknown, a fault is not described.
        """
        lines = self._prepare_lines(vehicle, results)
        faults = [line for line in lines if not line["is_ok"]]
        failed = any(line["is_blocking"] for line in faults)
        env = self.env["gov.approval.rule"]
        lang = env._get_lang(vehicle.company_id)
        text = join_names(
            self.with_context(lang=lang).env,
            [f"{line['name']}: {line['note']}" for line in faults],
        )
        now = fields.Datetime.now()
        # sudo: the caller has checked who speaks for the driver.
        check = engine(self.sudo()).create(
            {
                "vehicle_id": vehicle.id,
                "driver_id": driver.id,
                "trip_id": values.get("trip") and values["trip"].id,
                "date": now,
                "day": vehicle.company_id.gov_today(),
                "cause": values.get("cause") or "first",
                "result": "failed" if failed else "passed",
                "fault_text": text,
                "note": values.get("note"),
                "photo": self._clean_photo(values.get("photo")),
                "entry": values.get("entry") or "phone",
                "user_id": self.env.uid,
                "company_id": vehicle.company_id.id,
            }
        )
        for line in lines:
            line["check_id"] = check.id
        # sudo: the caller has checked who speaks; rows and fault of this check.
        engine(self.env["gov.vehicle.check.line"].sudo()).create(lines)
        if faults:
            engine(check).repair_id = vehicle.sudo()._open_fault(
                text, driver, check=check
            )
        return check.with_env(self.env)

    @api.model
    def _prepare_lines(self, vehicle, results):
        """Return the values of the lines of a check."""
        items = self.env["gov.vehicle.check.item"]._for_vehicle(vehicle)
        if not isinstance(results, dict):
            raise UserError(self.env._("These values are not possible here."))
        # JSON knows texts only as keys of a dictionary.
        given = {str(key): value for key, value in results.items()}
        unknown = set(given) - {str(item.id) for item in items}
        if unknown:
            raise UserError(
                self.env._(
                    "The check of %(vehicle)s has no item “%(item)s”.",
                    vehicle=vehicle.license_plate or vehicle.name,
                    item=min(unknown),
                )
            )
        return [self._prepare_line(item, given.get(str(item.id))) for item in items]

    @api.model
    def _prepare_line(self, item, found):
        """Return the values of one line; ``found`` is what the driver says."""
        if isinstance(found, bool):
            found = {"ok": found}
        if not isinstance(found, dict) or not isinstance(found.get("ok"), bool):
            raise UserError(self.env._("Say whether it is in order: %s.", item.name))
        note = found.get("note") or ""
        check_plain_values(self.env["gov.vehicle.check.line"], {"note": note})
        note = note.strip() if isinstance(note, str) else ""
        if not found["ok"] and (not note or len(note) > _NOTE):
            raise UserError(
                self.env._(
                    "Say what is wrong, in up to %(most)s signs: %(item)s.",
                    most=_NOTE,
                    item=item.name,
                )
            )
        photo = self._clean_photo(found.get("photo"))
        if not found["ok"] and item.needs_photo and not photo:
            raise UserError(self.env._("Show the fault by a photo: %s.", item.name))
        return {
            "item_id": item.id,
            "name": item.name,
            "sequence": item.sequence,
            "is_ok": found["ok"],
            "is_blocking": item.is_blocking,
            "note": note if not found["ok"] else False,
            "photo": photo,
        }

    @api.model
    def _clean_photo(self, value):
        return clean_scan(self.env, value)[0] if value else False
