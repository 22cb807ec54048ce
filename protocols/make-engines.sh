#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Writes the engine table from the names that protocols/meson.build lists.
set -eu
out=$1
shift
{
        echo '/* Made from the list in protocols/meson.build. */'
        echo '#include "protocols/protocol.h"'
        for name; do echo "extern const struct protocol_engine engine_$name;"; done
        echo 'const struct protocol_engine *const protocol_engines[] = {'
        for name; do echo "        &engine_$name,"; done
        echo '        NULL,'
        echo '};'
} >"$out"
