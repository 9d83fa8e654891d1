from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_compare

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day
from odoo.addons.gov_base.tools.input_check import check_records_exist, plain_number

# Bodies that have their own cap and displacement, in special circumstances only.
_LARGER = frozenset({"mpv", "offroad", "bus"})


class FleetVehicle(models.Model):
    """What is held against quota and standards when a vehicle is registered.

    A vehicle is registered when it is created, taken back from the archive, or moved
    to another class, department or institution; its standards also when its price,
    displacement or body changes. What exceeds a limit needs an approved acquisition
    that says so, once per acquisition.
    """

    _inherit = "fleet.vehicle"

    _acquisition_uniq = models.UniqueIndex(
        "(gov_acquisition_id) WHERE gov_acquisition_id IS NOT NULL",
        "This acquisition has been used for another vehicle.",
    )
    _replaces_uniq = models.UniqueIndex(
        "(replaces_id) WHERE replaces_id IS NOT NULL AND active",
        "Another vehicle replaces this one already.",
    )

    # ------------------------------------------------------------- what is checked

    def _registration_key(self):
        """Return what a registration depends on, by kind of check."""
        self.ensure_one()
        counted = self.active and self.gov_state == "in_service" and not self.is_rented
        total = (counted, self.usage_class, self.company_id)
        return {
            "total": total,
            "department": (*total, self.department_id),
            "standard": (
                self.active,
                self.usage_class,
                self.body_type,
                self.is_electric,
                bool(self.special_case),
                self.net_car_value,
                self.displacement,
                self.is_rented,
                self.gov_acquisition_id,
            ),
            "replacement": (self.replaces_id, self.gov_acquisition_id),
        }

    def _check_registration(self, before):
        """Refuse what exceeds quota or standards without an approved acquisition.

        :param before: dict vehicle → key before the change; None for new vehicles.
        :raise UserError: naming the figure, the limit and the clause.
        """
        # What was looked up for one vehicle holds for the others of the batch.
        known = {}
        for vehicle in self:
            if not vehicle.active or vehicle.gov_state != "in_service":
                continue
            key = vehicle._registration_key()
            old = before[vehicle] if before else {}
            changed = {name for name in key if key[name] != old.get(name)}
            if not changed:
                continue
            vehicle._check_class()
            acquisition = vehicle._take_acquisition()
            problems = []
            if changed & {"total", "department"} and not acquisition.exceeds_quota:
                problems += vehicle._get_quota_problems(changed, known)
            if "standard" in changed and not acquisition.exceeds_standard:
                problems += vehicle._get_standard_problems(known)
            if "replacement" in changed:
                problems += vehicle._get_replacement_problems(acquisition)
            if problems:
                raise UserError(
                    self.env._(
                        "%(vehicle)s cannot be registered. %(problems)s It needs an "
                        "approved acquisition as an exception.",
                        vehicle=vehicle.display_name,
                        problems=" ".join(problems),
                    )
                )

    def _check_class(self):
        if not (self.usage_class and self.body_type and self.company_id):
            raise UserError(
                self.env._(
                    "%(vehicle)s: an official vehicle has an institution, a class and "
                    "a body.",
                    vehicle=self.display_name,
                )
            )
        if self.is_rented and self.gov_acquisition_id.kind != "rental":
            raise UserError(
                self.env._(
                    "%(vehicle)s is rented: name its approved rental.",
                    vehicle=self.display_name,
                )
            )

    def _check_acquisition_free(self, vals_list):
        """Refuse an acquisition that is used for another vehicle, or is none.

        :raise UserError: naming the acquisition and its vehicle.
        """
        check_records_exist(
            self.browse(), vals_list, ("gov_acquisition_id", "replaces_id")
        )
        ids = {vals.get("gov_acquisition_id") for vals in vals_list} - {None, False}
        # sudo: only whether it is used is asked.
        for acquisition in self.env["gov.vehicle.acquisition"].sudo().browse(ids):
            if acquisition.vehicle_id and acquisition.vehicle_id not in self:
                acquisition._refuse_used()

    def _take_acquisition(self):
        """Use the acquisition that the vehicle names, and check that it covers it.

        :return: the acquisition, in superuser mode; empty when there is none.
        :raise UserError: it is not approved, used, or about another vehicle.
        """
        # sudo: its state and figures are read, which the registration follows.
        acquisition = engine(self.gov_acquisition_id.sudo())
        if acquisition:
            acquisition._check_covers(self)
            if not acquisition.vehicle_id:
                acquisition.vehicle_id = self
        return acquisition

    # ------------------------------------------------------------------------ quota

    def _get_quota_problems(self, changed, known):
        """Return what is above a quota; the whole batch is in the count already."""
        if self.is_rented:
            return []
        key = self.company_id, self.usage_class, self.department_id, "total" in changed
        if key not in known:
            known[key] = self.env["gov.vehicle.quota"]._find_excess(
                *key[:3], extra=0, whole=key[3]
            )
        return known[key]

    # -------------------------------------------------------------------- standards

    def _get_standard_problems(self, known):
        values = {
            "usage_class": self.usage_class,
            "body_type": self.body_type,
            "is_electric": self.is_electric,
            "special_case": self.special_case,
            # Rent is no purchase; the displacement of a rented vehicle counts.
            "price": 0 if self.is_rented else self.net_car_value,
            "displacement": self.displacement,
        }
        return self._find_standard_excess(self.company_id, values, known)

    @api.model
    def _find_standard_excess(self, company, values, known=None):
        """Return in words what is above price cap or displacement.

        Caps per class, for larger vehicles in special circumstances, large buses and
        electric sedans: 党政机关公务用车管理办法 (中办发〔2017〕71号).

        :param company: institution whose clauses count.
        :param values: dict usage_class, body_type, is_electric, special_case, price,
            displacement.
        :param known: dict for the clauses of a batch.
        :return: list of sentences.
        """
        known = {} if known is None else known
        size = self._get_standard_size(values)
        problems = []
        cap = self._find_clause(f"vehicle.price_cap.{size}", company, known)
        price, digits = values["price"] or 0, 2
        if cap and float_compare(price, cap._typed_value(), digits) > 0:
            problems.append(
                self.env._(
                    "The price of %(price)s is above the cap of %(cap)s (%(clause)s, "
                    "%(citation)s).",
                    price=company.currency_id.format(price),
                    cap=company.currency_id.format(cap._typed_value()),
                    clause=cap.name,
                    citation=cap.citation,
                )
            )
        limit = self._find_clause(f"vehicle.displacement.{size}", company, known)
        litres = values["displacement"] or 0
        if limit and float_compare(litres, limit._typed_value(), digits) > 0:
            problems.append(
                self.env._(
                    "Its displacement, %(litres)s L, is above %(limit)s L (%(clause)s, "
                    "%(citation)s).",
                    litres=plain_number(litres),
                    limit=plain_number(limit._typed_value()),
                    clause=limit.name,
                    citation=limit.citation,
                )
            )
        return problems

    @api.model
    def _get_standard_size(self, values):
        """Return the last part of the codes of the clauses that apply."""
        body, usage_class = values["body_type"], values["usage_class"]
        if usage_class == "special":
            return "special"
        if body == "coach":
            return "coach"
        if body in _LARGER and (values["special_case"] or "").strip():
            return "larger"
        if body == "sedan" and values["is_electric"]:
            return "electric"
        return usage_class

    @api.model
    def _find_clause(self, code, company, known):
        """Return the clause in force today, or none: not every class has a limit."""
        # sudo: clauses are read by everybody; portal users come here too.
        policies = self.env["gov.policy"].sudo()
        if (code, company) not in known:
            known[code, company] = policies.search(
                Domain("code", "=", code)
                & Domain("company_id", "in", [company.id, False])
                & policies._domain_in_force(company.gov_today()),
                order="company_id",
                limit=1,
            )
        return known[code, company]

    # ------------------------------------------------------------------ replacement

    def _get_replacement_problems(self, acquisition):
        old = self.replaces_id
        if not old:
            return []
        if old.gov_state != "disposed":
            raise UserError(
                self.env._(
                    "%(vehicle)s replaces %(old)s, which is still in service: dispose "
                    "of it first.",
                    vehicle=self.display_name,
                    old=old.display_name,
                )
            )
        if acquisition.exceeds_age:
            return []
        return old._find_age_shortfall(old.disposed_on)

    def _find_age_shortfall(self, day):
        """Return in words how far the vehicle is from its replacement age.

        :param day: the day on which it is, or was, replaced.
        :return: list of sentences, empty from the age on or without a known date.
        """
        self.ensure_one()
        company = self._gov_company()
        clause = self.env["gov.policy"].sudo()  # clauses are read by everybody
        clause = clause._get_policy("vehicle.replacement_years", company=company)
        first = self.registered_on or self.acquisition_date
        due = first and first + relativedelta(years=clause._typed_value())
        if not due or day >= due:
            return []
        return [
            self.env._(
                "%(vehicle)s, in use since %(first)s, may be replaced from %(due)s on: "
                "after %(years)s years (%(citation)s).",
                vehicle=self.display_name,
                first=format_day(self.env, first),
                due=format_day(self.env, due),
                years=clause._typed_value(),
                citation=clause.citation,
            )
        ]
