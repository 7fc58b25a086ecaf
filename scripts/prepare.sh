# shellcheck shell=sh
# Sourced by ./run and ./test: what a build needs, checked and, where it can be, installed.

say() { printf '%s\n' "$*" >&2; }

# need_swift: a Swift 6.2 or later, or how to get one.
need_swift() {
    if ! command -v swift >/dev/null 2>&1; then
        say "No Swift toolchain found. Parley needs Swift 6.2 or later. To get one:"
        say "    https://www.swift.org/install/linux/   (with swiftly: a minute of download)"
        say "Then open a new shell, so that 'swift' is in PATH, and start again."
        exit 69
    fi
    swift_version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    swift_major=${swift_version%%.*}
    swift_minor=${swift_version#*.}
    if [ "${swift_major:-0}" -lt 6 ] || { [ "$swift_major" -eq 6 ] && [ "$swift_minor" -lt 2 ]; }; then
        say "This is Swift ${swift_version:-of an unknown version}; Parley needs 6.2 or later:"
        say "    https://www.swift.org/install/linux/"
        exit 69
    fi
}

# need_packages PACKAGE…: installs the Debian packages that are missing.
need_packages() {
    missing=
    for package in "$@"; do
        if command -v dpkg-query >/dev/null 2>&1; then
            case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
                'install ok installed') ;;
                *) missing="$missing $package" ;;
            esac
        fi
    done
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say "This is no Debian: make sure that you have what these Debian packages hold: $*"
        return
    fi
    [ -n "$missing" ] || return 0
    say "Missing system packages:$missing"
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            say "Install them as root, then start again:  apt-get install$missing"
            exit 69
        fi
        as_root=sudo
    fi
    say "Installing them${as_root:+ with sudo} …"
    # shellcheck disable=SC2086  # a list of words, each a package
    if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >&2; then
        $as_root apt-get update >&2
        # shellcheck disable=SC2086
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >&2
    fi
}

# What the build links: libzmq (the bus), SQLite (the store), zlib (what the page is compressed with, and swift-nio-extras),
# libmagic and libarchive (uploads are looked at with them). libvips is loaded by the process that looks at images.
need_build_packages() {
    need_packages pkg-config libzmq3-dev libsqlite3-dev zlib1g-dev libmagic-dev libarchive-dev libvips42
}
