import type { Logger } from '../../src/core/logger.ts';
import type { MachineEmission, NetworkEmission } from '../emission.ts';

/** What a coater's server is like when it is back. */
export type CoaterChange = Pick<NetworkEmission, 'shiftNamespace' | 'newCertificate'>;

/** Lines are found by this namespace URI, never by an index: an index may differ after each start. */
export const COATER_NAMESPACE_URI = 'urn:gapwise:simulator:coater';

export const COATER_METHODS = [
  'start_coating',
  'stop_coating',
  'open_bar',
  'close_bar',
  'acknowledge',
] as const;

export interface CoaterServerOptions {
  /** 0 = any free port. */
  readonly port: number;
  /** Address to listen on, and the host in the endpoint's URL. Stay on loopback: the server is open to anyone. */
  readonly hostname: string;
  /** Where the server keeps its own key and certificate, so that only the first start has to make them. */
  readonly stateDirectory: string;
  readonly lines: readonly string[];
  /**
   * Source time of what stands in the nodes before their first value (status BadWaitingForInitialData). Without it
   * that is the wall clock's time, which may lie years off the simulated one. A second before the first value suits.
   */
  readonly initialTime_ms?: number;
  /** Files of client certificates, PEM or DER, that may connect with security. */
  readonly trusted?: readonly string[];
  /** With users, anonymous clients are turned away. */
  readonly users?: readonly { readonly name: string; readonly password: string }[];
  readonly log: Logger;
}

/**
 * A coater's OPC UA server. Under Objects lies one object for each line; in it every machine parameter of
 * `coater/parameters.ts` as an analogue item with unit and range, node id `s=LINE.PARAMETER`, and the line's state as
 * a discrete one; in its folder `alarms` each alarm of `coater/alarms.ts` as a Boolean, of whose changes the Server
 * object also tells by events of OffNormalAlarmType. All is read-only, and the methods refuse every call. Anonymous
 * access without security is allowed; Basic256Sha256, Aes128_Sha256_RsaOaep and Aes256_Sha256_RsaPss are offered.
 *
 * Every second's value reaches a client that monitors with sampling interval 0 and a queue that holds all values
 * written between two of its publishing intervals; unchanged values too, if it asks for trigger
 * StatusValueTimestamp. At X times real time that queue needs X × publishing interval in seconds, and twice that to
 * be safe; the server grants up to 5000. An `advanceTo` over 60 simulated seconds thus needs a queue of 60 or more.
 */
export interface CoaterServer {
  readonly endpointUrl: string;
  /** Writes all values of one second, under the sample's own time as source time. */
  write(emission: MachineEmission): void;
  /** Ends every session, as a controller does that is switched off. Values written meanwhile are lost. */
  goDown(): Promise<void>;
  /** Back on the same port; after a shift, the namespace has another index than before. */
  comeBack(change: CoaterChange): Promise<void>;
  /** Safe to call twice. */
  stop(): Promise<void>;
}
