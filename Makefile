PYTHON ?= python3
PORT ?= 8069
GOV = $(PYTHON) tools/gov.py

.PHONY: help run test lint i18n bench stop clean distclean

help:
	@echo "make run        the demo agency on http://127.0.0.1:$(PORT)/ (PORT=…)"
	@echo "make test       every test, browser tests and linters included"
	@echo "make lint       ruff and pylint-odoo alone"
	@echo "make i18n       export the terms of each add-on and merge the translations"
	@echo "make bench      measure against plain Odoo"
	@echo "make stop       stop what was left running"
	@echo "make clean      remove databases and logs"
	@echo "make distclean  remove Odoo and the Python packages, too"

run:
	@$(GOV) run --port $(PORT)

test:
	@$(GOV) test

lint:
	@$(GOV) lint

i18n:
	@$(GOV) i18n

bench:
	@$(GOV) bench

stop:
	@$(GOV) stop

clean:
	@$(GOV) clean

distclean:
	@$(GOV) clean --all
