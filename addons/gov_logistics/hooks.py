def post_init_hook(env):
    """Give the warehouses that exist already their operation type for issues."""
    env["stock.warehouse"]._create_missing_supply_types()
