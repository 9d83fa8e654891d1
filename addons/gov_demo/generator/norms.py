"""Norms of what is handed out over the counter, and the kit of new staff."""

# The institution's paper, quoted as it stands there.
CITATION = "《办公用品管理办法》第六条（领用定额）"


def load(loader):
    """Create the norms; they hold from today, what was drawn before keeps its way."""
    today = loader.company.gov_today()
    loader.make(
        "gov.supply.norm",
        [
            (
                f"norm_{row['product']}",
                {
                    "product_tmpl_id": loader.ref(
                        f"product_{row['product']}"
                    ).product_tmpl_id.id,
                    "company_id": loader.company.id,
                    "basis": row["basis"],
                    "quantity": float(row["quantity"]),
                    "carry_over": int(row["carry_over"]),
                    "date_from": today,
                    "citation": CITATION,
                },
            )
            for row in loader.table("norms")
        ],
    )
    loader.make(
        "gov.supply.kit",
        [
            (
                "kit_new_staff",
                {
                    "name": "新入职人员办公用品",
                    "purpose": "新入职配备",
                    "company_id": loader.company.id,
                    "line_ids": loader.goods((("gel_pen", 3), ("paper_a4_70", 1))),
                },
            )
        ],
    )
    for name in ("mouse", "keyboard_set"):
        if product := loader.get(f"product_{name}"):
            product.product_tmpl_id.old_for_new = True
