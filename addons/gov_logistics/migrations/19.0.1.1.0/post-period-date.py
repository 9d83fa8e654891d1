def migrate(cr, version):
    """Let what was submitted before count on the institution's day of submission."""
    cr.execute(
        """
        UPDATE gov_supply_request request
           SET period_date = (
                   request.submitted_at AT TIME ZONE 'UTC'
                   AT TIME ZONE coalesce(company.gov_tz, 'Asia/Shanghai')
               )::date
          FROM res_company company
         WHERE company.id = request.company_id
           AND request.submitted_at IS NOT NULL
           AND request.period_date IS NULL
        """
    )
