def find_todos(rows, activity_type_id):
    """Return the to-dos that go with ``rows``.

    :param rows: recordset with ``model``, ``res_id`` and ``user_id``: each row has its
        holder's to-do on its matter.
    :param activity_type_id: id of the kind of to-do.
    """
    activities = rows.env["mail.activity"]
    if not rows:
        return activities
    found = activities.search(
        [
            ("res_model", "in", list(set(rows.mapped("model")))),
            ("res_id", "in", rows.mapped("res_id")),
            ("user_id", "in", rows.user_id.ids),
            ("activity_type_id", "=", activity_type_id),
        ]
    )
    keys = {(row.model, row.res_id, row.user_id.id) for row in rows}
    return found.filtered(lambda a: (a.res_model, a.res_id, a.user_id.id) in keys)
