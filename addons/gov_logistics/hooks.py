def post_init_hook(env):
    """Set up what was there before: warehouses, and the words of the shared fields."""
    # Each warehouse gets its operation type for issues.
    env["stock.warehouse"]._create_missing_supply_types()
    # The states that requests have from gov_base are translated in its files, which
    # were read before the model of requests existed.
    base = env["ir.module.module"]._get("gov_base")
    base._update_translations()
    # Requests and rooms' devices that were there before take part.
    env["maintenance.request"]._adopt_old_requests()
