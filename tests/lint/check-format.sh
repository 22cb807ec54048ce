#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# All C files are as clang-format 14 would write them; other versions lay out some of the same lines differently, and judge nothing.
# Usage: check-format.sh SOURCE_ROOT
set -eu
cd "$1"
judge=$(command -v clang-format-14 || command -v clang-format) || exit 77
if ! "$judge" --version | grep -q 'version 14\.'; then
        echo "clang-format 14 judges, and here is $("$judge" --version)"
        exit 77
fi
find lib protocols daemon allstop cli sim tests -name '*.[ch]' -print0 |
        sort -z | xargs -0 "$judge" --dry-run -Werror
