import { createHash } from 'node:crypto';

/** SHA-1 of a certificate (DER), upper-case hexadecimal: the name that OPC UA gives it (OPC 10000-6, 6.2.2). */
export const thumbprintOf = (certificate: Buffer): string =>
  createHash('sha1').update(certificate).digest('hex').toUpperCase();
