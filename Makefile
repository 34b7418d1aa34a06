# make eval   sets everything up and measures what needs no download
# make test   sets everything up and runs the tests; make test plugin=marathi runs one plugin's
# make lint   style and types
# make dist   builds every distribution into dist/ and checks what an index would say of it
# make docs   the documentation as a site, docs/_build/html; language=mr in Marathi, builder=gettext
#             the texts to translate

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
# Those that bring torch, of a gigabyte or more, are set up for tests alone.
HEAVY := $(filter $(addprefix plugins/,contextual static),$(PLUGINS))
LIGHT := core $(filter-out $(HEAVY),$(PLUGINS))
LANGUAGE ?= mr

.PHONY: eval test lint docs dist

eval: $(VENV)/installed
	$(BIN)/embkit eval --lang $(LANGUAGE)

test: $(VENV)/tested-with
	$(BIN)/pytest $(if $(plugin),plugins/$(plugin)/tests,-n 2 --dist loadfile)

lint: $(VENV)/tested-with
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: builder ?= html
docs: language ?= en
docs: $(VENV)/tested-with
	$(BIN)/sphinx-build -n -W --keep-going -q -b $(builder) -D language=$(language) -c docs . \
		docs/_build/$(builder)$(if $(filter-out en,$(language)),-$(language))

dist: $(VENV)/tested-with
	rm -rf dist
	for project in core $(PLUGINS); do $(BIN)/python -m build --outdir dist $$project || exit 1; done
	$(BIN)/twine check --strict dist/*

$(VENV)/installed: $(addsuffix /pyproject.toml,$(LIGHT))
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet $(addprefix -e ,$(LIGHT))
	touch $@

# fasttext and gensim are the references our readers are compared with. They are built from source
# or lag behind new Pythons: where they cannot be had, the tests that need them skip and say so.
$(VENV)/tested-with: $(VENV)/installed $(addsuffix /pyproject.toml,$(HEAVY)) requirements-dev.txt
	$(if $(HEAVY),$(BIN)/pip install --quiet $(addprefix -e ,$(LIGHT) $(HEAVY)))
	$(BIN)/pip install --quiet -r requirements-dev.txt
	$(BIN)/pip install --quiet 'fasttext>=0.9.3,<0.10' || echo 'fasttext could not be built; tests against it skip'
	$(BIN)/pip install --quiet 'gensim>=4.3.3,<5' || echo 'gensim could not be installed; tests against it skip'
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
		|| $(BIN)/playwright install chromium \
		|| echo 'there is no chromium; tests of reports in a browser skip'
	touch $@
