"""The use of norms by departments: a few queries for any number of lines."""

from collections import defaultdict, namedtuple

from dateutil.relativedelta import relativedelta

from odoo.tools import SQL

# ``allowed``: the norm of the month with what is carried over; ``used``: what other
# requests of the department took of it; ``before``: what earlier lines of the same
# request ask of it. All in the unit of the norm.
Measure = namedtuple("Measure", "norm allowed used before")


class NormUse:
    """The norms in force and their use, read once for a set of request lines."""

    def __init__(self, lines):
        self.env = lines.env
        # Norms are no secret; what a department drew is only given to whoever may
        # read the request or type for the department, which the caller has checked.
        self.lines = lines.filtered(
            lambda line: line.product_id and line.request_id.department_id
        ).sudo()
        self.found = {}
        self.norms = self._read_norms()
        self.lines = self.lines.filtered(
            lambda line: self.norms
            and self._find_norm(line.product_id, line.request_id)
        )
        if self.lines:
            self.heads = self._read_heads()
            self.used = self._read_used()

    def measure(self):
        """Return ``{line: Measure}`` for the lines to which a norm applies."""
        result, before = {}, defaultdict(float)
        for line in self.lines:
            request = line.request_id
            norm = self._find_norm(line.product_id, request)
            if not norm:
                continue
            pool = (request, norm)
            allowed, used = self._count(norm, request)
            result[line] = Measure(norm, allowed, used, before[pool])
            before[pool] += line.uom_id._compute_quantity(
                line._get_norm_demand(), norm.uom_id, round=False
            )
        return result

    # ------------------------------------------------------------------- reading

    def _read_norms(self):
        """Return the norms that matter by their key, newest first."""
        if not self.lines:
            return {}
        requests = self.lines.request_id
        days = [day for request in requests for day in request._get_norm_days()]
        norms = (
            self.env["gov.supply.norm"]
            .sudo()
            .search(
                [
                    ("company_id", "in", requests.company_id.ids),
                    ("department_id", "in", [*requests.department_id.ids, False]),
                    ("date_from", "<=", max(days)),
                    "|",
                    ("date_to", "=", False),
                    ("date_to", ">=", min(days) - relativedelta(months=24)),
                ],
                order="date_from desc",
            )
        )
        return norms.grouped(lambda norm: norm._get_key())

    def _read_heads(self):
        """Return how many people work in each department.

        The same rule as ``hr.employee._gov_department``: the working department, else
        the personnel one; who has left does not count.
        """
        requests = self.lines.request_id
        for name in "hr.employee", "hr.version":
            self.env[name].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT employee.company_id,
                       coalesce(employee.working_department_id, version.department_id)
                           AS department_id,
                       count(*)
                  FROM hr_employee employee
                  LEFT JOIN hr_version version
                    ON version.id = employee.current_version_id
                 WHERE employee.active
                   AND employee.company_id IN %(companies)s
                   AND coalesce(employee.working_department_id, version.department_id)
                       IN %(departments)s
                 GROUP BY 1, 2
                """,
                companies=tuple(requests.company_id.ids),
                departments=tuple(requests.department_id.ids),
            )
        )
        return {(company, department): heads for company, department, heads in rows}

    def _read_used(self):
        """Return what the departments asked and drew, by month, in product units.

        What a request for issue asks counts in the month of the request from its
        submission; what was lowered, closed or brought back does not.

        :return: dict (company id, department id) → list of (month, product, quantity,
            unit, id of the request when it is one of those measured).
        """
        requests = self.lines.request_id
        months = max(norm.carry_over for norms in self.norms.values() for norm in norms)
        first = min(request._get_norm_days()[1] for request in requests)
        first = first.replace(day=1) - relativedelta(months=2 * months)
        for name in "gov.supply.request", "gov.supply.request.line":
            self.env[name].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT request.company_id, request.department_id,
                       date_trunc('month', request.period_date)::date,
                       line.product_id, line.uom_id,
                       CASE WHEN request.id IN %(own)s THEN request.id END,
                       sum(coalesce(line.qty_approved, line.quantity)
                           - coalesce(line.qty_closed, 0)
                           - coalesce(line.qty_returned, 0))
                  FROM gov_supply_request request
                  JOIN gov_supply_request_line line ON line.request_id = request.id
                 WHERE request.kind = 'issue'
                   AND request.approval_state IN ('submitted', 'on_hold', 'approved')
                   AND request.company_id IN %(companies)s
                   AND request.department_id IN %(departments)s
                   AND request.period_date >= %(first)s
                   AND line.product_id IS NOT NULL
                 GROUP BY 1, 2, 3, 4, 5, 6
                """,
                own=tuple(requests._origin.ids) or (0,),
                companies=tuple(requests.company_id.ids),
                departments=tuple(requests.department_id.ids),
                first=first,
            )
        )
        products = self.env["product.product"].sudo().browse({row[3] for row in rows})
        units = self.env["uom.uom"].browse({row[4] for row in rows})
        used = defaultdict(list)
        for company, department, month, product, unit, own, quantity in rows:
            used[company, department].append(
                (
                    month,
                    product and products.browse(product).with_prefetch(products.ids),
                    quantity,
                    units.browse(unit).with_prefetch(units.ids),
                    own,
                )
            )
        return used

    # ------------------------------------------------------------------ counting

    def _find_norm(self, product, request):
        """Return the norm of ``product`` on the day of ``request``, if there is one."""
        day = request._get_norm_days()[0]
        place = (request.company_id.id, request.department_id.id)
        if (known := (product, place, day)) not in self.found:
            self.found[known] = self._search_norm(product, *place, day)
        return self.found[known]

    def _search_norm(self, product, company_id, department_id, day):
        """Return the norm that goes before all others, by the order of the model."""
        template = product.product_tmpl_id
        path = (template.categ_id.parent_path or "").strip("/").split("/")
        categories = [int(number) for number in reversed(path) if number]
        scopes = [
            ("product_id", product.id),
            ("product_tmpl_id", template.id),
            *(("categ_id", number) for number in categories),
        ]
        for department in (department_id, False):
            for scope in scopes:
                key = (company_id, department, *scope)
                for norm in self.norms.get(key, ()):
                    if norm._is_in_force(day) and norm.uom_id._has_common_reference(
                        template.uom_id
                    ):
                        return norm
        return self.env["gov.supply.norm"]

    def _count(self, norm, request):
        """Return (what may be drawn in the month of ``request``, what others drew)."""
        month = request._get_norm_days()[1].replace(day=1)
        used = defaultdict(float)
        key = (request.company_id.id, request.department_id.id)
        own_id = request._origin.id
        for when, product, quantity, unit, own in self.used.get(key, ()):
            if own and own == own_id:
                continue
            if self._find_norm(product, request) == norm:
                used[when] += unit._compute_quantity(quantity, norm.uom_id, round=False)
        carried = self._carry(norm, request, month, used)
        heads = self.heads.get(key, 0)
        return norm._get_month_quantity(heads) + carried, used[month]

    def _carry(self, norm, request, month, used):
        """Return what the months before leave over.

        A month draws on its own norm first, then on the oldest that is carried over.
        """
        heads = self.heads.get((request.company_id.id, request.department_id.id), 0)
        left = []  # [month, quantity], oldest first
        for back in range(2 * norm.carry_over, 0, -1):
            start = month - relativedelta(months=back)
            end = start + relativedelta(months=1, days=-1)
            rows = self.norms.get(norm._get_key(), ())
            row = next((row for row in rows if row._is_in_force(end)), None)
            quantity = 0.0
            if row:
                quantity = row.uom_id._compute_quantity(
                    row._get_month_quantity(heads), norm.uom_id, round=False
                )
            oldest = start - relativedelta(months=norm.carry_over)
            left = [part for part in left if part[0] >= oldest]
            need = used.get(start, 0.0)
            own = [start, quantity]
            for part in [own, *left]:
                drawn = min(part[1], need)
                part[1] -= drawn
                need -= drawn
            left.append(own)
        oldest = month - relativedelta(months=norm.carry_over)
        return sum(quantity for start, quantity in left if start >= oldest)
