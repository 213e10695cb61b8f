/**
 * Builds what is carried to an industrial PC without a network: one archive that holds the agent, its packages and the
 * Node.js that builds it, and from the same files a Debian package.
 *
 *   npm run package [-- --out FOLDER]
 *
 * The archive is reproducible: equal sources and equal Node.js give equal bytes.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { debianPackage } from './debian.mjs';
import { prune } from './prune.mjs';

const root = resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist/release') } } });
const out = resolve(values.out);

if (!existsSync(join(root, 'dist/src/main.js')) || !existsSync(join(root, 'dist/page/index.html'))) {
  throw new Error('nothing is built yet: run "npm run build" first');
}
const name = `gapwise-${version}-linux-${process.arch}`;
const stage = join(out, name);
rmSync(stage, { recursive: true, force: true });
mkdirSync(join(stage, 'bin'), { recursive: true });

for (const path of [
  'config',
  'package.json',
  'package-lock.json',
  '.npmrc',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
]) {
  cpSync(join(root, path), join(stage, path), { recursive: true });
}
for (const path of ['src', 'simulators', 'page']) {
  cpSync(join(root, 'dist', path), join(stage, 'dist', path), { recursive: true });
}
for (const path of ['README.md', 'guides', 'grafana', 'influxdb', 'mosquitto', 'systemd']) {
  if (existsSync(join(root, 'deploy', path))) {
    cpSync(join(root, 'deploy', path), join(stage, 'deploy', path), { recursive: true });
  }
}
// The packages of the lock file and no others. Scripts stay off: binaries come inside packages.
execFileSync('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
  cwd: stage,
  stdio: 'inherit',
});
writeFileSync(join(stage, 'sbom.cyclonedx.json'), billOfMaterials(stage));
prune(join(stage, 'node_modules'));
cpSync(process.execPath, join(stage, 'bin/node'), { dereference: true });
chmodSync(join(stage, 'bin/node'), 0o755);
cpSync(join(root, 'deploy/package/gapwise.sh'), join(stage, 'bin/gapwise'));
chmodSync(join(stage, 'bin/gapwise'), 0o755);
rmSync(join(stage, '.npmrc'));

const archive = join(out, `${name}.tar.gz`);
const time_s = process.env.SOURCE_DATE_EPOCH ?? lastChange();
execFileSync('bash', [
  '-o',
  'pipefail',
  '-c',
  // gzip without its own time stamp.
  'tar --create --sort=name --owner=0 --group=0 --numeric-owner "$1" --directory "$2" "$3" | gzip --no-name > "$4"',
  'tar',
  `--mtime=@${time_s}`,
  out,
  name,
  archive,
]);
process.stdout.write(`${archive}\n`);
const deb = debianPackage({ root, stage, out, version });
process.stdout.write(`${deb ?? 'no Debian package: dpkg-deb is not on this machine'}\n`);

/** Time of the newest change (s since 1970), so that an archive doesn't depend on when it was built. */
function lastChange() {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return '0';
  }
}

/** Every package that travels along, with its version and licence, in CycloneDX; without what differs at each making. */
function billOfMaterials(folder) {
  const args = ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx', '--loglevel=error'];
  const { serialNumber, ...bill } = JSON.parse(
    execFileSync('npm', args, { cwd: folder, maxBuffer: 2 ** 28 }),
  );
  const { timestamp, ...metadata } = bill.metadata;
  return `${JSON.stringify({ ...bill, metadata }, null, 1)}\n`;
}
