/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How the report looks: on a telephone, on a desk, in the dark, and on paper, where patterns say what colours say. */
extern const char report_style[];
