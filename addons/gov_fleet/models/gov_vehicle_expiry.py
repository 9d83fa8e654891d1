from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.gov_base.models.gov_guard import engine
from odoo.addons.gov_base.tools.days import format_day

_TYPE = "gov_fleet.mail_activity_type_vehicle_expiry"
# model → dates that lapse
_DATES = {
    "fleet.vehicle": (
        "inspection_date_to",
        "insurance_date_to",
        "licence_date_to",
        "rental_date_to",
    ),
    "gov.vehicle.driver": ("licence_date_to",),
}
_BATCH = 500


class GovVehicleExpiry(models.Model):
    """That somebody was told of a date before it lapses: once per paper and date."""

    _name = "gov.vehicle.expiry"
    _description = "Lapsing Date Told"
    _inherit = ["gov.guard.mixin"]
    _engine_only = True

    model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="model", required=True)
    field = fields.Char(required=True)
    date = fields.Date(required=True)

    _date_uniq = models.UniqueIndex("(model, res_id, field, date)")

    @api.model
    def _cron_tell(self):
        """Tell of dates that lapse within the days of the clause, once per date.

        Each batch is committed with its rows, so that the job can be killed and
        started again without telling anybody twice.

        :return: number of to-dos made.
        """
        count = 0
        # sudo: the job looks at every institution's vehicles and drivers.
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        for company in companies:
            for model in _DATES:
                due = self._find_due(model, company)
                for start in range(0, len(due), _BATCH):
                    count += self._tell(model, company, due[start : start + _BATCH])
                    self.env["ir.cron"]._commit_progress(_BATCH)
        return count

    @api.model
    def _find_due(self, model, company):
        """Return (id, field, date) of dates that lapse soon and were not told."""
        days = self.env["gov.policy"].get_value("vehicle.expiry_days", company=company)
        limit = company.gov_today() + timedelta(days=days)
        # sudo: as in the job.
        records = self.env[model].sudo()
        found = []
        for name in _DATES[model]:
            domain = [
                ("company_id", "=", company.id),
                (name, "!=", False),
                (name, "<=", limit),
            ]
            if name == "rental_date_to":
                domain.append(("is_rented", "=", True))
            rows = records.search_read(domain, [name], order="id", load=None)
            found += [(row["id"], name, row[name]) for row in rows]
        # sudo: what the job has told before.
        told = {
            (row.res_id, row.field, row.date)
            for row in self.sudo().search([("model", "=", model)], order="id")
        }
        return [row for row in found if row not in told]

    @api.model
    def _tell(self, model, company, due):
        """Make the to-dos of a batch and note that they were made."""
        # sudo: called by the job.
        engine(self.sudo()).create(
            [
                {"model": model, "res_id": res_id, "field": name, "date": date}
                for res_id, name, date in due
            ]
        )
        # sudo: as in the job.
        records = engine(self.env[model].sudo())
        keeper = company.fleet_keeper_id or self._get_managers(company)[:1]
        count = 0
        for res_id, name, date in due:
            record = records.browse(res_id)
            for user in self._get_told(record, keeper):
                env = record.with_context(lang=user.lang or self.env.lang).env
                record.with_env(env).activity_schedule(
                    _TYPE,
                    date_deadline=date,
                    user_id=user.id,
                    summary=env._(
                        "%(paper)s %(day)s",
                        paper=record._fields[name]._description_string(env),
                        day=format_day(env, date),
                    ),
                )
                count += 1
        return count

    @api.model
    def _get_told(self, record, keeper):
        """Return who is told: the vehicle's manager, or the keeper and the driver."""
        if record._name == "fleet.vehicle":
            return record.manager_id or keeper
        return keeper | record.user_id

    @api.model
    def _get_managers(self, company):
        group = self.env.ref("gov_fleet.group_fleet_manager")
        users = group.sudo().all_user_ids  # who keeps the vehicles of the institution
        return users.filtered(
            lambda user: user.active and company in user.company_ids
        ).sorted("id")

    @api.model
    def _settle(self, name, before):
        """Close the to-dos of dates that were renewed.

        :param name: field of the date.
        :param before: dict record → its date before the change.
        """
        kind = self.env.ref(_TYPE)
        by_model = defaultdict(list)
        for record, date in before.items():
            if date and record[name] and record[name] > date:
                by_model[record._name].append((record.id, date))
        for model, rows in by_model.items():
            # sudo: the to-do may be somebody else's; the date was just renewed.
            activities = self.env["mail.activity"].sudo()
            found = activities.search(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", [row[0] for row in rows]),
                    ("activity_type_id", "=", kind.id),
                ]
            )
            found.filtered(
                lambda todo, rows=rows: (todo.res_id, todo.date_deadline) in rows
            ).unlink()
        return True
