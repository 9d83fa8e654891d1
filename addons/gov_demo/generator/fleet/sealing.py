"""The National Day: 22 sealed, 5 on duty, 2 exempt, 1 in the workshop."""

from datetime import date, timedelta

from odoo.addons.gov_base.models.gov_guard import engine

KINDS = {
    "v01": ("exempt", "机要通信用车"),
    "v02": ("exempt", "机要通信用车"),
    **{f"v{number:02}": ("duty", "应急值班用车") for number in range(3, 8)},
    "v26": ("workshop", "送修保养"),
}
# Opened with a permit for one trip, and found with more km than at sealing.
OPENED, PERMIT_KM = "v22", 42
# The trips after the holiday go on from there.
MOVED, MOVED_KM = "v14", 38
DISPATCHER = "xuedongmei"
KEEPER, SEALED_BY, SUPERVISOR = "liulijuan", "xuedongmei", "yaoguifen"


def load(loader, window):
    first, last = holiday(loader, window)
    env = loader.env(user=loader.id(f"user_{DISPATCHER}"), su=False)
    sealing = env["gov.vehicle.sealing"].create(
        {
            "name": "国庆节",
            "date_from": first,
            "date_to": last,
            "keeper_id": loader.id(f"employee_{KEEPER}"),
            "sealed_by_id": loader.id(f"employee_{SEALED_BY}"),
            "supervisor_id": loader.id(f"employee_{SUPERVISOR}"),
            "first_strip": f"封{first.year}001",
        }
    )
    loader.remember({"sealing_national_day": sealing})
    sealing.action_prepare()
    lines = {line.vehicle_id: line for line in sealing.line_ids}
    for row in loader.table("vehicles"):
        line = lines[loader.ref(f"vehicle_{row['id']}").with_env(env)]
        kind, reason = KINDS.get(row["id"], ("sealed", False))
        reading = _reading(loader, line.vehicle_id, window.utc(first, 0))
        line.write({"kind": kind, "reason": reason, "odometer_in": reading})
    sealing.action_number_strips()
    sealing.action_seal()
    _use_with_permit(loader, window, first, lines)
    for line in sealing.line_ids.filtered(lambda line: line.state != "planned"):
        line.odometer_out = line.odometer_in + line.permitted_km
    moved = lines[loader.ref(f"vehicle_{MOVED}").with_env(env)]
    moved.odometer_out += MOVED_KM
    sealing.action_unseal()
    _set_back(loader, window, sealing, first, last)


def holiday(loader, window):
    """Return the first and the last day off of the National Day before today."""
    year = window.today.year
    begin = date(year, 10, 1)
    if begin + timedelta(days=8) > window.today:
        begin = date(year - 1, 10, 1)
    workdays = loader.env["gov.workday"]
    found = workdays.env["gov.vehicle.sealing"]._get_holidays(
        loader.company, begin - timedelta(days=5), begin + timedelta(days=2)
    )
    __, first, last = found[0]
    return first, last


def _reading(loader, vehicle, moment):
    trip = loader.env["gov.vehicle.trip"].search(
        [("vehicle_id", "=", vehicle.id), ("date_start", "<", moment)],
        order="date_start desc",
        limit=1,
    )
    return trip.odometer_in or vehicle.sudo().odometer_first


def _use_with_permit(loader, window, first, lines):
    """One sealed vehicle drove with a permit; it was taken over from the paper."""
    line = lines[loader.ref(f"vehicle_{OPENED}").with_env(line_env(lines))]
    line = engine(line.sudo())
    day = first + timedelta(days=2)
    opened, closed = window.utc(day, 9), window.utc(day, 15)
    permit = engine(loader.env["gov.vehicle.sealing.permit"]).create(
        {
            "company_id": loader.company.id,
            "line_id": line.id,
            "handler_id": loader.id(f"user_{DISPATCHER}"),
            "employee_id": loader.id("employee_xuedongmei"),
            "purpose": "山区道路塌方，查看供水管线",
            "date_start": opened,
            "date_end": closed,
            "driver_id": loader.ref(f"vehicle_{OPENED}").driver_card_id.employee_id.id,
            "odometer_out": line.odometer_in,
            "odometer_in": line.odometer_in + PERMIT_KM,
            "strip_number": f"封{first.year}101",
            "approval_state": "approved",
            "submitted_at": opened,
            "decided_at": opened,
            "opened_at": opened,
            "resealed_at": closed,
            "opened_by_id": loader.id(f"user_{DISPATCHER}"),
            "resealed_by_id": loader.id(f"user_{DISPATCHER}"),
        }
    )
    permit._assign_number(day)
    line.permitted_km = PERMIT_KM
    loader.remember({"sealing_permit": permit})


def line_env(lines):
    return next(iter(lines.values())).env


def _set_back(loader, window, sealing, first, last):
    """It was sealed on the eve and unsealed on the first working day."""
    sealed = window.utc(first - timedelta(days=1), 17, 40)
    unsealed = window.utc(last + timedelta(days=1), 8, 10)
    document = engine(sealing.sudo())
    document.write({"sealed_at": sealed, "unsealed_at": unsealed})
    lines = document.line_ids.filtered("sealed_at")
    lines.write({"sealed_at": sealed, "unsealed_at": unsealed})
