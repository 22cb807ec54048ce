/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verbs/cmds.h"
#include "cli/verbs/verbs.h"

#define NO_OPTIONS 0
#define CAPS "percussion estim percussion-levels estim-levels"
#define SCORES "0 1 2 3 4 5 6 7 8 9 10"
#define SENSATIONS "sharp shooting numb burning tensing"

const struct verb limber_verbs[] = {
        { "status", 0, 0, NO_OPTIONS, "", "what runs now, and what is connected", cmd_status },
        { "start", 1, 1,
                OPTION_SIDE | OPTION_DEVICE | OPTION_YES | OPTION_STAGE | OPTION_DETACH |
                        OPTION_LAST_SESSION,
                "ROUTINE", "run a routine", cmd_start, true, { "<routine>" } },
        { "stop", 0, 0, OPTION_ALL | OPTION_SESSION, "", "stop everything at once", cmd_stop },
        { "pause", 0, 0, OPTION_SESSION, "", "output to zero; the step keeps its place", cmd_pause },
        { "resume", 0, 0, OPTION_SESSION | OPTION_YES, "", "go on with a paused or staged session",
                cmd_resume, true },
        { "skip", 0, 0, OPTION_SESSION, "", "leave this step for the next", cmd_skip, true },
        { "discomfort", 1, 6, OPTION_SESSION, "0-10 [WORD...]", "say how much it hurts", cmd_discomfort,
                true, { SCORES, SENSATIONS } },
        { "answer", 1, VERB_ANY, OPTION_SESSION, "ANSWER", "answer the open question", cmd_answer, true },
        { "follow", 0, 0, OPTION_SESSION, "", "watch a session", cmd_follow },
        { "routines", 0, 0, NO_OPTIONS, "", "the routines there are", cmd_routines },
        { "show", 1, 1, NO_OPTIONS, "ROUTINE", "one routine, step by step", cmd_show, false,
                { "<routine>" } },
        { "check", 1, VERB_ANY, NO_OPTIONS, "FILE...", "check routine files without keeping them", cmd_check,
                false, { "<file>" } },
        { "intake", 0, 0, OPTION_ANSWERS | OPTION_FOR, "", "answer what limber must know of your health",
                cmd_intake, true },
        { "runner", 0, 0, OPTION_FOR, "", "what limber knows of you, and what is blocked", cmd_runner },
        { "runner cap", 2, 2, OPTION_FOR, "CAP VALUE|none", "a limit of your own", cmd_runner_cap, true,
                { CAPS, "none" } },
        { "runner sign-off", 1, 1, OPTION_BY | OPTION_FOR, "QUESTION",
                "a clinician agrees in spite of an answer", cmd_runner_sign_off, true, { "<question>" } },
        { "devices", 0, 0, NO_OPTIONS, "", "the devices that are known", cmd_devices },
        { "device check", 1, VERB_ANY, NO_OPTIONS, "FILE...",
                "check device files, and show what limber would do with them", cmd_device_check, false,
                { "<file>" } },
        { "calibrate", 3, 3, OPTION_SIDE | OPTION_PAD, "DEVICE FEATURE ZONE",
                "find the levels that are right for you", cmd_calibrate, true, { "<device>", "" } },
        { "limits", 0, 2, NO_OPTIONS, "[DEVICE [ZONE]]", "what limits a device, whose, and what lifts it",
                cmd_limits, false, { "<device>", "" } },
        { "rests", 0, 0, NO_OPTIONS, "", "what of you rests, until when, and why", cmd_rests },
        { "scan", 0, 0, OPTION_SECONDS, "", "look for devices", cmd_scan, true },
        { "add", 1, 1, OPTION_AS | OPTION_MODEL | OPTION_EXPERIMENTAL, "ADDRESS|NAME", "keep a device",
                cmd_add, true, { "<device>" } },
        { "forget", 1, 1, NO_OPTIONS, "DEVICE", "forget a device", cmd_forget, true, { "<device>" } },
        { "connect", 1, 1, NO_OPTIONS, "DEVICE", "connect a device now", cmd_connect, true, { "<device>" } },
        { "disconnect", 1, 1, NO_OPTIONS, "DEVICE", "let a device go", cmd_disconnect, true,
                { "<device>" } },
        { "history", 0, 0, OPTION_SINCE | OPTION_LIMIT | OPTION_CSV, "", "what was done, session by session",
                cmd_history },
        { "history show", 1, 1, OPTION_CSV, "N", "one session, event by event", cmd_history_show, false,
                { "<session>" } },
        { "report", 1, VERB_ANY, OPTION_OUTPUT, "SESSION...", "sessions as a page to read or print",
                cmd_report, false, { "<session>" } },
        {},
};
