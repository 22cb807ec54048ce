/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The commands of --control: one line in, one JSON object out. */

#include <jansson.h>
#include <limits.h>

#include "sim/radio/air-impl.h"

#define WORDS_MAX 4

static json_t *error(const char *format, ...) _printf_(1, 2);

static json_t *error(const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&text, format, ap);
        va_end(ap);
        if (r < 0) {
                text = NULL;
                return NULL;
        }
        return json_pack("{s:s}", "error", text);
}

static json_t *ok(void) {
        return json_pack("{s:b}", "ok", true);
}

/* A decimal number, or hex with the prefix 0x. */
static int parse_value(const char *text, int *ret) {
        bool hex = startswith(text, "0x") != NULL;
        char *rest;
        long value;

        errno = 0;
        value = strtol(text, &rest, hex ? 16 : 10);
        if (errno != 0 || rest == text || *rest != '\0' || value < INT_MIN || value > INT_MAX)
                return -EINVAL;
        *ret = (int) value;
        return 0;
}

static json_t *no_number(const char *text) {
        return error("'%s' is no number.", text);
}

static json_t *run_poke(struct air *air, struct peripheral *peripheral, char **words, size_t n) {
        int value, r;

        if (parse_value(words[3], &value) < 0)
                return no_number(words[3]);
        r = product_poke(peripheral->product, air->now_usec, words[2], value);
        if (r == -EOPNOTSUPP)
                return error("A %s has no control '%s'.", product_kind(peripheral->product), words[2]);
        if (r == -ERANGE)
                return error("'%s' does not go to %d.", words[2], value);
        return r < 0 ? error("It does not work: %s.", strerror(-r)) : ok();
}

static json_t *run_output(struct air *air, struct peripheral *peripheral, char **words, size_t n) {
        json_t *channels = json_array(), *answer = ok();

        product_advance(peripheral->product, air->now_usec);
        for (unsigned i = 0; i < product_channels(peripheral->product); i++) {
                struct product_output output = product_output(peripheral->product, i);

                (void) json_array_append_new(channels,
                        json_pack("{s:I,s:I}", "amplitude_permille", (json_int_t) output.amplitude_permille,
                                "rate_mhz", (json_int_t) output.rate_mhz));
        }
        (void) json_object_set_new(answer, "channels", channels);
        return answer;
}

static json_t *no_such_fault(const char *name) {
        _cleanup_free_ char *all = NULL;
        json_t *answer;
        size_t size;
        FILE *f;

        f = open_memstream(&all, &size);
        if (!f)
                return NULL;
        for (size_t i = 0; air_fault_at(i); i++)
                fprintf(f, "%s%s", i > 0 ? ", " : "", air_fault_at(i)->name);
        fclose(f);
        answer = error("There is no fault '%s'; there are %s.", name, strnull(all));
        return answer;
}

static json_t *run_fault(struct air *air, struct peripheral *peripheral, char **words, size_t n) {
        const struct air_fault *fault = NULL;
        int value, r;

        for (size_t i = 0; !fault && air_fault_at(i); i++)
                if (streq(air_fault_at(i)->name, words[2]))
                        fault = air_fault_at(i);
        if (!fault)
                return no_such_fault(words[2]);

        value = fault->usual;
        if (n > 3 && parse_value(words[3], &value) < 0)
                return no_number(words[3]);
        if (value < fault->least || value > fault->most)
                return error("The value of '%s' is from %d to %d.", fault->name, fault->least, fault->most);
        if (fault->linked && !peripheral->link.up)
                return error("'%s' needs a link, and %s has none.", fault->name,
                        product_address(peripheral->product));
        r = fault->set(peripheral, value);
        return r < 0 ? error("It does not work: %s.", strerror(-r)) : ok();
}

static json_t *run_summary(struct air *air, struct peripheral *peripheral, char **words, size_t n) {
        _cleanup_free_ char *text = NULL;

        text = air_summary(air, air->now_usec);
        return json_pack("{s:b,s:s}", "ok", true, "text", strnull(text));
}

static json_t *run_list(struct air *air, struct peripheral *peripheral, char **words, size_t n) {
        json_t *devices = json_array(), *answer = ok();

        for (size_t i = 0; i < air->n_peripherals; i++) {
                const struct peripheral *one = air->peripherals[i];

                (void) json_array_append_new(devices,
                        json_pack("{s:s,s:s,s:s,s:s,s:b,s:b}", "address", product_address(one->product),
                                "type", one->address.type == ADDRESS_RANDOM ? "random" : "public", "product",
                                product_kind(one->product), "name", product_advertised_name(one->product),
                                "linked", one->link.up, "away", one->faults.away));
        }
        (void) json_object_set_new(answer, "devices", devices);
        return answer;
}

static const struct control_command {
        const char *name;
        const char *usage;
        size_t least, most; /* words */
        bool addressed;     /* the second word is an address */
        json_t *(*run)(struct air *air, struct peripheral *peripheral, char **words, size_t n);
} control_commands[] = {
        { "poke", "poke ADDRESS CONTROL VALUE", 4, 4, true, run_poke },
        { "output", "output ADDRESS", 2, 2, true, run_output },
        { "fault", "fault ADDRESS NAME [VALUE]", 3, 4, true, run_fault },
        { "summary", "summary", 1, 1, false, run_summary },
        { "list", "list", 1, 1, false, run_list },
};

static json_t *run_line(struct air *air, char **words, size_t n) {
        const struct control_command *command = NULL;
        struct peripheral *peripheral = NULL;

        for (size_t i = 0; n > 0 && i < ARRAY_SIZE(control_commands); i++)
                if (streq(control_commands[i].name, words[0]))
                        command = control_commands + i;
        if (!command)
                return error("There is no command '%s'; there are poke, output, fault, summary, list.",
                        n > 0 ? words[0] : "");
        if (n < command->least || n > command->most)
                return error("It would be: %s", command->usage);
        if (command->addressed) {
                peripheral = air_find(air, words[1]);
                if (!peripheral)
                        return error("No product has the address '%s'.", words[1]);
        }
        return command->run(air, peripheral, words, n);
}

static bool plain(const char *line) {
        for (const char *p = line; *p; p++)
                if (*p < ' ' || *p > '~')
                        return false;
        return true;
}

char *air_control(struct air *air, uint64_t t_usec, const char *line) {
        _cleanup_free_ char *copy = NULL;
        char *words[WORDS_MAX + 1], *word, *state = NULL, *text;
        json_t *answer;
        size_t n = 0;

        air_advance(air, t_usec);
        copy = strdup(line);
        if (!copy)
                return NULL;
        if (plain(line)) {
                /* One word more than any command has, to detect too many. */
                for (word = strtok_r(copy, " ", &state); word && n < ARRAY_SIZE(words);
                        word = strtok_r(NULL, " ", &state))
                        words[n++] = word;
                answer = run_line(air, words, n);
        } else
                answer = error("A command is plain ASCII.");
        text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
        json_decref(answer);
        /* Sends its consequences at once. */
        air_advance(air, t_usec);
        return text;
}
