#!/bin/bash
# The llm package: its command line with a model from extra-openai-models.yaml. Called by run.sh.
set -eu
export LLM_USER_PATH=$HOME_ENV/llm
mkdir -p "$LLM_USER_PATH"
cat >"$LLM_USER_PATH/extra-openai-models.yaml" <<YAML
- model_id: local
  model_name: cinnabar
  api_base: $BASE/v1
  api_key_name: local
  supports_schema: true
  supports_tools: true
- model_id: local-text
  model_name: cinnabar
  api_base: $BASE/v1
  api_key_name: local
  completion: true
YAML
"$HOME_ENV/bin/llm" keys set local --value none
run() { "$HOME_ENV/bin/llm" "$@"; }
run -m local 'Add two numbers.' -o max_tokens 20 -o temperature 0 >/dev/null
run -m local 'Add two numbers.' -o max_tokens 20 --no-stream >/dev/null
run -m local 'A person.' --schema 'name, age int' -o max_tokens 60 | "$HOME_ENV/bin/python" -c '
import json, sys
assert set(json.load(sys.stdin)) == {"name", "age"}'
run -m local-text 'def add(a, b):' -o max_tokens 20 >/dev/null
echo "4 checks"
