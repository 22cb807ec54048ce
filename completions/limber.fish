# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion for limber(1)

# Values of one member in the JSON of a verb; nothing when limberd is not there.
function __limber_values
    command limber --json $argv[1] 2>/dev/null |
        string replace -rf '^ *"'$argv[2]'": *(?:"([^"\\\\]*)"|([0-9]+)),?$' '$1$2'
end

set -l verbs status start stop pause resume skip discomfort answer follow routines show check \
    intake runner calibrate devices limits history report scan add forget connect disconnect
set -l none "not __fish_seen_subcommand_from $verbs"
set -l seen "__fish_seen_subcommand_from"

complete -c limber -f
complete -c limber -l json -d 'write JSON'
complete -c limber -l no-color -d 'no colours'
complete -c limber -s H -l host -x -a '(__fish_print_hostnames)' -d 'on another machine, over ssh'
complete -c limber -s h -l help -d 'a summary'
complete -c limber -l version -d 'the version'

complete -c limber -n $none -a status -d 'what runs now, and what is connected'
complete -c limber -n $none -a start -d 'run a routine'
complete -c limber -n $none -a stop -d 'stop everything at once'
complete -c limber -n $none -a pause -d 'output to zero; the step keeps its place'
complete -c limber -n $none -a resume -d 'go on with a paused or staged session'
complete -c limber -n $none -a skip -d 'leave this step for the next'
complete -c limber -n $none -a discomfort -d 'say how much it hurts'
complete -c limber -n $none -a answer -d 'answer the open question'
complete -c limber -n $none -a follow -d 'watch a session'
complete -c limber -n $none -a routines -d 'the routines there are'
complete -c limber -n $none -a show -d 'one routine, step by step'
complete -c limber -n $none -a check -d 'check routine files without keeping them'
complete -c limber -n $none -a intake -d 'answer what limber must know of your health'
complete -c limber -n $none -a runner -d 'what limber knows of you, and what is blocked'
complete -c limber -n $none -a devices -d 'the devices that are known'
complete -c limber -n $none -a calibrate -d 'find the levels that are right for you'
complete -c limber -n "$seen calibrate" -l pad -x -d 'area of one pad'
complete -c limber -n "$seen calibrate" -l side -x -a 'left right' -d 'where it is'
complete -c limber -n $none -a limits -d 'what limits a device'
complete -c limber -n $none -a history -d 'what was done, session by session'
complete -c limber -n $none -a report -d 'sessions as a page to read or print'
complete -c limber -n $none -a scan -d 'look for devices'
complete -c limber -n $none -a add -d 'keep a device'
complete -c limber -n $none -a forget -d 'forget a device'
complete -c limber -n $none -a connect -d 'connect a device now'
complete -c limber -n $none -a disconnect -d 'let a device go'

# "history show" is not "show".
complete -c limber -n "$seen start show; and not $seen history" -a '(__limber_values routines id)'
complete -c limber -n "$seen history; and not $seen show" -a show -d 'one session, event by event'
complete -c limber -n "$seen report" -k -a '(__limber_values history session)'
complete -c limber -n "$seen report" -l output -r -F -d 'write it there'
complete -c limber -n "$seen history; and $seen show" -k -a '(__limber_values history session)'
complete -c limber -n "$seen add forget connect disconnect" -a '(__limber_values devices name)'
complete -c limber -n "$seen check" -F
complete -c limber -n "$seen discomfort" -a 'sharp shooting numb burning tensing'
complete -c limber -n "$seen start" -l side -x -a 'left right' -d 'only that side'
complete -c limber -n "$seen start" -l device -x -d 'ROLE=NAME: the device for a role'
complete -c limber -n "$seen start" -l stage -d 'make it ready only'
complete -c limber -n "$seen start" -l detach -d 'go on without this terminal'
complete -c limber -n "$seen start resume" -l yes -d 'begin percussion without a key'
complete -c limber -n "$seen stop" -l all -d 'everything'
complete -c limber -n "$seen stop pause resume skip discomfort answer follow" -l session -x -d 'which session'
complete -c limber -n "$seen scan" -l seconds -x -d 'for so long'
complete -c limber -n "$seen history" -l since -x -a 'today yesterday 12h 7d 4w' -d 'from then on'
complete -c limber -n "$seen history" -l limit -x -d 'only the newest'
complete -c limber -n "$seen history" -l csv -d 'write CSV'
complete -c limber -n "$seen add" -l as -x -d 'the name to know it by'
complete -c limber -n "$seen add" -l experimental -d 'though it was never proved'
complete -c limber -n "$seen runner; and not $seen cap sign-off" -a 'cap sign-off'
complete -c limber -n "$seen runner; and $seen cap" -a 'percussion estim percussion-levels estim-levels none'
complete -c limber -n "$seen runner; and $seen sign-off" -a '(__limber_values intake id)'
complete -c limber -n "$seen runner" -l by -x -d 'the clinician who agrees'
complete -c limber -n "$seen intake runner" -l for -x -a '(__fish_complete_users)' -d 'of somebody else'
complete -c limber -n "$seen intake" -l answers -x -d 'all answers at once'
