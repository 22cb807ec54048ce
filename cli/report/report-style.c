/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/report-style.h"

/* Only colours change in the dark. */
#define LIGHT                                                                            \
        "--paper:#fff;--ink:#1b1f24;--dim:#59636e;--rule:#d1d9e0;--soft:#f3f5f7;"        \
        "--given:#1f6f8b;--asked:#d9e8ee;--edge:#1f6f8b;--warn:#9a3b00;--hatch:#9a3b00;" \
        "--dot:#59636e;--step:#e6eaee;--odd:#f6f8fa;"
#define DARK                                                                             \
        "--paper:#14181c;--ink:#e8ecf0;--dim:#a3adb8;--rule:#3a424b;--soft:#1e242a;"     \
        "--given:#58b2d0;--asked:#22404b;--edge:#8fd0e6;--warn:#ffab73;--hatch:#ffab73;" \
        "--dot:#a3adb8;--step:#2b333b;--odd:#20272d;"

const char report_style[] =
        ":root{color-scheme:light dark;" LIGHT "}\n"
        "@media screen and (prefers-color-scheme:dark){:root{" DARK "}}\n"
        "*{box-sizing:border-box}\n"
        "body{margin:0 auto;padding:1rem;max-width:60rem;background:var(--paper);color:var(--ink);"
        "font:16px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}\n"
        "h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.35rem;margin:0 0 .25rem}"
        "h3{font-size:1.05rem;margin:1.5rem 0 .4rem}h4{font-size:1rem;margin:1rem 0 .2rem}p{margin:.25rem 0}\n"
        ".dim,footer,caption{color:var(--dim)}.warn{color:var(--warn);font-weight:600}\n"
        "section{border-top:3px solid var(--ink);margin-top:2rem;padding-top:.75rem}\n"
        "dl.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.5rem;margin:.75rem 0}\n"
        "dl.figures div{background:var(--soft);border:1px solid var(--rule);border-radius:.4rem;padding:.4rem .6rem}\n"
        "dl.figures dt{color:var(--dim);font-size:.85rem}dl.figures dd{margin:0;font-size:1.15rem;font-weight:600}\n"
        "table{border-collapse:collapse;width:100%;margin:.25rem 0 .75rem}\n"
        "caption{text-align:left;font-size:.9rem;padding-bottom:.2rem}\n"
        "th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--rule)}\n"
        "th+th,th+td,td+td{padding-left:.6rem}td:not(.number){min-width:5rem}\n"
        "thead th{font-size:.85rem;color:var(--dim);font-weight:600;overflow-wrap:normal}tbody th{font-weight:600}\n"
        ".number{text-align:right;font-variant-numeric:tabular-nums}tbody .number{white-space:nowrap}\n"
        "figure{margin:.5rem 0}svg{display:block;overflow:visible}svg.patterns{position:absolute}\n"
        "svg.chart{border-bottom:1px solid var(--rule)}\n"
        "svg text{fill:var(--ink);font:12px system-ui,sans-serif}\n"
        ".grid{stroke:var(--rule)}.given{fill:var(--given);stroke:none}\n"
        ".asked{fill:var(--asked);stroke:var(--edge);stroke-width:1.2;stroke-dasharray:4 3}\n"
        ".limit{fill:url(#hatch);stroke:var(--hatch)}.hatch{stroke:var(--hatch);stroke-width:1.4;fill:none}\n"
        ".pause{fill:url(#dots);stroke:var(--rule)}.dot{fill:var(--dot)}\n"
        ".step{fill:var(--step)}.step.odd{fill:var(--odd)}.note{stroke:var(--warn);stroke-width:1.5}\n"
        ".score{fill:var(--ink);stroke:var(--paper)}\n"
        ".legend{font-size:.85rem;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}\n"
        ".key svg{display:inline-block;vertical-align:-1px}\n"
        "summary{cursor:pointer;color:var(--dim)}footer{margin-top:2rem;font-size:.9rem}\n"
        "code{font-family:ui-monospace,monospace;font-size:.95em}\n"
        "@media screen and (max-width:40rem){\n"
        "table:not(.wide){font-size:.85rem}th+th,th+td,td+td{padding-left:.3rem}th,td{padding-right:0}\n"
        "tbody th{min-width:6.1em}td:not(.number){min-width:5.9em}\n"
        ".wide thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\n"
        ".wide,.wide tbody,.wide tr,.wide th,.wide td,.wide caption{display:block}\n"
        ".wide tbody tr{border:1px solid var(--rule);border-radius:.4rem;padding:.3rem .6rem;margin:.4rem 0}\n"
        ".wide tbody th,.wide tbody td{border:0;padding:.1rem 0;display:flex;justify-content:space-between;"
        "gap:1rem;white-space:normal;text-align:right}\n"
        ".wide tbody td:has(bdi:empty){display:none}\n"
        ".wide tbody th::before,.wide tbody td::before{content:attr(data-title);color:var(--dim);font-weight:400;"
        "text-align:left;flex:0 0 auto}\n"
        "}\n"
        "@page{margin:14mm}\n"
        "@media print{:root{color-scheme:light;" LIGHT "}\n"
        "body{max-width:none;padding:0;font-size:10.5pt}details{display:none}\n"
        "section{break-before:page;border-top:0;margin-top:0}section:first-of-type{break-before:auto;"
        "border-top:2px solid #000;margin-top:.75rem}\n"
        "h2,h3,h4,caption,thead{break-after:avoid}tr,figure,dl.figures div{break-inside:avoid}\n"
        "thead{display:table-header-group}th,td{padding-top:.1rem;padding-bottom:.1rem}}\n";
