#!/bin/bash
# The tests that the source package of Inception's own client carries: 150, loose and strict. Called by run.sh.
set -eu
cd "$HOME_ENV"
if [ ! -d inceptionai-0.3.0 ]; then
    bin/pip download -q --no-deps --no-binary :all: --no-build-isolation inceptionai==0.3.0 ||
        bin/pip download -q --no-deps --no-binary :all: inceptionai==0.3.0
    tar xf inceptionai-0.3.0.tar.gz
    bin/pip install -q ./inceptionai-0.3.0
fi
cd inceptionai-0.3.0
TEST_API_BASE_URL=$BASE ../bin/python -m pytest tests/api_resources -q -o addopts=""
