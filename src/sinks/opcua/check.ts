import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { OpcUaSinkSettings } from '../../config/opcua-output.ts';
import { messageOf } from '../../core/errors.ts';
import { type Finding, failed, ok, warning } from '../../core/finding.ts';
import { certificatesFolder } from './certificates-folder.ts';

/** Looks at the port and at the clients' certificates without opening the server. It never throws. */
export async function checkOpcUaSink(settings: OpcUaSinkSettings, stateFolder: string): Promise<Finding[]> {
  const findings = [await checkPort(settings.host, settings.port)];
  if (settings.security.modes.includes('none')) {
    const advice = 'leave none out of security.modes, unless the wire is trusted';
    findings.push(warning('security', 'values and passwords can be read on their way', advice));
  }
  if (settings.security.modes.every((mode) => mode === 'none')) return findings;
  const folder = certificatesFolder(stateFolder);
  const trusted = certificatesIn(join(folder, 'trusted', 'certs'));
  const rejected = certificatesIn(join(folder, 'rejected'));
  const advice = `look at them with: gapwise certificates list --folder ${folder}`;
  const detail = `${trusted} trusted, ${rejected} refused so far`;
  findings.push(
    trusted > 0 ? ok('client certificates', detail) : warning('client certificates', detail, advice),
  );
  return findings;
}

function checkPort(host: string, port: number): Promise<Finding> {
  const subject = `port ${port}`;
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        error.code === 'EADDRINUSE'
          ? warning(subject, 'something listens there, the agent itself perhaps', 'stop it, or set port')
          : failed(subject, messageOf(error), 'check host and port'),
      ),
    );
    probe.listen({ port, host, exclusive: true }, () =>
      probe.close(() => resolve(ok(subject, `free at ${host}`))),
    );
  });
}

const certificatesIn = (folder: string): number =>
  existsSync(folder) ? readdirSync(folder).filter((name) => /\.(pem|der|crt|cer)$/i.test(name)).length : 0;
