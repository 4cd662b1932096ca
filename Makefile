# The front of everything. `make help` lists the targets; VAKA_PORT, VAKA_STATE and the like: docs/operating.md.
.DEFAULT_GOAL := help
.PHONY: help run demo setup image test test-fast advisories lint bench audit diagnose rehearsal prove steady chaos soak outputs translation clean-state

help:  ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

# LAN=1 (or LAN=ADDRESS) serves the local network; CERT=file KEY=file: over HTTPS
run demo: export VAKA_LAN := $(or $(LAN),$(VAKA_LAN))
run demo: export VAKA_CERT := $(or $(CERT),$(VAKA_CERT))
run demo: export VAKA_KEY := $(or $(KEY),$(VAKA_KEY))

run:  ## Set up, start the site, do the main job once, and serve until Ctrl-C on http://localhost:8000; LAN=1: to the local network
	@docker/setup run up --demo --serve

demo:  ## Set up, start the site, do the main job as a client would, and end; the last line is JSON
	@docker/setup run up --demo

setup:  ## Make this server ready: Python environment, Docker engine, lab image
	@docker/setup

image:  ## Build the lab image (a part of setup; nothing is done when it is there); FRESH=1: from the packages of today
	@docker/setup $(if $(FRESH),--fresh)

test:  ## Linters, types, contracts, and all tests: unit, PostgreSQL, live, browser; MINUTES=80: not longer
	@docker/setup --quiet --tests && .venv/bin/python tests/run $(if $(MINUTES),--minutes $(MINUTES)); status=$$?; docker/setup --quiet stop-engine; exit $$status

test-fast:  ## Linters and the tests that need neither engine nor browser
	@[ -x .venv/bin/ruff ] || docker/setup --quiet --tests
	@.venv/bin/python tests/run --fast

advisories:  ## Ask a database about known vulnerabilities of each locked version; CI=1: not to reach one is no failure
	@[ -x .venv/bin/pip-audit ] || docker/setup --quiet --tests
	@.venv/bin/python docker/advisories

lint:  ## Linters, types and contracts only
	@[ -x .venv/bin/ruff ] || docker/setup --quiet --tests
	@.venv/bin/python tests/run --lint

bench:  ## Measure; the last line is JSON
	@docker/setup --quiet run bench --thin

diagnose:  ## Put faults into real networks, and see whether their cause is named; ONLY='isis bgp'; MINUTES=20: not longer
	@docker/setup --quiet run diagnose $(ONLY) $(if $(MINUTES),--minutes $(MINUTES))

prove:  ## Prove the labs that changed: start, solve, and make mistakes in them; ALL=1: all labs; MINUTES=20: not longer
	@docker/setup --quiet run check_labs --live $(if $(ALL),--again) $(if $(MINUTES),--minutes $(MINUTES))

outputs:  ## Record what labs print for lessons, where it is missing or out of date (record_outputs)
	@docker/setup --quiet run record_outputs

steady:  ## Grade each lab hundreds of times, and count the verdicts that are not as the others
	@docker/setup --quiet run steady

rehearsal:  ## Play a workshop with real labs and SEATS=30 clients, or one class lab with LAB=exchange-day; the last line is JSON
	@docker/setup --quiet run rehearsal --seats $(or $(SEATS),30) $(if $(LAB),--lab $(LAB))

audit:  ## Try to get out of a lab, in every way we know; needs root
	@docker/setup --quiet run audit

chaos:  ## Break everything that can break, and see what learners see; needs root
	@docker/setup --quiet run chaos

soak:  ## 500 starts and stops, and what they leave; needs root
	@docker/setup --quiet run chaos --soak 500

translation: CATALOGUE = platform/vaka/locale/$(LANGUAGE)/LC_MESSAGES/django.po
translation:  ## Bring the catalogue of LANGUAGE=fr up to date with code and labs, and compile it; needs gettext
	@[ -n "$(LANGUAGE)" ] || { echo "Say which language, for example: make translation LANGUAGE=fr"; exit 1; }
	@.venv/bin/python manage.py makemessages --locale $(LANGUAGE) --no-wrap --keep-pot --verbosity 0 --ignore 'tests/*' --ignore 'rigs/*' --ignore 'docker/*'
	@.venv/bin/python manage.py lab_texts >platform/vaka/locale/labs.pot
	@cd platform/vaka/locale && msgcat --use-first --no-wrap django.pot labs.pot --output-file all.pot
	@msgmerge --quiet --update --backup=none --no-fuzzy-matching --no-wrap $(CATALOGUE) platform/vaka/locale/all.pot
	@rm platform/vaka/locale/*.pot
	@msgfmt --check-format --statistics --output-file $(CATALOGUE:.po=.mo) $(CATALOGUE)

clean-state: ROOT = $$([ ! -e .vaka ] || [ -O .vaka ] || echo sudo)
clean-state:  ## Forget this clone's site: database, keys, logs and labs. Tools and environment stay
	@if [ -e .vaka/log/up.lock ] && ! $(ROOT) flock -n .vaka/log/up.lock true; then echo "The site is running. Stop it first."; exit 1; fi
	@if [ -e .vaka/site_id ]; then $(ROOT) docker ps -aq --filter "label=vaka.site=$$(cat .vaka/site_id)" | xargs -r $(ROOT) docker rm -f >/dev/null; fi
	@$(ROOT) find .vaka -mindepth 1 -maxdepth 1 ! -name host -exec rm -rf {} + 2>/dev/null || true
	@if [ -e .vaka ]; then $(ROOT) chown "$$(id -u):$$(id -g)" .vaka; fi
