/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who may say that somebody is present. */

#include "lib/macros.h"

enum arm {
        ARM_NOW,    /* answer the challenge without asking */
        ARM_ASK,    /* show the key and wait for it */
        ARM_LEAVE,  /* not of our asking, and nobody here to press a key: stay paused */
        ARM_REFUSE, /* somebody would have to press a key, and there is no terminal */
};

struct arm_question {
        const char *kind; /* of the session: "none", "percussion", "estim", "mixed" */
        bool terminal;    /* keys can be read */
        bool yes;         /* --yes */
        bool simulated;   /* no body is reached */
        bool wanted;      /* the challenge follows a start or resume that a person typed, not a reconnect */
};

/* --yes never arms e-stim on a body, and nothing arms twice for one word of a person. */
enum arm arm_policy(const struct arm_question *question);
