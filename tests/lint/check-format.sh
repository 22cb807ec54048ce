#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# All C files are as clang-format would write them. Usage: check-format.sh SOURCE_ROOT
set -eu
cd "$1"
command -v clang-format >/dev/null || exit 77
find lib protocols daemon allstop cli sim tests -name '*.[ch]' -print0 |
        sort -z | xargs -0 clang-format --dry-run -Werror
