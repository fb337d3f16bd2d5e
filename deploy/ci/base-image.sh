#!/usr/bin/env bash
# Cuts a base image out of this Debian machine's installed packages: genuine files, no registry, no network.
#
#   base-image.sh TAG PACKAGE...      TAG holds the packages and all that they depend on
#
# An image that was cut from the same versions stays as it is, so that what was built on it stays cached.
set -euo pipefail
tag=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances "$@" | grep -E '^[a-z0-9]' | sort -u >"$work/wanted"
# Names that only alternatives provide are in the list too; dpkg knows what is really there.
{ xargs dpkg-query -W -f '${db:Status-Abbrev}${binary:Package}=${Version}\n' <"$work/wanted" 2>/dev/null || true; } \
    | sed -n 's/^ii *//p' | sort -u >"$work/installed"
for package in "$@"; do
    grep -qE "^$package(:[a-z0-9]+)?=" "$work/installed" || {
        echo "base-image: $package is not installed here: apt-get install $package" >&2
        exit 1
    }
done

cut_from=$(cat "$0" "$work/installed" | sha256sum | cut -c 1-16)
if [ "$(docker image inspect --format '{{index .Config.Labels "cut-from"}}' "$tag" 2>/dev/null)" = "$cut_from" ]; then
    exit
fi

# Packages name /bin and /lib as they were before those became links into /usr.
{
    printf '%s\n' /usr /usr/bin /usr/sbin /usr/lib /usr/lib64 /bin /sbin /lib /lib64
    sed 's/=.*//' "$work/installed" | xargs dpkg -L | grep '^/.' | sed -E 's#^/(bin|sbin|lib|lib64)/#/usr/\1/#' \
        | grep -vE '^/(bin|sbin|lib|lib64)$|^/usr/share/(doc|man|locale|info|lintian)(/|$)'
    # Made at installation, so in no package's list.
    printf '%s\n' /etc/ssl/certs/ca-certificates.crt
} | awk '!seen[$0]++' >"$work/files"
# The same for `java` and its like: links through /etc/alternatives to a file that comes along.
find /etc/alternatives -type l -printf '%l %p\n' | awk '
    NR == FNR { along[$1]; next }
    $1 in along { print $2; sub(".*/", "/usr/bin/", $2); print $2 }' "$work/files" - >"$work/links"
# Once each: tar would make the second a hard link to itself.
cat "$work/files" "$work/links" | awk '!seen[$0]++' | while IFS= read -r file; do
    if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\n' "${file#/}"; fi
done >"$work/list"

# Debian's own users and groups, not this machine's.
tar --directory / --no-recursion --create --files-from "$work/list" \
    --transform 's#^usr/share/base-passwd/\(passwd\|group\)\.master$#etc/\1#' \
    | docker import --change "LABEL cut-from=$cut_from" --change 'ENV LANG=C.UTF-8' \
        --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
        --change 'CMD ["bash"]' - "$tag" >/dev/null
