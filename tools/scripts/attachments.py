"""For ``odoo shell``: keep attachments in the database, so that copies are whole."""

# ruff: noqa: F821
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
env["ir.attachment"].force_storage()
env.cr.commit()
