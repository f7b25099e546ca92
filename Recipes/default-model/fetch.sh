#!/usr/bin/env bash
# Fetches the sources of the default model's corpus: the packages of packages.tsv from PyPI, and CPython's own library
# from Debian. Usage: Recipes/default-model/fetch.sh DESTINATION
# Makes DESTINATION/src/NAME/**.py, DESTINATION/licences/NAME/ (the texts) and DESTINATION/sources.tsv (name, licence,
# folder), which 'cinnabar corpus' reads. Re-running fetches what is missing. About 0.8 GB of downloads, 0.3 GB kept.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
destination=${1:?usage: fetch.sh DESTINATION}
mkdir -p "$destination/wheels" "$destination/src"
destination=$(cd "$destination" && pwd)

fetch() { # NAME VERSION: a wheel for a fixed platform, so that every machine gets the same files
    ls "$destination/wheels/$1-$2.done" >/dev/null 2>&1 && return
    local platforms=()
    for p in manylinux_2_28_x86_64 manylinux_2_27_x86_64 manylinux_2_17_x86_64 manylinux2014_x86_64 any; do
        platforms+=(--platform "$p")
    done
    mkdir -p "$destination/wheels/$1"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.13 \
        --implementation cp --abi cp313 --abi abi3 --abi none "${platforms[@]}" -d "$destination/wheels/$1" "$1==$2"
    mkdir -p "$destination/src/$1" "$destination/licences/$1"
    python3 - "$destination/wheels/$1" "$destination/src/$1" "$destination/licences/$1" <<'PY'
import pathlib, re, sys, zipfile
for wheel in pathlib.Path(sys.argv[1]).glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        for item in archive.infolist():
            parts = pathlib.PurePosixPath(item.filename).parts
            if item.filename.endswith(".py") and ".." not in parts and not item.filename.startswith("/"):
                target = pathlib.Path(sys.argv[2], *parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(item))
            elif re.search(r"\.dist-info/(.*/)?[^/]*(licen[cs]e|copying|notice|copyright)[^/]*$", item.filename, re.I):
                text = "-".join(parts[1:]).removeprefix("licenses-")
                pathlib.Path(sys.argv[3], text).write_bytes(archive.read(item))
PY
    rm -r "$destination/wheels/${1:?}"
    touch "$destination/wheels/$1-$2.done"
}
export -f fetch
export destination
tail -n +2 "$here/packages.tsv" | cut -f1,2 | tr '\t' ' ' |
    xargs -P 4 -L 1 bash -c 'fetch "$0" "$1" || { echo "could not fetch $0 $1" >&2; exit 1; }'

# CPython 3.11: library and test suite, as Debian 12 packages them.
if [ ! -e "$destination/wheels/cpython.done" ]; then
    mkdir -p "$destination/wheels/cpython" "$destination/src/cpython"
    (cd "$destination/wheels/cpython" &&
        apt-get download -qq libpython3.11-stdlib libpython3.11-minimal libpython3.11-testsuite) || {
        echo "could not fetch CPython 3.11: this step needs Debian 12 and a fresh 'apt-get update'" >&2
        exit 1
    }
    for package in "$destination"/wheels/cpython/*.deb; do dpkg -x "$package" "$destination/wheels/cpython/root"; done
    (cd "$destination/wheels/cpython/root/usr/lib/python3.11" &&
        find . -name '*.py' -type f -print0 | xargs -0 cp --parents -t "$destination/src/cpython")
    mkdir -p "$destination/licences/cpython"
    cp "$destination"/wheels/cpython/root/usr/share/doc/libpython3.11-minimal/copyright "$destination/licences/cpython/"
    rm -r "$destination/wheels/cpython"
    touch "$destination/wheels/cpython.done"
fi

{
    printf 'cpython\tPSF-2.0\tsrc/cpython\n'
    tail -n +2 "$here/packages.tsv" | awk -F'\t' '{print $1 "\t" $3 "\tsrc/" $1}'
} >"$destination/sources.tsv"
echo "$(find "$destination/src" -name '*.py' | wc -l) files, $(du -sm "$destination/src" | cut -f1) MB in $destination/src"
