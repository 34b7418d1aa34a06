"""What embkit-nepali promises, and what its tables hold."""

from embkit.registry import registry
from embkit.testing import check_plugin

from embkit_nepali import load_groups, load_topics


def test_the_plugin_keeps_its_promises():
    assert check_plugin("embkit_nepali") == [
        "embkit_nepali: hooks are cheap and silent",
        "language ne: normalises, tokenises, folds",
        "language ne: spaces separate",
        "task nepali/groups: loads 80 items",
        "task nepali/topics: loads 40 items",
    ]


def test_the_words_of_its_own_name_are_found():
    language = registry().language("ne")
    text = language.normalize("नेपाली")
    assert language.tokenize(text) == ["नेपाली"]


def test_a_word_with_and_without_a_joiner_is_one():
    language = registry().language("ne")
    assert language.normalize("गर्\u200dयो") == language.normalize("गर्\u200cयो") == "गर्यो"
    # What joins an emoji, or ends a word with a virama that shows, stays.
    assert language.normalize("👩\u200d🌾 र्\u200c") == "👩\u200d🌾 र्\u200c"


def test_no_word_stands_in_a_group_twice():
    groups = load_groups()
    rows = list(zip(groups.labels, groups.texts, strict=True))
    assert len(rows) == len(set(rows))


def test_no_sentence_of_test_stands_in_train():
    topics = load_topics()
    assert not set(topics.train_texts) & set(topics.test_texts)
    assert {topic: topics.train_labels.count(topic) for topic in topics.test_labels} == {
        "farming": 16,
        "health": 16,
        "education": 16,
        "sport": 16,
        "transport": 16,
    }
