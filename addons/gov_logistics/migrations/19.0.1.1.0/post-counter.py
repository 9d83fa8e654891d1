def migrate(cr, version):
    """Issues and requests of the first release get what this one reads of them."""
    if not version:
        return
    # Until now every issue was signed on screen.
    cr.execute(
        """
        UPDATE stock_picking SET counter_method = 'signature'
         WHERE supply_signature_hash IS NOT NULL AND counter_method IS NULL
        """
    )
    cr.execute(
        """
        UPDATE gov_supply_request request SET counter_method = 'signature'
         WHERE counter_method IS NULL AND EXISTS (
               SELECT FROM stock_picking picking
                WHERE picking.supply_request_id = request.id
                  AND picking.counter_method = 'signature')
        """
    )
    # The use of norms counts by the day on which a request counts.
    cr.execute(
        """
        UPDATE gov_supply_request request
           SET period_date = (
               request.submitted_at AT TIME ZONE 'UTC' AT TIME ZONE company.gov_tz
               )::date
          FROM res_company company
         WHERE company.id = request.company_id
           AND request.period_date IS NULL AND request.submitted_at IS NOT NULL
        """
    )
