import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireProgram } from '../support/real.ts';

/** Building packs 270 MB, and a clean Debian has to be fetched. */
const patience_ms = 600_000;

const present = requireProgram('dpkg-deb') && requireProgram('debootstrap');

/** The place from which this machine takes its own Debian packages. */
function mirror(): string {
  const sites = execFileSync(
    'apt-get',
    ['indextargets', '--format', '$(SITE) $(RELEASE)', 'Created-By: Packages'],
    {
      encoding: 'utf8',
    },
  );
  return /^(\S+) bookworm$/m.exec(sites)?.[1] ?? 'http://deb.debian.org/debian';
}

describe.skipIf(!present || process.getuid?.() !== 0)(
  `the packages that are carried to the plant${present ? '' : ' (skipped: no dpkg-deb or debootstrap)'}`,
  () => {
    const out = mkdtempSync(join(tmpdir(), 'gapwise-package-'));
    const root = join(out, 'root');
    let archive = '';
    let deb = '';

    beforeAll(() => {
      execFileSync('node', ['deploy/package/build.mjs', '--out', out], { stdio: 'ignore' });
      const made = readdirSync(out);
      archive = join(out, made.find((name) => name.endsWith('.tar.gz')) as string);
      deb = join(out, made.find((name) => name.endsWith('.deb')) as string);
    }, patience_ms);

    afterAll(() => rmSync(out, { recursive: true, force: true }), patience_ms);

    it(
      'the archive runs where it is unpacked, without a network and without Node.js',
      () => {
        const place = mkdtempSync(join(out, 'unpacked-'));
        execFileSync('tar', ['--extract', '--file', archive, '--directory', place]);
        const program = join(place, readdirSync(place)[0] as string, 'bin/gapwise');
        // A network of its own, with nothing but loopback.
        const script = 'ip link set lo up 2>/dev/null; exec "$0" demo --json --seed 3';
        const { stdout, status } = spawnSync('unshare', ['--net', 'sh', '-c', script, program], {
          encoding: 'utf8',
          env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: place },
          timeout: 240_000,
        });
        expect(status).toBe(0);
        const { scans, prediction } = JSON.parse(stdout) as { scans: number; prediction: { gap_um: number } };
        expect(scans).toBeGreaterThan(600);
        expect(prediction.gap_um).toBe(200);
      },
      patience_ms,
    );

    it(
      'the Debian package installs in a clean Debian, starts by its own command, and leaves nothing behind',
      () => {
        execFileSync(
          'debootstrap',
          ['--variant=minbase', '--include=systemd,libstdc++6', 'bookworm', root, mirror()],
          { stdio: 'ignore' },
        );
        const within = (...command: string[]) =>
          execFileSync('chroot', [root, ...command], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'pipe'],
            env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
          });
        // An empty /opt may go with the package that filled it.
        const listing = () => within('sh', '-c', 'ls -A /etc /var/lib; ls -A /opt 2>/dev/null || true');
        const unchanged = listing();
        cpSync(deb, join(root, 'gapwise.deb'));
        expect(within('dpkg', '--install', '/gapwise.deb')).toContain('/etc/gapwise/gapwise.yaml');
        expect(within('gapwise', '--version')).toMatch(/^\d+\.\d+\.\d+/);
        expect(within('systemd-analyze', 'verify', '/lib/systemd/system/gapwise.service')).toBe('');

        // As the service's own user, in its own folder, with its own command line, on a network of its own; the
        // example's coater and broker are nowhere, which the agent has to bear.
        const environment =
          'GAPWISE_OPCUA_PASSWORD=x GAPWISE_MQTT_PASSWORD=x GAPWISE_SHIFT_TOKEN=a-token-of-the-right-length';
        const asService =
          'ip link set lo up; mount -t proc proc "$0/proc"; exec chroot --userspec=gapwise:gapwise "$0" sh -c "$1"';
        const start = `cd /var/lib/gapwise && ${environment} timeout 20 gapwise run --config /etc/gapwise/gapwise.yaml`;
        const { stdout, stderr } = spawnSync(
          'unshare',
          ['--net', '--mount', 'sh', '-c', asService, root, start],
          {
            encoding: 'utf8',
            env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
          },
        );
        expect(stdout, stderr).toContain('gapwise runs coater-1');

        within('dpkg', '--purge', 'gapwise');
        expect(listing()).toBe(unchanged);
      },
      patience_ms,
    );
  },
);
