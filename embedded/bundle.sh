# Part of bin/setup: installing from an archive that bin/bundle made, where there is no network.

# What an archive was made from; it fits if that is the same here.
state() {
    echo "Python $(version_of .venv/bin/python)"
    echo "packages $(python_hash embedded)"
    echo "browser files $(node_hash)"
}

find_bundle() {
    local found
    if [ "$kind" != embedded ]; then return; fi
    for found in ${BUNDLE:+"$BUNDLE"} bundle-python3.*.tar; do
        if [ -f "$found" ]; then echo "$found"; return; fi
    done
    if [ -n "${BUNDLE:-}" ]; then fail "BUNDLE=$BUNDLE: there is no such file."; fi
}

# .venv is there, without packages or with those of an earlier version.
open_bundle() {
    say "Installing from $bundle, without a network"
    rm -rf .bundle
    mkdir .bundle
    tar -xf "$bundle" -C .bundle
    if [ "$(cat .bundle/state)" != "$(state)" ]; then
        rm -rf .bundle
        fail "$bundle was made from another version of the product or for another Python: make it from this one by bin/bundle, or take it away."
    fi
}

install_bundled_packages() {
    local part
    open_bundle
    for part in pip packages; do
        .venv/bin/python -m pip install --no-index --no-deps --require-hashes --quiet \
            --find-links ".bundle/$part" -r ".bundle/$part.txt"
    done
}

install_bundled_files() {
    local optional
    if [ ! -e .bundle ]; then open_bundle; fi
    rm -rf static/vendor
    cp -r .bundle/vendor static/vendor
    for optional in static/via/via.html pretrained; do
        if [ -e ".bundle/$optional" ] && [ ! -e "$optional" ]; then
            mkdir -p "$(dirname "$optional")"
            cp -r ".bundle/$optional" "$optional"
        fi
    done
    node_hash >static/vendor/.complete-embedded
}
