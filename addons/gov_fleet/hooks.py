def pre_init_hook(env):
    """Give shared vehicles to the institution, where there is only one."""
    env.cr.execute(
        "UPDATE fleet_vehicle SET company_id = (SELECT MIN(id) FROM res_company)"
        " WHERE company_id IS NULL AND (SELECT COUNT(*) FROM res_company) = 1"
    )


def post_init_hook(env):
    """Translate what the models have from the add-ons below.

    The files of those were read before these models existed.
    """
    modules = env["ir.module.module"]
    below = modules._get("gov_base") + modules._get("gov_logistics")
    below._update_translations()


def uninstall_hook(env):
    """Leave core's service logs as core knows them."""
    # Types of service that logs name stay with them, no longer as ours.
    env.cr.execute(
        "DELETE FROM ir_model_data WHERE module = 'gov_fleet'"
        " AND model = 'fleet.service.type' AND res_id IN"
        " (SELECT service_type_id FROM fleet_vehicle_log_services)"
    )
    env.cr.execute(
        "ALTER TABLE fleet_vehicle_log_services ALTER COLUMN company_id DROP NOT NULL"
    )
    env.invalidate_all()
