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
# Whose answer about the last quarter is missing.
ASKED = ("general", "meetings", "catering", "security")


def load(loader, window):
    draw = random.Random(SEED)
    groups = {g.code: g for g in loader.env["gov.service.group"].search([])}
    departments = [
        loader.ref(f"department_{row['id']}") for row in loader.table("departments")
    ]
    asked = [loader.ref(f"department_{name}") for name in ASKED]
    *__, latest = days = quarters(window)
    for first in days:
        last = first + relativedelta(months=3) - timedelta(days=1)
        deadline = window.after(last, 10)
        if first == latest:
            # The time to answer was prolonged: some are still asked.
            deadline = max(deadline, window.after(window.today, 5))
        surveys = engine(loader.env["gov.service.survey"]).create(
            [
                {
                    "department_id": department.id,
                    "company_id": loader.company.id,
                    "date_from": first,
                    "date_to": last,
                    "deadline": deadline,
                }
                for department in departments
            ]
        )
        rows = []
        for survey in surveys:
            waits = first == latest and survey.department_id in asked
            silent = waits or draw.random() < 0.12
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
