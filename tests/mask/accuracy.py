#!/usr/bin/env python3
"""How much of the corpus a masker hides, and how much it damages that is no secret.

    accuracy.py [--logctl PATH] [--seed N] [--class NAME]... [--show N] [--by KEY] [--all] [--json]

What: runs `logctl mask` once for each class (`mask --packs all` for pii-optional) over all of its
lines; the last line has no line end. A secret counts as masked when no 8 of its bytes in a row are
left, nor half of one shorter than 16; bytes that stand elsewhere in the line do not count, nor does
the mask itself. A card may keep its last 4 digits, an address its domain and first letter.
A look-alike has to come back byte for byte, every kept part of the others too.
Exit status: 0 when all goals are met, 1 when not, 2 when the command fails or loses lines.
Why: a rate that falls is seen here, and by family, before an operator sees it in a log.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOALS = {'core': 99.0, 'generic': 97.0, 'pii': 99.0, 'pii-optional': 85.0}
MOST_DAMAGED = 0.3
PACKS = {'pii-optional': ['--packs', 'all']}
MASK = re.compile(r'\[masked:[^\]\n]*\]')
TIMEOUT_SECONDS = 300
# The lines of one private key are one secret.
MOST_SECRETS = 3


def run(command, lines):
    """The lines as the command gives them back: as many as it got."""
    data = '\n'.join(lines).encode()
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=TIMEOUT_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError('%s: exit status %d: %s' % (
            ' '.join(command), done.returncode, done.stderr.decode(errors='replace')[:500]))
    out = done.stdout.decode(errors='replace').split('\n')
    if len(out) == len(lines) + 1 and not out[-1]:
        out.pop()
    if len(out) != len(lines):
        raise RuntimeError('%s: %d lines in, %d lines out' % (
            ' '.join(command), len(lines), len(out)))
    return out


def telling_part(secret, cls):
    """The part that must go: a card's last 4 digits and an address' domain may stay."""
    if cls == 'pii' and re.fullmatch(r'\d(?:[ -]?\d){12,18}', secret):
        at = len(secret)
        for _ in range(4):
            at = max(secret.rfind(digit, 0, at) for digit in '0123456789')
        return secret[:at].rstrip(' -')
    if cls == 'pii' and re.search('@|%40', secret):
        return re.split('@|%40', secret)[0][1:]
    return secret


def survives(secret, cls, out, without):
    """The first window of the secret that is left in the output; None when it is masked."""
    part = telling_part(secret, cls)
    size = 8 if len(part) >= 16 else (len(part) + 1) // 2
    for at in range(len(part) - size + 1):
        window = part[at:at + size]
        if window in out and window not in without:
            return window
    # Each window has a twin elsewhere in the line: then the whole tells.
    return part if part in out and part not in without else None


def judge(entry, before, after):
    """(survivors, damaged kept parts, changed, broken JSON)"""
    text, out = '\n'.join(before), '\n'.join(after)
    if entry['class'] == 'lookalike':
        return [], [], text != out, False
    without = text
    for secret in sorted(entry['secrets'], key=len, reverse=True):
        without = without.replace(secret, '\0')
    shown = MASK.sub('\0', out)
    left = [(secret, survives(secret, entry['class'], shown, without))
            for secret in entry['secrets']]
    damaged = [part for part in entry['keep'] if part not in out]
    return [pair for pair in left if pair[1]], damaged, text != out, is_json(text) > is_json(out)


def is_json(text):
    try:
        json.loads(text)
        return text[:1] in '{['
    except ValueError:
        return False


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def measure(entries, command, by):
    """Totals of a class, the same by family (or what `by` says), and what failed."""
    lines = [line for entry in entries for line in corpus.lines_of(entry)]
    out, at, failed = run(command, lines), 0, []
    total, groups = collections.Counter(), collections.defaultdict(collections.Counter)
    for entry in entries:
        before = corpus.lines_of(entry)
        after = out[at:at + len(before)]
        at += len(before)
        left, damaged, changed, broken = judge(entry, before, after)
        key = entry['wrapping'].split('/')
        key = {'family': entry['family'], 'wrapping': key[0], 'style': key[-1]}[by]
        bad_lookalike = changed and entry['class'] == 'lookalike'
        units = 1 if len(entry['secrets']) > MOST_SECRETS else len(entry['secrets'])
        for counter in (total, groups[key]):
            counter.update(entries=1, secrets=units, survivors=min(units, len(left)),
                           damaged=bool(damaged), changed=bad_lookalike, broken_json=broken)
        if left or damaged or bad_lookalike or broken:
            failed.append({'family': entry['family'], 'wrapping': entry['wrapping'],
                           'in': before, 'out': after, 'survivors': left, 'damaged': damaged,
                           'broken_json': broken, 'class': entry['class']})
    return total, groups, failed


def passes(name, total):
    if name == 'lookalike':
        return percent(total['changed'], total['entries']) <= MOST_DAMAGED
    return percent(total['secrets'] - total['survivors'], total['secrets']) >= GOALS[name]


def row(name, count):
    if name == 'lookalike' or not count['secrets']:
        return '%-30s %5d entries, %d changed (%.2f %%)' % (
            name, count['entries'], count['changed'], percent(count['changed'], count['entries']))
    return '%-30s %5d secrets, %6.2f %% masked, %d survive; %d lines damaged, %d JSON broken' % (
        name, count['secrets'], percent(count['secrets'] - count['survivors'], count['secrets']),
        count['survivors'], count['damaged'], count['broken_json'])


def cut(text, most=400):
    return text if len(text) <= most else text[:most // 2] + ' ... ' + text[-most // 2:]


def show(failed, most):
    # Survivors first, then damage; one of each family before a second one.
    failed = sorted(failed,
        key=lambda one: not one['survivors'] and not one['class'] == 'lookalike')
    seen, ordered = collections.Counter(), []
    for one in failed:
        ordered.append((seen[one['family']], one))
        seen[one['family']] += 1
    ordered.sort(key=lambda pair: pair[0])
    for _, one in ordered[:most]:
        print('  --- %s (%s)' % (one['family'], one['wrapping']))
        for secret, window in one['survivors'][:3]:
            print('  survives: %r, seen by %r' % (cut(secret, 120), window))
        for part in one['damaged']:
            print('  damaged:  %r' % cut(part, 200))
        if one['broken_json']:
            print('  damaged:  no JSON any more')
        print('  in:  %s' % cut('\n       '.join(one['in'])))
        print('  out: %s' % cut('\n       '.join(one['out'])))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--logctl', default=os.path.join(ROOT, 'build/dev/bin/logctl'))
    parser.add_argument('--seed', default='7')
    parser.add_argument('--class', dest='classes', action='append', choices=corpus.CLASSES)
    parser.add_argument('--show', type=int, default=0, metavar='N', help='N failures of each class')
    parser.add_argument('--by', default='family', choices=['family', 'wrapping', 'style'])
    parser.add_argument('--all', action='store_true', help='families without failures, too')
    parser.add_argument('--json', action='store_true')
    args = parser.parse_args()
    entries, report, good = corpus.generate(args.seed), {}, True
    for name in args.classes or corpus.CLASSES:
        mine = [entry for entry in entries if entry['class'] == name]
        command = [args.logctl, 'mask'] + PACKS.get(name, [])
        try:
            total, groups, failed = measure(mine, command, args.by)
        except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
            print('accuracy: %s' % error, file=sys.stderr)
            return 2
        met = passes(name, total)
        good = good and met
        if args.json:
            report[name] = {'total': total, 'met': met, 'groups': groups,
                            'failed': failed[:args.show]}
            continue
        print('%s  %s' % ('ok  ' if met else 'FAIL', row(name, total)))
        for group, count in sorted(groups.items()):
            if args.all or count['survivors'] or count['damaged'] or count['changed'] or \
                    count['broken_json']:
                print('        ' + row(group, count))
        show(failed, args.show)
    if args.json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
