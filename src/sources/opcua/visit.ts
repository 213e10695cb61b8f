import { connect } from 'node:net';
import type { ClientSession, EndpointDescription, OPCUACertificateManager, OPCUAClient } from 'node-opcua';
import type { OpcUaConnectionSettings } from '../../config/sources.ts';
import type { Clock } from '../../core/clock.ts';
import { ConfigError, messageOf } from '../../core/errors.ts';
import { type Finding, failed, ok } from '../../core/finding.ts';
import type { Logger } from '../../core/logger.ts';
import { networkFault } from '../../core/network-faults.ts';
import { openCertificates, ownCertificate } from './certificate-folder.ts';
import { createClient, userIdentity } from './client.ts';
import { trustHint } from './hints.ts';
import { loadOpcUa, type OpcUaLibrary } from './library.ts';
import { thumbprintOf } from './thumbprint.ts';

export interface VisitDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  /** Own certificate, trusted and rejected peers. */
  readonly certificatesFolder: string;
}

/** A server seen once, step by step; `session` is there where every step worked. */
export interface Visit {
  readonly library: OpcUaLibrary;
  readonly findings: readonly Finding[];
  readonly session: ClientSession | undefined;
  close(): Promise<void>;
}

/**
 * Connects once, by itself: name, port, endpoint, certificates, log-in, each a finding. What the library reports as
 * one failed connection is thus told apart. It never throws; the caller closes the visit.
 */
export async function visitServer(
  settings: OpcUaConnectionSettings,
  { clock, log, certificatesFolder }: VisitDependencies,
): Promise<Visit> {
  const library = await loadOpcUa(log);
  const findings: Finding[] = [];
  const clients: OPCUAClient[] = [];
  let certificates: OPCUACertificateManager | undefined;
  let session: ClientSession | undefined;
  const once = { connectionStrategy: { maxRetry: 0, initialDelay: 100 }, keepSessionAlive: false };
  const client = (manager: OPCUACertificateManager, options: object) => {
    const made = createClient(library, settings, manager, { ...once, ...options });
    clients.push(made);
    return made;
  };
  const told = (finding: Finding): boolean => {
    findings.push(finding);
    return finding.level !== 'failed';
  };

  async function steps(): Promise<void> {
    if (!told(await reach(settings, clock))) return;
    certificates = await openCertificates(library, certificatesFolder);
    // Every server tells its endpoints without security (OPC 10000-4, 5.5.4).
    const asking = client(certificates, {
      securityMode: library.MessageSecurityMode.None,
      securityPolicy: library.SecurityPolicy.None,
      endpointMustExist: false,
    });
    let endpoints: readonly EndpointDescription[];
    try {
      await asking.connect(settings.endpoint);
      endpoints = await asking.getEndpoints();
    } catch (error) {
      told(
        failed(
          'server',
          `it does not speak OPC UA: ${messageOf(error)}`,
          'check that this is its OPC UA port',
        ),
      );
      return;
    }
    const endpoint = chooseEndpoint(library, settings, endpoints);
    if (!told(endpoint.finding) || !endpoint.chosen) return;
    if (!told(await trust(settings, certificates, certificatesFolder, endpoint.chosen))) return;
    const working = client(certificates, {});
    try {
      await working.connect(settings.endpoint);
    } catch (error) {
      told(
        failed(
          'secure channel',
          messageOf(error),
          settings.security.mode === 'none'
            ? "look into the server's log"
            : `let the server trust this agent's own certificate, ${ownCertificate(certificatesFolder)}`,
        ),
      );
      return;
    }
    try {
      session = await working.createSession(userIdentity(library, settings));
      told(ok('log-in', identityOf(settings)));
    } catch (error) {
      told(logInFault(settings, error));
    }
  }

  try {
    await steps();
  } catch (error) {
    told(failed('server', messageOf(error), "look into the server's log"));
  }
  return {
    library,
    findings,
    session,
    async close() {
      await session?.close().catch(() => {});
      for (const open of clients) await open.disconnect().catch(() => {});
      await certificates?.dispose();
    },
  };
}

/** Name and port by themselves: the library would only say that it failed. */
function reach({ endpoint, timeout_ms }: OpcUaConnectionSettings, clock: Clock): Promise<Finding> {
  const { hostname, port } = new URL(endpoint.replace(/^opc\.tcp:/, 'http:'));
  const subject = 'connection';
  return new Promise((resolve) => {
    const socket = connect(Number(port || 4840), hostname.replace(/^\[|\]$/g, ''));
    const end = (finding: Finding) => {
      cancel();
      socket.destroy();
      resolve(finding);
    };
    const cancel = clock.after(timeout_ms, () =>
      end(failed(subject, `no answer within ${timeout_ms / 1000} s`, 'check address, cable and firewall')),
    );
    socket.once('connect', () => end(ok(subject, `${endpoint} answers`)));
    socket.once('error', (error) =>
      end(networkFault(subject, error) ?? failed(subject, messageOf(error), 'check the address')),
    );
  });
}

function chooseEndpoint(
  library: OpcUaLibrary,
  settings: OpcUaConnectionSettings,
  endpoints: readonly EndpointDescription[],
): { readonly finding: Finding; readonly chosen?: EndpointDescription } {
  const subject = 'endpoint';
  const { mode, policy } = settings.security;
  const wantedMode = {
    'sign-and-encrypt': library.MessageSecurityMode.SignAndEncrypt,
    sign: library.MessageSecurityMode.Sign,
    none: library.MessageSecurityMode.None,
  }[mode];
  const policyName = ({ securityPolicyUri }: EndpointDescription) => securityPolicyUri?.split('#')[1] ?? '?';
  const wantedPolicy = policy === 'none' ? 'None' : policy;
  const secured = endpoints.filter(
    (endpoint) => endpoint.securityMode === wantedMode && policyName(endpoint) === wantedPolicy,
  );
  if (secured.length === 0) {
    const offers = endpoints.map(
      (endpoint) => `${library.MessageSecurityMode[endpoint.securityMode]} with ${policyName(endpoint)}`,
    );
    return {
      finding: failed(
        subject,
        `the server does not offer ${mode} with ${policy}, only ${[...new Set(offers)].join(', ') || 'nothing'}`,
        'set security.mode and security.policy to one of these, or enable it at the server',
      ),
    };
  }
  const same = (url: string | null) => url?.replace(/\/$/, '') === settings.endpoint.replace(/\/$/, '');
  const exact = secured.find(({ endpointUrl }) => same(endpointUrl));
  if (!exact && settings.endpoint_must_exist) {
    const urls = [...new Set(secured.map(({ endpointUrl }) => endpointUrl))].join(', ');
    return {
      finding: failed(
        subject,
        `the server calls itself ${urls}`,
        'use that URL, or set endpoint_must_exist: false for a server reached by IP or through NAT',
      ),
    };
  }
  const chosen = exact ?? (secured[0] as EndpointDescription);
  const wanted = identityKind(library, settings);
  const tokens = chosen.userIdentityTokens ?? [];
  if (!tokens.some(({ tokenType }) => tokenType === wanted)) {
    const offers = [...new Set(tokens.map(({ tokenType }) => library.UserTokenType[tokenType]))].join(', ');
    return {
      finding: failed(
        subject,
        `the server does not take ${identityOf(settings)}, only: ${offers}`,
        'set username and password, or user_certificate, as the server wants it',
      ),
    };
  }
  return { finding: ok(subject, `${mode}, ${policy}`), chosen };
}

async function trust(
  { security }: OpcUaConnectionSettings,
  certificates: OPCUACertificateManager,
  folder: string,
  endpoint: EndpointDescription,
): Promise<Finding> {
  const subject = "server's certificate";
  if (security.mode === 'none') return ok(subject, 'not looked at: no security is configured');
  const thumbprint = thumbprintOf(endpoint.serverCertificate);
  const status = await certificates.checkCertificate(endpoint.serverCertificate);
  if (status.isGood()) return ok(subject, `trusted, ${thumbprint}`);
  return failed(
    subject,
    `${status.name}: ${thumbprint}`,
    status.name === 'BadCertificateUntrusted'
      ? trustHint(thumbprint, folder)
      : 'renew it at the server, or check the clocks of both',
  );
}

function identityKind({ UserTokenType }: OpcUaLibrary, settings: OpcUaConnectionSettings) {
  if (settings.user_certificate) return UserTokenType.Certificate;
  return settings.username === undefined ? UserTokenType.Anonymous : UserTokenType.UserName;
}

function identityOf(settings: OpcUaConnectionSettings): string {
  if (settings.user_certificate) return "a user's certificate";
  return settings.username === undefined ? 'anonymous clients' : `user ${settings.username}`;
}

function logInFault(settings: OpcUaConnectionSettings, error: unknown): Finding {
  const message = messageOf(error);
  if (error instanceof ConfigError) return failed('log-in', message, 'check user_certificate');
  if (/BadUserAccessDenied|BadIdentityToken|BadUserSignature/.test(message)) {
    return failed(
      'log-in',
      `the server refuses ${identityOf(settings)}`,
      settings.user_certificate
        ? 'let the server trust this certificate as a user'
        : 'check user name and password, and what the server lets this user do',
    );
  }
  return failed('log-in', message, "look into the server's log");
}
