/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small routines for one situation each. */

#define ROUTINE_HEAD(devices)                                                                         \
        "format = 1; id = \"small\"; title = \"Small\"; when = \"any time\"; confidence = \"low\";\n" \
        "claims = \"none\"; discomfort_profile = \"recovery\";\n"                                     \
        "devices = (" devices ");\n"
#define ROLE_GUN "{ role = \"gun\"; kind = \"percussion\"; }"
#define ROLE_PADS "{ role = \"pads\"; kind = \"estim\"; }"

#define PERCUSSION(zone, side, lead_in, seconds)                                                   \
        "{ kind = \"percussion\"; zone = \"" zone "\"; sides = \"" side "\"; lead_in = \"" lead_in \
        "\"; duration = \"" seconds "\"; frequency = \"25-33Hz\"; }"
#define ESTIM(zone, side, lead_in, seconds, more)                                             \
        "{ kind = \"estim\"; zone = \"" zone "\"; sides = \"" side "\"; lead_in = \"" lead_in \
        "\"; duration = \"" seconds                                                           \
        "\"; frequency = \"8Hz\"; pulse_width = \"250us\"; intensity = \"60%\";"              \
        " ramp = \"3s\"; " more " }"

/* Two steps of a gun: 2 s to get in place, then 30 s. */
#define TEXT_GUN               \
        ROUTINE_HEAD(ROLE_GUN) \
        "steps = (" PERCUSSION("calf", "left", "2s", "30s") "," PERCUSSION("calf", "right", "2s", "30s") ");"

/* The same with pads. */
#define TEXT_PADS               \
        ROUTINE_HEAD(ROLE_PADS) \
        "steps = (" ESTIM("calf", "both", "2s", "30s", "") "," ESTIM("calf", "both", "2s", "30s", "") ");"

/* A question, then a gun's step. */
#define TEXT_PROMPT                                                                                         \
        ROUTINE_HEAD(ROLE_GUN)                                                                              \
        "steps = ({ kind = \"prompt\"; text = \"Ready?\"; answers = [ \"yes\", \"later\" ]; }," PERCUSSION( \
                "calf", "left", "2s", "30s") ");"

/* Pads on the left calf for 40 s, while the gun works on the right leg; then a rest that outlasts the pads. */
#define TEXT_BOTH                                                                                      \
        ROUTINE_HEAD(ROLE_GUN "," ROLE_PADS)                                                           \
        "steps = (" ESTIM("calf", "left", "2s", "40s", "background = true;") "," PERCUSSION(           \
                "quads", "right", "3s", "10s") ","                                                     \
                                               "{ kind = \"rest\"; duration = \"30s\"; }," PERCUSSION( \
                                                       "calf", "left", "3s", "10s") ");"
