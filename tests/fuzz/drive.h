/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Drives the engine of a definition (protocols/protocol.h) as an input says, and checks after each call what the contract says of
 * it: above all that the stop frames are there, the same ones, and can be sent. */

#include "protocols/definition.h"
#include "tests/fuzz/fuzz.h"

void fuzz_drive(const struct device_definition *definition, struct fuzz_input *input);
