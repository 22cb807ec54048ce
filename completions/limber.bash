# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# bash completion for limber(1)

# Values of one member in the JSON of a verb; nothing when limberd is not there.
__limber_values() {
        local verb="$1" member="$2"
        command limber --json "$verb" 2>/dev/null |
                sed -n -e 's/^ *"'"$member"'": *"\([^"\\]*\)",\{0,1\}$/\1/p' \
                        -e 's/^ *"'"$member"'": *\([0-9]\{1,\}\),\{0,1\}$/\1/p'
}

__limber_reply_lines() {
        local IFS=$'\n' cur="$1"
        shift
        mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
        local i
        for i in "${!COMPREPLY[@]}"; do
                printf -v "COMPREPLY[$i]" '%q' "${COMPREPLY[$i]}"
        done
}

_limber() {
        local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD - 1]}" verb='' word i
        local verbs='status start stop pause resume skip discomfort answer follow routines show check
                intake runner calibrate devices limits history report scan add forget connect disconnect'
        local options='--json --no-color --host --help --version'

        case "$prev" in
        -H | --host)
                mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
                return
                ;;
        --side)
                mapfile -t COMPREPLY < <(compgen -W 'left right' -- "$cur")
                return
                ;;
        --since)
                mapfile -t COMPREPLY < <(compgen -W 'today yesterday 12h 7d 4w' -- "$cur")
                return
                ;;
        --output)
                mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                return
                ;;
        --for)
                mapfile -t COMPREPLY < <(compgen -u -- "$cur")
                return
                ;;
        --session | --seconds | --as | --device | --limit | --answers | --by | --pad)
                return
                ;;
        esac

        for ((i = 1; i < COMP_CWORD; i++)); do
                word="${COMP_WORDS[i]}"
                case "$word" in
                -H | --host | --side | --device | --seconds | --as | --session | --since | --limit | --output | --answers | --by | --for | --pad) ((i++)) ;;
                -*) ;;
                *)
                        verb="$word"
                        break
                        ;;
                esac
        done

        case "$verb" in
        start) options+=' --side --device --yes --stage --detach' ;;
        stop) options+=' --all --session' ;;
        resume) options+=' --session --yes' ;;
        pause | skip | discomfort | answer | follow) options+=' --session' ;;
        scan) options+=' --seconds' ;;
        history) options+=' --since --limit --csv' ;;
        report) options+=' --output' ;;
        add) options+=' --as --experimental' ;;
        calibrate) options+=' --pad --side' ;;
        intake) options+=' --answers --for' ;;
        runner) options+=' --by --for' ;;
        esac
        if [[ "$cur" == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
                return
        fi

        case "$verb" in
        '') mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur") ;;
        start | show) mapfile -t COMPREPLY < <(compgen -W "$(__limber_values routines id)" -- "$cur") ;;
        forget | connect | disconnect | calibrate) __limber_reply_lines "$cur" "$(__limber_values devices name)" ;;
        add) __limber_reply_lines "$cur" "$(__limber_values devices name)" ;;
        discomfort) mapfile -t COMPREPLY < <(compgen -W 'sharp shooting numb burning tensing' -- "$cur") ;;
        check) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        report) mapfile -t COMPREPLY < <(compgen -W "$(__limber_values history session)" -- "$cur") ;;
        runner)
                case "$prev" in
                runner) mapfile -t COMPREPLY < <(compgen -W 'cap sign-off' -- "$cur") ;;
                cap) mapfile -t COMPREPLY < <(compgen -W 'percussion estim percussion-levels estim-levels' -- "$cur") ;;
                percussion* | estim*) mapfile -t COMPREPLY < <(compgen -W 'none' -- "$cur") ;;
                sign-off) mapfile -t COMPREPLY < <(compgen -W "$(__limber_values intake id)" -- "$cur") ;;
                esac
                ;;
        history)
                case "$prev" in
                show) mapfile -t COMPREPLY < <(compgen -W "$(__limber_values history session)" -- "$cur") ;;
                history) mapfile -t COMPREPLY < <(compgen -W 'show' -- "$cur") ;;
                esac
                ;;
        esac
}

complete -F _limber limber
