"""Slips of paper from before the system, as the engine takes them over."""

import random
from datetime import datetime, time

from odoo.fields import Command

from .walk import OPINIONS

# Submitted in the morning: a long chain is decided by the evening.
FIRST_HOUR, LAST_HOUR = 9, 12


class Register:
    """The paper register of the agency; its times of day are made of a seed."""

    def __init__(self, loader, seed):
        self.loader = loader
        self.draw = random.Random(seed)

    def slip(self, day, employee, handler, **values):
        """Return the values of one slip.

        :param day: the local day of its submission.
        :param employee: name of the applicant in the tables.
        :param handler: login of who typed it.
        """
        person = self.loader.ref(f"employee_{employee}")
        user = "base.user_admin" if handler == "admin" else f"user_{handler}"
        hour = self.draw.randint(FIRST_HOUR, LAST_HOUR)
        moment = datetime.combine(day, time(hour, self.draw.randrange(60)))
        return {
            "employee_id": person.id,
            "department_id": person._gov_department().id,
            "company_id": self.loader.company.id,
            "handler_id": self.loader.ref(user).id,
            "date_needed": day,
            "submitted_at": self.loader.company._gov_utc(moment),
            **values,
        }

    def enter_issues(self, slips):
        """Have the engine take over what was handed out over the counter.

        :param slips: the values of the slips, in the order of their numbers.
        """
        requests = self.loader.env["gov.supply.request"]
        requests._import_issues(slips, OPINIONS)

    def enter_purchases(self, slips):
        """Have the engine take over what was bought.

        :param slips: list of (lines, values of the slip without its lines); a line
            may carry the ``price_unit`` at which it was bought.
        :return: the requests.
        """
        return self.loader.env["gov.supply.request"]._import_purchases(
            [
                {**values, "line_ids": [Command.create(line) for line in lines]}
                for lines, values in slips
            ],
            [[line.get("price_unit") for line in lines] for lines, __ in slips],
            OPINIONS,
        )
