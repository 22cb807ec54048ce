/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>

#include "cli/term/failure.h"
#include "cli/term/text.h"
#include "cli/verbs/verbs.h"

int main(int argc, char *argv[]) {
        struct options options;

        (void) setlocale(LC_CTYPE, "");
        text_set_utf8(streq(nl_langinfo(CODESET), "UTF-8"));
        (void) signal(SIGPIPE, SIG_IGN);

        if (options_parse(&options, argc, argv) < 0)
                return LIMBER_EXIT_USAGE;
        if (options.help && options.n_words == 0) {
                verbs_print_help(limber_verbs, stdout);
                return LIMBER_EXIT_OK;
        }
        if (options.version) {
                puts("limber " LIMBER_VERSION);
                return LIMBER_EXIT_OK;
        }
        if (limber_errors_register() < 0)
                return failure_no_memory();
        return verbs_dispatch(limber_verbs, &options);
}
