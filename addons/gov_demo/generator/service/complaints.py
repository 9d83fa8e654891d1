"""Seven complaints: four verified, one of them about a person, two still open."""

from datetime import timedelta

from odoo.addons.gov_base.tools.past import on_day

TAKER, EXAMINER = "jiangxiaoyan", "shaoliqun"


def load(loader, window):
    for row in loader.table("complaints"):
        day = window.today + timedelta(days=int(row["days"]))
        while not window.workdays.is_working_day(day):
            day -= timedelta(days=1)
        values = {
            "date": day,
            "source": row["source"],
            "facts": row["facts"],
            "complainant_id": loader.ref(f"unit_{row['unit']}").id,
            "complainant_name": loader.ref(f"unit_{row['unit']}_liaison").name,
        }
        if row["contract"]:
            contract = loader.ref(f"contract_{row['contract']}")
            values.update(contract_id=contract.id, partner_id=contract.partner_id.id)
        if row["employee"]:
            values["employee_id"] = loader.ref(f"employee_{row['employee']}").id
        complaints = loader.env["gov.service.complaint"]
        taker = loader.ref(f"user_{TAKER}")
        complaint = on_day(complaints.with_user(taker), day).create(values)
        loader.remember({f"complaint_{row['id']}": complaint})
        if row["goal"] != "open":
            examiner = complaint.with_user(loader.ref(f"user_{EXAMINER}"))
            examiner = on_day(examiner, window.after(day, 2))
            if row["goal"] == "verified":
                examiner.action_verify(row["result"])
            else:
                examiner.action_dismiss(row["result"])
