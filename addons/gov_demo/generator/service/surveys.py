"""The departments' quarterly taps of a year: most good, some silent."""

import random
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo.addons.gov_base.models.gov_guard import engine

SEED = "yunlan surveys"
GROUPS = (
    "property",
    "cleaning",
    "security",
    "greening",
    "canteen",
    "meetings",
    "repair",
    "printing",
)


def load(loader, window):
    draw = random.Random(SEED)
    groups = {g.code: g for g in loader.env["gov.service.group"].search([])}
    departments = [
        loader.ref(f"department_{row['id']}") for row in loader.table("departments")
    ]
    for first in quarters(window):
        last = first + relativedelta(months=3) - timedelta(days=1)
        surveys = engine(loader.env["gov.service.survey"]).create(
            [
                {
                    "department_id": department.id,
                    "company_id": loader.company.id,
                    "date_from": first,
                    "date_to": last,
                    "deadline": window.after(last, 10),
                }
                for department in departments
            ]
        )
        rows = []
        for survey in surveys:
            silent = draw.random() < 0.12
            speaker = survey.department_id.liaison_ids[:1]
            for code in GROUPS:
                answer = draw.choices(("good", "fair", "poor"), (84, 14, 2))[0]
                if silent or draw.random() < 0.05:
                    answer = False
                rows.append(
                    {
                        "survey_id": survey.id,
                        "group_id": groups[code].id,
                        "answer": answer,
                        "answered_by_id": answer and speaker.id,
                        "answered_at": answer
                        and window.utc(window.after(last, draw.randint(1, 8)), 10),
                    }
                )
        engine(loader.env["gov.service.survey.line"]).create(rows)


def quarters(window):
    """Return the first days of the quarters that ended within the window."""
    day = window.months[0].first
    day = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    days = []
    while day + relativedelta(months=3) <= window.current.first:
        days.append(day)
        day += relativedelta(months=3)
    return days
