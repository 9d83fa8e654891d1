"""Jobs that run for every institution."""

import logging

import psycopg2

_logger = logging.getLogger(__name__)


def each_institution(records, work):
    """Do the work of a job for each institution, committed one by one.

    One that fails is undone alone and stands in the log; the others have theirs, and
    the next run tries it again. So the work is written to be done twice. Whoever loses
    a race starts anew as a whole.

    :param records: an empty recordset; for each institution it is in that company and
        in the language in which it keeps its records.
    :param str work: name of the method of ``records`` that takes the company.
    :return: False when the time of the job is up.
    """
    env = records.env
    cron, rules = env["ir.cron"], env["gov.approval.rule"]
    # sudo: a job runs for all of them.
    companies = env["res.company"].sudo().search([("active", "=", True)], order="id")
    cron._commit_progress(remaining=len(companies))
    for company in companies:
        try:
            with env.cr.savepoint():
                own = records.with_company(company)
                own = own.with_context(lang=rules._get_lang(company))
                getattr(own, work)(company)
        except psycopg2.OperationalError:
            raise
        except Exception:
            _logger.exception("The job failed for institution %s", company.id)
        if not cron._commit_progress(1):
            return False
    return True
