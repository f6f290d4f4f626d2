#!/usr/bin/env python3
"""A corpus of secrets in log lines, and of lines that only look like it.

    corpus.py [--seed N] [--out DIR]    writes CLASS.log and CLASS.jsonl of each class; counts

What: generate(seed) gives entries {line, secrets, keep, class, family, wrapping}: `line` is a text
without line ends, or a list of such for an entry of several lines; no part of `secrets` may survive
masking, all of `keep` must. Classes: core, generic, pii, pii-optional, lookalike.
Why: rules that were written to pass their own examples say nothing about the rest of the world.
This corpus is made from the vendors' formats and from the ways programs log, without a look at the
rules, and is deterministic: a seed nobody tuned to is one argument away.
Sources: named at the head of each corpus_*.py.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import collections
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus_generic  # noqa: E402
import corpus_keys  # noqa: E402
import corpus_lookalikes  # noqa: E402
import corpus_national  # noqa: E402
import corpus_pii  # noqa: E402
import corpus_protocol  # noqa: E402
import corpus_vendors  # noqa: E402

CLASSES = ['core', 'generic', 'pii', 'pii-optional', 'lookalike']
MODULES = [corpus_vendors, corpus_protocol, corpus_keys, corpus_generic, corpus_pii,
           corpus_national, corpus_lookalikes]


def lines_of(entry):
    return entry['line'] if isinstance(entry['line'], list) else [entry['line']]


def generate(seed=7):
    entries, seen = [], set()
    for module in MODULES:
        for entry in module.generate(seed):
            if repr(entry['line']) not in seen:
                seen.add(repr(entry['line']))
                entries.append(entry)
    return entries


def faults(entries):
    """What would make the corpus itself wrong."""
    for entry in entries:
        text = '\n'.join(lines_of(entry))
        if any('\n' in line for line in lines_of(entry)):
            yield 'a line end inside a line', entry
        if not all(secret and secret in text for secret in entry['secrets']):
            yield 'a secret that is not in its line', entry
        if bool(entry['secrets']) == (entry['class'] == 'lookalike'):
            yield 'a look-alike with secrets, or an entry without', entry
        without = text
        for secret in sorted(entry['secrets'], key=len, reverse=True):
            without = without.replace(secret, '\0')
        if not all(part in without for part in entry['keep']):
            yield 'a kept part that is not in the line, or that has a secret in it', entry
        if entry['class'] == 'lookalike' and not corpus_lookalikes.no_card(text):
            yield 'a valid card among the look-alikes', entry
    tokens = {secret for entry in entries for secret in entry['secrets']
              if entry['class'] == 'core' and len(secret) >= 20}
    shown = '\n'.join('\n'.join(lines_of(entry)) for entry in entries
                      if entry['class'] == 'lookalike')
    for token in tokens:
        if token in shown:
            yield 'a secret among the look-alikes', token


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seed', default='7')
    parser.add_argument('--out', help='a directory, made if it is not there')
    args = parser.parse_args()
    entries = generate(args.seed)
    wrong = list(faults(entries))
    for what, entry in wrong[:20]:
        print('FAULT: %s: %s' % (what, entry), file=sys.stderr)
    for name in CLASSES:
        mine = [entry for entry in entries if entry['class'] == name]
        families = collections.Counter(entry['family'] for entry in mine)
        print('%-13s %5d entries %5d secrets %4d families %6d lines' % (
            name, len(mine), sum(len(entry['secrets']) for entry in mine), len(families),
            sum(len(lines_of(entry)) for entry in mine)))
        if args.out:
            os.makedirs(args.out, exist_ok=True)
            with open(os.path.join(args.out, name + '.jsonl'), 'w', encoding='utf-8') as file:
                for entry in mine:
                    file.write(json.dumps(entry, ensure_ascii=False) + '\n')
            with open(os.path.join(args.out, name + '.log'), 'w', encoding='utf-8',
                      newline='') as file:
                file.write('\n'.join(line for entry in mine for line in lines_of(entry)))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
