#!/bin/sh
# Puts the product that this file came with into place, or over an older one. Run it as root from the unpacked package;
# twice does no harm. It fetches nothing, and keeps configuration, secrets, drop-ins and state as they are.
set -eu
umask 022
# Where systemd looks for a program that a unit names without a path.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

name=entra-risk-forwarder
package=$(cd "$(dirname "$0")/.." && pwd)
program=/opt/$name
settings=/etc/$name

fail() {
  echo "$0: $*" >&2
  exit 1
}

[ "$(id -u)" = 0 ] || fail "must be run as root"
[ ! -e "$package/src" ] || fail "$package is a checkout: make a package with npm run package, unpack it, run this file there"
[ "$package" != "$program" ] || fail "run this file of the unpacked package instead"
command -v node >/dev/null || fail "no node in /usr/local/bin or /usr/bin: install Node.js 24.5 or newer first"
node "$package/dist/main.js" config schema >/dev/null || fail "the program cannot be run with $(command -v node)"

rm -rf "$program.new" "$program.old"
cp -R "$package" "$program.new"
chown -R 0:0 "$program.new"
chmod -R u=rwX,go=rX "$program.new"
chmod 0755 "$program.new/dist/main.js"
[ ! -e "$program" ] || mv "$program" "$program.old"
mv "$program.new" "$program"
rm -rf "$program.old"
ln -sf "$program/dist/main.js" "/usr/local/bin/$name"

install -d -m 0755 "$settings"
install -m 0644 "$program/config/config.schema.json" "$settings/"
[ -e "$settings/config.yaml" ] || install -m 0644 "$program/config/config.yaml" "$settings/"
install -m 0644 "$program/systemd/$name.service" "$program/systemd/$name@.service" /etc/systemd/system/

# As systemd makes it for the service's user, who gets it with the first start: so `check` can look at it before.
if [ ! -e "/var/lib/$name" ]; then
  install -d -m 0700 /var/lib/private "/var/lib/private/$name"
  ln -s "private/$name" "/var/lib/$name"
fi

# Not while an image is built: no systemd runs there.
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
systemctl try-restart "$name.service" "$name@*.service"
