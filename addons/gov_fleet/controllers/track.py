from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

# Two million points have some ninety megabytes.
MAX_BODY = 512 * 1024 * 1024


def _get_most(_controller):
    """Return how many bytes may be sent; asked before the first of them is read."""
    is_importer = request.env.user.has_group("gov_fleet.group_track")
    return MAX_BODY if is_importer else 0


class TrackUpload(http.Controller):
    """The page on which a track file is sent.

    A form of its own, since the file goes to disk as it comes in and is read from
    there line by line: in a field of a record it would be held in memory several times.
    """

    @http.route(
        "/gov_fleet/track",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        max_content_length=_get_most,
    )
    def upload(self, vehicle_id=None, file=None, **_ignored):
        """Show the form; import what was sent."""
        tracks = request.env["gov.vehicle.track"]
        if not request.env.user.has_group("gov_fleet.group_track"):
            return request.not_found()
        values = {"problem": None, "track": None, "chosen": vehicle_id}
        if request.httprequest.method == "POST":
            try:
                if not file or not hasattr(file, "stream") or not file.filename:
                    raise UserError(request.env._("Choose a file."))
                number = int(vehicle_id) if str(vehicle_id or "").isdecimal() else 0
                with request.env.cr.savepoint():
                    values["track"] = tracks._import_stream(
                        file.stream, number, file.filename
                    )
            except UserError as problem:
                values["problem"] = str(problem)
        # sudo: plates of the own institutions, for who imports their tracks.
        values["vehicles"] = (
            request.env["fleet.vehicle"]
            .sudo()
            .search_fetch(
                [("company_id", "in", request.env.companies.ids)],
                ["license_plate", "name"],
                order="license_plate, id",
            )
        )
        return request.render("gov_fleet.track_upload", values)
