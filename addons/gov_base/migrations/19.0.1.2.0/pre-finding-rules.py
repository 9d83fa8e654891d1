_MOVED = {
    "verified_complaint": "finding_rule_verified_complaint",
    "vendor_staff_conduct": "finding_rule_vendor_staff_conduct",
}


def migrate(cr, version):
    """Two kinds of findings come from gov_points to gov_base, with their history.

    The service centre opens them too, with or without the scoring app. A kind that
    was made on the spot, by the first finding of its code, is taken up as it stands.
    """
    if not version:
        return
    cr.execute(
        """
        UPDATE ir_model_data SET module = 'gov_base'
         WHERE module = 'gov_points' AND model = 'gov.finding.rule' AND name IN %s
        """,
        [tuple(_MOVED.values())],
    )
    for code, name in _MOVED.items():
        cr.execute(
            """
            INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
            SELECT 'gov_base', %s, 'gov.finding.rule', id, true
              FROM gov_finding_rule rule
             WHERE code = %s AND NOT EXISTS (
                   SELECT FROM ir_model_data
                    WHERE module = 'gov_base' AND name = %s)
            """,
            [name, code, name],
        )
