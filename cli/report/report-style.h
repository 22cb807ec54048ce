/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* CSS of the report: for phones, desktops, dark mode, and paper, where patterns replace colours. */
extern const char report_style[];
