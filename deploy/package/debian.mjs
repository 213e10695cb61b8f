import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const architectures = { x64: 'amd64', arm64: 'arm64' };

/**
 * A Debian package of the staged files: the agent under /opt/gapwise, its command, its service, its user, and the
 * configuration as conffiles, which an upgrade never overwrites. The service is neither enabled nor started: it needs
 * the plant's addresses first.
 *
 * @returns the package's path; undefined where dpkg-deb is missing.
 */
export function debianPackage({ root, stage, out, version }) {
  try {
    execFileSync('dpkg-deb', ['--version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const architecture = architectures[process.arch];
  if (!architecture) return undefined;
  const tree = join(out, 'debian');
  rmSync(tree, { recursive: true, force: true });
  const place = (path) => join(tree, path);
  for (const folder of [
    'DEBIAN',
    'opt',
    'usr/bin',
    'usr/lib/sysusers.d',
    'lib/systemd/system',
    'etc/gapwise/lab',
  ])
    mkdirSync(place(folder), { recursive: true });
  cpSync(stage, place('opt/gapwise'), { recursive: true });
  symlinkSync('/opt/gapwise/bin/gapwise', place('usr/bin/gapwise'));
  cpSync(join(root, 'deploy/systemd/gapwise.service'), place('lib/systemd/system/gapwise.service'));
  cpSync(join(root, 'deploy/systemd/gapwise.sysusers'), place('usr/lib/sysusers.d/gapwise.conf'));
  cpSync(join(root, 'config/example.yaml'), place('etc/gapwise/gapwise.yaml'));
  cpSync(join(root, 'config/lab'), place('etc/gapwise/lab'), { recursive: true });
  const conffiles = execFileSync('find', ['etc', '-type', 'f', '-printf', '/%p\n'], {
    cwd: tree,
    encoding: 'utf8',
  });
  const size = execFileSync('du', ['--summarize', '--block-size=1024', '.'], { cwd: tree, encoding: 'utf8' });
  const control = {
    control: controlFile(version, architecture, Number.parseInt(size, 10)),
    conffiles,
    postinst: script(`
if [ "$1" = configure ]; then
  systemd-sysusers gapwise.conf
  install -d -o gapwise -g gapwise -m 0750 /var/lib/gapwise
  chgrp -R gapwise /etc/gapwise
  chmod -R u=rwX,g=rX,o= /etc/gapwise
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    # An upgrade goes on with the new version; a first installation waits for its configuration.
    systemctl try-restart gapwise.service
  fi
  if [ -z "$2" ]; then
    echo "gapwise: edit /etc/gapwise/gapwise.yaml, try it with 'gapwise check --config /etc/gapwise/gapwise.yaml',"
    echo "gapwise: then 'systemctl enable --now gapwise'."
  fi
fi`),
    prerm: script(`
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl disable --now gapwise.service; fi`),
    postrm: script(`
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
if [ "$1" = purge ]; then rm -rf /var/lib/gapwise /etc/gapwise; fi`),
  };
  for (const [name, text] of Object.entries(control)) {
    writeFileSync(place(`DEBIAN/${name}`), text);
    if (name.startsWith('p')) chmodSync(place(`DEBIAN/${name}`), 0o755);
  }
  const file = join(out, `gapwise_${version}_${architecture}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '-z6', '--build', tree, file], { stdio: 'ignore' });
  rmSync(tree, { recursive: true });
  return file;
}

const script = (body) => `#!/bin/sh\nset -e\n${body.trim()}\n`;

const controlFile = (version, architecture, installedSize) => `Package: gapwise
Version: ${version}
Section: science
Priority: optional
Architecture: ${architecture}
Maintainer: The gapwise engineers <gapwise@localhost>
Installed-Size: ${installedSize}
Depends: libc6 (>= 2.31), libstdc++6, systemd (>= 247) | systemd-standalone-sysusers
Suggests: mosquitto, influxdb
Description: streaming edge agent for battery-electrode coating lines
 Listens to a coater over OPC UA and to its mass-loading gauge over MQTT,
 predicts mass loading for comma gaps that the line has never run, with honest
 intervals, and advises the gap for a wanted loading. It never writes to the
 machine. Brings its own Node.js.
`;
