"""Write embkit_marathi/files.toml: digest and size of each file the benchmark needs.

Usage: python plugins/marathi/make_files.py FOLDER

FOLDER holds one folder a repository, named as below, with byte copies of its files.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

# Folder, repository and commit.
REPOSITORIES = {
    "MarathiNLP": ("l3cube-pune/MarathiNLP", "8ee29fa1329d6a841030eb46659d3c10614b5e59"),
    "Semantic_Relatedness_SemEval2024": (
        "semantic-textual-relatedness/Semantic_Relatedness_SemEval2024",
        "3c5941ddffdc9d833a5528f49dd13ed9087c0dba",
    ),
    "Word-Similarity-Datasets-for-Indian-Languages": (
        "syedsarfarazakhtar/Word-Similarity-Datasets-for-Indian-Languages",
        "ddddcfe0040f1c772afa1bc1e66cc0b67208c6e9",
    ),
}
NC = "CC BY-NC-SA 4.0"
NC_NEWS = "CC BY-NC-SA 4.0 in l3cube-pune/indic-nlp, none stated here"
BY_CARD = "CC BY 4.0 by the model-hub card, none stated in the repository"
NONE = "none stated"
# Name in the cache, and folder, path and licence of each file.
SENT = "L3Cube-MahaSent-MD/MahaSent"
FILES = {
    "mahahate-2-train.xlsx": ("MarathiNLP", "L3Cube-MahaHate/2-class/hate_bin_train.xlsx", NC),
    "mahahate-2-valid.xlsx": ("MarathiNLP", "L3Cube-MahaHate/2-class/hate_bin_valid.xlsx", NC),
    "mahahate-2-test.xlsx": ("MarathiNLP", "L3Cube-MahaHate/2-class/hate_bin_test.xlsx", NC),
    "mahahate-4-train.xlsx": ("MarathiNLP", "L3Cube-MahaHate/4-class/hate_train.xlsx", NC),
    "mahahate-4-valid.xlsx": ("MarathiNLP", "L3Cube-MahaHate/4-class/hate_valid.xlsx", NC),
    "mahahate-4-test.xlsx": ("MarathiNLP", "L3Cube-MahaHate/4-class/hate_test.xlsx", NC),
    "mahasent-gt-train.csv": ("MarathiNLP", f"{SENT}_GT/tweets-train.csv", NC),
    "mahasent-gt-valid.csv": ("MarathiNLP", f"{SENT}_GT/tweets-valid.csv", NC),
    "mahasent-gt-test.csv": ("MarathiNLP", f"{SENT}_GT/tweets-test.csv", NC),
    "mahasent-mr-train.csv": ("MarathiNLP", f"{SENT}_MR/MahaSent_MR_Train.csv", NC),
    "mahasent-mr-valid.csv": ("MarathiNLP", f"{SENT}_MR/MahaSent_MR_Val.csv", NC),
    "mahasent-mr-test.csv": ("MarathiNLP", f"{SENT}_MR/MahaSent_MR_Test.csv", NC),
    "mahasent-st-train.csv": ("MarathiNLP", f"{SENT}_ST/MahaSent_ST_Train.csv", NC),
    "mahasent-st-valid.csv": ("MarathiNLP", f"{SENT}_ST/MahaSent_ST_Val.csv", NC),
    "mahasent-st-test.csv": ("MarathiNLP", f"{SENT}_ST/MahaSent_ST_Test.csv", NC),
    "shc-valid.csv": ("MarathiNLP", "L3Cube-MahaNews/SHC/SHC_Valid.csv", NC_NEWS),
    "shc-test.csv": ("MarathiNLP", "L3Cube-MahaNews/SHC/SHC_Test.csv", NC_NEWS),
    "mahaemotions-train.csv": ("MarathiNLP", "L3Cube-MahaEmotions/train.csv", BY_CARD),
    "mahaemotions-valid.csv": ("MarathiNLP", "L3Cube-MahaEmotions/validation.csv", BY_CARD),
    "mahaemotions-test.csv": ("MarathiNLP", "L3Cube-MahaEmotions/test.csv", BY_CARD),
    "semrel-test.csv": (
        "Semantic_Relatedness_SemEval2024",
        "Track A/mar/mar_test_with_labels.csv",
        NONE,
    ),
    "mahasts-test.csv": ("MarathiNLP", "L3Cube-MahaSTS/test.csv", BY_CARD),
    "stsb-mr-test.tsv": ("MarathiNLP", "STSb-translated/marathi/sts-test-mr.tsv", NONE),
    "mahaparaphrase-train.csv": ("MarathiNLP", "L3Cube-MahaParaphrase/train.csv", NONE),
    "mahaparaphrase-valid.csv": ("MarathiNLP", "L3Cube-MahaParaphrase/val.csv", NONE),
    "mahaparaphrase-test.csv": ("MarathiNLP", "L3Cube-MahaParaphrase/test.csv", NONE),
    "wordsim.tsv": ("Word-Similarity-Datasets-for-Indian-Languages", "Marathi-WS.txt", NONE),
}


def render(folder: Path) -> str:
    """The whole of files.toml."""
    lines = ["# Written by make_files.py."]
    for key, (repository, commit) in REPOSITORIES.items():
        lines += ["", f"[repositories.{key}]"]
        lines += [f'repository = "{repository}"', f'commit = "{commit}"']
    for name, (key, path, licence) in FILES.items():
        content = (folder / key / path).read_bytes()
        lines += ["", f'[files."{name}"]', f'repository = "{key}"', f'path = "{path}"']
        lines += [f'sha256 = "{hashlib.sha256(content).hexdigest()}"', f"bytes = {len(content)}"]
        lines += [f'licence = "{licence}"']
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    target = Path(__file__).parent / "embkit_marathi" / "files.toml"
    target.write_text(render(Path(sys.argv[1])), encoding="utf-8")
