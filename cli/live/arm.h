/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether a challenge is answered, and by whom. */

#include "lib/macros.h"

enum arm {
        ARM_NOW,    /* answer the challenge without asking */
        ARM_ASK,    /* show the key and wait for it */
        ARM_LEAVE,  /* not requested here, and no terminal for a key: stay paused */
        ARM_REFUSE, /* a key must be pressed, and there is no terminal */
};

struct arm_question {
        const char *kind; /* of the session: "none", "percussion", "estim", "mixed" */
        bool terminal;    /* keys can be read */
        bool yes;         /* --yes */
        bool simulated;   /* no body is reached */
        bool wanted;      /* the challenge follows a start or resume typed by a person, not a reconnect */
};

/* --yes never arms e-stim on a body, and one command never arms twice. */
enum arm arm_policy(const struct arm_question *question);
