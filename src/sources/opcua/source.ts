import type { ClientSession, OPCUACertificateManager, OPCUAClient } from 'node-opcua';
import { Subject } from 'rxjs';
import type { OpcUaSourceSettings } from '../../config/sources.ts';
import type { Cancel } from '../../core/clock.ts';
import { messageOf, RetryableError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { OutageReason } from '../../core/messages.ts';
import { seededRandom } from '../../core/random.ts';
import { retryDelays } from '../../core/retry.ts';
import type { Arrival, DeadLetterReason, Source } from '../../core/source.ts';
import { StatusBoard } from '../../core/status-board.ts';
import type { SourceDependencies } from '../dependencies.ts';
import { parseAddress } from './address.ts';
import { certificatesFolder, openCertificates, type RefusedServer } from './certificate-folder.ts';
import { createClient, userIdentity } from './client.ts';
import { type Examined, faultAfterRepair, faultInSilence } from './examination.ts';
import { Gathering } from './gathering.ts';
import { trustHint } from './hints.ts';
import { Holes } from './holes.ts';
import { loadOpcUa, type OpcUaLibrary } from './library.ts';
import { Redelivery } from './redelivery.ts';
import { Repeats } from './repeats.ts';
import { type ResolvedTags, resolveTags, subscribe, type UnknownTag } from './session.ts';
import { groupValues, type TagValue } from './values.ts';

/**
 * Machine parameters from an OPC UA server, by subscription. The library takes up a session again after a short
 * loss, with all that the server queued meanwhile. Beyond that trust is limited: after each reconnection, and
 * whenever values stop for longer than configured, the source looks whether namespaces moved or values passed it
 * by, and builds everything anew if so.
 */
export function createOpcUaSource(settings: OpcUaSourceSettings, dependencies: SourceDependencies): Source {
  return new OpcUaSource(settings, dependencies);
}

/** What one connection holds; it is given up as a whole. */
interface Connection {
  readonly client: OPCUAClient;
  session?: ClientSession;
  tags?: ResolvedTags;
  unknown: readonly UnknownTag[];
  /** Since when the library has been repairing the connection. */
  repairingSince_ms: number | undefined;
}

class OpcUaSource implements Source {
  readonly name = 'opcua';
  readonly #settings: OpcUaSourceSettings;
  readonly #dependencies: SourceDependencies;
  readonly #log: Logger;
  readonly #board: StatusBoard;
  readonly #arrivals = new Subject<Arrival>();
  readonly #gathering: Gathering;
  readonly #repeats: Repeats;
  readonly #holes: Holes;
  readonly #redelivery: Redelivery;
  #delays: Generator<number, never>;
  #library: OpcUaLibrary | undefined;
  #certificates: OPCUACertificateManager | undefined;
  #connection: Connection | undefined;
  /** Why the server was not let in at the last attempt. */
  #refused: string | undefined;
  #cancelRetry: Cancel = () => {};
  #cancelWatchdog: Cancel = () => {};
  #cancelTakeover: Cancel = () => {};
  #stopped = true;

  constructor(settings: OpcUaSourceSettings, dependencies: SourceDependencies) {
    const { line, clock, log } = dependencies;
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#log = log.child({ source: this.name, line });
    this.#board = new StatusBoard(this.#log);
    this.#delays = this.#newDelays();
    const most = settings.queue_size * Object.keys(settings.tags).length;
    this.#gathering = new Gathering(clock, most, (values) => this.#take(values));
    this.#repeats = new Repeats(settings.queue_size);
    this.#redelivery = new Redelivery({
      clock,
      delay_ms: settings.retry.initial_ms,
      capacity: settings.queue_size,
      deliver: (arrival) => this.#arrivals.next(arrival),
      lost: ({ time_ms }) =>
        this.#log.error({ event: 'opcua-message-lost', time_ms }, 'the store is away too long'),
    });
    this.#holes = new Holes(line, clock, staleLimits(settings), (outage) => this.#redelivery.send(outage));
  }

  get arrivals() {
    return this.#arrivals.asObservable();
  }

  get status() {
    return this.#board.changes;
  }

  /** @throws ConfigError for a tag whose address can't be read. */
  async start(): Promise<void> {
    if (!this.#stopped) return;
    for (const [name, { node }] of Object.entries(this.#settings.tags))
      parseAddress(node, `tags.${name}.node`);
    this.#stopped = false;
    void this.#connect();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelRetry();
    this.#cancelWatchdog();
    await this.#giveUp();
    this.#holes.stop();
    this.#redelivery.stop();
    await this.#closeCertificates();
    this.#board.set('stopped', 'stopped');
  }

  async #closeCertificates(): Promise<void> {
    const certificates = this.#certificates;
    this.#certificates = undefined;
    await certificates?.dispose();
  }

  async #connect(): Promise<void> {
    const { endpoint } = this.#settings;
    this.#board.set('connecting', `connecting to ${endpoint}`);
    let connection: Connection | undefined;
    try {
      this.#library ??= await loadOpcUa(this.#log);
      // Somebody may have decided meanwhile: the folder is read anew, its watchers may be late.
      if (this.#refused !== undefined) await this.#closeCertificates();
      this.#certificates ??= await openCertificates(
        this.#library,
        certificatesFolder(this.#dependencies.stateFolder),
        (server) => this.#refuse(server),
      );
      if (this.#stopped) return;
      this.#refused = undefined;
      const client = createClient(this.#library, this.#settings, this.#certificates);
      connection = { client, unknown: [], repairingSince_ms: undefined };
      this.#connection = connection;
      this.#follow(connection);
      await this.#open(connection, this.#library);
    } catch (error) {
      if (this.#stopped || (connection && this.#connection !== connection)) return;
      await this.#giveUp();
      this.#retry(this.#refused ?? messageOf(error));
    }
  }

  /** A server that nobody trusts, be it that it is new or that its certificate is. */
  #refuse({ thumbprint, status }: RefusedServer): void {
    const folder = certificatesFolder(this.#dependencies.stateFolder);
    const why = `the server's certificate ${thumbprint} is refused (${status})`;
    if (this.#refused !== undefined) return;
    this.#refused = status === 'BadCertificateUntrusted' ? `${why}: ${trustHint(thumbprint, folder)}` : why;
    this.#log.warn({ event: 'opcua-certificate-refused', thumbprint, status, folder }, this.#refused);
    // The library would go on trying by itself and say no more than that nobody answers.
    if (this.#connection?.session) void this.#rebuild('disconnected', this.#refused);
  }

  #follow(connection: Connection): void {
    const current = () => this.#connection === connection && !this.#stopped;
    connection.client.on('backoff', (attempt, delay_ms) => {
      if (!current()) return;
      this.#log.info({ event: 'opcua-retry', attempt, delay_ms });
      this.#board.set('disconnected', `${this.#settings.endpoint} does not answer`);
    });
    connection.client.on('start_reconnection', () => {
      if (!current()) return;
      connection.repairingSince_ms ??= this.#dependencies.clock.now_ms();
      this.#gathering.hold();
      this.#board.set('disconnected', 'the connection is lost');
      this.#holes.open('disconnected', 'the connection to the server is lost');
    });
    // The channel stands again and the session is to be taken over. Some servers that were restarted never answer to
    // a session that they don't know; then there is nothing left to wait for.
    connection.client.on('after_reconnection', () => {
      this.#cancelTakeover();
      this.#cancelTakeover = this.#dependencies.clock.after(this.#settings.timeout_ms, () => {
        if (current() && connection.repairingSince_ms !== undefined)
          void this.#rebuild('restarted', 'the server does not take the session up again');
      });
    });
    // Not before: until then only the channel stands.
    connection.client.on('connection_reestablished', () => {
      if (!current()) return;
      connection.repairingSince_ms = undefined;
      // What the server queued meanwhile comes in as many parts as its limits make of it, one right after the other.
      this.#gathering.releaseAfter(2 * this.#settings.publishing_interval_ms);
      void this.#recheck(connection);
    });
  }

  async #open(connection: Connection, library: OpcUaLibrary): Promise<void> {
    const { client } = connection;
    const given = () => this.#connection !== connection;
    await client.connect(this.#settings.endpoint);
    if (given()) return;
    const session = await client.createSession(userIdentity(library, this.#settings));
    connection.session = session;
    if (given()) return;
    const tags = await resolveTags(session, library, this.#settings);
    connection.tags = tags;
    connection.unknown = tags.unknown;
    if (given()) return;
    const refused = await this.#subscribe(session, library, tags, (values) => {
      if (!given()) this.#gathering.take(values);
    });
    if (given()) return;
    const unknown = [...tags.unknown, ...refused];
    for (const tag of unknown) this.#deadLetter(tag.name, 'unknown-tag', tag.detail);
    if (refused.length === tags.known.length) {
      throw new RetryableError('the server knows none of the tags', { where: this.#settings.endpoint });
    }
    this.#delays = this.#newDelays();
    connection.unknown = unknown;
    this.#report(connection);
    this.#watch(connection);
  }

  /** @returns tags that the server does not let anyone watch. */
  async #subscribe(
    session: ClientSession,
    library: OpcUaLibrary,
    tags: ResolvedTags,
    take: (values: TagValue[]) => void,
  ): Promise<readonly UnknownTag[]> {
    if (tags.known.length === 0) return [];
    const names = tags.known.map(({ name }) => name);
    this.#gathering.holdUntilEach(names, this.#settings.timeout_ms);
    const { unknown } = await subscribe(session, library, this.#settings, tags, take, (messages) => {
      this.#log.warn({ event: 'opcua-messages-lost', messages }, 'the server no longer has what was lost');
      this.#holes.open('overflow', 'notifications were lost on the way, and the server no longer has them');
    });
    this.#gathering.without(unknown.map(({ name }) => name));
    return unknown;
  }

  #report({ unknown }: Connection): void {
    const total = Object.keys(this.#settings.tags).length;
    if (unknown.length === 0) this.#board.set('connected', `${total} tags`);
    else {
      const names = unknown.map(({ name }) => name).join(', ');
      this.#board.set('degraded', `${unknown.length} of ${total} tags are unknown: ${names}`);
    }
  }

  #take(values: readonly TagValue[]): void {
    const news = this.#repeats.news(values);
    const { line } = this.#dependencies;
    const { samples, overflowed, refused } = groupValues(line, this.#settings.tags, news);
    this.#holes.overflow(overflowed, news);
    this.#holes.close(news);
    for (const { name, reason, detail } of refused) this.#deadLetter(name, reason, detail);
    for (const sample of samples) this.#redelivery.send(sample);
    if (news.length === 0 || !this.#connection) return;
    this.#report(this.#connection);
    this.#watch(this.#connection);
  }

  /** Starts the watchdog anew. */
  #watch(connection: Connection): void {
    this.#cancelWatchdog();
    this.#cancelWatchdog = this.#dependencies.clock.after(this.#settings.silent_after_s * 1000, () => {
      if (this.#connection !== connection || this.#stopped) return;
      if (connection.repairingSince_ms === undefined) void this.#examine(connection);
      else void this.#waitForRepair(connection, connection.repairingSince_ms);
    });
  }

  /** Once the server has dropped the session there is nothing left to take over. */
  async #waitForRepair(connection: Connection, since_ms: number): Promise<void> {
    const repairing_ms = this.#dependencies.clock.now_ms() - since_ms;
    if (repairing_ms < this.#settings.session_timeout_s * 1000) this.#watch(connection);
    else await this.#rebuild('disconnected', `not repaired after ${Math.round(repairing_ms / 1000)} s`);
  }

  async #recheck(connection: Connection): Promise<void> {
    const fault = await faultAfterRepair(this.#examined(connection));
    if (this.#connection !== connection || this.#stopped || connection.repairingSince_ms !== undefined)
      return;
    if (fault === undefined) {
      this.#report(connection);
      this.#watch(connection);
    } else await this.#rebuild('restarted', fault);
  }

  async #examine(connection: Connection): Promise<void> {
    const fault = await faultInSilence(this.#examined(connection), (tag) => this.#holes.lastSource_ms(tag));
    if (this.#connection !== connection || this.#stopped || connection.repairingSince_ms !== undefined)
      return;
    const { silent_after_s } = this.#settings;
    this.#holes.open('stale', fault ?? `no new values for ${silent_after_s} s`);
    if (fault === undefined) {
      this.#board.set('degraded', `the server has had no new values for ${silent_after_s} s`);
      this.#watch(connection);
    } else await this.#rebuild('stale', fault);
  }

  #examined({ session, tags }: Connection): Examined {
    return { library: this.#library, session, tags };
  }

  async #rebuild(reason: OutageReason, detail: string): Promise<void> {
    // Values that are held came before whatever is wrong now.
    this.#gathering.release();
    this.#holes.open(reason, detail);
    await this.#giveUp();
    this.#retry(detail);
  }

  #retry(reason: string): void {
    if (this.#stopped) return;
    const delay_ms = Math.round(this.#delays.next().value);
    this.#board.set('disconnected', reason);
    this.#log.info({ event: 'opcua-rebuild', delay_ms }, reason);
    this.#cancelRetry = this.#dependencies.clock.after(delay_ms, () => void this.#connect());
  }

  /** Lets go of the connection; a server that does not answer is not waited for. */
  async #giveUp(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#gathering.release();
    this.#cancelWatchdog();
    this.#cancelTakeover();
    if (!connection) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#dependencies.clock.after(3_000, resolve);
      connection.client
        .disconnect()
        .catch((error: unknown) => this.#log.debug({ event: 'opcua-disconnect' }, messageOf(error)))
        .finally(() => {
          cancel();
          resolve();
        });
    });
  }

  #deadLetter(tag: string, reason: DeadLetterReason, detail: string): void {
    const { line, deadLetters } = this.#dependencies;
    deadLetters.take({ source: this.name, line, where: tag, reason, detail });
  }

  #newDelays(): Generator<number, never> {
    return retryDelays(this.#settings.retry, seededRandom(0).fork(`opcua ${this.#dependencies.line}`));
  }
}

function staleLimits({ tags }: OpcUaSourceSettings): Map<string, number> {
  return new Map(
    Object.entries(tags).flatMap(([name, { stale_after_s }]) =>
      stale_after_s === undefined ? [] : [[name, stale_after_s * 1000] as const],
    ),
  );
}
