#!/bin/bash
# Runs real clients from PyPI, each in its own virtual environment, against `cinnabar serve` with the default model.
#
#   Benchmarks/clients/run.sh              all of them
#   Benchmarks/clients/run.sh openai llm   some
#
# CINNABAR is the program (default .build/release/cinnabar), CLIENTS the folder of environments (default .build/clients).
# Prints one line a client; ends with 1 if one failed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
program=${CINNABAR:-$root/.build/release/cinnabar}
folder=${CLIENTS:-$root/.build/clients}
port=${PORT:-18431}
mkdir -p "$folder"

# name: packages
declare -A packages=(
    [inception]="pytest pytest-asyncio respx time-machine nest_asyncio dirty-equals importlib-metadata rich pytest-xdist aiohttp httpx-aiohttp"
    [openai]="openai"
    [litellm]="litellm mcp"
    [langchain]="langchain-openai langchain"
    [instructor]="instructor"
    [pydantic_ai]="pydantic-ai-slim[openai]"
    [llm]="llm"
    [mistral]="mistralai"
    [ollama]="ollama"
    [anthropic]="anthropic"
    [aider]="aider-chat"
)
names=(inception openai litellm langchain instructor pydantic_ai llm mistral ollama anthropic aider)
[ $# -gt 0 ] && names=("$@")

"$program" serve --port "$port" --trim-conversations --log-level warning 2>"$folder/server.log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null' EXIT
for _ in $(seq 100); do
    curl -sf "http://127.0.0.1:$port/health" >/dev/null && break
    kill -0 $server 2>/dev/null || { cat "$folder/server.log"; exit 1; }
    sleep 0.2
done

export BASE="http://127.0.0.1:$port" OPENAI_API_KEY=none INCEPTION_API_KEY=none
failed=0
for name in "${names[@]}"; do
    home="$folder/$name"
    log="$folder/$name.log"
    if [ ! -f "$home/ready" ]; then
        python3 -m venv "$home" && "$home/bin/pip" install -q ${packages[$name]} >"$log" 2>&1 && touch "$home/ready" ||
            { echo "$name: could not be installed, see $log"; failed=1; continue; }
    fi
    if [ -f "$here/$name.sh" ]; then
        HOME_ENV=$home bash "$here/$name.sh" >"$log" 2>&1
    else
        "$home/bin/python" "$here/${name}_client.py" >"$log" 2>&1
    fi
    if [ $? -eq 0 ]; then
        echo "$name: ok ($(tail -1 "$log"))"
    else
        echo "$name: FAILED, see $log"
        failed=1
    fi
done
exit $failed
