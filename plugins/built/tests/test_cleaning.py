"""What is left of a row are the words that say what the thing is."""

from __future__ import annotations

import pytest
from embkit.errors import EmbkitError
from embkit_built.cleaning import Cleaner, read_glossary

cleaner = Cleaner(str.casefold)


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("AHU-03-L02 supply", "air handling unit supply"),
        ("Clean room 3.2m3/s 600x600 36W 4000K", "clean room"),
        ("MVHR flat 401 150 l/s", "heat recovery ventilation unit flat"),
        ("F.H.R. 30m auto swing", "fire hose reel auto swing"),
        ("Iso valve DN50 ball", "isolating valve ball"),
        ("3port mixing vlv UFH", "3 port mixing valve underfloor heating"),
        ("supply+extract fan (EC)", "supply extract fan electronically commutated"),
        ("Pump2 s/n 88X1204Q7", "pump"),
        ("TBC", ""),
        ("L2-0417", ""),
        ("fan fan coil", "fan coil"),
    ],
)
def test_tags_sizes_and_serials_go_and_abbreviations_are_written_out(written, left):
    assert cleaner.clean(written) == left


def test_makers_go_unless_a_class_is_called_so():
    known = Cleaner(str.casefold, words={"pump"})
    assert known.clean("Hydrosk IL80 inline pump", "Hydrosk Pump Works IL80") == "inline pump"


def test_a_glossary_of_ones_own_goes_before_the_shipped_one(write):
    path = write("g.csv", "short,long", "ahu,animal holding unit")
    own = Cleaner(str.casefold, glossary=read_glossary(path))
    assert own.clean("AHU 1") == "animal holding unit"


def test_case_is_folded_the_way_of_the_language():
    from embkit.registry import registry

    turkish = registry().language("tr")
    assert Cleaner(turkish.fold).clean("ISITICI") == "ısıtıcı"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("short,long", "db,dry bulb", "DB,distribution board"), "line 3: 'db' stands for 'dry b"),
        (("short,long", "db,"), "line 2: an abbreviation and what it stands for are needed"),
        (("abbr,long", "db,x"), "has no column 'short'"),
    ],
)
def test_a_glossary_that_contradicts_itself_is_refused(write, lines, message):
    with pytest.raises(EmbkitError, match=message):
        read_glossary(write("g.csv", *lines))
