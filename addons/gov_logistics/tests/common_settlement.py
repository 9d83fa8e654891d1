import base64
from datetime import date

from .common_service import ServiceCase

SCAN = base64.b64encode(
    base64.b64decode(
        b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
        b"AABJRU5ErkJggg=="
    )
).decode()


class SettlementCase(ServiceCase):
    """Contracts of ``ServiceCase`` with helpers that draft and confirm statements.

    ``works_head`` confirms for the institution, ``office_head`` for the office; a
    vendor and a served unit confirm on paper unless a test names somebody.
    """

    @classmethod
    def day(cls, month, day):
        return date(cls.year, month, day)

    @classmethod
    def statements(cls, user=None):
        return cls._as(cls.env["gov.settlement"], user or cls.keeper_user)

    @classmethod
    def draft(cls, contract, month=1, last=None):
        """Draft what is due by the end of ``month``, as the keeper; sorted by day."""
        last = last or date(cls.year + month // 12, month % 12 + 1, 1)
        day = last.fromordinal(last.toordinal() - 1) if last.day == 1 else last
        drafted = cls.statements()._draft(contract.with_env(cls.env), day, day)
        return cls.statements().browse(drafted.sorted("date_from").ids)

    @classmethod
    def use(cls, contract, item, day, quantity, kind="use", **values):
        """Record usage of a metered line, or missing service of a fixed one."""
        rows = cls.env["gov.service.usage"]
        cls.usage_number = getattr(cls, "usage_number", 0) + 1
        return rows._record(
            [
                {
                    "source": "import",
                    "source_model": "res.partner",
                    "source_id": cls.usage_number,
                    "contract_line_id": cls._line_of(contract, item).id,
                    "date": day,
                    "quantity": quantity,
                    "kind": kind,
                    **values,
                }
            ]
        )

    @classmethod
    def confirm_own(cls, statement):
        return statement.with_user(cls.works_head_user).action_confirm("own")

    @classmethod
    def confirm_paper(cls, statement, **values):
        return statement.with_user(cls.keeper_user).action_confirm_paper(
            "other", "Ma Site Manager", cls.company.gov_today(), SCAN, **values
        )

    @classmethod
    def confirm_both(cls, statement):
        cls.confirm_own(statement)
        return cls.confirm_paper(statement)

    @classmethod
    def approve(cls, statement):
        """Submit and decide by the whole chain."""
        statement.with_user(cls.keeper_user).action_submit()
        statement.with_user(cls.finance_user).action_approve()
        statement.with_user(cls.head_user).action_approve()
        return statement

    @classmethod
    def seal(cls, statement):
        """Walk a draft until it is sealed."""
        cls.confirm_both(statement)
        cls.approve(statement)
        if statement.state == "stamping":
            statement.with_user(cls.keeper_user).action_stamp(SCAN, "paper.png")
        return statement
