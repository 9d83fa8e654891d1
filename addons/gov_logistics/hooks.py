from odoo.tools import SQL


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


def uninstall_hook(env):
    """Let go of shipped records that rows of the organization still name.

    The columns of this add-on are about to be dropped, but the records it ships go
    first: a reference that restricts would log an error for each of them.
    """
    # Its triggers go with their table, the function would stay.
    env.cr.execute("DROP FUNCTION IF EXISTS gov_service_usage_frozen() CASCADE")
    env.flush_all()
    _hand_requests_back(env)
    _drop_own_restrictions(env)
    env.invalidate_all()


def _hand_requests_back(env):
    """Move requests from the stages of this add-on to those that were there before."""
    env.cr.execute(
        SQL(
            """
            WITH ours AS (
                SELECT res_id AS id FROM ir_model_data
                 WHERE module = 'gov_logistics' AND model = 'maintenance.stage'
            )
            UPDATE maintenance_request AS request
               SET stage_id = (
                       SELECT other.id FROM maintenance_stage other
                        WHERE other.id NOT IN (SELECT id FROM ours)
                        ORDER BY (coalesce(other.done, false)
                                  = coalesce(stage.done, false)) DESC,
                                 other.sequence, other.id
                        LIMIT 1)
              FROM maintenance_stage stage
             WHERE stage.id = request.stage_id
               AND stage.id IN (SELECT id FROM ours)
            """
        )
    )


def _drop_own_restrictions(env):
    """Drop the restricting foreign keys of columns that only this add-on has."""
    rows = env.execute_query(
        SQL(
            """
            SELECT con.conrelid::regclass::text, con.conname
              FROM pg_constraint con
              JOIN pg_class class ON class.oid = con.conrelid
              JOIN pg_namespace space ON space.oid = class.relnamespace
                                     AND space.nspname = current_schema()
              JOIN pg_attribute col ON col.attrelid = con.conrelid
                                   AND col.attnum = con.conkey[1]
              JOIN ir_model_fields field
                ON field.name = col.attname
               AND replace(field.model, '.', '_') = class.relname
             WHERE con.contype = 'f' AND con.confdeltype IN ('r', 'a')
               AND EXISTS (
                    SELECT FROM ir_model_data data
                     WHERE data.model = 'ir.model.fields' AND data.res_id = field.id
                       AND data.module = 'gov_logistics')
               AND NOT EXISTS (
                    SELECT FROM ir_model_data data
                     WHERE data.model = 'ir.model.fields' AND data.res_id = field.id
                       AND data.module != 'gov_logistics')
            """
        )
    )
    for table, name in rows:
        env.cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT %s",
                SQL.identifier(table.strip('"')),
                SQL.identifier(name),
            )
        )
