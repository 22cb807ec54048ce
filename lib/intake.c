/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/intake.h"

#include "lib/nearest.h"

#define BOTH(percussion, estim) \
        { [ROLE_PERCUSSION] = percussion, [ROLE_ESTIM] = estim }
#define FREE INTAKE_ALLOWED
#define ASK INTAKE_SIGN_OFF
#define NEVER INTAKE_NEVER

/* Percussion: our own screen [D], drawn from Therabody's product warnings ("modify or ask"), from the case of Chen 2021
 * (Phys Ther 101(1)) for anaemia, and from what is widely listed for guns; conditions not listed are allowed. E-stim: NEVER
 * is what the manuals of Compex Sport Elite, Electromedic EVA, Current Solutions TENS and Prizm Micro-Z exclude, ASK what
 * Compex and Prizm want a doctor asked about. That clots, age below 18 and pregnancy anywhere exclude e-stim is stricter
 * than these [D]. Varicose veins, changed skin and forbidden places are rules of zones (lib/zones.c) and not asked here. */
static const struct intake_question questions[] = {
        /* Percussion: near the torso [D]; where a gun will be held is unknown here. */
        { "implant", "Do you have a pacemaker, a defibrillator or any other electronic device in your body?",
                "Also nerve stimulators, insulin pumps and cochlear implants. E-stim can disturb them.",
                "an electronic device in your body", BOTH(ASK, NEVER) },
        { "heart", "Do you have a heart condition?",
                "Anything a doctor has found or looks after: rhythm, valves, a heart attack, weak heart.",
                "a heart condition", BOTH(FREE, ASK) },
        { "arteries", "Do you have narrowed or blocked arteries in your legs?",
                "A doctor may call it peripheral arterial disease; legs that hurt on walking and stop when you stand.",
                "the arteries of your legs", BOTH(FREE, NEVER) },
        /* A history of them [D]; the calf: a clot is listed everywhere as a contraindication for guns. */
        { "clots", "Have you ever had a blood clot in a leg or a lung, or an inflamed vein?",
                "Thrombosis, embolism, phlebitis. New pain, swelling, warmth or redness of one calf may be a clot: answer yes, use no device, see a doctor today.",
                "blood clots", BOTH(ASK, NEVER) },
        /* E-stim: tendency to bleed. */
        { "blood-thinners", "Do you take blood thinners, or do you have a disorder of blood clotting?",
                "Such as warfarin, apixaban, rivaroxaban, clopidogrel, heparin; or bleeding and bruising very easily.",
                "blood thinners or clotting", BOTH(ASK, ASK) },
        /* Percussion: Chen 2021. */
        { "anaemia", "Do you have anaemia that is not treated, or is being looked into?",
                "Too little iron or too few red blood cells. Somebody with untreated anaemia fell badly ill after ten minutes of percussion on tired thighs.",
                "anaemia", BOTH(ASK, FREE) },
        /* Percussion and e-stim: in the area; where a device will be used is unknown here [D]. */
        { "cancer", "Do you have cancer, or are you being treated for it?",
                "Wherever it is: limber does not know where on the body a device will be used.", "cancer",
                BOTH(ASK, NEVER) },
        { "epilepsy", "Do you have epilepsy, or have you had fits?",
                "The makers of stimulators exclude everybody who has.", "epilepsy", BOTH(FREE, NEVER) },
        /* Percussion: Therabody. E-stim: belly and pelvis in the manuals, everywhere [D]. */
        { "pregnant", "Are you pregnant, or might you be?", "At any time of it.", "pregnancy",
                BOTH(ASK, NEVER) },
        /* E-stim: trunk and thigh in the manuals, everywhere [D]. */
        { "hernia", "Do you have a hernia of the belly or the groin?",
                "A bulge that comes when you cough or lift. Contractions of thigh and trunk press on it.",
                "a hernia", BOTH(FREE, NEVER) },
        /* Percussion: Therabody. */
        { "bones", "Do you have osteoporosis, or bones that break easily?", "Osteopenia counts, too.",
                "your bones", BOTH(ASK, FREE) },
        /* Percussion: 12 weeks [D]. E-stim: recent surgery, trauma. */
        { "surgery", "Have you had an operation, or broken a bone, in the last 12 weeks?",
                "Anywhere on the body. Whoever operated, or your physiotherapist, can say what may be done when.",
                "an operation or a broken bone in the last 12 weeks", BOTH(ASK, ASK) },
        /* E-stim: 6 months, Compex. */
        { "surgery-6-months", "Have you had an operation in the last 6 months?",
                "The same for e-stim, over a longer time.", "an operation in the last 6 months",
                BOTH(FREE, ASK) },
        /* Percussion: recent injury, Therabody. E-stim: trauma, atrophy. */
        { "injury", "Do you have a fresh injury, or a muscle that has wasted away?",
                "A torn or badly bruised muscle, a sprain, a stress fracture; a leg that has become thin.",
                "a fresh injury or a wasted muscle", BOTH(ASK, ASK) },
        /* Percussion: abnormal sensation and diabetes, Therabody. E-stim: impaired sensation. */
        { "numbness", "Do you have numb skin, or pins and needles, for example from diabetes or a nerve?",
                "Who does not feel a place well cannot feel when it is too much.", "numbness",
                BOTH(ASK, ASK) },
        /* Percussion: medicines that alter sensation, Therabody. E-stim: people who cannot feel or report. */
        { "cannot-tell", "Could anything keep you from feeling that it hurts, or from saying so?",
                "Strong painkillers, alcohol, drugs, confusion. limber is as safe as your \"stop\".",
                "not feeling pain or not being able to say so", BOTH(ASK, NEVER) },
        /* [D], both. */
        { "under-18", "Are you younger than 18?", "The doses in limber are for grown bodies.", "your age",
                BOTH(ASK, NEVER) },
};
_Static_assert(ARRAY_SIZE(questions) == INTAKE_QUESTIONS, "the number is part of the header");

/* The first three: Chen 2021. After use: Sulkowski 2022 (CPCEM 6(2):159). The calf may be a clot [D]. */
const char intake_care[] =
        "Stop and seek medical care when you notice: dark urine like tea, severe swelling or weakness; headache, dizziness or "
        "neck pain after use; numbness or pins and needles; one calf that newly hurts, swells, is warm or red.";

const struct intake_question *intake_question_at(unsigned i) {
        return i < ARRAY_SIZE(questions) ? &questions[i] : NULL;
}

int intake_find(const char *id) {
        for (unsigned i = 0; i < ARRAY_SIZE(questions); i++)
                if (streq(questions[i].id, id))
                        return (int) i;
        return -1;
}

static const char *next_id(unsigned i, const void *userdata) {
        return i < ARRAY_SIZE(questions) ? questions[i].id : NULL;
}

const char *intake_nearest_id(const char *id) {
        return nearest_word(id, next_id, NULL);
}

enum intake_ruling intake_rule(const struct intake *intake, unsigned question, enum role_kind kind) {
        enum intake_ruling yes = questions[question].yes[kind];

        switch (intake->answers[question]) {
        case INTAKE_NO:
                return INTAKE_ALLOWED;
        case INTAKE_YES:
        case INTAKE_UNKNOWN:
                return yes == INTAKE_SIGN_OFF && intake->signed_off[question] ? INTAKE_ALLOWED : yes;
        case INTAKE_NO_ANSWER:
        case _INTAKE_ANSWER_MAX:
                break;
        }
        return INTAKE_UNANSWERED;
}

struct intake_verdict intake_decide(const struct intake *intake, enum role_kind kind) {
        struct intake_verdict verdict = { INTAKE_ALLOWED, NULL };

        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++) {
                enum intake_ruling ruling = intake_rule(intake, i, kind);

                if (ruling > verdict.ruling)
                        verdict = (struct intake_verdict){ ruling, &questions[i] };
        }
        return verdict;
}

bool intake_can_be_signed_off(const struct intake *intake, unsigned question) {
        bool counts = intake->answers[question] == INTAKE_YES || intake->answers[question] == INTAKE_UNKNOWN;

        for (unsigned kind = 0; counts && kind < _ROLE_KIND_MAX; kind++)
                if (questions[question].yes[kind] == INTAKE_SIGN_OFF)
                        return true;
        return false;
}

const char *intake_explain(
        const struct intake_verdict *verdict, enum role_kind kind, char buffer[static INTAKE_SENTENCE_MAX]) {
        const struct intake_question *q = verdict->question;
        const char *called = intake_kind_called(kind);

        buffer[0] = '\0';
        if (verdict->ruling == INTAKE_UNANSWERED)
                (void) snprintf(buffer, INTAKE_SENTENCE_MAX,
                        "limber asks about your health before it switches anything on, and you have not answered yet: 'limber intake'");
        else if (verdict->ruling == INTAKE_SIGN_OFF)
                (void) snprintf(buffer, INTAKE_SENTENCE_MAX,
                        "no %s because of your answer about %s, until a clinician who knows you agrees: show them 'limber runner'; "
                        "when they have, an administrator records it with 'limber runner sign-off %s --by NAME --for USER'",
                        called, q->what, q->id);
        else if (verdict->ruling == INTAKE_NEVER)
                (void) snprintf(buffer, INTAKE_SENTENCE_MAX,
                        "no %s because of your answer about %s, and no sign-off changes that; if the answer is wrong or no "
                        "longer true, 'limber intake' asks again",
                        called, q->what);
        return buffer;
}

static const char *const answer_names[_INTAKE_ANSWER_MAX] = {
        [INTAKE_NO_ANSWER] = "",
        [INTAKE_NO] = "no",
        [INTAKE_YES] = "yes",
        [INTAKE_UNKNOWN] = "unknown",
};

const char *intake_answer_to_string(enum intake_answer answer) {
        return (unsigned) answer < _INTAKE_ANSWER_MAX ? answer_names[answer] : "";
}

enum intake_answer intake_answer_from_string(const char *word) {
        for (unsigned i = INTAKE_NO; i < _INTAKE_ANSWER_MAX; i++)
                if (streq(answer_names[i], word))
                        return (enum intake_answer) i;
        return INTAKE_NO_ANSWER;
}

const char *intake_ruling_to_string(enum intake_ruling ruling) {
        static const char *const names[_INTAKE_RULING_MAX] = {
                [INTAKE_ALLOWED] = "allowed",
                [INTAKE_SIGN_OFF] = "needs-sign-off",
                [INTAKE_NEVER] = "never",
                [INTAKE_UNANSWERED] = "not-answered",
        };

        return (unsigned) ruling < _INTAKE_RULING_MAX ? names[ruling] : "";
}

const char *intake_kind_called(enum role_kind kind) {
        return kind == ROLE_ESTIM ? "e-stim" : "percussion";
}
