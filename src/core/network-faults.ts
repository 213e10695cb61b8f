import { type Finding, failed } from './finding.ts';

/** Codes of the operating system and of OpenSSL, as Node.js reports them. */
const faults: Readonly<Record<string, readonly [detail: string, advice: string]>> = {
  ENOTFOUND: ['the host name is not known', 'check the name, or use the IP address'],
  EAI_AGAIN: ['the name server does not answer', 'check the network, or use the IP address'],
  ECONNREFUSED: ['the host is there, but nothing listens on this port', 'check the port; start the server'],
  ECONNRESET: [
    'the peer closed the connection at once',
    'check that this port speaks this protocol, with or without TLS',
  ],
  EHOSTUNREACH: ['there is no way to this host', 'check cable, address and routes'],
  ENETUNREACH: ['there is no way to this network', 'check cable, address and routes'],
  ETIMEDOUT: ['no answer', 'check address, cable and firewall'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    "the peer's certificate is signed by itself",
    'name it, or the authority behind it, in tls.ca_file',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    "the authority of the peer's certificate is not trusted",
    'name it in tls.ca_file',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "the authority of the peer's certificate is not known",
    'name it in tls.ca_file',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "the authority of the peer's certificate is not known",
    'name it in tls.ca_file',
  ],
  CERT_HAS_EXPIRED: ["the peer's certificate has expired", 'renew it there; check the clocks of both'],
  CERT_NOT_YET_VALID: ["the peer's certificate is not valid yet", 'check the clocks of both'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "the peer's certificate is for another name",
    'use that name in the URL, or give it in tls.server_name',
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: ['the peer does not speak TLS', 'use a URL without TLS, or the TLS port'],
};

/**
 * What lies behind a failed connection, in words; undefined where the error is not about the network. Looks through
 * causes and, where a name has several addresses, at the first attempt.
 */
export function networkFault(subject: string, error: unknown): Finding | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; depth++) {
    const { code, errors } = cause as { code?: unknown; errors?: readonly unknown[] };
    const known = typeof code === 'string' && Object.hasOwn(faults, code) ? faults[code] : undefined;
    if (known) return failed(subject, known[0], known[1]);
    cause = errors?.[0] ?? cause.cause;
  }
  return undefined;
}
