from datetime import date

from odoo import Command

from .common import SupplyCommon


class ServiceCase(SupplyCommon):
    """The institution of ``SupplyCommon`` with its service centre and contracts.

    The centre is the department ``works``; it serves the department ``office`` and the
    served unit ``unit`` (liaison ``liaison`` with the portal account ``portal_user``).
    ``service_vendor`` is a vendor with the portal account ``vendor_user``. People, each
    with ``<name>_user``: ``desk``, ``repairer``, ``repairer2``, ``inspector``,
    ``inspector2``, ``keeper`` (contracts and settlement), ``centre`` (manager of the
    service centre), ``budget`` (budget clerk); holders of roles as in ``SupplyCommon``.

    The catalogue has ``cleaning`` (m²), ``guard`` (posts), ``power`` (kWh), ``lamp``
    (a repair) and ``meal``. In force for the whole of ``year``, this year:

    * ``vendor_contract``: cleaning 1,000 at 2.60 and 3 guards at 3,850, fixed by month;
      power at 0.68, metered; lamp at 45, metered; the standard deduction table, not
      assessed unless a test says so;
    * ``office_contract``: the centre serves ``office`` on internal account, power 0.68
      and meal 12, metered;
    * ``unit_contract``: the centre serves ``unit`` by transfer, power 0.70 and meal 15,
      metered, and 100 m² of cleaning at 3.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, full_name, groups in (
            ("desk", "Qian Lu", "group_service_desk"),
            ("repairer", "Tao Shan", "group_repairer"),
            ("repairer2", "Tao Shui", "group_repairer"),
            ("inspector", "Kong Ming", "group_service_inspector"),
            ("inspector2", "Kong Liang", "group_service_inspector"),
            ("keeper", "Yan Qing", "group_contract"),
            ("centre", "Shi Yu", "group_service_manager"),
        ):
            cls._create_person(
                name, full_name, cls.works, 60, "Officer", f"gov_logistics.{groups}"
            )
        cls._create_person(
            "budget",
            "Jin Suan",
            cls.office,
            61,
            "Officer",
            "gov_logistics.group_budget",
        )
        cls.year = cls.company.gov_today().year
        cls._create_service_partners()
        cls._create_catalogue()
        cls._create_contracts()

    @classmethod
    def _create_service_partners(cls):
        partners = cls.env["res.partner"]
        cls.unit, cls.unit2, cls.service_vendor, cls.service_vendor2 = partners.create(
            [
                {"name": "County Archives", "is_company": True},
                {"name": "County Library", "is_company": True},
                {"name": "Clean Garden Property Services", "is_company": True},
                {"name": "Lan Shield Guards", "is_company": True},
            ]
        )
        if "is_served_unit" in partners._fields:
            (cls.unit + cls.unit2).is_served_unit = True
        cls.liaison, cls.portal_user = cls._create_portal(cls.unit, "Ren Liaison")
        _contact, cls.portal2_user = cls._create_portal(cls.unit2, "Xu Liaison")
        _contact, cls.vendor_user = cls._create_portal(
            cls.service_vendor, "Ma Site Manager"
        )

    @classmethod
    def _create_portal(cls, partner, name):
        """Return a contact of ``partner`` and its portal account."""
        contact = cls.env["res.partner"].create(
            {"name": name, "parent_id": partner.id, "type": "contact"}
        )
        user = (
            cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": name,
                    "login": f"gov_portal_{contact.id}",
                    "partner_id": contact.id,
                    "company_id": cls.company.id,
                    "company_ids": [Command.set(cls.company.ids)],
                    "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
                }
            )
        )
        return contact, user

    @classmethod
    def _create_catalogue(cls):
        cls.service_group = cls.env["gov.service.group"].create(
            {"name": "Property of the test", "code": "test_property"}
        )
        for name, label in (
            ("cleaning", "Cleaning"),
            ("guard", "Guard post"),
            ("power", "Electricity"),
            ("lamp", "Lamp replaced"),
            ("meal", "Working meal"),
        ):
            setattr(cls, name, cls._create_item(name, label))

    @classmethod
    def _create_item(cls, code, name, **values):
        return cls.env["gov.service.item"].create(
            {
                "code": f"T-{code}",
                "name": name,
                "group_id": cls.service_group.id,
                "uom_id": cls.env.ref("uom.product_uom_unit").id,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def _create_contracts(cls):
        cls.deduction_table = cls.env.ref("gov_logistics.gov_deduction_table_standard")
        cls.vendor_contract = cls._contract(
            "vendor",
            (cls.cleaning, "fixed", 2.60, 1000),
            (cls.guard, "fixed", 3850, 3),
            (cls.power, "metered", 0.68),
            (cls.lamp, "metered", 45),
            name="Property services",
            deduction_table_id=cls.deduction_table.id,
        )
        cls.office_contract = cls._contract(
            "internal",
            (cls.power, "metered", 0.68),
            (cls.meal, "metered", 12),
            name="The centre for the office",
            served_department_id=cls.office.id,
        )
        cls.unit_contract = cls._contract(
            "internal",
            (cls.power, "metered", 0.70),
            (cls.meal, "metered", 15),
            (cls.cleaning, "fixed", 3, 100),
            name="The centre for the archives",
            partner_id=cls.unit.id,
        )

    @classmethod
    def _contract(cls, role, *lines, activate=True, **values):
        """Return a contract as its keeper sees it, in force unless told otherwise.

        :param role: ``vendor`` or ``internal``
        :param lines: (item, ``fixed`` or ``metered``, price[, quantity]) or a
            dictionary of values
        :param values: further values; the term is ``year``, the other side
            ``service_vendor`` unless a department is served
        """
        if role == "vendor" or not values.get("served_department_id"):
            values.setdefault("partner_id", cls.service_vendor.id)
        commands = [
            Command.create(line if isinstance(line, dict) else cls._line_values(*line))
            for line in lines
        ]
        contract = cls._as(cls.env["contract.contract"], cls.keeper_user).create(
            {
                "name": "Service contract",
                "service_role": role,
                "department_id": cls.works.id,
                "date_start": date(cls.year, 1, 1),
                "date_end": date(cls.year, 12, 31),
                "own_confirmer_id": cls.works_head_user.id,
                "contract_line_ids": commands,
                **values,
            }
        )
        if activate:
            contract.action_activate()
        return contract

    @staticmethod
    def _line_values(item, kind, price, quantity=1):
        return {
            "service_item_id": item.id,
            "charge_kind": kind,
            "price": price,
            "quantity": quantity,
        }

    @staticmethod
    def _line_of(contract, item):
        """Return the line of a contract about an item."""
        return contract.contract_line_ids.filtered(
            lambda line: line.service_item_id == item
        )
