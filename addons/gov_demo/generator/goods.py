"""What is kept in stock or bought on request, its vendors and the opening stock."""

from odoo.fields import Command


def load(loader):
    rows = loader.table("supplies")
    services = loader.table("services")
    _load_units(loader, rows + services)
    _load_categories(loader, rows)
    _load_products(loader, rows)
    _load_services(loader, services)
    _load_vendors(loader, rows)
    _load_stock(loader, rows)


def _load_units(loader, rows):
    """Create the counters that a Chinese store uses, each a unit of its own."""
    units = dict.fromkeys(row["unit"] for row in rows)
    loader.make("uom.uom", [(f"uom_{unit}", {"name": unit}) for unit in units])
    # Without this right nobody would see what a quantity is counted in.
    loader.env.ref("base.group_user").write(
        {"implied_ids": [Command.link(loader.env.ref("uom.group_uom").id)]}
    )


def _load_categories(loader, rows):
    """Create the groups of the store and the kinds within them."""
    groups = dict.fromkeys(row["category"] for row in rows)
    loader.make(
        "product.category",
        [(f"category_{name}", {"name": name}) for name in groups],
    )
    kinds = {row["subcategory"]: row["category"] for row in rows if row["subcategory"]}
    loader.make(
        "product.category",
        [
            (
                f"category_{name}",
                {"name": name, "parent_id": loader.ref(f"category_{group}").id},
            )
            for name, group in kinds.items()
        ],
    )


def _load_products(loader, rows):
    loader.make(
        "product.product",
        [
            (
                f"product_{row['id']}",
                {
                    "name": row["name"],
                    "type": "consu",
                    "is_storable": True,
                    "categ_id": loader.ref(
                        f"category_{row['subcategory'] or row['category']}"
                    ).id,
                    "uom_id": loader.ref(f"uom_{row['unit']}").id,
                    "standard_price": float(row["price"]),
                    "list_price": 0.0,
                    "sale_ok": False,
                    "purchase_ok": True,
                    "taxes_id": [Command.clear()],
                    "supplier_taxes_id": [Command.clear()],
                    "company_id": loader.company.id,
                },
            )
            for row in rows
        ],
    )


def _load_services(loader, rows):
    """Create what answers free texts about services and labour; no fixed price."""
    loader.make(
        "product.product",
        [
            (
                f"service_{row['id']}",
                {
                    "name": row["name"],
                    "type": "service",
                    "uom_id": loader.ref(f"uom_{row['unit']}").id,
                    "list_price": 0.0,
                    "sale_ok": False,
                    "purchase_ok": True,
                    "taxes_id": [Command.clear()],
                    "supplier_taxes_id": [Command.clear()],
                    "company_id": loader.company.id,
                },
            )
            for row in rows
        ],
    )


def _load_vendors(loader, rows):
    """Create the vendors; each delivers its groups of goods at the catalogue price."""
    country = loader.env.ref("base.cn").id
    vendors = loader.table("vendors")
    loader.make(
        "res.partner",
        [
            (
                f"vendor_{vendor['id']}",
                {
                    "name": vendor["name"],
                    "is_company": True,
                    "supplier_rank": 1,
                    "country_id": country,
                    "street": vendor["street"],
                    "lang": "zh_CN",
                },
            )
            for vendor in vendors
        ],
    )
    vendor_by_category = {
        category: loader.ref(f"vendor_{vendor['id']}")
        for vendor in vendors
        for category in vendor["supplies"].split(";")
        if category
    }
    loader.env["product.supplierinfo"].create(
        [
            {
                "partner_id": vendor_by_category[row["category"]].id,
                "product_id": product.id,
                "product_tmpl_id": product.product_tmpl_id.id,
                "price": float(row["price"]),
                "currency_id": loader.company.currency_id.id,
                "company_id": loader.company.id,
            }
            for row in rows
            if row["category"] in vendor_by_category
            for product in loader.ref(f"product_{row['id']}")
        ]
    )


def _load_stock(loader, rows):
    """Put the opening stock on the shelf by a count, as a store would."""
    env = loader.env
    warehouse = env["stock.warehouse"].search(
        [("company_id", "=", loader.company.id)], limit=1
    )
    warehouse.name = "物资库房"
    warehouse.view_location_id.name = "中心"
    warehouse.lot_stock_id.name = "物资库房"
    quants = (
        env["stock.quant"]
        .with_context(inventory_mode=True)
        .create(
            [
                {
                    "product_id": loader.ref(f"product_{row['id']}").id,
                    "location_id": warehouse.lot_stock_id.id,
                    "inventory_quantity": float(row["opening"]),
                }
                for row in rows
                if float(row["opening"])
            ]
        )
    )
    quants.action_apply_inventory()
