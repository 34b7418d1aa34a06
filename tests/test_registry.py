"""The registry, on real distributions that each test installs into a folder of its own."""

from __future__ import annotations

import sys
import textwrap

import pytest
from embkit import Benchmark, NotFound, Task
from embkit.errors import PluginError, Unreachable
from embkit.evaluate import is_here, load_dataset
from embkit.registry import Registry, registry

GOOD = """
    from embkit import Provider, hookimpl

    @hookimpl
    def embkit_providers():
        yield Provider(name="{name}", summary="for a test", load=None)
"""

BENCHMARKS = """
    from dataclasses import replace

    from embkit import Benchmark, Pairs, Task, hookimpl

    def load():
        return Pairs(first=["a"], second=["b"], scores=[1.0])

    def task(name):
        return Task(name=name, summary="", evaluator="similarity", load=load)

    def find(name):
        return task(name) if name.startswith("to-") else None

    @hookimpl
    def embkit_benchmarks():
        yield Benchmark(name="words", summary="", language="mar-Deva",
                        tasks=[task("near"), task("far")], find=find)
        yield Benchmark(name="code", summary="", language="en", domain="code",
                        tasks=[task("near")])
        yield Benchmark(name="many", summary="", language="mul", tasks=[],
                        find=lambda name: replace(task(name), language="tr", connects=True))
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that makes and installs a distribution of one package, its entry point alike."""
    monkeypatch.delenv("EMBKIT_PLUGINS", raising=False)
    before = set(sys.modules)

    def install_one(distribution, code, point=None):
        package = distribution.replace("-", "_")
        root = tmp_path / distribution
        info = root / f"{package}-1.0.dist-info"
        (root / package).mkdir(parents=True)
        info.mkdir()
        (root / package / "__init__.py").write_text(textwrap.dedent(code), encoding="utf-8")
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(f"[embkit]\n{point or distribution} = {package}\n")
        monkeypatch.syspath_prepend(root)
        return distribution

    yield install_one
    for name in set(sys.modules) - before:
        del sys.modules[name]


def provider_names(plugins):
    return [provider.name for provider in plugins.providers]


# what plugins offer ----------------------------------------------------------------------------


def test_the_built_in_plugins_come_without_any_other():
    plugins = Registry(only=())
    assert [plugin.distribution for plugin in plugins.plugins] == ["embkit"] * 6
    assert provider_names(plugins) == ["ngrams"]
    assert {reporter.name for reporter in plugins.reporters} >= {"table", "md", "json", "csv"}
    assert {"similarity", "analogy"} <= {evaluator.name for evaluator in plugins.evaluators}
    assert plugins.left_out == ()


def test_the_records_of_a_plugin_appear_with_their_origin(install):
    install("embkit-toy", GOOD.format(name="toy-vectors"), point="toy")
    plugins = Registry(only=["toy"])
    assert plugins.provider("toy-vectors").summary == "for a test"
    origin = plugins.origin("embkit_providers", "toy-vectors")
    assert (origin.name, origin.distribution, origin.version) == ("toy", "embkit-toy", "1.0")
    assert list(origin.offers) == ["embkit_providers"]
    assert plugins.origin("embkit_providers", "ngrams").distribution == "embkit"


def test_a_plugin_can_offer_a_command(install):
    install(
        "toy-command",
        """
        import click
        from embkit import hookimpl

        @click.command()
        def hello():
            "Say hello."

        @hookimpl
        def embkit_commands():
            yield hello
        """,
    )
    assert list(Registry(only=["toy-command"]).commands) == ["hello"]


def test_plugins_come_in_order_of_their_names_behind_the_built_in_ones(install):
    for name in ("toy-b", "toy-c", "toy-a"):
        install(name, GOOD.format(name=name))
    found = provider_names(Registry(only=["toy-b", "toy-c", "toy-a"]))
    assert found == ["ngrams", "toy-a", "toy-b", "toy-c"]


def test_the_providers_of_a_plugin_are_found_by_entry_point_and_by_distribution(install):
    install("embkit-toy", GOOD.format(name="toy-vectors"), point="toy")
    plugins = Registry(only=["toy"])
    for name in ("toy", "embkit-toy"):
        assert [provider.name for provider in plugins.providers_of(name)] == ["toy-vectors"]
    assert plugins.providers_of("toy-vectors") == ()


# broken plugins --------------------------------------------------------------------------------

OFFER_FIRST = GOOD.format(name="half")
BROKEN = {
    "an-import-error": ("import no_such_module_at_all", "ModuleNotFoundError: No module named"),
    "an-exit": ("import sys; sys.exit('no licence key')", "SystemExit: no licence key"),
    "a-long-error": ("raise ValueError('first line\\nsecond line')", "ValueError: first line"),
    "a-failing-hook": (
        OFFER_FIRST
        + """
    @hookimpl
    def embkit_languages():
        raise RuntimeError("the disk is gone")
""",
        "RuntimeError: the disk is gone",
    ),
    "a-hook-that-fails-halfway": (
        OFFER_FIRST + "        raise KeyError('later')\n",
        "KeyError: 'later'",
    ),
    "a-wrong-type": (
        OFFER_FIRST
        + """
    @hookimpl
    def embkit_benchmarks():
        yield Provider(name="other", summary="", load=None)
""",
        "PluginError: embkit_benchmarks yielded Provider, expected Benchmark",
    ),
    "a-hook-without-records": (
        OFFER_FIRST
        + """
    @hookimpl
    def embkit_languages():
        return None
""",
        "TypeError: ",
    ),
    "no-command": (
        OFFER_FIRST
        + """
    @hookimpl
    def embkit_commands():
        yield "hello"
""",
        "PluginError: embkit_commands yielded 'hello', expected a click command",
    ),
    "an-unknown-hook": (
        OFFER_FIRST
        + """
    @hookimpl
    def embkit_provders():
        return ()
""",
        "embkit_provders",
    ),
    "a-bad-name": (
        OFFER_FIRST + '        yield Provider(name="two words", summary="", load=None)\n',
        "PluginError: embkit_providers offers the name 'two words'; a name is letters, digits",
    ),
    "an-empty-name": (
        OFFER_FIRST + '        yield Provider(name="", summary="", load=None)\n',
        "PluginError: embkit_providers offers the name ''",
    ),
    "a-hook-with-an-argument": (
        "from embkit import hookimpl\n\n@hookimpl\ndef embkit_providers(config):\n    return ()\n",
        "config",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plugin_is_left_out_whole_in_one_line_and_the_others_work(install, fault):
    code, message = BROKEN[fault]
    chosen = [
        install("a-good", GOOD.format(name="first")),
        install(f"broken-{fault}", code),
        install("z-good", GOOD.format(name="last")),
    ]
    plugins = Registry(only=chosen)
    assert provider_names(plugins) == ["ngrams", "first", "last"]
    [left_out] = plugins.left_out
    assert left_out.distribution == f"broken-{fault}"
    assert message in left_out.error
    assert "\n" not in left_out.error
    assert left_out.offers == {}


def test_an_interrupt_while_a_plugin_is_imported_is_not_held_back(install):
    install("interrupted", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Registry(only=["interrupted"])


def test_what_a_plugin_prints_at_import_or_in_a_hook_goes_to_stderr(install, capsys):
    install(
        "noisy",
        """
        from embkit import hookimpl
        print("at import")

        @hookimpl
        def embkit_providers():
            print("in a hook")
            return ()
        """,
    )
    assert Registry(only=["noisy"]).left_out == ()
    assert capsys.readouterr() == ("", "at import\nin a hook\n")


# names that clash ------------------------------------------------------------------------------


def test_two_plugins_offering_one_name_is_an_error_naming_both(install):
    install("embkit-one", GOOD.format(name="same"), point="one")
    install("embkit-two", GOOD.format(name="same"), point="two")
    with pytest.raises(PluginError) as error:
        Registry(only=["one", "two"])
    assert str(error.value) == (
        "provider 'same' is offered by both 'embkit-one' (one) and 'embkit-two' (two); uninstall "
        "one, or name the plugins to load in EMBKIT_PLUGINS"
    )


def test_a_clash_is_gone_when_one_of_the_two_is_named(install):
    install("embkit-one", GOOD.format(name="same"), point="one")
    install("embkit-two", GOOD.format(name="same"), point="two")
    plugins = Registry(only=["two"])
    assert plugins.origin("embkit_providers", "same").distribution == "embkit-two"


def test_a_plugin_offering_the_name_of_a_built_in_is_an_error_naming_both(install):
    install("embkit-mine", GOOD.format(name="ngrams"), point="mine")
    with pytest.raises(
        PluginError, match=r"both 'embkit' \(embkit.providers\) and 'embkit-mine' \(mine\)"
    ):
        Registry(only=["mine"])


def test_one_name_in_two_kinds_is_no_clash(install):
    install("toy-table", GOOD.format(name="table"))
    plugins = Registry(only=["toy-table"])
    assert plugins.provider("table").name == plugins.reporter("table").name


# which plugins are loaded ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["one", "embkit-one"])
def test_only_the_plugins_that_are_named_are_imported(install, name):
    install("embkit-one", GOOD.format(name="first"), point="one")
    install("embkit-two", "raise RuntimeError('imported all the same')", point="two")
    plugins = Registry(only=[name])
    assert provider_names(plugins) == ["ngrams", "first"]
    assert plugins.left_out == ()


def test_without_a_choice_all_plugins_are_loaded(install):
    install("toy-a", GOOD.format(name="first"))
    install("toy-b", GOOD.format(name="second"))
    assert {"ngrams", "first", "second"} <= set(provider_names(Registry()))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("", ["ngrams"]),
        ("toy-a", ["ngrams", "first"]),
        ("toy-b,toy-a", ["ngrams", "first", "second"]),
    ],
)
def test_the_environment_restricts_what_is_loaded(install, monkeypatch, value, names):
    install("toy-a", GOOD.format(name="first"))
    install("toy-b", GOOD.format(name="second"))
    install("toy-c", GOOD.format(name="third"))
    monkeypatch.setenv("EMBKIT_PLUGINS", value)
    assert provider_names(registry()) == names


def test_the_plugins_are_asked_once_a_process(monkeypatch):
    monkeypatch.setenv("EMBKIT_PLUGINS", "")
    assert registry() is registry()


def test_a_restriction_ends_with_the_variable_that_makes_it(install, monkeypatch):
    install("toy-d", GOOD.format(name="fourth"))
    monkeypatch.setenv("EMBKIT_PLUGINS", "")
    before = registry()
    monkeypatch.setenv("EMBKIT_PLUGINS", "toy-d")
    assert provider_names(registry()) == ["ngrams", "fourth"]
    monkeypatch.setenv("EMBKIT_PLUGINS", "")
    assert registry() is before


# lookups ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "near"),
    [
        ("provider", "ngram", "ngrams"),
        ("evaluator", "similarty", "similarity"),
        ("reporter", "tabel", "table"),
    ],
)
def test_a_name_that_is_not_there_is_an_error_with_a_suggestion(kind, typed, near):
    with pytest.raises(NotFound) as error:
        getattr(Registry(only=()), kind)(typed)
    assert str(error.value) == f"no {kind} is called '{typed}'; did you mean '{near}'?"


def test_a_failed_lookup_lists_the_plugins_that_were_left_out(install):
    install("embkit-one", "raise ValueError('x')", point="one")
    install("embkit-two", "raise ValueError('y')", point="two")
    plugins = Registry(only=["one", "two"])
    for look_up in (plugins.provider, plugins.benchmark, plugins.language):
        with pytest.raises(NotFound, match="failed to load: embkit-one, embkit-two; see `embkit p"):
            look_up("zzzzzz")


# tasks -----------------------------------------------------------------------------------------


@pytest.fixture
def words(install):
    install("embkit-words", BENCHMARKS, point="words")
    return Registry(only=["words"])


def ids(found):
    return [f"{benchmark.name}/{task.name}" for benchmark, task in found]


# The benchmarks of embkit itself come with every registry; they are no matter of these tests.
OURS = ("words/near", "words/far", "code/near")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ["words/near", "words/far", "code/near"]),
        ("*/near", ["words/near", "code/near"]),
        ("words/*", ["words/near", "words/far"]),
        ("words/[mn]ea?", ["words/near"]),
        ("nothing/*", []),
    ],
)
def test_tasks_are_chosen_by_a_glob_over_their_ids(words, pattern, expected):
    assert [name for name in ids(words.tasks(pattern)) if name in OURS] == expected


def test_an_exact_id_and_the_name_of_a_benchmark_choose_tasks_too(words):
    assert ids(words.tasks("words/far")) == ["words/far"]
    assert ids(words.tasks("words")) == ["words/near", "words/far"]


@pytest.mark.parametrize("language", ["mr", "mar", "mar-Deva-IN"])
def test_tasks_of_a_language_are_found_however_the_plugin_writes_its_tag(words, language):
    assert ids(words.tasks("words/*", language=language)) == ["words/near", "words/far"]
    assert "code/near" not in ids(words.tasks(language=language))


def test_tasks_of_a_domain(words):
    assert [name for name in ids(words.tasks(domain="code")) if name in OURS] == ["code/near"]
    assert ids(words.tasks("code/*", domain="code", language="mr")) == []


@pytest.mark.parametrize("pattern", ["words", "words/far", "words/to-hi"])
def test_a_task_of_another_language_is_not_chosen_by_its_name(words, pattern):
    assert words.tasks(pattern, language="en") == []


def test_a_task_that_is_not_listed_can_be_made_from_its_name(words):
    [(benchmark, task)] = words.tasks("words/to-hi")
    assert isinstance(benchmark, Benchmark)
    assert isinstance(task, Task)
    assert task.name == "to-hi"
    assert "words/to-hi" not in ids(words.tasks("words/*"))


def test_a_found_task_brings_its_own_language_where_a_benchmark_has_many(words):
    for language in ("", "tr"):
        [(benchmark, task)] = words.tasks("many/to-tr", language=language)
        assert (benchmark.name, benchmark.language, task.language) == ("many", "tr", "tr")
    assert words.tasks("many/to-tr", language="mr") == []
    assert words.benchmark("many").language == "mul"


def test_a_task_that_fetches_by_itself_is_refused_offline(words):
    [(_, task)] = words.tasks("many/to-tr")
    assert not is_here(task)
    with pytest.raises(Unreachable, match="'to-tr' fetches its data by a package of its own"):
        load_dataset(task, offline=True)
    assert load_dataset(task).items == 1


def test_an_unknown_task_is_an_error_with_a_suggestion(words):
    with pytest.raises(NotFound, match="no task is called 'words/fra'; did you mean 'words/far'"):
        words.tasks("words/fra")


def test_an_unknown_benchmark_is_an_error_with_a_suggestion(words):
    with pytest.raises(NotFound, match="no benchmark is called 'wrods'; did you mean 'words'"):
        words.tasks("wrods/far")


def test_a_reporter_of_a_plugin_is_chosen_by_its_name(install, stored, monkeypatch):
    from click.testing import CliRunner
    from embkit.cli import cli

    install(
        "own_lines",
        "from embkit import Reporter, hookimpl\n\n\n@hookimpl\ndef embkit_reporters():\n"
        "    def render(results):\n"
        "        return ''.join(f'{r.task_id} {r.spec} {r.score:.2f}\\n' for r in results)\n\n"
        "    yield Reporter(name='own-lines', summary='A line a result', render=render)\n",
    )
    monkeypatch.setenv("EMBKIT_PLUGINS", "own_lines")
    folder = stored("words/near", "one", "1101")
    done = CliRunner().invoke(cli, ["report", str(folder), "--format", "own-lines"])
    assert done.output == "words/near one 0.75\n"
