"""Every other task out of the real files, and an error for every fault that must not pass."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
from embkit.errors import InvalidData

# Pairs, lowest and highest score, mean.
SCORED = {
    "wordsimtr": (140, 0.089, 9.63, 3.84),
    "anlamver-similarity": (500, 0, 9.333, 1.87),
    "anlamver-relatedness": (500, 0.083, 9.833, 4.98),
    "stsb": (1379, 0, 5, 2.61),
}
# The labels of the 1,000 test words or pairs.
PROBES = {
    "probe-case": {
        "None": 311,
        "Nominative": 210,
        "Locative": 125,
        "Dative": 115,
        "Ablative": 107,
        "Accusative": 81,
        "Genitive": 51,
    },
    "probe-possession": {
        "None": 306,
        "Possession by 3.sg": 242,
        "Possession by 2.sg": 205,
        "Possession by 3.pl": 102,
        "Possession by 1.pl": 83,
        "Possession by 2.pl": 62,
    },
    "probe-person": {
        "None": 303,
        "Third person Singular": 224,
        "Third person Plural": 122,
        "First person Singular": 104,
        "First person Plural": 94,
        "Second person Plural": 77,
        "Second person Singular": 76,
    },
    "probe-tense": {"Present": 349, "None": 313, "Past": 253, "Future": 85},
    "probe-polarity": {"Positive": 446, "None": 288, "Negative": 266},
    "probe-pos": {"Noun": 755, "Verb": 237, "Adjective": 8},
    "probe-tags": {"4": 466, "3": 372, "7": 116, "8": 46},
    "probe-length-bin": {"3": 461, "2": 362, "4": 129, "1": 32, "5": 15, "6": 1},
    "probe-pseudo": {"0": 515, "1": 485},
    "probe-same-feature": {
        "Possession": 213,
        "Polarity": 207,
        "Case": 184,
        "lemma": 156,
        "Number": 152,
        "Person": 88,
    },
    "probe-odd-feature": {
        "Case": 387,
        "lemma": 204,
        "Number": 144,
        "Tense": 105,
        "Possession": 93,
        "Person": 58,
        "Polarity": 9,
    },
}
# Sentences and words of train, valid and test; what was left out.
TAGGED = {
    "pos-imst": (
        [(3435, 37513), (1100, 10541), (1100, 10031)],
        {
            "word without a form (train)": 9,
            "word without a form (valid)": 1,
            "word without a form (test)": 1,
        },
    ),
    "pos-boun": ([(974, 12277), (0, 0), (979, 12210)], {"sentence also in test (train)": 5}),
    "ner": ([(2837, 38837), (0, 0), (2915, 37301)], {"sentence also in test (train)": 117}),
}


@pytest.mark.parametrize("name", SCORED)
def test_a_scored_task_has_the_published_pairs(name, load) -> None:
    dataset, (count, low, high, mean) = load(name), SCORED[name]
    assert dataset.items == count
    assert min(dataset.scores) == pytest.approx(low, abs=0.0005)
    assert max(dataset.scores) == pytest.approx(high, abs=0.0005)
    assert sum(dataset.scores) / count == pytest.approx(mean, abs=0.005)
    assert dict(dataset.dropped) == {}


def test_the_two_judgements_of_anlamver_are_of_the_same_pairs_and_differ(load) -> None:
    similar, related = load("anlamver-similarity"), load("anlamver-relatedness")
    assert (similar.first, similar.second) == (related.first, related.second)
    assert (similar.first[1], similar.second[1]) == ("kırmızı", "gül")
    assert (similar.scores[1], related.scores[1]) == pytest.approx((1.1667, 7.1667), abs=0.001)


def test_what_is_published_as_semantic_similarity_is_relatedness(load, shared: Path) -> None:
    published = shared / "Word-Embeddings-Repository-for-Turkish/tasks/similarity/semantic.txt"
    scores = [float(line.split()[2]) for line in published.read_text("utf-8").splitlines()]

    def equal(name: str) -> int:
        pairs = zip(scores, load(name).scores, strict=True)
        return sum(math.isclose(a, b, abs_tol=0.0006) for a, b in pairs)

    assert (equal("anlamver-relatedness"), equal("anlamver-similarity")) == (500, 21)


def test_the_rebuilt_train_split_of_movie_reviews_has_the_published_size(load) -> None:
    dataset = load("movie-sentiment")
    assert Counter(dataset.train_labels) == {"1": 10529, "0": 5571}
    assert Counter(dataset.test_labels) == {"1": 2695, "0": 1449}
    reviews = [
        Counter((" ".join(text.split()), label) for text, label in zip(texts, labels, strict=True))
        for texts, labels in (
            (dataset.train_texts, dataset.train_labels),
            (dataset.test_texts, dataset.test_labels),
        )
    ]
    assert sum((reviews[0] + reviews[1]).values()) == 7020 + 13224
    assert sum(n for review, n in reviews[1].items() if review in reviews[0]) == 6


def test_seven_reviews_of_test_stand_in_train_but_for_white_space(load) -> None:
    dataset = load("movie-sentiment")
    train = dict(zip(map(_spaced, dataset.train_texts), dataset.train_labels, strict=True))
    test = zip(map(_spaced, dataset.test_texts), dataset.test_labels, strict=True)
    assert Counter(train[text] == label for text, label in test if text in train) == {
        True: 6,
        False: 1,  # "harika bir film", a wonderful film
    }


def _spaced(text: str) -> str:
    return " ".join(text.split())


def movie_files(folder: Path, test: str) -> tuple[Path, Path, Path]:
    files = {
        "n.tsv": "# about\n1\tu\t1\t<F>\t2\t0.5\tkötü  film\n2\tu\t1\t<F>\t2\t1\tkötü film\n",
        "p.tsv": "# about\n3\tu\t1\t<F>\t1\t5\tgüzel film\n4\tu\t1\t<F>\t1\t5\tiyi\n",
        "test.csv": "review,rating,sentiment\n" + test,
    }
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    first, second, third = (folder / name for name in files)
    return first, second, third


def test_a_review_that_is_twice_among_all_and_once_in_test_is_once_in_train(tmp_path, find) -> None:
    files = movie_files(tmp_path, '"kötü film\n",1,0\n')
    dataset = find("movie-sentiment").load(*files)
    assert dataset.train_texts == ("kötü film", "güzel film", "iyi")
    assert dataset.train_labels == ("0", "1", "1")
    assert dataset.test_texts == ("kötü film\n",)


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("kötü film,1,1\n", "test.csv: 1 test reviews are not among all reviews"),
        ("kötü film,1,2\n", "test.csv, line 2: expected a label among 0, 1, got '2'"),
        ("kötü film,1\n", "test.csv, line 2: expected 3 columns, got 2"),
    ],
)
def test_a_test_review_that_cannot_be_is_an_error(test, message, tmp_path, find) -> None:
    with pytest.raises(InvalidData, match=message):
        find("movie-sentiment").load(*movie_files(tmp_path, test))


def test_no_word_of_a_relation_stands_in_train_and_test(load) -> None:
    dataset = load("relations")
    train = {*dataset.train_first, *dataset.train_second}
    assert not train & {*dataset.test_first, *dataset.test_second}
    assert Counter(dataset.train_labels) == {
        "hyp": 390,
        "syn": 333,
        "mer": 296,
        "unrel": 178,
        "ant": 106,
    }
    assert Counter(dataset.test_labels) == {
        "hyp": 224,
        "syn": 168,
        "mer": 103,
        "unrel": 76,
        "ant": 45,
    }
    assert dict(dataset.dropped) == {
        "pair with two relations": 4,
        "pair repeated the other way round": 208,
        "pair between train and test words": 137,
    }
    assert 1303 + 616 + 4 + 208 + 137 == 2268


def test_words_that_belong_together_come_on_one_side(tmp_path, find) -> None:
    # Three stars; each centre is placed by what is short, and its partners follow.
    path = tmp_path / "pairs.csv"
    stars = {"hayvan": "kedi köpek kuş at", "meyve": "elma armut üzüm", "renk": "mavi yeşil"}
    lines = [f"{head},{tail},hyp" for head, tails in stars.items() for tail in tails.split()]
    path.write_text("\n".join([*lines, "kedi,pisi,syn", "elma,biber,unrel"]) + "\n", "utf-8")
    dataset = find("relations").load(path)
    assert set(dataset.train_first) == {"hayvan", "kedi", "renk"}
    assert set(dataset.test_first) == {"meyve", "elma"}
    assert dataset.dropped["pair between train and test words"] == 0


def test_a_pair_with_two_relations_is_left_out_and_one_repeated_stands_once(tmp_path, find) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(
        "ucuz,pahalı,ant\npahalı,ucuz,ant\nkadın,erkek,mer\nerkek,kadın,ant\nev,konut,syn\n"
        "araç,araba,hyp\n",
        "utf-8",
    )
    dataset = find("relations").load(path)
    assert dict(dataset.dropped) == {
        "pair with two relations": 2,
        "pair repeated the other way round": 1,
        "pair between train and test words": 0,
    }
    kept = {*dataset.train_first, *dataset.test_first}
    assert kept == {"ucuz", "ev", "araç"}


def test_a_relation_that_is_none_of_the_five_is_an_error(tmp_path, find) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("ucuz,pahalı,ant\nev,konut,same\n", "utf-8")
    with pytest.raises(InvalidData, match=r"line 2: expected a label among ant, .*, got 'same'"):
        find("relations").load(path)


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_has_the_published_splits(name, load) -> None:
    dataset = load(name)
    assert (len(dataset.train_labels), len(dataset.valid_labels)) == (7000, 2000)
    assert Counter(dataset.test_labels) == PROBES[name]


def test_the_length_of_a_word_is_its_number_of_letters(load) -> None:
    dataset = load("probe-length")
    assert all(
        len(word) == int(label)
        for word, label in zip(dataset.test_texts, dataset.test_labels, strict=True)
    )


def test_words_of_probes_are_in_one_split_but_for_the_notes(load) -> None:
    pseudo = load("probe-pseudo")
    assert sum(word in set(pseudo.train_texts) for word in pseudo.test_texts) == 21
    case = load("probe-case")
    assert not set(case.train_texts) & {*case.valid_texts, *case.test_texts}
    for name, count in (("probe-same-feature", 860), ("probe-odd-feature", 469)):
        pairs = load(name)
        train = {*pairs.train_first, *pairs.train_second}
        tests = zip(pairs.test_first, pairs.test_second, strict=True)
        assert sum(not train.isdisjoint(pair) for pair in tests) == count


def test_a_label_that_train_does_not_have_is_an_error(tmp_path, find) -> None:
    train, test = tmp_path / "train.tsv", tmp_path / "test.tsv"
    train.write_text("ev\tNominative\neve\tDative\n", "utf-8")
    test.write_text("evde\tLocative\n", "utf-8")
    with pytest.raises(InvalidData, match=r"test\.tsv, line 1: expected a label among Dative, Nom"):
        find("probe-case").load(train, train, test)


def test_inflected_forms_of_one_word_are_searched_and_those_of_the_test_split_asked(load) -> None:
    dataset = load("inflection")
    assert len(dataset.forms) == 12_000 - 5453 == 6547
    assert dict(dataset.dropped) == {"form or lemma of several words": 5453}
    assert len(set(dataset.lemmas)) == 433
    assert not any(" " in word for word in (*dataset.forms, *dataset.lemmas))
    asked = {dataset.lemmas[i] for i in dataset.queries}
    others = {lemma for i, lemma in enumerate(dataset.lemmas) if i < dataset.queries[0]}
    assert (len(dataset.queries), len(asked), asked & others) == (557, 40, set())
    assert dataset.forms[dataset.queries[0]] == "acılarımızdan"
    assert dataset.cells[dataset.queries[0]] == "N;ABL(PL;PSS(1,PL))"


@pytest.mark.parametrize("name", TAGGED)
def test_tagged_sentences_have_the_published_words_and_say_what_is_left_out(name, load) -> None:
    dataset, (sizes, dropped) = load(name), TAGGED[name]
    splits = (dataset.train_sentences, dataset.valid_sentences, dataset.test_sentences)
    assert [(len(split), sum(map(len, split))) for split in splits] == sizes
    assert dict(dataset.dropped) == dropped


def test_the_most_frequent_part_of_speech_is_under_a_third_of_the_test_words(load) -> None:
    for name, most in (("pos-boun", 3955), ("pos-imst", 2429)):
        tags = Counter(tag for tags in load(name).test_tags for tag in tags)
        assert tags.most_common(1) == [("NOUN", most)]
        assert most / tags.total() < 0.35


def test_names_are_tagged_inside_only(load) -> None:
    dataset = load("ner")
    assert dataset.scheme == "IO"
    tags = Counter(tag for tags in dataset.test_tags for tag in tags)
    assert tags == {"O": 33227, "I-PER": 1711, "I-ORG": 1260, "I-LOC": 1103}


def test_no_sentence_is_in_train_and_test_of_a_split_made_here(load) -> None:
    for name in ("pos-boun", "ner"):
        assert not set(load(name).train_sentences) & set(load(name).test_sentences)


def test_a_written_word_that_is_cut_is_read_as_its_parts(load) -> None:
    # The text has başlıyorlarmış.
    dataset = load("pos-boun")
    assert dataset.train_sentences[0] == (
        "Fakülteyi", "bitirenler", "en", "uçtan", "göreve", "başlıyorlar", "mış", ".",
    )  # fmt: skip
    assert dataset.train_tags[0] == (
        "NOUN", "VERB", "ADV", "NOUN", "NOUN", "VERB", "AUX", "PUNCT",
    )  # fmt: skip


GOOD = "# text = Ev.\n1\tEv\tev\tNOUN\t_\t_\t0\troot\t_\t_\n1.1\tve\tve\tX\t_\t_\t_\t_\t_\t_\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2\t.\t.\tPUNCT\t_\n", r"line 4: expected 10 columns, got 5"),
        (
            "2\t.\t.\tNOMEN\t_\t_\t0\troot\t_\t_\n",
            r"line 4: expected a label among ADJ, .* 'NOMEN'",
        ),
    ],
)
def test_a_treebank_line_that_is_not_what_it_should_be_is_an_error(
    line, message, tmp_path, find
) -> None:
    path = tmp_path / "boun.conllu"
    path.write_text(GOOD + line, "utf-8")
    with pytest.raises(InvalidData, match=message):
        find("pos-boun").load(path, path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Ali ali+Noun ali+Noun B-PER\n", "line 1: expected a label among I-LOC, .*, got 'B-PER'"),
        ("\n\nAli ali+Noun I-PER\n", "line 3: expected 4 columns or more, got 3"),
    ],
)
def test_a_tagged_line_that_is_not_what_it_should_be_is_an_error(
    content, message, tmp_path, find
) -> None:
    path = tmp_path / "ner.txt"
    path.write_text(content, "utf-8")
    with pytest.raises(InvalidData, match=message):
        find("ner").load(path, path)
