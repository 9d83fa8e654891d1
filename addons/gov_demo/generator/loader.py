import csv

from odoo.fields import Command
from odoo.tools import file_open

MODULE = "gov_demo"


class Loader:
    """Reads the tables and keeps the external ids of what is made from them.

    :ivar env: superuser environment in Chinese, without mails, followers and log
        notes; the main company is the current one.
    """

    def __init__(self, env):
        self.env = env(
            su=True,
            context={
                "lang": "zh_CN",
                "tz": "Asia/Shanghai",
                "tracking_disable": True,
                "mail_create_nosubscribe": True,
                "mail_create_nolog": True,
                "mail_notrack": True,
                "no_reset_password": True,
            },
        )
        self.company = self.env.ref("base.main_company")
        self.env = self.company.with_company(self.company).env
        self.company = self.company.with_env(self.env)
        self.known = {}
        self.hashed = None

    @staticmethod
    def table(name):
        """Return the rows of ``data/<name>.csv`` as dicts of texts."""
        with file_open(f"{MODULE}/data/{name}.csv") as stream:
            return list(csv.DictReader(stream))

    def get(self, name):
        """Return the record made under ``name``, or None."""
        return self.env.ref(f"{MODULE}.{name}", raise_if_not_found=False)

    def ref(self, name):
        """Return the record made under ``name``; a full external id works too."""
        return self.env.ref(name if "." in name else f"{MODULE}.{name}")

    def id(self, name):
        """Return the id of the record made under ``name``, asked for once."""
        if name not in self.known:
            self.known[name] = self.ref(name).id
        return self.known[name]

    def set_password(self, users, password):
        """Give all demo users their password.

        One hash for all: a hundred of them would take half a minute.
        """
        if not self.hashed:
            self.hashed = users._crypt_context().hash(password)
        for user in users:
            user._set_encrypted_password(user.id, self.hashed)

    def goods(self, quantities):
        """Return the commands that enter products.

        :param quantities: (product, quantity) pairs, the products by their names.
        """
        return [
            Command.create(
                {"product_id": self.ref(f"product_{name}").id, "quantity": quantity}
            )
            for name, quantity in quantities
        ]

    def make(self, model, rows):
        """Create a batch of records and remember their names.

        :param rows: list of (name, values).
        :return: recordset in the order of ``rows``.
        """
        records = self.env[model].create([values for __, values in rows])
        self.remember(
            {name: record for (name, __), record in zip(rows, records, strict=True)}
        )
        return records

    def remember(self, records):
        """Give external ids to records; an update of the module leaves them alone.

        :param records: dict of name → record.
        """
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": f"{MODULE}.{name}", "record": record, "noupdate": True}
                for name, record in records.items()
            ]
        )
