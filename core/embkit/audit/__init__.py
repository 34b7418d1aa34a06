"""What is wrong with data, before anything is measured on it.

`splits` has the rows, `findings` all that is found in them, `kinds` what there is to find; the rest
are the checks.
"""
