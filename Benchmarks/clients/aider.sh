#!/bin/bash
# The aider program, one message without a terminal, in both edit formats. The server drops what does not fit the context. Called by
# run.sh.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf 'def add(a, b):\n    return a - b\n' >sum.py
export OPENAI_API_BASE=$BASE/v1 OPENAI_API_KEY=none LITELLM_LOCAL_MODEL_COST_MAP=True HOME=$work
for format in whole diff; do
    timeout 300 "$HOME_ENV/bin/aider" --model openai/cinnabar --edit-format $format --yes-always --no-git --no-analytics \
        --no-check-update --no-show-model-warnings --no-auto-lint --map-tokens 0 --message 'Mend add.' sum.py >out.txt 2>&1 || {
        cat out.txt
        exit 1
    }
    grep -qi 'litellm\..*error\|Traceback' out.txt && { cat out.txt; exit 1; }
done
echo "2 checks"
