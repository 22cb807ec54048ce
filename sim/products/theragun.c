/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Theragun (generation 4) and the Therabody Wave Roller: a motor with inertia, controlled by AA/BB frames.
 *
 * Frames, speeds and characteristics as in the Theragun notes of stpihkal (docs.buttplug.io). They do not say what happens
 * on link loss, so the worst is assumed: the motor runs on. Nor do they map the speed number to strokes; it is taken as
 * strokes a minute. */

#include <math.h>

#include "sim/products/battery.h"
#include "sim/products/meter.h"
#include "sim/products/product-impl.h"

enum {
        CHARACTERISTIC_ANSWERS,
        CHARACTERISTIC_COMMANDS,
        CHARACTERISTIC_BATTERY,
        CHARACTERISTIC_MANUFACTURER,
        CHARACTERISTIC_MODEL,
        CHARACTERISTIC_FIRMWARE,
        _CHARACTERISTIC_MAX,
};

#define FRAME_FROM_HOST 0xAA
#define FRAME_FROM_DEVICE 0xBB
#define FRAME_STATUS 0x10
#define FRAME_VERSION 0x20
#define STATUS_SIZE 15  /* nothing is known beyond the speed */
#define VERSION_SIZE 14 /* likewise beyond the version */

#define MOTOR_TIME_CONSTANT_SEC 0.4
#define MOTOR_SAMPLE_USEC (50 * USEC_PER_MSEC)
#define MOTOR_SETTLED 6.0 /* strokes a minute from its target: it has arrived */
#define MOTOR_STALL 60.0  /* below this it stalls */
/* Assumed: a full battery runs the motor for 150 minutes. */
#define BATTERY_PERCENT_USEC (90 * USEC_PER_SEC)

struct theragun_model {
        const char *name;
        unsigned version;      /* printed a.b.c from abc */
        unsigned highest;      /* speeds from 0 to this, or … */
        const uint16_t *steps; /* … only 0 and these, terminated by 0 */
};

struct theragun {
        struct product product;
        struct battery battery;
        struct meter meter;
        unsigned setting;
        double speed;
        uint64_t sample_usec; /* next sample of the changing motor speed; infinity while it is steady */
        bool stops_on_link_loss;
        const char *setting_why;
        unsigned frames, bad_frames;
};

static const struct theragun_model *model_of(const struct theragun *gun) {
        return gun->product.kind->model;
}

static bool speed_valid(const struct theragun_model *model, unsigned speed) {
        if (!model->steps)
                return speed <= model->highest;
        for (const uint16_t *step = model->steps; *step != 0; step++)
                if (speed == *step)
                        return true;
        return speed == 0;
}

static uint8_t checksum(const uint8_t *bytes, size_t n) {
        uint8_t sum = 0;

        for (size_t i = 2; i < n; i++)
                sum = (uint8_t) (sum + bytes[i]);
        return sum;
}

static void put_u16be(uint8_t *bytes, unsigned value) {
        bytes[0] = (uint8_t) (value >> 8);
        bytes[1] = (uint8_t) value;
}

static void send_frame(struct theragun *gun, uint8_t *frame, size_t n, uint8_t type) {
        frame[0] = FRAME_FROM_DEVICE;
        frame[2] = type;
        frame[1] = checksum(frame, n);
        product_notify(&gun->product, CHARACTERISTIC_ANSWERS, frame, n);
}

static void send_status(struct theragun *gun) {
        uint8_t frame[STATUS_SIZE] = { 0 };

        frame[4] = gun->setting > 0;
        put_u16be(frame + 13, gun->setting);
        send_frame(gun, frame, sizeof(frame), FRAME_STATUS);
}

static void send_version(struct theragun *gun) {
        uint8_t frame[VERSION_SIZE] = { 0 };

        put_u16be(frame + 12, model_of(gun)->version);
        send_frame(gun, frame, sizeof(frame), FRAME_VERSION);
}

static void report_motor(struct theragun *gun) {
        struct product_output output = { 0 };

        if (gun->speed > 0)
                output = (struct product_output){
                        .amplitude_permille = 1000, /* the stroke length is fixed */
                        .rate_mhz = (unsigned) lround(gun->speed * 1000 / 60),
                };
        if (meter_set(&gun->meter, output, gun->setting_why))
                product_observe(&gun->product, "motor", "{\"hz\":%.3f,\"setting\":%u}", gun->speed / 60,
                        gun->setting);
}

static void change_setting(struct theragun *gun, unsigned speed, const char *why) {
        if (gun->setting == speed)
                return;
        gun->setting = speed;
        gun->setting_why = why;
        gun->sample_usec = gun->product.now_usec + MOTOR_SAMPLE_USEC;
        product_observe(&gun->product, "setting", "{\"speed\":%u}", speed);
        send_status(gun);
}

static void battery_changed(struct theragun *gun) {
        uint8_t percent = (uint8_t) gun->battery.percent;

        product_observe(&gun->product, "battery", "{\"percent\":%u}", gun->battery.percent);
        product_notify(&gun->product, CHARACTERISTIC_BATTERY, &percent, 1);
        if (percent == 0)
                change_setting(gun, 0, "the battery is empty");
}

static void theragun_init(struct product *product) {
        struct theragun *gun = (struct theragun *) product;

        gun->battery = (struct battery){ .percent = 87, .percent_usec = BATTERY_PERCENT_USEC };
        gun->sample_usec = USEC_INFINITY;
        gun->setting_why = "nobody started it";
}

static void theragun_linked(struct product *product) {
        struct theragun *gun = (struct theragun *) product;

        if (!product->linked && gun->stops_on_link_loss)
                change_setting(gun, 0, "the link was lost");
}

static const char *obey(struct theragun *gun, const uint8_t *bytes, size_t n) {
        unsigned speed;

        if (n < 3 || bytes[0] != FRAME_FROM_HOST)
                return "not a frame";
        if (bytes[1] != checksum(bytes, n))
                return "checksum";

        if (n == 4 && bytes[2] == FRAME_STATUS && bytes[3] == 0) {
                send_status(gun);
                return NULL;
        }
        if (n == 4 && bytes[2] == FRAME_VERSION && bytes[3] == 0) {
                send_version(gun);
                return NULL;
        }
        if (n == 7 && bytes[2] == 0x01 && bytes[3] == 0x03 && bytes[6] == 0x03) {
                speed = (unsigned) bytes[4] << 8 | bytes[5];
                if (!speed_valid(model_of(gun), speed))
                        return "no such speed";
                if (speed > 0 && gun->battery.percent == 0)
                        return "battery empty";
                change_setting(gun, speed, "the speed was set to 0");
                return NULL;
        }
        return "unknown";
}

static int theragun_write(struct product *product, unsigned characteristic, const uint8_t *bytes, size_t n) {
        struct theragun *gun = (struct theragun *) product;
        const char *wrong;

        gun->frames++;
        wrong = obey(gun, bytes, n);
        if (wrong) {
                gun->bad_frames++;
                product_observe_bad_frame(product, wrong, bytes, n);
        }
        return 0;
}

static ssize_t theragun_read(
        struct product *product, unsigned characteristic, uint8_t *buffer, size_t size) {
        struct theragun *gun = (struct theragun *) product;
        const struct theragun_model *model = model_of(gun);
        char text[32];
        int n;

        switch (characteristic) {
        case CHARACTERISTIC_BATTERY:
                n = snprintf(text, sizeof(text), "%c", (int) gun->battery.percent);
                break;
        case CHARACTERISTIC_MANUFACTURER:
                n = snprintf(text, sizeof(text), "limber-sim");
                break;
        case CHARACTERISTIC_MODEL:
                n = snprintf(text, sizeof(text), "%s", model->name);
                break;
        default:
                n = snprintf(text, sizeof(text), "%u.%u.%u", model->version / 100, model->version % 100 / 10,
                        model->version % 10);
                break;
        }
        size = MIN(size, (size_t) n);
        memcpy(buffer, text, size);
        return (ssize_t) size;
}

static void motor_turns(struct theragun *gun, double seconds) {
        double target = gun->setting;

        gun->speed = target + (gun->speed - target) * exp(-seconds / MOTOR_TIME_CONSTANT_SEC);
        if (fabs(gun->speed - target) < MOTOR_SETTLED || (target == 0 && gun->speed < MOTOR_STALL))
                gun->speed = target;
}

static void theragun_pass(struct product *product, uint64_t elapsed_usec) {
        struct theragun *gun = (struct theragun *) product;
        bool turning = meter_on(&gun->meter);

        meter_pass(&gun->meter, elapsed_usec);
        if (gun->sample_usec != USEC_INFINITY)
                motor_turns(gun, (double) elapsed_usec / (double) USEC_PER_SEC);
        if (turning && battery_drain(&gun->battery, elapsed_usec))
                battery_changed(gun);
}

static void theragun_due(struct product *product) {
        struct theragun *gun = (struct theragun *) product;

        if (gun->sample_usec > product->now_usec)
                return;
        report_motor(gun);
        /* motor_turns() puts a motor that has settled exactly at its setting. */
        if (gun->speed == gun->setting)
                gun->sample_usec = USEC_INFINITY;
        else
                gun->sample_usec = product->now_usec + MOTOR_SAMPLE_USEC;
}

static uint64_t theragun_next(const struct product *product) {
        const struct theragun *gun = (const struct theragun *) product;
        uint64_t left;

        if (!meter_on(&gun->meter))
                return gun->sample_usec;
        left = battery_left_usec(&gun->battery);
        return left == USEC_INFINITY ? gun->sample_usec : MIN(gun->sample_usec, product->now_usec + left);
}

static int theragun_poke(struct product *product, const char *control, int value) {
        struct theragun *gun = (struct theragun *) product;
        int r;

        if (streq(control, "battery")) {
                r = battery_set(&gun->battery, value);
                if (r > 0)
                        battery_changed(gun);
                return MIN(r, 0);
        }
        if (streq(control, "speed")) {
                if (value < 0 || !speed_valid(model_of(gun), (unsigned) value))
                        return -ERANGE;
                change_setting(gun, (unsigned) value, "a hand turned the speed to 0");
                return 0;
        }
        if (streq(control, "off")) {
                change_setting(gun, 0, "a hand switched it off");
                return 0;
        }
        if (streq(control, "link-loss-stops")) {
                gun->stops_on_link_loss = value != 0;
                return 0;
        }
        return -EOPNOTSUPP;
}

static struct product_output theragun_output(const struct product *product, unsigned channel) {
        return ((const struct theragun *) product)->meter.now;
}

static void theragun_summary(const struct product *product, FILE *f) {
        const struct theragun *gun = (const struct theragun *) product;

        meter_print(&gun->meter, "the motor", f);
        fprintf(f, " %u frames, %u of them refused; battery %u %%.", gun->frames, gun->bad_frames,
                gun->battery.percent);
}

static const struct product_ops theragun_ops = {
        .size = sizeof(struct theragun),
        .init = theragun_init,
        .linked = theragun_linked,
        .write = theragun_write,
        .read = theragun_read,
        .pass = theragun_pass,
        .due = theragun_due,
        .next = theragun_next,
        .poke = theragun_poke,
        .output = theragun_output,
        .summary = theragun_summary,
};

static const struct product_characteristic characteristics[_CHARACTERISTIC_MAX] = {
        [CHARACTERISTIC_ANSWERS] = { UUID16("ffe0"), UUID16("ffe1"), PRODUCT_NOTIFY },
        [CHARACTERISTIC_COMMANDS] = { UUID16("ffe0"), UUID16("ffe2"),
                PRODUCT_WRITE | PRODUCT_WRITE_WITHOUT_RESPONSE },
        [CHARACTERISTIC_BATTERY] = { UUID16("180f"), UUID16("2a19"), PRODUCT_READ | PRODUCT_NOTIFY },
        [CHARACTERISTIC_MANUFACTURER] = { UUID16("180a"), UUID16("2a29"), PRODUCT_READ },
        [CHARACTERISTIC_MODEL] = { UUID16("180a"), UUID16("2a24"), PRODUCT_READ },
        [CHARACTERISTIC_FIRMWARE] = { UUID16("180a"), UUID16("2a26"), PRODUCT_READ },
};

static const struct theragun_model pro = { .name = "Theragun Pro", .version = 216, .highest = 3616 };
static const uint16_t wave_roller_steps[] = { 150, 275, 350, 415, 470, 0 };
static const struct theragun_model wave_roller = {
        .name = "Wave Roller", .version = 105, .steps = wave_roller_steps
};

const struct product_kind theragun_pro_kind = {
        .kind = "theragun-pro",
        .advertised_name = "Pro",
        .characteristics = characteristics,
        .n_characteristics = _CHARACTERISTIC_MAX,
        .channels = 1,
        .ops = &theragun_ops,
        .model = &pro,
};

const struct product_kind wave_roller_kind = {
        .kind = "wave-roller",
        .advertised_name = "fr01",
        .characteristics = characteristics,
        .n_characteristics = _CHARACTERISTIC_MAX,
        .channels = 1,
        .ops = &theragun_ops,
        .model = &wave_roller,
};
