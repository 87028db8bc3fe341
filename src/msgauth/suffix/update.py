#!/usr/bin/env python3
"""Makes list.txt of the public suffix list: update.py < public_suffix_list.dat > list.txt

The rules' labels in reverse order, in A-labels, sorted by octets: what suffix.rs searches as it stands."""

import sys
import unicodedata

HEAD = """// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.
//
// The public suffix list of https://publicsuffix.org/list/public_suffix_list.dat,
{version}
{commit}
// its rules with their labels in reverse order, in A-labels, sorted by octets, without comments; made by update.py.
"""


def a_label(label):
    mark, bare = ("!", label[1:]) if label.startswith("!") else ("", label)
    if not bare.isascii():
        bare = "xn--" + unicodedata.normalize("NFC", bare.lower()).encode("punycode").decode()
    return mark + bare.lower()


def reversed_rule(rule):
    exception = rule.startswith("!")
    labels = [a_label(label) for label in rule.lstrip("!").split(".")][::-1]
    if exception:
        labels[-1] = "!" + labels[-1]
    return ".".join(labels)


lines = [line.strip() for line in sys.stdin.buffer.read().decode().splitlines()]
rules = {reversed_rule(line.split()[0]) for line in lines if line and not line.startswith("//")}
version = next(line for line in lines if line.startswith("// VERSION"))
commit = next(line for line in lines if line.startswith("// COMMIT"))
sys.stdout.buffer.write(HEAD.format(version=version, commit=commit).encode())
sys.stdout.buffer.write("".join(rule + "\n" for rule in sorted(rules, key=str.encode)).encode())
